// What an outsider adds up where a chain has coins and names no transfers.

import { describe, expect, test } from "vitest"
import { auditOf, type Outflow, type Statement } from "../../core/solvency.ts"
import { aBlock, anId, aSighting } from "../builders.ts"

const alice = "bc1alice"
const deposit = aSighting({
  ...{ id: `bitcoin:${"ab".repeat(32)}:0`, asset: "BTC", source: "bitcoin", target: "ao-btc" },
  ...{ amount: 500n, recipient: anId("alice"), refundTo: alice },
})
const burn = aSighting({
  ...{ id: `ao-btc:${anId("burn")}:1`, asset: "BTC", source: "ao-btc", target: "bitcoin" },
  ...{ amount: 400n, recipient: alice, refundTo: anId("alice") },
})
const outflow = (parts: Partial<Outflow>): Outflow => ({
  ...{ chain: "bitcoin", asset: "BTC", transaction: anId("payout"), recipient: alice },
  ...{ amount: 390n, networkFee: 1n, transfer: null, by: "nameless", ...parts },
})
const mint = outflow({
  ...{ chain: "ao-btc", recipient: anId("alice"), amount: 500n, networkFee: 0n },
  ...{ transfer: deposit.id, by: undefined },
})

function audit(onBitcoin: readonly Outflow[], held: bigint, burns = [burn]) {
  const common = { block: aBlock(9), known: 9 }
  const statements: readonly Statement[] = [
    { ...common, chain: "bitcoin", sightings: [deposit], outflows: onBitcoin, held },
    { ...common, chain: "ao-btc", sightings: burns, outflows: [mint] },
  ]
  return auditOf(["BTC"], statements)
}

describe("where payouts name no transfers", () => {
  test("one is matched with what is left when those that name theirs are", () => {
    // The deposit's refund would go to the same address, and was minted: the burn alone is owed.
    const { findings, assets } = audit([outflow({})], 109n)

    expect(findings).toEqual([])
    expect(assets[0]).toMatchObject({ depositsPending: 0n, burnsPending: 0n })
  })

  test("a second one to the same address is nobody's", () => {
    const { findings } = audit([outflow({}), outflow({ amount: 1n })], 200n)

    expect(findings).toMatchObject([{ kind: "unmatched-outflow", fault: "not-owed" }])
  })

  test("custody is the coins themselves: what a sweep gave to miners is gone from it", () => {
    const { assets, findings } = audit([outflow({})], 99n)

    expect(assets[0]).toMatchObject({ custody: 99n, supply: 100n })
    expect(findings).toEqual([{ kind: "shortfall", asset: "BTC", missing: 1n }])
  })
})

test("a deposit that its owner took back and that was minted too is paid twice", () => {
  const back = outflow({ transfer: deposit.id, by: "taken-back", recipient: "", amount: 500n })

  const { findings } = audit([back], 500n, [])

  expect(findings).toMatchObject([{ kind: "unmatched-mint", fault: "paid-twice" }])
})
