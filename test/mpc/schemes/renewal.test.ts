import { beforeAll, describe, expect, test } from "vitest"
import { bitLength, factorial, toBytes } from "../../../mpc/schemes/integers.ts"
import { combine } from "../../../mpc/schemes/rsa/combine.ts"
import { isProven, prove } from "../../../mpc/schemes/rsa/proof.ts"
import { acceptRenewal, dealRenewal, renewKey } from "../../../mpc/schemes/rsa/renewal.ts"
import { decodeShare, encodeShare } from "../../../mpc/schemes/rsa/share.ts"
import type { Dealing, Dealt, Renewal } from "../../../mpc/schemes/scheme.ts"
import { aGroup, encodedFor, type Group, partialsOf, power } from "./group.ts"

let group: Group
let signature: bigint | null
beforeAll(() => {
  group = aGroup()
  signature = sign(group, [1, 2, 3])
})

const refresh: Renewal = { kind: "refresh", dealers: [1, 3, 4] }
const reshare = (dealers: number[], threshold: number, parties: number): Renewal => ({
  kind: "reshare",
  dealers,
  threshold,
  parties,
})

function sign(from: Group, quorum: readonly number[]): bigint | null {
  return combine(from.key, encodedFor(from.key), partialsOf(from, quorum))
}

function dealAll(from: Group, renewal: Renewal): Dealing[] {
  return renewal.dealers.map((index) =>
    dealRenewal(power, from.key, index, from.shares[index - 1]!, renewal),
  )
}

function inboxOf(dealings: readonly Dealing[], index: number): Dealt[] {
  return dealings.map(({ from, commitments, shares }) => {
    return { from, commitments, share: Uint8Array.from(shares.get(index)!) }
  })
}

/** The group after it; of those who receive, only `receivers` bother. */
function renewed(from: Group, renewal: Renewal, receivers: readonly number[]): Group {
  const dealings = dealAll(from, renewal)
  const shares: bigint[] = []
  const keys = receivers.map((index) => {
    const old = renewal.kind === "refresh" ? from.shares[index - 1]! : 0n
    const inbox = inboxOf(dealings, index)
    const { key, share } = acceptRenewal(power, from.key, index, old, renewal, inbox)
    shares[index - 1] = share
    return key
  })
  for (const key of keys) expect(key).toEqual(renewKey(from.key, renewal, dealings))
  return { key: keys[0]!, shares }
}

describe("a refresh", () => {
  let fresh: Group
  beforeAll(() => {
    fresh = renewed(group, refresh, [1, 2, 3, 4, 5])
  })

  test("keeps the key and the signature, in the next epoch", () => {
    expect(fresh.key).toMatchObject({ epoch: 1, modulus: group.key.modulus, multiplier: 1n })
    for (const quorum of [
      [1, 2, 3],
      [5, 2, 4],
    ]) {
      expect(sign(fresh, quorum)).toBe(signature)
    }
  })

  test("makes shares that do not mix with the old ones", () => {
    const mixed = { ...fresh, shares: [group.shares[0]!, ...fresh.shares.slice(1)] }

    expect(sign(mixed, [1, 2, 3])).toBeNull()
    expect(sign(mixed, [2, 3, 4])).toBe(signature)
  })

  // Otherwise what was stolen of an old share would still tell a few bits of the new one.
  test("changes every share by a multiple of the factorial of the group's size", () => {
    for (const [place, share] of fresh.shares.entries()) {
      expect(share).not.toBe(group.shares[place])
      expect((share - group.shares[place]!) % factorial(5)).toBe(0n)
    }
  })

  test("makes verification values that proofs hold against", () => {
    const encoded = encodedFor(fresh.key)
    const [partial] = partialsOf(fresh, [2])

    const proof = prove(power, fresh.key, fresh.shares[1]!, encoded, partial!)

    expect(isProven(power, fresh.key, encoded, partial!, proof)).toBe(true)
    expect(isProven(power, group.key, encoded, partial!, proof)).toBe(false)
  })

  test("can be followed by another without growing the shares", () => {
    const again = renewed(fresh, { kind: "refresh", dealers: [2, 3, 4, 5] }, [1, 3, 5])

    expect(sign(again, [1, 3, 5])).toBe(signature)
    for (const share of Object.values(again.shares))
      expect(bitLength(share)).toBeLessThan(4096 + 160)
  })

  test("needs as many dealers as sign, each a member and only once", () => {
    for (const dealers of [
      [1, 2],
      [1, 2, 6],
      [1, 2, 2],
      [0, 1, 2],
    ]) {
      const renewal: Renewal = { kind: "refresh", dealers }
      expect(() => renewKey(group.key, renewal, [])).toThrow(
        expect.objectContaining({ code: dealers.length < 3 ? "quorum-missing" : "bad-request" }),
      )
    }
  })
})

