import { schnorr_FROST as suite } from "@noble/curves/secp256k1.js"
import { describe, expect, test } from "vitest"
import { Point, Scalars, valueAt, weightOf } from "../../../mpc/schemes/frost/curve.ts"
import { announce, assemble, complete, dealTo } from "../../../mpc/schemes/frost/generation.ts"
import { frostKey, verifyingShare } from "../../../mpc/schemes/frost/key.ts"
import { evm, taproot } from "../../../mpc/schemes/frost.ts"
import type { Contribution } from "../../../mpc/schemes/scheme.ts"
import {
  aFounding,
  aFrostGroup,
  hex,
  inboxOf,
  makeGroup,
  message,
  partialsOf,
  places,
  roundOne,
  unhex,
} from "./frost-group.ts"

const founding = aFounding(3, 5)

/** All five have announced; party `me` looks at what the others sent. */
function announced() {
  const parts = places(5).map((index) => announce("taproot", founding, index))
  const said = parts.map(({ index, announcement }) => ({ from: index, bytes: announcement }))
  return { parts, said }
}

const blamed = (from: number, reason: string) =>
  expect.objectContaining({ code: "bad-dealing", detail: { from, reason } })

describe("a key that is made together", () => {
  test("has shares that lie on the polynomial it commits to, and any quorum holds the whole", () => {
    const { key, shares } = aFrostGroup(3, 5)

    for (const [place, share] of shares.entries()) {
      expect(Point.BASE.multiply(share).equals(verifyingShare(key, place + 1))).toBe(true)
    }
    for (const quorum of [
      [1, 2, 3],
      [2, 4, 5],
    ]) {
      const whole = quorum.reduce(
        (sum, index) => Scalars.add(sum, Scalars.mul(weightOf(index, quorum), shares[index - 1]!)),
        0n,
      )
      expect(hex(Point.BASE.multiply(whole).toBytes())).toBe(`02${hex(key.publicKey)}`)
    }
  })

  test("is the same for every member, and for whoever replays the public part", () => {
    const { parts, said } = announced()
    const dealt = parts.map((part) => dealTo(part, said))

    const keys = parts.map((part) => complete(part, said, inboxOf(dealt, part.index)).key)

    for (const key of keys) expect(taproot.encode(key)).toEqual(taproot.encode(keys[0]!))
    expect(assemble("taproot", founding, [...said].reverse())).toEqual(keys[0])
  })

  // Both ways that the y of the internal key and of the tweaked one can fall must give an even one.
  test("has an even y, whatever fell", () => {
    for (const run of places(8)) {
      const { key, shares } = makeGroup("taproot", aFounding(2, 2, `run ${run}`))

      expect(key.commitments[0]![0]).toBe(2)
      expect(Point.BASE.multiply(shares[0]!).equals(verifyingShare(key, 1))).toBe(true)
    }
  })

  test("is another one in every run, with a history of its own", () => {
    const one = makeGroup("evm", aFounding(2, 3)).key
    const other = makeGroup("evm", aFounding(2, 3)).key

    expect(one.publicKey).not.toEqual(other.publicKey)
    expect(one.history).not.toEqual(other.history)
  })

  test("comes through the scheme as well, step by step, and signs", async () => {
    const small = aFounding(2, 3)
    const founders = await Promise.all(places(3).map((index) => evm.found(small, index)))
    const said = founders.map(({ index, announcement }) => ({ from: index, bytes: announcement }))
    const dealt = await Promise.all(founders.map((founder) => founder.deal(said)))
    const holdings = await Promise.all(
      founders.map((founder) => founder.complete(inboxOf(dealt, founder.index))),
    )
    await Promise.all(founders.map((founder) => founder.close()))
    const { key } = holdings[0]!
    expect(await evm.assemble(small, said)).toEqual(key)

    const quorum = await Promise.all([holdings[0]!, holdings[2]!].map((one) => evm.open(one)))
    const signing = await roundOne(quorum)
    const { signature } = await evm.aggregate(key, signing, await partialsOf(quorum, signing))

    expect(evm.verify(key, message, signature!)).toBe(true)
    await Promise.all(quorum.map((signer) => signer.close()))
  })

  test("takes each step once, in order", async () => {
    const founder = await taproot.found(founding, 1)
    const { said } = announced()
    const all = [{ from: 1, bytes: founder.announcement }, ...said.slice(1)]

    await expect(founder.complete([])).rejects.toMatchObject({ code: "bad-request" })
    await founder.close()
    await expect(founder.deal(all)).rejects.toThrow()

    const another = await taproot.found(founding, 1)
    const own = [{ from: 1, bytes: another.announcement }, ...said.slice(1)]
    await another.deal(own)
    await expect(another.deal(own)).rejects.toMatchObject({ code: "bad-request" })
    await another.close()
  })

  test("is not begun for a size or a place that must not be", async () => {
    for (const [threshold, parties] of [
      [1, 3],
      [0, 3],
      [4, 3],
      [2, 1],
      [2, 1000],
    ] as const) {
      await expect(taproot.found(aFounding(threshold, parties), 1)).rejects.toMatchObject({
        code: "bad-key",
      })
    }
    for (const index of [0, 6, 1.5]) {
      await expect(taproot.found(founding, index)).rejects.toMatchObject({ code: "bad-request" })
    }
    const short = { ...founding, run: new Uint8Array(31) }
    await expect(taproot.found(short, 1)).rejects.toMatchObject({ code: "bad-request" })
  })
})

