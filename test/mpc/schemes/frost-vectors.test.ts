// Published figures: RFC 9591, the Zcash Foundation's taproot variant of it, BIP340 and BIP341.

import { schnorr, schnorr_FROST, secp256k1_FROST } from "@noble/curves/secp256k1.js"
import { describe, expect, test } from "vitest"
import {
  commitTo,
  drawNonces,
  isPart,
  partOf,
  roundOf,
  sumOfParts,
} from "../../../mpc/schemes/frost/core.ts"
import {
  hashToScalar,
  liftX,
  Scalars,
  tapTweak,
  timesBase,
  valueAt,
  xOnly,
} from "../../../mpc/schemes/frost/curve.ts"
import { frostKey } from "../../../mpc/schemes/frost/key.ts"
import { committed } from "../../../mpc/schemes/frost/list.ts"
import { taproot } from "../../../mpc/schemes/frost.ts"
import { BIP340 } from "../../vectors/bip340.ts"
import { BIP341, BIP341_SPENDS } from "../../vectors/bip341.ts"
import type { FrostVector, SignerVector } from "../../vectors/frost-vector.ts"
import { rfc9591 } from "../../vectors/rfc9591.ts"
import { taprootFrost } from "../../vectors/taproot-frost.ts"
import { aFrostGroup, hex, unhex } from "./frost-group.ts"

const scalar = (text: string) => Scalars.fromBytes(unhex(text))
const text = (value: bigint) => hex(Scalars.toBytes(value))

const shareOf = (vector: FrostVector, { index }: SignerVector) => vector.shares[index - 1]!

describe.each([
  ["RFC 9591, appendix E", rfc9591, secp256k1_FROST, "FROST-secp256k1-SHA256-v1"],
  ["the taproot variant", taprootFrost, schnorr_FROST, "FROST-secp256k1-SHA256-TR-v1"],
])("%s", (_, vector, suite, name) => {
  test("the key and the shares lie on the polynomial", () => {
    const polynomial = [scalar(vector.secret), scalar(vector.coefficient)]

    expect(hex(timesBase(polynomial[0]!).toBytes())).toBe(vector.publicKey)
    expect([1, 2, 3].map((index) => text(valueAt(polynomial, index)))).toEqual(vector.shares)
  })

  test("the nonces and their points come from the randomness and the share", () => {
    for (const signer of vector.signers) {
      const share = unhex(shareOf(vector, signer))
      for (const kind of ["hiding", "binding"] as const) {
        const seed = Buffer.concat([unhex(signer[`${kind}Random`]), share])
        const nonce = hashToScalar(`${name}nonce`, seed)

        expect(text(nonce)).toBe(signer[kind])
        expect(hex(timesBase(nonce).toBytes())).toBe(signer[`${kind}Point`])
      }
    }
  })

  test("the library, in the version that is installed, makes every step of it", () => {
    const key = publicOf(vector)
    const list = vector.signers.map(({ index, hidingPoint, bindingPoint }) => ({
      identifier: suite.Identifier.fromNumber(index),
      hiding: unhex(hidingPoint),
      binding: unhex(bindingPoint),
    }))

    const parts = vector.signers.map((signer) => {
      const identifier = suite.Identifier.fromNumber(signer.index)
      const secret = { identifier, signingShare: unhex(shareOf(vector, signer)) }
      const random = [unhex(signer.hidingRandom), unhex(signer.bindingRandom)]
      const { nonces, commitments } = suite.commit(secret, () => random.shift()!)
      expect(hex(commitments.hiding)).toBe(signer.hidingPoint)
      const part = suite.signShare(secret, key, nonces, list, unhex(vector.message))
      expect(hex(part)).toBe(signer.part)
      return [identifier, part] as const
    })

    const shares = Object.fromEntries(parts)
    expect(hex(suite.aggregate(key, list, unhex(vector.message), shares))).toBe(vector.signature)
  })
})

