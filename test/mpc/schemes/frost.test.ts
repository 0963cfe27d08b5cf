import { schnorr } from "@noble/curves/secp256k1.js"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import type { FrostKey } from "../../../mpc/schemes/frost/key.ts"
import { encodeShare } from "../../../mpc/schemes/frost/share.ts"
import { evm, taproot } from "../../../mpc/schemes/frost.ts"
import { schemeOf } from "../../../mpc/schemes/index.ts"
import type { Contribution, Signer, Signing } from "../../../mpc/schemes/scheme.ts"
import { hasTwoRounds } from "../../../mpc/schemes/scheme.ts"
import {
  aFrostGroup,
  type FrostGroup,
  hex,
  holding,
  message,
  partialsOf,
  places,
  roundOne,
  unhex,
} from "./frost-group.ts"

let group: FrostGroup
let key: FrostKey
let signers: Signer<FrostKey>[]

beforeAll(async () => {
  group = aFrostGroup(3, 5)
  key = group.key
  signers = await Promise.all(
    places(5).map(async (index) => {
      const own = holding(group, index)
      const signer = await taproot.open(own)
      // The thread took it; the caller is left with zeros.
      expect(own.share.every((byte) => byte === 0)).toBe(true)
      return signer
    }),
  )
})
afterAll(() => Promise.all(signers.map((signer) => signer.close())))

const pick = (...indices: number[]) => indices.map((index) => signers[index - 1]!)
/** Two that are spoilt at one place could make up for each other. */
const spoilt = ({ from, bytes }: Contribution, place = 31): Contribution => {
  return { from, bytes: bytes.map((byte, at) => (at === place ? byte ^ 1 : byte)) }
}

describe("signing", () => {
  test("any quorum makes a signature of BIP340 under the x-only key", async () => {
    for (const quorum of [pick(1, 2, 3), pick(5, 3, 1), pick(2, 4, 5)]) {
      const signing = await roundOne(quorum)
      const partials = await partialsOf(quorum, signing)

      const { signature, cheaters } = await taproot.aggregate(key, signing, partials)

      expect(cheaters).toEqual([])
      expect(signature).toHaveLength(64)
      expect(schnorr.verify(signature!, message, key.publicKey)).toBe(true)
      expect(taproot.verify(key, message, signature!)).toBe(true)
      expect(taproot.verify(key, new Uint8Array(32), signature!)).toBe(false)
      expect(taproot.verify(key, message, signature!.subarray(1))).toBe(false)
    }
  })

  test("the schemes are found by name, and say that they have two rounds", () => {
    expect(schemeOf("taproot")).toBe(taproot)
    expect(schemeOf("evm")).toBe(evm)
    expect(hasTwoRounds(taproot)).toBe(true)
    expect(hasTwoRounds(schemeOf("rsa"))).toBe(false)
    expect(() => schemeOf("toString" as "rsa")).toThrow("not-supported")
  })

  test("whoever sends a wrong part is named, however many they are", async () => {
    const quorum = pick(1, 3, 4)
    const signing = await roundOne(quorum)
    const [one, two, three] = await partialsOf(quorum, signing)

    for (const [partials, cheaters] of [
      [[one!, spoilt(two!), three!], [3]],
      [
        [spoilt(one!), two!, spoilt(three!, 30)],
        [1, 4],
      ],
      [[one!, { from: 3, bytes: one!.bytes }, three!], [3]],
      [[one!, two!, { from: 4, bytes: three!.bytes.subarray(1) }], [4]],
      [[{ from: 1, bytes: new Uint8Array(32).fill(255) }, two!, three!], [1]],
      [[{ from: 1, bytes: new Uint8Array(32) }, two!, three!], [1]],
    ] as const) {
      const made = await taproot.aggregate(key, signing, partials)
      expect(made).toEqual({ signature: null, cheaters })
    }
    const made = await taproot.aggregate(key, signing, [three!, one!, two!])
    expect(made).toMatchObject({ cheaters: [] })
  })

  test("a dispute over one part is settled without a proof", async () => {
    const quorum = pick(1, 2, 5)
    const signing = await roundOne(quorum)
    const [one] = await partialsOf(quorum, signing)

    expect(await signers[0]!.prove(signing)).toHaveLength(0)
    const check = (partial: Contribution) =>
      taproot.isPartial(key, signing, partial, new Uint8Array())
    expect(await check(one!)).toBe(true)
    expect(await check(spoilt(one!))).toBe(false)
    expect(await check({ from: 2, bytes: one!.bytes })).toBe(false)
    expect(await check({ from: 3, bytes: one!.bytes })).toBe(false)
  })

  // Case 115: exactly the threshold is enough, one less waits, and the threshold is never lowered.
  test("one less than the threshold makes nothing, whoever asks how", async () => {
    const signing = await roundOne(pick(1, 2, 3))
    const two = { ...signing, commitments: signing.commitments.slice(0, 2) }
    await expect(signers[0]!.partial(two)).rejects.toMatchObject({ code: "bad-request" })
    const rest = await partialsOf(pick(2, 3), signing)

    await expect(taproot.aggregate(key, signing, rest)).rejects.toMatchObject({
      code: "quorum-missing",
      detail: { have: 2, need: 3 },
    })
    await expect(taproot.aggregate(key, two, rest)).rejects.toMatchObject({ code: "bad-request" })
  })

  test("no party counts twice, and no stranger at all", async () => {
    const signing = await roundOne(pick(1, 2, 3))
    const partials = await partialsOf(pick(1, 2, 3), signing)

    for (const bad of [
      [partials[0]!, partials[0]!, partials[1]!],
      [partials[0]!, partials[1]!, { ...partials[2]!, from: 4 }],
    ]) {
      await expect(taproot.aggregate(key, signing, bad)).rejects.toMatchObject({
        code: "bad-request",
      })
    }
  })

  test("it happens in a thread: without a turn of the event loop it has no answer", async () => {
    const signing = await roundOne(pick(1, 2, 3))
    let isSigned = false

    const partial = signers[0]!.partial(signing).then(() => {
      isSigned = true
    })
    // What is computed right here needs nothing but these; a thread's answer comes with an event.
    for (let tick = 0; tick < 1_000; tick += 1) await Promise.resolve()

    expect(isSigned).toBe(false)
    await partial
  })
})

