// Not by chance but altogether: every state of the small model keeps every invariant.

import { expect, test } from "vitest"
import { step } from "../../core/step.ts"
import { EVENTS, moveOf, STATES } from "../../core/transfer.ts"
import { EXPLORED, explore, type Rules } from "./explore.ts"

/** Moves that were gone through: `state Event state`. */
const all = new Set<string>()

test.each(["deposit", "burn"] as const)(
  "every state that a %s can reach keeps the invariants",
  (kind) => {
    const { states, moves, taken } = explore([kind])
    for (const one of taken) all.add(one)

    console.info(`${kind}: ${states} states, ${moves} moves`)
    expect(states).toBeGreaterThan(1_000)
  },
)

const FAULTS: Readonly<Record<string, readonly ["deposit" | "burn", Partial<Rules>, RegExp]>> = {
  "a signer lets a slot go that is not dead": ["burn", { demandsDeadSlot: false }, /two payouts/],
  "a vanished deposit stays in the books": [
    "deposit",
    {
      step: (before, event) => {
        const next = step(before, event)
        return event.kind === "Vanished" ? { ...next, entries: [] } : next
      },
    },
    /owed/,
  ],
  "a mint that was given up is not known when it lands": [
    "deposit",
    {
      step: (before, event) =>
        step(before, event.kind === "Settled" ? { ...event, slot: undefined } : event),
    },
    /illegal-move/,
  ],
}

test.each(Object.entries(FAULTS))("a planted fault is found: %s", (_, [kind, fault, words]) => {
  expect(() => explore([kind], { ...EXPLORED, ...fault })).toThrow(words)
})

test("every move of the core is among them", () => {
  const legal = STATES.flatMap((state) =>
    EVENTS.flatMap((kind) => {
      const next = moveOf(state, kind)
      return next ? [`${state} ${kind} ${next}`] : []
    }),
  )

  expect(legal.filter((move) => !all.has(move))).toEqual([])
})
