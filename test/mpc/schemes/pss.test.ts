import { constants, createHash, generateKeyPairSync, publicEncrypt, sign } from "node:crypto"
import { expect, test } from "vitest"
import { deterministicSalt, emsaPss, encodeMessage } from "../../../mpc/schemes/pss.ts"

const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest()

// RFC 8017 §9.1.1
test("the encoding is the one that OpenSSL signs, for the salt it took", () => {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 1024 })
  for (let round = 0; round < 20; round += 1) {
    const message = Buffer.from(`message ${round}`)
    const padding = constants.RSA_PKCS1_PSS_PADDING
    const signature = sign("sha256", message, { key: privateKey, padding, saltLength: 32 })

    const signed = publicEncrypt({ key: publicKey, padding: constants.RSA_NO_PADDING }, signature)

    expect(Buffer.from(emsaPss(sha256(message), saltOf(signed), 1023))).toEqual(signed)
  }
})

test("one key and message have one encoding; another of either has another", () => {
  const key = new Uint8Array(512).fill(0xaa)
  const other = new Uint8Array(512).fill(0xab)
  const message = new Uint8Array(48).fill(1)
  const encoded = Buffer.from(encodeMessage(key, message))

  expect(Buffer.from(encodeMessage(key, message))).toEqual(encoded)
  expect(Buffer.from(encodeMessage(other, message))).not.toEqual(encoded)
  expect(Buffer.from(encodeMessage(key, new Uint8Array(48)))).not.toEqual(encoded)
  expect([encoded.length, encoded[0]! < 0x80, encoded.at(-1)]).toEqual([512, true, 0xbc])
})

test("the salt is fixed for ever: another one would be another transaction id", () => {
  const salt = deterministicSalt(new Uint8Array(512).fill(0xaa), sha256(Buffer.from("m")))

  const input = [Buffer.from("causeway/rsa-pss-salt/v1"), Buffer.alloc(512, 0xaa)]
  expect(Buffer.from(salt)).toEqual(sha256(Buffer.concat([...input, sha256(Buffer.from("m"))])))
})

/** Undoes the mask (MGF1) and takes the last 32 bytes of the block. */
function saltOf(encoded: Buffer): Uint8Array {
  const block = encoded.subarray(0, encoded.length - 33)
  const hash = encoded.subarray(encoded.length - 33, encoded.length - 1)
  const stream = [0, 1, 2, 3].map((n) => sha256(Buffer.concat([hash, Buffer.from([0, 0, 0, n])])))
  const mask = Buffer.concat(stream)
  return block.map((byte, at) => byte ^ mask[at]!).subarray(-32)
}
