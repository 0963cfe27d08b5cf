// Our own signing and the library's, call by call: the same bytes for everything they both make.

import { schnorr_FROST as suite } from "@noble/curves/secp256k1.js"
import fc from "fast-check"
import { expect, test } from "vitest"
import {
  commitTo,
  drawNonces,
  isPart,
  partOf,
  roundOf,
  sumOfParts,
} from "../../../mpc/schemes/frost/core.ts"
import { Scalars, scalarFrom } from "../../../mpc/schemes/frost/curve.ts"
import { verifyingShare } from "../../../mpc/schemes/frost/key.ts"
import { committed } from "../../../mpc/schemes/frost/list.ts"
import { encodeShare } from "../../../mpc/schemes/frost/share.ts"
import { aFrostGroup, type FrostGroup, hex, places } from "./frost-group.ts"

const identifier = suite.Identifier.fromNumber
const bytes32 = fc.uint8Array({ minLength: 32, maxLength: 32 })

test("nonces, parts, their checks and the signature are the library's", () => {
  const scenario = fc
    .constantFrom([2, 3] as const, [3, 5] as const, [7, 10] as const)
    .chain(([threshold, parties]) =>
      fc.record({
        group: fc.constant(aFrostGroup(threshold, parties)),
        quorum: fc
          .shuffledSubarray(places(parties), { minLength: threshold, maxLength: threshold })
          .map((list) => list.sort((a, b) => a - b)),
        seeds: fc.array(bytes32, { minLength: 2 * threshold, maxLength: 2 * threshold }),
        message: bytes32,
      }),
    )
  const negated = new Set<boolean>()

  fc.assert(
    fc.property(scenario, ({ group, quorum, seeds, message }) => {
      const ours = signOurs(group, quorum, seeds, message)
      const theirs = signTheirs(group, quorum, seeds, message)

      negated.add(ours.isNegated)
      expect(ours.commitments).toEqual(theirs.commitments)
      expect(ours.parts).toEqual(theirs.parts)
      expect(ours.signature).toBe(theirs.signature)
      expect(ours.wrong).toEqual(theirs.wrong)
    }),
    { numRuns: 25 },
  )

  // Both ways that the nonce's y can fall were there.
  expect(negated.size).toBe(2)
})

function signOurs(
  { key, shares }: FrostGroup,
  quorum: readonly number[],
  seeds: readonly Uint8Array[],
  message: Uint8Array,
) {
  const nonces = quorum.map((index, place) => {
    const random = [seeds[2 * place]!, seeds[2 * place + 1]!]
    return drawNonces(encodeShare(shares[index - 1]!), () => random.shift()!)
  })
  const list = quorum.map((from, place) => committed({ from, bytes: commitTo(nonces[place]!) })!)
  const round = roundOf(key.publicKey, list, message)
  const parts = quorum.map((index, place) =>
    partOf(round, index, shares[index - 1]!, nonces[place]!),
  )
  const off = Scalars.add(parts[0]!, 1n)
  const check = (part: bigint) => isPart(round, list[0]!, verifyingShare(key, quorum[0]!), part)
  return {
    isNegated: round.isNegated,
    commitments: list.map(({ bytes }) => hex(bytes)),
    parts: parts.map((part) => hex(Scalars.toBytes(part))),
    signature: hex(sumOfParts(round, parts)),
    wrong: [check(parts[0]!), check(off)],
  }
}

function signTheirs(
  { key, shares }: FrostGroup,
  quorum: readonly number[],
  seeds: readonly Uint8Array[],
  message: Uint8Array,
) {
  const held = (bytes: Uint8Array) => Uint8Array.from(bytes)
  const pub = {
    signers: { min: key.threshold, max: key.parties },
    commitments: key.commitments.map(held),
    verifyingShares: Object.fromEntries(
      quorum.map((index) => [identifier(index), held(verifyingShare(key, index).toBytes())]),
    ),
  }
  const secrets = quorum.map((index) => {
    return { identifier: identifier(index), signingShare: encodeShare(shares[index - 1]!) }
  })
  const committed = secrets.map((secret, place) => {
    const random = [held(seeds[2 * place]!), held(seeds[2 * place + 1]!)]
    return suite.commit(secret, () => random.shift()!)
  })
  const list = committed.map(({ commitments }) => commitments)
  const parts = secrets.map((secret, place) =>
    suite.signShare(secret, pub, committed[place]!.nonces, list, held(message)),
  )
  const byParty = Object.fromEntries(
    quorum.map((index, place) => [identifier(index), parts[place]!]),
  )
  const off = Scalars.toBytes(Scalars.add(scalarFrom(parts[0]!)!, 1n))
  const check = (part: Uint8Array) =>
    suite.verifyShare(pub, list, held(message), identifier(quorum[0]!), held(part))
  return {
    commitments: list.map(({ hiding, binding }) => hex(hiding) + hex(binding)),
    parts: parts.map(hex),
    signature: hex(suite.aggregate(pub, list, held(message), byParty)),
    wrong: [check(parts[0]!), check(off)],
  }
}
