// Two libraries find the same signer of a secp256k1 signature, or both find none.

import { secp256k1 } from "@noble/curves/secp256k1.js"
import { sha256 } from "@noble/hashes/sha2.js"
import { expect, test } from "vitest"
import { recoveredKey } from "../../../chains/arweave/recover.ts"
import { Random } from "../../simulation/random.ts"

const ORDER = secp256k1.Point.Fn.ORDER
const numbered = (value: bigint) => Buffer.from(value.toString(16).padStart(64, "0"), "hex")

/** r, s and recovery id, as Arweave writes it. */
function signed(message: Uint8Array, key: Uint8Array): Buffer {
  const made = secp256k1.sign(sha256(message), key, { prehash: false, format: "recovered" })
  return Buffer.concat([made.subarray(1), made.subarray(0, 1)])
}

/** The same by the other library. */
function byNoble(message: Uint8Array, signature: Uint8Array): Uint8Array | null {
  const body = signature.subarray(0, 64)
  try {
    if (signature.length !== 65 || secp256k1.Signature.fromBytes(body).hasHighS()) return null
    const recoverable = Buffer.concat([signature.subarray(64), body])
    return secp256k1.recoverPublicKey(recoverable, sha256(message), { prehash: false })
  } catch {
    return null
  }
}

// Case 86.
test("whoever signed is found, and the lower of the two s alone is taken", () => {
  const random = new Random(86)
  for (let n = 0; n < 20; n += 1) {
    const key = numbered(BigInt(random.between(1, 2 ** 31)) ** 7n + 1n)
    const message = Buffer.from(`message ${n}`)
    const signature = signed(message, key)
    const s = BigInt(`0x${signature.subarray(32, 64).toString("hex")}`)
    const high = Buffer.concat([
      signature.subarray(0, 32),
      numbered(ORDER - s),
      Buffer.of(signature[64]! ^ 1),
    ])

    expect(Buffer.from(recoveredKey(message, signature)!)).toEqual(
      Buffer.from(secp256k1.getPublicKey(key, true)),
    )
    expect([recoveredKey(message, high), byNoble(message, high)]).toEqual([null, null])
  }
})

test("what is no signature has no signer, by either", () => {
  const message = someBytes("message", 48)
  const good = signed(message, numbered(7n))
  const half = (ORDER - 1n) / 2n
  const r = good.subarray(0, 32)
  const forms = [
    Buffer.alloc(65),
    Buffer.alloc(65, 0xff),
    good.subarray(0, 64),
    Buffer.concat([good, Buffer.of(0)]),
    ...[2, 3, 4, 27, 255].map((id) => Buffer.concat([good.subarray(0, 64), Buffer.of(id)])),
    ...[0n, half, half + 1n, ORDER - 1n, ORDER].map((s) =>
      Buffer.concat([r, numbered(s), good.subarray(64)]),
    ),
    ...[0n, 1n, ORDER - 1n, ORDER, 2n ** 256n - 1n].map((x) =>
      Buffer.concat([numbered(x), good.subarray(32)]),
    ),
    ...Array.from({ length: 40 }, (_, n) =>
      Buffer.concat([someBytes(`${n}`, 64), Buffer.of(5 * n)]),
    ),
    ...Array.from({ length: 40 }, (_, n) =>
      Buffer.concat([someBytes(`${n}`, 64), Buffer.of(n % 4)]),
    ),
  ]

  for (const form of forms) {
    const [ours, theirs] = [recoveredKey, byNoble].map((find) => find(message, form))

    expect(ours && Buffer.from(ours), form.toString("hex")).toEqual(theirs && Buffer.from(theirs))
  }
  expect(recoveredKey(message, good)).not.toBeNull()
})

/** Bytes that look like chance, the same at each run. */
function someBytes(name: string, length: number): Buffer {
  const halves = [name, `${name} goes on`].map((half) => sha256(Buffer.from(half)))
  return Buffer.concat(halves).subarray(0, length)
}
