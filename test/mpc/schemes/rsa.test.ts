import { afterAll, beforeAll, describe, expect, test } from "vitest"
import type { RsaKey } from "../../../mpc/schemes/rsa/key.ts"
import { encodeShare } from "../../../mpc/schemes/rsa/share.ts"
import { rsa } from "../../../mpc/schemes/rsa.ts"
import type { Contribution, Dealt, Renewal, Signer, Signing } from "../../../mpc/schemes/scheme.ts"
import { aGroup, type Group, message } from "./group.ts"

const signing: Signing = { session: "session-1", message, commitments: [] }
let group: Group
let signers: Signer<RsaKey>[]
let partials: Contribution[]
let signature: Uint8Array

beforeAll(async () => {
  group = aGroup(2, 3)
  signers = await Promise.all(
    group.shares.map(async (value, place) => {
      const share = encodeShare(value)
      const signer = await rsa.open({ key: group.key, index: place + 1, share })
      // The thread took it; the caller is left with zeros.
      expect(share.every((byte) => byte === 0)).toBe(true)
      return signer
    }),
  )
  partials = await Promise.all(
    signers.map(async (signer) => ({ from: signer.index, bytes: await signer.partial(signing) })),
  )
  signature = (await rsa.aggregate(group.key, signing, partials)).signature!
})
afterAll(() => Promise.all(signers.map((signer) => signer.close())))

const pick = (...indices: number[]) => indices.map((index) => partials[index - 1]!)
const spoilt = ({ from, bytes }: Contribution): Contribution => {
  return { from, bytes: bytes.map((byte, at) => (at === 99 ? byte ^ 1 : byte)) }
}

describe("the RSA scheme", () => {
  test("signs with any quorum, to the same bytes, and says so", async () => {
    for (const quorum of [pick(1, 2), pick(3, 1), pick(2, 3)]) {
      const made = await rsa.aggregate(group.key, signing, quorum)
      expect(made).toEqual({ signature, cheaters: [] })
    }
    expect(rsa.verify(group.key, message, signature)).toBe(true)
  })

  test("takes no other message, key, length or byte for signed", () => {
    expect(rsa.verify(group.key, new Uint8Array(48), signature)).toBe(false)
    expect(rsa.verify(group.key, message, signature.subarray(1))).toBe(false)
    expect(rsa.verify(group.key, message, Uint8Array.from([0, ...signature]))).toBe(false)
    expect(rsa.verify(group.key, message, signature.with(9, signature[9]! ^ 1))).toBe(false)
  })

  test("repeats a partial to the byte, whatever the session", async () => {
    const again = await signers[0]!.partial({ ...signing, session: "session-2" })

    expect(again).toEqual(partials[0]!.bytes)
  })

  test("names who sent a wrong partial or one of another length", async () => {
    const [first, second, third] = pick(1, 2, 3)
    const cut = { from: 1, bytes: first!.bytes.subarray(1) }

    for (const [bad, cheaters] of [
      [spoilt(first!), [1]],
      [cut, [1]],
    ] as const) {
      const made = await rsa.aggregate(group.key, signing, [bad, second!, third!])
      expect(made).toEqual({ signature, cheaters })
    }
    expect(await rsa.aggregate(group.key, signing, [spoilt(first!), second!])).toEqual({
      signature: null,
      cheaters: [],
    })
    expect(await rsa.aggregate(group.key, signing, [cut, second!])).toEqual({
      signature: null,
      cheaters: [1],
    })
  })

  test("settles a dispute over one partial by its proof", async () => {
    const proof = await signers[1]!.prove(signing)

    expect(await rsa.isPartial(group.key, signing, partials[1]!, proof)).toBe(true)
    expect(await rsa.isPartial(group.key, signing, spoilt(partials[1]!), proof)).toBe(false)
    expect(await rsa.isPartial(group.key, signing, { from: 2, bytes: proof }, proof)).toBe(false)
  })

  // Hazard: duplicate or out-of-range indices in a quorum.
  test("counts no party twice and no stranger at all", async () => {
    for (const bad of [pick(1, 1), [...pick(1), { ...partials[1]!, from: 4 }]]) {
      await expect(rsa.aggregate(group.key, signing, bad)).rejects.toMatchObject({
        code: "bad-request",
      })
    }
    await expect(rsa.aggregate(group.key, signing, pick(1))).rejects.toMatchObject({
      code: "quorum-missing",
    })
  })

  test("has one round", async () => {
    expect(rsa.rounds).toBe(1)
    await expect(signers[0]!.commit("session-1")).rejects.toMatchObject({ code: "not-supported" })
  })

  test("does not hold up the event loop while it signs", async () => {
    let turns = 0
    let signed = false
    const turn = () => {
      turns += 1
      if (!signed) setImmediate(turn)
    }
    turn()

    await signers[0]!.partial(signing).then(() => {
      signed = true
    })

    expect(turns).toBeGreaterThan(20)
  })
})

