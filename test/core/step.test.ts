// The state machine: every pair that exists and every pair that does not, the slot, and what may be paid.

import { describe, expect, test } from "vitest"
import { entriesFor } from "../../core/ledger.ts"
import { step } from "../../core/step.ts"
import {
  EVENTS,
  type EventKind,
  MOVES,
  moveOf,
  STATES,
  type State,
  type Transfer,
  type TransferEvent,
} from "../../core/transfer.ts"
import { aBlock, aBurn, anEvent, anId, aSighting, aTransfer, seen, settled } from "../builders.ts"

const pairs = STATES.flatMap((state) => EVENTS.map((kind): [State, EventKind] => [state, kind]))
const legal = pairs.filter(([state, kind]) => kind in MOVES[state])
const illegal = pairs.filter(([state, kind]) => !(kind in MOVES[state]))

describe("every move in MOVES leads where MOVES says", () => {
  test.each(legal)("%s: %s", (state, kind) => {
    const before = aTransfer(state)

    const { transfer } = step(before, anEvent(kind, before))

    expect(transfer.state).toBe(moveOf(state, kind))
    expect(transfer.version).toBe(before.version + 1)
    expect(transfer.id).toBe(before.id)
  })
})

describe("what is not in MOVES cannot happen", () => {
  test.each(illegal)("%s: %s", (state, kind) => {
    const before = aTransfer(state)

    const code = state === "paid" && kind === "Settled" ? "double-payout" : "illegal-move"
    expect(refusalOf(before, anEvent(kind, before))).toBe(code)
  })

  test.each(EVENTS.filter((kind) => kind !== "Seen"))("new: %s", (kind) => {
    expect(refusalOf(null, anEvent(kind, aTransfer("seen")))).toBe("illegal-move")
  })
})

test("the moves are the ones that were agreed", () => {
  const moves = legal.map(([state, kind]) => `${state} ${kind} ${moveOf(state, kind)}`)

  expect(moves).toEqual([
    "seen Confirmed confirmed",
    "seen Vanished dropped",
    "confirmed Vanished dropped",
    "confirmed Cleared ready",
    "confirmed Flagged held",
    "held Vanished dropped",
    "held Approved ready",
    "held Redirected ready",
    "held Settled paid",
    "ready Vanished dropped",
    "ready Flagged held",
    "ready Planned signing",
    "ready Settled paid",
    "signing Vanished signing",
    "signing Planned signing",
    "signing Signed sent",
    "signing Settled paid",
    "signing Died ready",
    "sent Vanished sent",
    "sent Planned signing",
    "sent Settled paid",
    "sent Died ready",
    "paid Vanished paid",
    "dropped Seen seen",
  ])
})

test("a sighting begins a transfer with nothing decided about it", () => {
  const sighting = aSighting({ forward: { "X-Note": "hello" } })

  const { transfer, entries, effects } = step(null, seen(sighting, 7n))

  const { fee: _, ...stated } = sighting
  expect(transfer).toEqual({
    ...stated,
    state: "seen",
    version: 1,
    fee: 7n,
    block: aBlock(),
    reason: null,
    refund: false,
    slot: null,
    plan: null,
    transaction: null,
  })
  expect(entries).toEqual([])
  expect(effects).toEqual([])
})

// Case 26
test("a transfer that left its block begins again in the block where it is seen next", () => {
  const dropped = aTransfer("dropped", { refund: true, reason: "over-cap" })
  const { state: _, version: __, block: ___, ...before } = dropped
  const again = { ...seen(aSighting({ id: before.id }), 9n), block: aBlock(140) } as TransferEvent

  const { transfer } = step(dropped, again)

  expect(transfer).toMatchObject({ state: "seen", block: aBlock(140), fee: 9n })
  expect(transfer).toMatchObject({ refund: false, reason: null, version: dropped.version + 1 })
})

test("a sighting of another transfer is our own mistake", () => {
  expect(refusalOf(aTransfer("dropped"), seen(aSighting()))).toBe("assertion")
})