describe("our own signing makes the figures of the taproot variant", () => {
  const { signers, publicKey, message, signature } = taprootFrost
  const list = signers.map(
    ({ index, hidingPoint, bindingPoint }) =>
      committed({ from: index, bytes: unhex(hidingPoint + bindingPoint) })!,
  )
  const round = roundOf(unhex(publicKey).subarray(1), list, unhex(message))

  test.each(signers)("of signer $index", (signer) => {
    const random = [unhex(signer.hidingRandom), unhex(signer.bindingRandom)]
    const share = shareOf(taprootFrost, signer)

    const nonces = drawNonces(unhex(share), () => random.shift()!)

    expect(hex(nonces.hiding)).toBe(signer.hiding)
    expect(hex(nonces.binding)).toBe(signer.binding)
    expect(hex(commitTo(nonces))).toBe(signer.hidingPoint + signer.bindingPoint)
    expect(text(round.factors.get(signer.index)!)).toBe(signer.factor)
    expect(text(partOf(round, signer.index, scalar(share), nonces))).toBe(signer.part)
    const own = list.find(({ from }) => from === signer.index)!
    expect(isPart(round, own, timesBase(scalar(share)), scalar(signer.part))).toBe(true)
  })

  test("and of the whole signature", () => {
    const sum = sumOfParts(
      round,
      signers.map(({ part }) => scalar(part)),
    )

    expect(hex(sum)).toBe(signature)
    expect(schnorr.verify(sum, unhex(message), unhex(publicKey).subarray(1))).toBe(true)
  })
})

test.each(BIP340)("BIP340: $remark", ({ publicKey, message, signature, isValid }) => {
  const { key } = aFrostGroup(2, 3)
  const under = { ...key, publicKey: unhex(publicKey) }

  expect(taproot.verify(under, unhex(message), unhex(signature))).toBe(isValid)
})

describe("BIP341", () => {
  test.each(BIP341)("the output key of $script", (vector) => {
    const { internalKey, merkleRoot, tweak, outputKey, script } = vector
    const hashed = schnorr.utils.taggedHash("TapTweak", unhex(internalKey), unhex(merkleRoot))
    expect(hex(hashed)).toBe(tweak)

    const output = liftX(unhex(internalKey))!.add(timesBase(scalar(tweak)))

    expect(hex(xOnly(output))).toBe(outputKey)
    expect(script).toBe(`5120${outputKey}`)
    if (merkleRoot === "") expect(text(tapTweak(unhex(internalKey)))).toBe(tweak)
  })

  // A key of ours is an output key: what makes it an address is the key itself, untweaked.
  test("a key is accepted only with the internal key that it commits to no script with", () => {
    const fields = (vector: (typeof BIP341)[number]) => ({
      ...aFrostGroup(2, 3).key,
      internalKey: unhex(vector.internalKey),
      commitments: [unhex(`02${vector.outputKey}`), unhex(vector.script.replace(/^5120/, "02"))],
    })

    for (const vector of BIP341) {
      if (vector.merkleRoot === "")
        expect(hex(frostKey(fields(vector)).publicKey)).toBe(vector.outputKey)
      else expect(() => frostKey(fields(vector))).toThrow("tweaked")
    }
    expect(BIP341.some(({ merkleRoot }) => merkleRoot === "")).toBe(true)
  })

  test.each(BIP341_SPENDS)("the spend with sighash $sighash verifies under its key", (spend) => {
    const own = scalar(spend.secret)
    const internal = timesBase(own)
    const even = internal.toAffine().y % 2n === 0n ? own : Scalars.neg(own)
    const tweaked = Scalars.add(even, scalar(spend.tweak))
    expect(text(tweaked)).toBe(spend.tweakedSecret)

    const signature = unhex(spend.witness).subarray(0, 64)

    const under = { ...aFrostGroup(2, 3).key, publicKey: xOnly(timesBase(tweaked)) }
    expect(taproot.verify(under, unhex(spend.sighash), signature)).toBe(true)
  })
})

function publicOf(vector: FrostVector) {
  const constant = unhex(vector.publicKey)
  const slope = timesBase(scalar(vector.coefficient)).toBytes()
  return {
    signers: { min: 2, max: 3 },
    commitments: [constant, Uint8Array.from(slope)],
    verifyingShares: Object.fromEntries(
      vector.shares.map((share, place) => [
        secp256k1_FROST.Identifier.fromNumber(place + 1),
        Uint8Array.from(timesBase(scalar(share)).toBytes()),
      ]),
    ),
  }
}