describe("opening a share", () => {
  test.each([
    ["of another place", () => ({ index: 2, share: encodeShare(group.shares[0]!) })],
    ["that is damaged", () => ({ index: 1, share: encodeShare(group.shares[0]! ^ 2n) })],
    ["that is none", () => ({ index: 1, share: Uint8Array.of(9) })],
  ])("refuses one %s, and does not show it", async (_, holding) => {
    const { index, share } = holding()
    const digits = Buffer.from(share).toString("hex").slice(4, 24)

    const error = await rsa.open({ key: group.key, index, share }).catch((thrown) => thrown)

    expect(error).toMatchObject({ code: "share-locked" })
    const shown = `${error.stack} ${JSON.stringify(error)}`
    if (digits.length === 20) expect(shown).not.toContain(digits)
  })
})

test("refresh and change of committee go through the same interface", async () => {
  const renewal: Renewal = { kind: "reshare", dealers: [1, 3], threshold: 2, parties: 2 }
  const dealings = await Promise.all([signers[0]!.deal(renewal), signers[2]!.deal(renewal)])
  const inbox = (index: number): Dealt[] =>
    dealings.map(({ from, commitments, shares }) => {
      return { from, commitments, share: shares.get(index)! }
    })
  const joined = await Promise.all([1, 2].map((at) => rsa.join(group.key, renewal, at, inbox(at))))
  expect(joined[0]!.key).toEqual(joined[1]!.key)
  const members = await Promise.all(joined.map((holding) => rsa.open(holding)))

  const refresh: Renewal = { kind: "refresh", dealers: [1, 2] }
  const second = await Promise.all(members.map((member) => member.deal(refresh)))
  const holdings = await Promise.all(
    members.map((member) =>
      member.refresh(
        refresh,
        second.map(({ from, commitments, shares }) => {
          return { from, commitments, share: shares.get(member.index)! }
        }),
      ),
    ),
  )
  const fresh = await Promise.all(holdings.map((holding) => rsa.open(holding)))
  const made = await rsa.aggregate(
    fresh[0]!.key,
    signing,
    await Promise.all(
      fresh.map(async (one) => ({ from: one.index, bytes: await one.partial(signing) })),
    ),
  )

  expect(fresh[0]!.key.epoch).toBe(2)
  expect(made.signature).toEqual(signature)

  await Promise.all([...members, ...fresh].map((one) => one.close()))
  await expect(fresh[0]!.partial(signing)).rejects.toMatchObject({ code: "child-died" })
})

test("a dealer of a bad dealing is named across the thread", async () => {
  const renewal: Renewal = { kind: "refresh", dealers: [1, 2] }
  const dealings = await Promise.all([signers[0]!.deal(renewal), signers[1]!.deal(renewal)])
  const swapped = dealings.map(({ from, commitments, shares }) => {
    return { from, commitments, share: shares.get(from === 2 ? 1 : 3)! }
  })

  await expect(signers[2]!.refresh(renewal, swapped)).rejects.toMatchObject({
    code: "bad-dealing",
    detail: { from: 2, reason: "the share does not match the commitments" },
  })
})