describe("the slot", () => {
  test("a plan takes it, and it is held until the payout is settled", () => {
    const signing = aTransfer("signing")
    const sent = step(signing, anEvent("Signed", signing)).transfer
    const paid = step(sent, settled()).transfer

    expect(signing.slot).not.toBeNull()
    expect([sent.slot, paid.slot]).toEqual([signing.slot, signing.slot])
  })

  test("a replan may not take a second slot", () => {
    const sent = aTransfer("sent")

    const refusal = refusalOf(sent, { kind: "Planned", slot: "another", plan: "second" })

    expect(refusal).toBe("slot-taken")
  })

  test("a replan in the same slot waits for a signature of its own", () => {
    const sent = aTransfer("sent")

    const { transfer, effects } = step(sent, { kind: "Planned", slot: sent.slot!, plan: "second" })

    expect(transfer).toMatchObject({ state: "signing", slot: sent.slot, plan: "second" })
    expect(transfer.transaction).toBeNull()
    expect(effects).toEqual([{ kind: "sign", plan: "second" }])
  })

  test.each(["signing", "sent"] as const)("a payout that died in %s frees it", (state) => {
    const { transfer, effects } = step(aTransfer(state), { kind: "Died", reason: "expired" })

    expect(transfer).toMatchObject({ state: "ready", slot: null, plan: null, transaction: null })
    expect(transfer.reason).toBe("expired")
    expect(effects).toEqual([{ kind: "plan", chain: "ao" }])
    const other: TransferEvent = { kind: "Planned", slot: "another", plan: "second" }
    expect(step(transfer, other).transfer.slot).toBe("another")
  })

  test.each(["signing", "sent"] as const)(
    "a transfer without one in %s stops the bridge",
    (state) => {
      expect(refusalOf(aTransfer(state, { slot: null }), { kind: "Vanished" })).toBe("assertion")
    },
  )

  test("a slot held before any plan stops the bridge", () => {
    const seenWithSlot = aTransfer("seen", { slot: "slot" })

    expect(refusalOf(seenWithSlot, { kind: "Confirmed" })).toBe("assertion")
  })

  test.each(["sent", "paid"] as const)("%s without a transaction stops the bridge", (state) => {
    const nameless = aTransfer(state, { transaction: null })

    expect(refusalOf(nameless, { kind: "Vanished" })).toBe("assertion")
  })
})

describe("what is paid", () => {
  // Case 103
  test("a transfer that was paid is never paid again, whoever says so", () => {
    const paid = aTransfer("paid")

    expect(refusalOf(paid, settled(anId("second")))).toBe("double-payout")
    expect(refusalOf(paid, settled(paid.transaction!))).toBe("double-payout")
  })

  // Case 108
  test("a decision to pay and a decision to refund exclude each other", () => {
    const held = aTransfer("held")

    for (const [first, second] of [
      ["Approved", "Redirected"],
      ["Redirected", "Approved"],
    ] as const) {
      const ready = step(held, anEvent(first, held)).transfer
      expect(refusalOf(ready, anEvent(second, ready))).toBe("illegal-move")
    }
  })

  test("a payout may be seen before we know that it was sent", () => {
    const { transfer } = step(aTransfer("signing"), settled(anId("early")))

    expect(transfer).toMatchObject({ state: "paid", transaction: anId("early") })
  })

  test.each(["ready", "held"] as const)(
    "a mint that was given up in %s may land all the same",
    (state) => {
      const given = step(aTransfer("sent"), { kind: "Died", reason: "payout-refused" }).transfer
      const before = { ...given, state }
      const late: TransferEvent = {
        ...settled(anId("late")),
        slot: "ao:mint:its own",
      } as TransferEvent

      const { transfer, entries } = step(before, late)

      expect(transfer).toMatchObject({ state: "paid", slot: "ao:mint:its own" })
      expect(transfer.transaction).toBe(anId("late"))
      expect(entries).toEqual(entriesFor(aTransfer("sent", { id: before.id }), late))
    },
  )

  test.each([
    ["a release, by a slot of another chain", aTransfer("ready", {}, aBurn()), "ao:mint:its own"],
    ["a mint in no slot that anybody knows", aTransfer("ready"), undefined],
    ["a mint of what goes back by now", aTransfer("held", { refund: true }), "ao:mint:its own"],
  ] as const)("what lands without a plan stops the chain: %s", (_, before, slot) => {
    const event = { ...settled(anId("late")), slot } as TransferEvent

    expect(refusalOf(before, event)).toBe("illegal-move")
  })

  test("nobody can decide to pay a transfer that names no recipient", () => {
    const held = aTransfer("held", { recipient: null, problem: "bad-recipient" })

    expect(refusalOf(held, anEvent("Approved", held))).toBe("illegal-move")
    expect(step(held, anEvent("Redirected", held)).transfer).toMatchObject({
      state: "ready",
      refund: true,
    })
  })

  test.each([0n, 1n])("nobody can decide to pay what costs all of its amount (%s more)", (more) => {
    const held = aTransfer("held")
    const dear = { ...held, fee: held.amount + more }

    expect(refusalOf(dear, anEvent("Approved", dear))).toBe("illegal-move")
    expect(refusalOf(held, { kind: "Redirected", by: [], fee: dear.fee })).toBe("illegal-move")
    const confirmed = aTransfer("confirmed", { fee: dear.fee })
    expect(refusalOf(confirmed, { kind: "Cleared" })).toBe("illegal-move")
  })

  test("one unit more than the fee is paid", () => {
    const held = aTransfer("held")
    const event: TransferEvent = { kind: "Redirected", by: [], fee: held.amount - 1n }

    expect(step(held, event).transfer).toMatchObject({ state: "ready", fee: held.amount - 1n })
  })
})