describe("a change of committee", () => {
  test("goes to another size and threshold and back, with the same signature", () => {
    const wider = renewed(group, reshare([2, 3, 5], 4, 6), [1, 2, 4, 5, 6])
    expect(wider.key).toMatchObject({ epoch: 1, threshold: 4, parties: 6 })
    expect(sign(wider, [1, 2, 5, 6])).toBe(signature)

    const back = renewed(wider, reshare([1, 2, 4, 6], 3, 5), [1, 3, 4])
    expect(sign(back, [1, 3, 4])).toBe(signature)

    const fresh = renewed(back, refresh, [1, 3, 4])
    expect(sign(fresh, [1, 3, 4])).toBe(signature)
    for (const share of Object.values(fresh.shares))
      expect(bitLength(share)).toBeLessThan(4096 + 192)
  })

  test("leaves the old shares useless to the new committee", () => {
    const next = renewed(group, reshare([1, 2, 3], 3, 5), [1, 2])
    const mixed = { ...next, shares: [...next.shares.slice(0, 2), ...group.shares.slice(2)] }

    expect(sign(mixed, [1, 2, 3])).toBeNull()
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
    const dealings = dealAll(group, renewal)
    const other = dealRenewal(power, group.key, 2, group.shares[1]! + 1n, renewal)

    expect(() => renewKey(group.key, renewal, [dealings[0]!, other, dealings[2]!])).toThrow(
      expect.objectContaining({
        code: "bad-dealing",
        detail: { from: 2, reason: "the constant is not this dealer's share" },
      }),
    )
  })
})

// Case 109: a commitment vector of another length is blamed on its dealer.
describe("a bad dealing is blamed on its dealer", () => {
  let dealings: Dealing[]
  beforeAll(() => {
    dealings = dealAll(group, refresh)
  })
  const accept = (inbox: readonly Dealt[]) =>
    acceptRenewal(power, group.key, 1, group.shares[0]!, refresh, inbox)
  const withThird = (edit: (dealt: Dealt) => Partial<Dealt>) => {
    const inbox = inboxOf(dealings, 1)
    return [inbox[0]!, { ...inbox[1]!, ...edit(inbox[1]!) }, inbox[2]!]
  }
  const blamed = (from: number, reason: string) =>
    expect.objectContaining({ code: "bad-dealing", detail: { from, reason } })

  test.each<[string, (dealt: Dealt) => Partial<Dealt>]>([
    ["1 commitments, not 2", ({ commitments }) => ({ commitments: commitments.slice(1) })],
    [
      "3 commitments, not 2",
      ({ commitments }) => ({ commitments: [...commitments, commitments[0]!] }),
    ],
    [
      "a length is wrong",
      ({ commitments }) => ({ commitments: [commitments[0]!, new Uint8Array(511)] }),
    ],
    [
      "a commitment is out of range",
      ({ commitments }) => ({ commitments: [commitments[0]!, toBytes(1n, 512)] }),
    ],
    [
      "the share does not match the commitments",
      ({ share }) => ({ share: encodeShare(decodeShare(share) + 1n) }),
    ],
    ["the share does not match the commitments", () => ({ share: encodeShare(0n) })],
    ["the share is out of range", () => ({ share: encodeShare(1n << 9000n) })],
    ["the share is malformed", () => ({ share: new Uint8Array(1) })],
  ])("%s", (reason, edit) => {
    expect(() => accept(withThird(edit))).toThrow(blamed(3, reason))
  })

  test("one that is missing, doubled, or of somebody else", () => {
    const [first, second, third] = inboxOf(dealings, 1)

    expect(() => accept([first!, third!])).toThrow(blamed(3, "not exactly one dealing"))
    expect(() => accept([first!, second!, second!, third!])).toThrow(
      blamed(3, "not exactly one dealing"),
    )
    expect(() => accept([first!, second!, third!, { ...third!, from: 2 }])).toThrow(
      blamed(2, "no dealer"),
    )
  })
})
