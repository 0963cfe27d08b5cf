import { afterEach, beforeAll, describe, expect, test } from "vitest"
import { Point } from "../../../mpc/schemes/frost/curve.ts"
import { verifyingShare } from "../../../mpc/schemes/frost/key.ts"
import { acceptRenewal, dealRenewal, renewKey } from "../../../mpc/schemes/frost/renewal.ts"
import { encodeShare } from "../../../mpc/schemes/frost/share.ts"
import { taproot } from "../../../mpc/schemes/frost.ts"
import type { Dealing, Dealt, Renewal, Signer } from "../../../mpc/schemes/scheme.ts"
import {
  aFrostGroup,
  dealtTo,
  type FrostGroup,
  holding,
  message,
  partialsOf,
  places,
  roundOne,
  unhex,
} from "./frost-group.ts"

const group = aFrostGroup(3, 5)
const refresh: Renewal = { kind: "refresh", dealers: [1, 3, 4] }
const reshare = (dealers: number[], threshold: number, parties: number): Renewal => {
  return { kind: "reshare", dealers, threshold, parties }
}

function dealAll({ key, shares }: FrostGroup, renewal: Renewal): Dealing[] {
  return renewal.dealers.map((index) => dealRenewal(key, index, shares[index - 1]!, renewal))
}

function renewed(from: FrostGroup, renewal: Renewal): FrostGroup {
  const dealings = dealAll(from, renewal)
  const count = renewal.kind === "refresh" ? from.key.parties : renewal.parties
  const all = places(count).map((index) => {
    const old = renewal.kind === "refresh" ? from.shares[index - 1]! : 0n
    return acceptRenewal(from.key, index, old, renewal, dealtTo(dealings, index))
  })
  // Everybody has the same bytes, and so has whoever holds no share.
  const bytes = taproot.encode(renewKey(from.key, renewal, [...dealings].reverse()))
  for (const { key } of all) expect(taproot.encode(key)).toEqual(bytes)
  return { key: all[0]!.key, shares: all.map(({ share }) => share) }
}

const opened: Signer[] = []
afterEach(() => Promise.all(opened.splice(0).map((signer) => signer.close())))

/** Signs with a quorum, through the scheme; null when there is no signature. */
async function sign(from: FrostGroup, indices: readonly number[]): Promise<Uint8Array | null> {
  const quorum = await Promise.all(indices.map((index) => taproot.open(holding(from, index))))
  opened.push(...quorum)
  const signing = await roundOne(quorum)
  const made = await taproot.aggregate(from.key, signing, await partialsOf(quorum, signing))
  return made.signature
}

async function expectSigned(from: FrostGroup, indices: readonly number[]): Promise<void> {
  const signature = await sign(from, indices)

  expect(signature).not.toBeNull()
  // Under the key of the beginning: a chain sees nothing of a renewal.
  expect(taproot.verify(group.key, message, signature!)).toBe(true)
}

describe("a refresh", () => {
  let fresh: FrostGroup
  beforeAll(() => {
    fresh = renewed(group, refresh)
  })

  test("keeps the key and signs, in the next epoch", async () => {
    expect(fresh.key).toMatchObject({
      epoch: 1,
      threshold: 3,
      parties: 5,
      publicKey: group.key.publicKey,
      internalKey: group.key.internalKey,
    })
    await expectSigned(fresh, [1, 2, 3])
    await expectSigned(fresh, [2, 4, 5])
  })

  test("changes every share, to one that the new key commits to", () => {
    for (const [place, share] of fresh.shares.entries()) {
      expect(share).not.toBe(group.shares[place])
      expect(Point.BASE.multiply(share).equals(verifyingShare(fresh.key, place + 1))).toBe(true)
    }
  })

  // Case 117: an old share is refused where the new key is, and what was signed with it is named.
  test("makes old shares worthless, and names whoever goes on with one", async () => {
    const stale = { key: fresh.key, index: 2, share: encodeShare(group.shares[1]!) }
    await expect(taproot.open(stale)).rejects.toMatchObject({ code: "share-locked" })

    const quorum = await Promise.all([
      taproot.open(holding(fresh, 1)),
      taproot.open(holding(group, 2)),
      taproot.open(holding(fresh, 3)),
    ])
    opened.push(...quorum)
    const signing = await roundOne(quorum)
    const made = await taproot.aggregate(fresh.key, signing, await partialsOf(quorum, signing))

    expect(made).toEqual({ signature: null, cheaters: [2] })
  })

  test("leaves a trace: two refreshes of one key are two keys, by their bytes", () => {
    const other = renewed(group, refresh)

    expect(other.key.publicKey).toEqual(fresh.key.publicKey)
    expect(other.key.history).not.toEqual(fresh.key.history)
    expect(taproot.encode(other.key)).not.toEqual(taproot.encode(fresh.key))
  })

  test("needs as many dealers as sign, each a member and only once", () => {
    for (const [dealers, code] of [
      [[1, 2], "quorum-missing"],
      [[1, 2, 6], "bad-request"],
      [[1, 2, 2], "bad-request"],
      [[0, 1, 2], "bad-request"],
    ] as const) {
      expect(() => renewKey(group.key, { kind: "refresh", dealers }, [])).toThrow(
        expect.objectContaining({ code }),
      )
    }
  })
})

