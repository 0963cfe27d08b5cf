// Not by chance but altogether: every state of the small model keeps every invariant.

import { expect, test } from "vitest"
import { step } from "../../core/step.ts"
import { EXPLORED, explore, type Rules } from "./explore.ts"

test.each(["deposit", "burn"] as const)(
  "every state that a %s can reach keeps the invariants",
  (kind) => {
    const { states, moves } = explore([kind])

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