describe("a signer believes no list of commitments", () => {
  // Cases 110 and 112: strangers, repetitions, other orders, points that are none, and its own replaced.
  test.each<[string, (signing: Signing, other: Contribution) => readonly Contribution[]]>([
    ["of less than the threshold", ({ commitments }) => commitments.slice(0, 2)],
    ["of more", ({ commitments }, other) => [...commitments, other]],
    ["in another order", ({ commitments }) => [...commitments].reverse()],
    ["with a party twice", ({ commitments: [a, b] }) => [a!, b!, b!]],
    ["with a stranger", ({ commitments: [a, b, c] }) => [a!, b!, { ...c!, from: 6 }]],
    ["with nobody", ({ commitments: [a, b, c] }) => [{ ...c!, from: 0 }, a!, b!]],
    ["without itself", ({ commitments: [, b, c] }, other) => [b!, c!, other]],
    [
      "with another commitment of its own",
      ({ commitments: [a, b, c] }) => [{ ...a!, bytes: b!.bytes }, b!, c!],
    ],
    [
      "with the identity",
      ({ commitments: [a, b, c] }) => [a!, b!, { ...c!, bytes: new Uint8Array(66) }],
    ],
    [
      "with a point that is not on the curve",
      ({ commitments: [a, b, c] }) => [
        a!,
        b!,
        { ...c!, bytes: Uint8Array.from([2, ...new Uint8Array(31), 5, ...c!.bytes.subarray(33)]) },
      ],
    ],
    [
      "with a coordinate above the field",
      ({ commitments: [a, b, c] }) => [
        a!,
        b!,
        { ...c!, bytes: unhex(`02${"ff".repeat(32)}`.repeat(2)) },
      ],
    ],
    [
      "with a point of another length",
      ({ commitments: [a, b, c] }) => [a!, b!, { ...c!, bytes: c!.bytes.subarray(1) }],
    ],
  ])("%s", async (_, edit) => {
    const signing = await roundOne(pick(1, 2, 3))
    const other = { from: 4, bytes: await signers[3]!.commit(signing.session) }
    const list = edit(signing, other)

    await expect(signers[0]!.partial({ ...signing, commitments: list })).rejects.toMatchObject({
      code: "bad-request",
    })
  })

  test("what is no commitment is seen before a quorum is fixed", async () => {
    const { commitments } = await roundOne(pick(1, 2, 3))
    const [good] = commitments

    expect(taproot.isCommitment(key, good!)).toBe(true)
    expect(taproot.isCommitment(key, { ...good!, from: 6 })).toBe(false)
    expect(taproot.isCommitment(key, { ...good!, bytes: new Uint8Array(66) })).toBe(false)
    expect(taproot.isCommitment(key, { ...good!, bytes: good!.bytes.subarray(33) })).toBe(false)
  })

  test("and no message but a digest", async () => {
    const signing = await roundOne(pick(1, 2, 3), new Uint8Array(31))

    await expect(signers[0]!.partial(signing)).rejects.toMatchObject({ code: "bad-request" })
  })
})