describe("a change of committee", () => {
  // Case 117: the threshold changes everywhere.
  test("goes from 3 of 5 to 4 of 7 and back, with the same key", async () => {
    const wider = renewed(group, reshare([2, 3, 5], 4, 7))
    expect(wider.key).toMatchObject({ epoch: 1, threshold: 4, parties: 7 })
    expect(wider.key.commitments).toHaveLength(4)
    await expectSigned(wider, [1, 3, 6, 7])
    const short = await Promise.all([1, 3, 6].map((index) => taproot.open(holding(wider, index))))
    opened.push(...short)
    const signing = await roundOne(short)
    await expect(short[0]!.partial(signing)).rejects.toMatchObject({ code: "bad-request" })

    const back = renewed(wider, reshare([1, 2, 4, 7], 3, 5))
    await expectSigned(back, [1, 4, 5])
    const fresh = renewed(back, { kind: "refresh", dealers: places(5) })
    await expectSigned(fresh, [2, 3, 4])
    expect(fresh.key.epoch).toBe(3)
  })

  test("leaves the old shares useless to the new committee", async () => {
    const next = renewed(group, reshare([1, 2, 3], 3, 5))
    const stale = { key: next.key, index: 4, share: encodeShare(group.shares[3]!) }

    await expect(taproot.open(stale)).rejects.toMatchObject({ code: "share-locked" })
  })

  test("takes exactly the old threshold of dealers and a sane new one", () => {
    for (const [renewal, code] of [
      [reshare([1, 2], 3, 5), "quorum-missing"],
      [reshare([1, 2, 3, 4], 3, 5), "quorum-missing"],
      [reshare([1, 2, 3], 1, 5), "bad-key"],
      [reshare([1, 2, 3], 6, 5), "bad-key"],
      [reshare([1, 2, 3], 3, 500), "bad-key"],
    ] as const) {
      expect(() => renewKey(group.key, renewal, [])).toThrow(expect.objectContaining({ code }))
    }
  })

  test("does not let a dealer change what is shared", () => {
    const renewal = reshare([1, 2, 3], 3, 5)
    const [first, , third] = dealAll(group, renewal)
    const other = dealRenewal(group.key, 2, group.shares[1]! + 1n, renewal)

    expect(() => renewKey(group.key, renewal, [first!, other, third!])).toThrow(
      blamed(2, "the constant is not this dealer's share"),
    )
  })
})

const blamed = (from: number, reason: string) =>
  expect.objectContaining({ code: "bad-dealing", detail: { from, reason } })

