// What a block's facts mean for the transfers that we know, and under which keys they count once.

import { describe, expect, test } from "vitest"
import type { Settlement } from "../../../chains/chain.ts"
import { step } from "../../../core/step.ts"
import { STATES, type State, type Transfer } from "../../../core/transfer.ts"
import {
  confirmedFact,
  type Fact,
  seenFact,
  settledFacts,
  vanishedFact,
} from "../../../services/watchers/facts.ts"
import { refusedBefore } from "../../../services/watchers/recover.ts"
import { aBlock, aBurn, anEvent, anId, aPolicy, aSighting, aTransfer } from "../../builders.ts"

const { fees } = aPolicy()

describe("a sighting", () => {
  test("of a new transfer is news, at the fee of its block", () => {
    const sighting = aSighting({ amount: 1_000_000n })
    const block = { ...aBlock(7), parent: "six" }

    const fact = seenFact(null, sighting, block, fees)

    expect(fact).toMatchObject({ transfer: sighting.id })
    expect(fact?.event).toEqual({ kind: "Seen", sighting, block: aBlock(7), fee: 1_000n })
  })

  // Case 12
  test("costs what its own block's rule says, not the newest", () => {
    const rules = [...fees, { ...fees[0]!, heightMin: 100, flat: 5n, basisPoints: 0n }]
    const feeAt = (height: number) => {
      const event = seenFact(null, aSighting({ amount: 1_000_000n }), aBlock(height), rules)?.event
      return event?.kind === "Seen" ? event.fee : null
    }

    expect([feeAt(99), feeAt(100)]).toEqual([1_000n, 5n])
  })

  test("that names its own fee costs that", () => {
    const fact = seenFact(null, aBurn({ fee: 42n }), aBlock(), [])

    expect(fact?.event).toMatchObject({ fee: 42n })
  })

  test.each(STATES.filter((state) => state !== "dropped"))("of what is %s is no news", (state) => {
    const known = aTransfer(state)

    expect(seenFact(known, aSighting({ id: known.id }), aBlock(), fees)).toBeNull()
  })
})

describe("a block that left the chain", () => {
  test.each(STATES.filter((state) => state !== "dropped"))("takes what is %s with it", (state) => {
    const known = aTransfer(state)

    expect(vanishedFact(known, known.block)?.event).toEqual({ kind: "Vanished" })
  })

  test("takes nothing that it did not hold", () => {
    const known = aTransfer("confirmed")

    expect(vanishedFact(null, known.block)).toBeNull()
    expect(vanishedFact(known, aBlock(known.block.height + 1))).toBeNull()
    const sibling = { ...known.block, id: anId("sibling") }
    expect(vanishedFact(known, sibling)).toBeNull()
    const dropped = aTransfer("dropped")
    expect(vanishedFact(dropped, dropped.block)).toBeNull()
  })
})

describe("a fact counts once", () => {
  // Case 26
  test("but a block that leaves and comes back, again and again, is a fact each time", () => {
    const sighting = aSighting()
    const block = aBlock()
    const keys = new Set<string>()
    let known: Transfer | null = null
    const tell = (fact: Fact | null) => {
      if (fact === null || keys.has(fact.key)) return
      keys.add(fact.key)
      known = step(known, fact.event).transfer
    }

    for (let turn = 0; turn < 3; turn++) {
      tell(seenFact(known, sighting, block, fees))
      tell(confirmedFact(known!))
      expect(known).toMatchObject({ state: "confirmed", block })
      tell(vanishedFact(known, block))
      expect(known).toMatchObject({ state: "dropped" })
    }
  })

  test("two that look at the same time say the same thing", () => {
    const known = aTransfer("seen")
    const dropped = aTransfer("dropped")
    const again = aSighting({ id: dropped.id })

    expect(confirmedFact(known)).toEqual(confirmedFact({ ...known }))
    expect(vanishedFact(known, known.block)).toEqual(vanishedFact({ ...known }, aBlock()))
    expect(seenFact(dropped, again, aBlock(), fees)).toEqual(
      seenFact({ ...dropped }, again, aBlock(), fees),
    )
  })

  test.each<State>(["signing", "sent", "paid"])(
    "a source that vanished under a payout that is %s is reported once, whatever happens next",
    (state) => {
      const known = aTransfer(state)

      const first = vanishedFact(known, known.block)
      const later = vanishedFact({ ...known, version: known.version + 1 }, known.block)

      expect(later).toEqual(first)
    },
  )
})