// Cases 109 and 112: vectors of another length, the identity, other encodings, false proofs, each blamed.
describe("an announcement is blamed on its sender", () => {
  const { parts, said } = announced()
  const longer = announce("taproot", aFounding(4, 5), 3).announcement
  const tag = (bytes: Uint8Array) => bytes.subarray(0, 32)
  const third = said[2]!.bytes

  test.each<[string, Uint8Array]>([
    ["4 commitments, not 3", Uint8Array.from([...tag(third), ...longer.subarray(32)])],
    ["2 commitments, not 3", Uint8Array.from([...third.subarray(0, 98), ...third.subarray(-64)])],
    ["the announcement is malformed", third.subarray(1)],
    ["the announcement is malformed", new Uint8Array(32)],
    [
      "the announcement is of another run, place or purpose",
      announce("taproot", aFounding(3, 5, "another run"), 3).announcement,
    ],
    [
      "the announcement is of another run, place or purpose",
      announce("evm", founding, 3).announcement,
    ],
    ["the announcement is of another run, place or purpose", said[3]!.bytes],
    [
      "a commitment is not a point",
      Uint8Array.from([...tag(third), ...new Uint8Array(33), ...third.subarray(65)]),
    ],
    ["a commitment is not a point", Uint8Array.from([...tag(third), 4, ...third.subarray(33)])],
    [
      "a commitment is not a point",
      Uint8Array.from([...tag(third), ...unhex(`02${"ff".repeat(32)}`), ...third.subarray(65)]),
    ],
    ["the proof of knowledge is wrong", third.with(third.length - 1, third.at(-1)! ^ 1)],
    ["the proof of knowledge is wrong", third.with(-40, third.at(-40)! ^ 1)],
    [
      // Another's constant with one's own proof: the way to cancel out what others contribute.
      "the proof of knowledge is wrong",
      Uint8Array.from([...tag(third), ...said[0]!.bytes.subarray(32, 65), ...third.subarray(65)]),
    ],
  ])("%s", (reason, bytes) => {
    const changed = said.map((one) => (one.from === 3 ? { from: 3, bytes } : one))

    expect(() => dealTo(parts[0]!, changed)).toThrow(blamed(3, reason))
    expect(() => assemble("taproot", founding, changed)).toThrow(blamed(3, reason))
  })

  test("that is missing, doubled, or of nobody", () => {
    const [a, b, c, d, e] = said
    const reason = "not exactly one dealing"

    expect(() => dealTo(parts[0]!, [a!, b!, d!, e!])).toThrow(blamed(3, reason))
    expect(() => dealTo(parts[0]!, [a!, b!, c!, c!, d!, e!])).toThrow(blamed(3, reason))
    expect(() => dealTo(parts[0]!, [...said, { ...a!, from: 6 }])).toThrow(blamed(6, "no dealer"))
  })

  test("but not one's own that was changed on its way", () => {
    const changed = [{ from: 1, bytes: announce("taproot", founding, 1).announcement }]

    expect(() => dealTo(parts[0]!, [...changed, ...said.slice(1)])).toThrow(
      expect.objectContaining({ code: "bad-request" }),
    )
  })
})

