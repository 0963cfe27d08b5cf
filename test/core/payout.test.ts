// What a transfer is owed, and to whom.

import { describe, expect, test } from "vitest"
import { isPayable, payoutOf } from "../../core/payout.ts"
import type { Transfer } from "../../core/transfer.ts"
import { aBurn, anId, aSighting, aTransfer } from "../builders.ts"

test("a deposit is owed to its recipient on AO, less the fee, with its tags", () => {
  const sighting = aSighting({ amount: 50_000n, forward: { "X-Note": "hello" } })
  const deposit = aTransfer("ready", { fee: 20n }, sighting)

  expect(payoutOf(deposit)).toEqual({
    transfer: sighting.id,
    chain: "ao",
    asset: "AR",
    recipient: anId("recipient"),
    amount: 49_980n,
    fee: 20n,
    refund: false,
    forward: { "X-Note": "hello" },
  })
})

test("a burn is owed to its recipient at home", () => {
  const burn = aTransfer("ready", { fee: 20n }, aBurn({ amount: 50_000n }))

  expect(payoutOf(burn)).toMatchObject({ chain: "arweave", amount: 49_980n, refund: false })
})

test.each([
  { sighting: aSighting, chain: "arweave" },
  { sighting: aBurn, chain: "ao" },
])("a refund is owed to the sender on $chain, and carries no tags", ({ sighting, chain }) => {
  const from = sighting({ recipient: null, refundTo: anId("refund"), forward: { "X-Note": "a" } })
  const back = aTransfer("held", { refund: true }, from)

  const payout = payoutOf(back)

  expect(payout).toMatchObject({ chain, recipient: anId("refund"), refund: true })
  expect(payout.forward).toEqual({})
})

describe("what nobody can be paid stops the bridge", () => {
  const ready = () => aTransfer("ready", {}, aSighting({ amount: 50_000n }))

  test.each<[string, Partial<Transfer>]>([
    ["no recipient", { recipient: null }],
    ["a fee of the whole amount", { fee: 50_000n }],
    ["a fee above the amount", { fee: 50_001n }],
  ])("%s", (_, parts) => {
    const transfer = { ...ready(), ...parts }

    expect(isPayable(transfer)).toBe(false)
    expect(() => payoutOf(transfer)).toThrow(expect.objectContaining({ code: "assertion" }))
  })

  test("a chain that is neither AO nor the asset's home", () => {
    const lost = { ...ready(), target: "bitcoin" } as unknown as Transfer

    expect(() => payoutOf(lost)).toThrow(expect.objectContaining({ code: "assertion" }))
  })

  test("but one unit is paid", () => {
    expect(payoutOf({ ...ready(), fee: 49_999n }).amount).toBe(1n)
  })
})