// Case 111: nonces sign once, whatever is retried, repeated, restarted or restored.
describe("nonces", () => {
  test("are the same when the first round is asked for again, and others in every session", async () => {
    const [signer] = signers

    const first = await signer!.commit("session-a")

    expect(await signer!.commit("session-a")).toEqual(first)
    expect(await signer!.commit("session-b")).not.toEqual(first)
  })

  test("sign one message and no second one", async () => {
    const quorum = pick(1, 2, 3)
    const signing = await roundOne(quorum)
    await signers[0]!.partial(signing)

    for (const again of [signing, { ...signing, message: new Uint8Array(32) }]) {
      await expect(signers[0]!.partial(again)).rejects.toMatchObject({ code: "nonces-gone" })
    }
  })

  test("are spent by a request that is refused", async () => {
    const signing = await roundOne(pick(1, 2, 3))
    await expect(signers[0]!.partial({ ...signing, commitments: [] })).rejects.toMatchObject({
      code: "bad-request",
    })

    await expect(signers[0]!.partial(signing)).rejects.toMatchObject({ code: "nonces-gone" })
  })

  test("are spent by the first of two requests at once", async () => {
    const signing = await roundOne(pick(1, 2, 3))

    const both = await Promise.allSettled([
      signers[0]!.partial(signing),
      signers[0]!.partial({ ...signing, message: new Uint8Array(32) }),
    ])

    expect(both.map(({ status }) => status)).toEqual(["fulfilled", "rejected"])
  })

  test("are not in anything that a restart brings back", async () => {
    const signing = await roundOne(pick(2, 3, 4))

    const restarted = await taproot.open(holding(group, 2))

    await expect(restarted.partial(signing)).rejects.toMatchObject({ code: "nonces-gone" })
    expect(await restarted.commit(signing.session)).not.toEqual(signing.commitments[0]!.bytes)
    await restarted.close()
  })
})

describe("opening a share", () => {
  test.each([
    ["of another place", () => ({ index: 2, share: encodeShare(group.shares[0]!) })],
    ["that is damaged", () => ({ index: 1, share: encodeShare(group.shares[0]! ^ 2n) })],
    ["that is none", () => ({ index: 1, share: Uint8Array.of(9) })],
    ["that is zero", () => ({ index: 1, share: new Uint8Array(32) })],
    ["that is not below the order", () => ({ index: 1, share: new Uint8Array(32).fill(255) })],
  ])("refuses one %s, and does not show it", async (_, lost) => {
    const { index, share } = lost()
    const digits = hex(share).slice(4, 24)

    const error = await taproot.open({ key, index, share }).catch((thrown) => thrown)

    expect(error).toMatchObject({ code: "share-locked" })
    const shown = `${error.stack} ${JSON.stringify(error)}`
    if (digits.length === 20 && !/^(0+|f+)$/.test(digits)) expect(shown).not.toContain(digits)
  })

  test("a signer that was closed signs nothing", async () => {
    const signer = await taproot.open(holding(group, 1))
    await signer.close()
    await signer.close()

    await expect(signer.commit("session")).rejects.toThrow()
  })
})

describe("a key of one purpose", () => {
  test("is refused by the scheme of another", async () => {
    const bytes = taproot.encode(key)

    expect(() => evm.decode(bytes)).toThrow("another purpose")
    await expect(evm.open(holding(group, 1))).rejects.toMatchObject({ code: "bad-key" })
    await expect(
      evm.aggregate(key, { session: "s", message, commitments: [] }, []),
    ).rejects.toMatchObject({ code: "bad-key" })
  })

  test("signs in the scheme of its own", async () => {
    const vault = aFrostGroup(2, 3, "evm")
    const quorum = await Promise.all([1, 3].map((index) => evm.open(holding(vault, index))))
    const signing = await roundOne(quorum)

    const { signature } = await evm.aggregate(vault.key, signing, await partialsOf(quorum, signing))

    expect(evm.verify(vault.key, message, signature!)).toBe(true)
    await Promise.all(quorum.map((signer) => signer.close()))
  })
})