// Case 112: shares that are no scalars, or do not fit, are blamed on whoever dealt them.
describe("a dealt share is blamed on its dealer", () => {
  test.each<[string, (good: Contribution, other: Contribution) => Contribution]>([
    ["the share does not match the commitments", (good, { bytes }) => ({ ...good, bytes })],
    ["the share is malformed", (good) => ({ ...good, bytes: new Uint8Array(32) })],
    ["the share is malformed", (good) => ({ ...good, bytes: new Uint8Array(32).fill(255) })],
    ["the share is malformed", ({ from, bytes }) => ({ from, bytes: bytes.subarray(1) })],
  ])("%s", (reason, edit) => {
    const { parts, said } = announced()
    const dealt = parts.map((part) => dealTo(part, said))
    const inbox = inboxOf(dealt, 1)

    const changed = inbox.map((one) => (one.from === 4 ? edit(one, inbox[0]!) : one))

    expect(() => complete(parts[0]!, said, changed)).toThrow(blamed(4, reason))
  })

  test("one that is missing or doubled", () => {
    const { parts, said } = announced()
    const dealt = parts.map((part) => dealTo(part, said))
    const inbox = inboxOf(dealt, 1)

    for (const bad of [inbox.slice(1), [...inbox, inbox[0]!]]) {
      expect(() => complete(parts[0]!, said, bad)).toThrow(blamed(2, "not exactly one dealing"))
    }
  })
})

// Case 122: a key of the library's dealer lacks the tweak that its own key generation makes.
describe("a dealer's key", () => {
  const dealt = suite.trustedDealer({ min: 3, max: 5 })
  const internal = dealt.public.commitments[0]!.slice(1)
  const even = (bytes: Uint8Array) =>
    dealt.public.commitments[0]![0] === 2 ? bytes : Point.fromBytes(bytes).negate().toBytes()
  const fields = {
    ...aFrostGroup(3, 5).key,
    commitments: dealt.public.commitments.map((bytes) => even(bytes)),
  }

  test("is refused: its public key is not its internal key, tweaked", () => {
    for (const internalKey of [internal, aFrostGroup(3, 5).key.internalKey]) {
      expect(() => frostKey({ ...fields, internalKey })).toThrow(
        expect.objectContaining({
          code: "bad-key",
          detail: { reason: "the public key is not its internal key, tweaked: was it dealt?" },
        }),
      )
    }
  })

  test("would have another address than a key made together from the same secret", () => {
    const { said } = announced()
    const constants = said.map(({ bytes }) => Point.fromBytes(bytes.subarray(32, 65)))
    const untweaked = constants.reduce((sum, point) => sum.add(point), Point.ZERO)

    const key = assemble("taproot", founding, said)

    expect(hex(key.internalKey)).toBe(hex(untweaked.toBytes()).slice(2))
    expect(key.publicKey).not.toEqual(key.internalKey)
    // The output script of a P2TR address holds the key as it is: it was tweaked already.
    expect(hex(key.publicKey)).toBe(hex(key.commitments[0]!).slice(2))
  })
})

test("a polynomial's value is what Horner's rule says", () => {
  expect(valueAt([5n, 3n, 2n], 4)).toBe(5n + 3n * 4n + 2n * 16n)
})
