// A dispute over a share: whoever settles it finds right what a receiver takes, and wrong what it refuses.

import { describe, expect, test } from "vitest"
import { announce, dealTo, isDealt } from "../../../mpc/schemes/frost/generation.ts"
import {
  acceptRenewal as acceptFrost,
  dealRenewal as dealFrost,
  isDealtIn,
} from "../../../mpc/schemes/frost/renewal.ts"
import { toBytes } from "../../../mpc/schemes/integers.ts"
import { publicPower } from "../../../mpc/schemes/modexp.ts"
import {
  acceptRenewal,
  dealRenewal,
  isDealtBy,
  isShareOf,
} from "../../../mpc/schemes/rsa/renewal.ts"
import { decodeShare, encodeShare } from "../../../mpc/schemes/rsa/share.ts"
import type { Dealt } from "../../../mpc/schemes/scheme.ts"
import { aFounding, aFrostGroup, dealtTo } from "./frost-group.ts"
import { aGroup, power } from "./group.ts"

const DEALERS = [1, 2, 3]

function accepts(work: () => unknown): boolean {
  try {
    work()
    return true
  } catch {
    return false
  }
}

/** The dealings as member 1 gets them, the first dealer's changed. */
const changed = (dealt: readonly Dealt[], edit: Partial<Dealt>) =>
  dealt.map((one) => (one.from === 1 ? { ...one, ...edit } : one))

describe("of an RSA renewal", () => {
  const group = aGroup()
  const { key } = group
  const refresh = { kind: "refresh", dealers: DEALERS } as const
  const dealings = DEALERS.map((index) =>
    dealRenewal(power, key, index, group.shares[index - 1]!, refresh),
  )
  const inbox = dealings.map(({ from, commitments, shares }): Dealt => {
    return { from, commitments, share: shares.get(1)! }
  })
  const right = inbox[0]!
  const huge = 1n << 9000n
  const committed = [huge, huge].map((coefficient) =>
    toBytes(publicPower(key.verificationBase, coefficient, key.modulus), 512),
  )

  test.each<[string, Partial<Dealt>, boolean]>([
    ["what was dealt", {}, true],
    ["one more than that", { share: encodeShare(decodeShare(right.share) + 1n) }, false],
    ["nothing", { share: encodeShare(0n) }, false],
    ["no share", { share: new Uint8Array(1) }, false],
    // A dealer could frame its receiver with this, if it were only compared with the commitments.
    [
      "a share that fits, and is far too long",
      { commitments: committed, share: encodeShare(2n * huge) },
      false,
    ],
  ])("%s", (_, edit, isRight) => {
    const one = { ...right, ...edit }

    const taken = accepts(() =>
      acceptRenewal(power, key, 1, group.shares[0]!, refresh, changed(inbox, edit)),
    )

    expect(taken).toBe(isRight)
    expect(isDealtBy(key, refresh, one, 1, one.share)).toBe(isRight)
  })

  test("a dealt share is the key's, or not", () => {
    expect(isShareOf(key, 2, encodeShare(group.shares[1]!))).toBe(true)
    expect(isShareOf(key, 1, encodeShare(group.shares[1]!))).toBe(false)
  })
})

describe("of FROST", () => {
  test("a renewal", () => {
    const { key, shares } = aFrostGroup()
    const renewal = { kind: "reshare", dealers: DEALERS, threshold: 4, parties: 7 } as const
    const dealings = DEALERS.map((index) => dealFrost(key, index, shares[index - 1]!, renewal))
    const inbox = dealtTo(dealings, 6)
    const wrong = Uint8Array.from(inbox[0]!.share)
    wrong[31]! ^= 1
    const [first] = inbox as [Dealt]

    expect(isDealtIn(key, renewal, first, 6, first.share)).toBe(true)
    expect(isDealtIn(key, renewal, first, 6, wrong)).toBe(false)
    expect(accepts(() => acceptFrost(key, 6, 0n, renewal, inbox))).toBe(true)
    expect(accepts(() => acceptFrost(key, 6, 0n, renewal, changed(inbox, { share: wrong })))).toBe(
      false,
    )
  })

  test("the making of a key", () => {
    const founding = aFounding()
    const parts = [1, 2, 3, 4, 5].map((index) => announce("taproot", founding, index))
    const said = parts.map(({ index, announcement }) => ({ from: index, bytes: announcement }))
    const share = dealTo(parts[0]!, said).get(4)!

    expect(isDealt("taproot", founding, said[0]!, 4, share)).toBe(true)
    expect(isDealt("taproot", founding, said[0]!, 3, share)).toBe(false)
    expect(isDealt("taproot", founding, said[0]!, 4, new Uint8Array(5))).toBe(false)
  })
})