// Cases 109 and 112: vectors of another length, identities, other encodings and shares, each blamed.
describe("a bad dealing is blamed on its dealer", () => {
  const dealings = dealAll(group, refresh)
  const accept = (inbox: readonly Dealt[]) =>
    acceptRenewal(group.key, 1, group.shares[0]!, refresh, inbox)

  test.each<[string, (dealt: Dealt) => Partial<Dealt>]>([
    ["1 commitments, not 2", ({ commitments }) => ({ commitments: commitments.slice(1) })],
    ["3 commitments, not 2", ({ commitments: [a, b] }) => ({ commitments: [a!, b!, b!] })],
    ["a commitment is not a point", ({ commitments: [a] }) => ({ commitments: [a!, a!.slice(1)] })],
    [
      "a commitment is not a point",
      ({ commitments: [a] }) => ({ commitments: [a!, new Uint8Array(33)] }),
    ],
    [
      "a commitment is not a point",
      ({ commitments: [a] }) => ({ commitments: [a!, unhex(`03${"ff".repeat(32)}`)] }),
    ],
    [
      "the share does not match the commitments",
      ({ commitments: [a] }) => ({ commitments: [a!, a!] }),
    ],
    [
      "the share does not match the commitments",
      ({ share }) => ({ share: share.with(31, share[31]! ^ 1) }),
    ],
    ["the share is malformed", () => ({ share: new Uint8Array(32) })],
    ["the share is malformed", () => ({ share: new Uint8Array(32).fill(255) })],
    ["the share is malformed", () => ({ share: new Uint8Array(31).fill(1) })],
  ])("%s", (reason, edit) => {
    const [first, second, third] = dealtTo(dealings, 1)

    expect(() => accept([first!, { ...second!, ...edit(second!) }, third!])).toThrow(
      blamed(3, reason),
    )
  })

  test("one that is missing, doubled, or of somebody else", () => {
    const [first, second, third] = dealtTo(dealings, 1)
    const reason = "not exactly one dealing"

    expect(() => accept([first!, third!])).toThrow(blamed(3, reason))
    expect(() => accept([first!, second!, second!, third!])).toThrow(blamed(3, reason))
    expect(() => accept([first!, second!, third!, { ...third!, from: 2 }])).toThrow(
      blamed(2, "no dealer"),
    )
  })
})

// Case 118: a renewal that ends at any step leaves the old shares as good as they were.
test("a renewal that is aborted at any step leaves the old key able to pay", async () => {
  const signers = await Promise.all([1, 3, 4].map((index) => taproot.open(holding(group, index))))
  opened.push(...signers)
  const pays = async () => {
    const signing = await roundOne(signers)
    const partials = await partialsOf(signers, signing)
    const { signature } = await taproot.aggregate(group.key, signing, partials)
    return signature !== null && taproot.verify(group.key, message, signature)
  }

  const dealings = await Promise.all(signers.map((signer) => signer.deal(refresh)))
  expect(await pays()).toBe(true)
  const spoilt = dealtTo(dealings, 1).map((one) => {
    return one.from === 4 ? { ...one, share: new Uint8Array(32) } : one
  })
  await expect(signers[0]!.refresh(refresh, spoilt)).rejects.toMatchObject({
    code: "bad-dealing",
    detail: { from: 4 },
  })
  expect(await pays()).toBe(true)
  const next = await Promise.all(
    signers.map((signer) => signer.refresh(refresh, dealtTo(dealings, signer.index))),
  )
  expect(await pays()).toBe(true)

  expect(next[0]!.key.epoch).toBe(1)
  expect(await taproot.renew(group.key, refresh, dealings)).toEqual(next[2]!.key)
  const reopened = await Promise.all(next.map((one) => taproot.open(one)))
  opened.push(...reopened)
  const signing = await roundOne(reopened)
  const made = await taproot.aggregate(
    reopened[0]!.key,
    signing,
    await partialsOf(reopened, signing),
  )
  expect(made.signature).not.toBeNull()
})

test("newcomers join through the scheme, and wipe what was dealt to them", async () => {
  const renewal = reshare([1, 2, 4], 2, 3)
  const dealings = dealAll(group, renewal)
  const inbox = dealtTo(dealings, 3)

  const joined = await taproot.join(group.key, renewal, 3, inbox)

  expect(joined.key).toEqual(renewKey(group.key, renewal, dealings))
  expect(inbox.every(({ share }) => share.every((byte) => byte === 0))).toBe(true)
  opened.push(await taproot.open(joined))
})