describe("orders", () => {
  test("each event gives its order to the chain that pays", () => {
    const effects = (state: State, kind: EventKind, parts: Partial<Transfer> = {}) => {
      const before = aTransfer(state, parts)
      return step(before, anEvent(kind, before)).effects
    }

    expect(effects("seen", "Confirmed")).toEqual([{ kind: "screen" }])
    expect(effects("confirmed", "Cleared")).toEqual([{ kind: "plan", chain: "ao" }])
    expect(effects("confirmed", "Flagged")).toEqual([{ kind: "alarm", reason: "over-cap" }])
    expect(effects("held", "Approved")).toEqual([{ kind: "plan", chain: "ao" }])
    expect(effects("held", "Redirected")).toEqual([{ kind: "plan", chain: "arweave" }])
    expect(effects("ready", "Planned")).toEqual([{ kind: "sign", plan: "plan ready" }])
    expect(effects("signing", "Signed", { plan: "p" })).toEqual([{ kind: "broadcast", plan: "p" }])
    expect(effects("sent", "Settled")).toEqual([])
  })

  test("a burn is paid on Arweave, and its refund on AO", () => {
    const burn = aTransfer("held", {}, aBurn())

    expect(step(burn, anEvent("Approved", burn)).effects).toEqual([
      { kind: "plan", chain: "arweave" },
    ])
    expect(step(burn, anEvent("Redirected", burn)).effects).toEqual([{ kind: "plan", chain: "ao" }])
  })

  // Case 27
  test.each(["signing", "sent", "paid"] as const)(
    "a source that vanishes in %s pauses its chain and calls people",
    (state) => {
      const before = aTransfer(state)

      const { transfer, entries, effects } = step(before, { kind: "Vanished" })

      expect(transfer).toEqual({ ...before, version: before.version + 1 })
      expect(entries).toEqual([])
      expect(effects).toEqual([
        { kind: "pause", chain: "arweave", reason: "source-vanished" },
        { kind: "alarm", reason: "source-vanished" },
      ])
    },
  )

  test.each(["seen", "confirmed", "held", "ready"] as const)(
    "a source that vanishes in %s is no reason to stop",
    (state) => {
      expect(step(aTransfer(state), { kind: "Vanished" }).effects).toEqual([])
    },
  )

  test("why a transfer waits is forgotten when it goes on", () => {
    const held = aTransfer("held")

    expect(held.reason).toBe("over-cap")
    expect(step(held, anEvent("Approved", held)).transfer.reason).toBeNull()
  })
})

function refusalOf(before: Transfer | null, event: TransferEvent): string {
  try {
    step(before, event)
  } catch (error) {
    return (error as { code: string }).code
  }
  return "none"
}