describe("a payout of ours", () => {
  const settlement = (transfers: readonly Transfer[], parts: Partial<Settlement> = {}) => ({
    transaction: anId("payout"),
    transfers: transfers.map(({ id }) => id),
    outcome: "paid" as const,
    reason: null,
    networkFee: 0n,
    ...parts,
  })
  const among = (transfers: readonly Transfer[]) => (id: string) =>
    transfers.find((transfer) => transfer.id === id) ?? null
  const waiting = (parts: Partial<Transfer> = {}) => {
    return aTransfer("sent", { transaction: anId("payout"), ...parts })
  }

  test("settles each transfer that it pays", () => {
    const sent = [waiting(), waiting(), aTransfer("signing")]

    const facts = settledFacts(settlement(sent), among(sent))

    expect(facts.map(({ transfer }) => transfer)).toEqual(sent.map(({ id }) => id))
    for (const { event } of facts)
      expect(event).toEqual({ kind: "Settled", transaction: anId("payout"), networkFee: 0n })
    expect(new Set(facts.map(({ key }) => key)).size).toBe(1)
  })

  test("charges its transfer what the network took", () => {
    const sent = [waiting()]

    const [fact] = settledFacts(settlement(sent, { networkFee: 9n }), among(sent))

    expect(fact?.event).toMatchObject({ networkFee: 9n })
  })

  test("by two transactions is told twice, so that the second stops the bridge", () => {
    const sent = [waiting()]
    const keyOf = (transaction: string) =>
      settledFacts(settlement(sent, { transaction }), among(sent))[0]?.key

    expect(keyOf(anId("first"))).not.toBe(keyOf(anId("second")))
  })

  test("that was refused frees the transfers that wait for this very transaction", () => {
    const sent = waiting()
    const others = [
      waiting({ transaction: anId("newer") }),
      aTransfer("paid", { transaction: anId("payout") }),
      aTransfer("signing"),
    ]
    const refused = settlement([sent, ...others], { outcome: "refused", reason: "over-limit" })

    const facts = settledFacts(refused, among([sent, ...others]))

    expect(facts).toEqual([
      {
        transfer: sent.id,
        key: `Died:${anId("payout")}`,
        event: { kind: "Died", reason: "over-limit" },
      },
    ])
    expect(step(sent, anEvent("Died", sent)).transfer.state).toBe("ready")
  })

  test("that was refused without a word has a reason all the same", () => {
    const sent = [waiting()]

    const [fact] = settledFacts(settlement(sent, { outcome: "refused" }), among(sent))

    expect(fact?.event).toEqual({ kind: "Died", reason: "payout-refused" })
  })

  // Case 90
  test("that was refused because it was minted before frees nothing", () => {
    const sent = [waiting()]
    const refused = settlement(sent, { outcome: "refused", reason: "already-minted" })

    expect(settledFacts(refused, among(sent))).toEqual([])
  })

  test("that was refused for a transfer that we do not know frees nobody", () => {
    const refused = settlement([waiting()], { outcome: "refused", reason: "over-limit" })

    expect(settledFacts(refused, () => null)).toEqual([])
  })

  test("that was refused before the books came back frees what waits for it there, and nobody's slot elsewhere", () => {
    const minting = aTransfer("signing")
    const back = aTransfer("signing", { refund: true })
    const both = [minting, back]
    const refused = settlement(both, { outcome: "refused", reason: "paused" })

    const freed = refusedBefore("ao", refused, among(both))

    expect(freed.map(({ transfer }) => transfer)).toEqual([minting.id])
    expect(refusedBefore("arweave", refused, among(both))).toHaveLength(1)
  })
})
