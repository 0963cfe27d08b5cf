// Not by chance but altogether: every state of the small model keeps every invariant.

import { expect, test } from "vitest"
import { step } from "../../core/step.ts"
import { EVENTS, moveOf, STATES } from "../../core/transfer.ts"
import { EXPLORED, explore, type Kind, movesOf, type Rules } from "./explore.ts"
import { explorePairs, type Survey, survey } from "./explore-pairs.ts"

/** Moves that were gone through: `state Event state`. */
const all = new Set<string>()

test.each(["deposit", "burn"] as const)(
  "every state that a %s can reach keeps the invariants",
  (kind) => {
    const { states, moves, taken } = surveyOf(kind)
    for (const one of taken) all.add(one)

    console.info(`${kind}: ${states} states, ${moves} moves`)
    expect(states).toBeGreaterThan(1_000)
  },
)

test.each([
  ["deposit", "deposit"],
  ["deposit", "burn"],
  ["burn", "burn"],
] as const)("so does every state of a %s and a %s together", (first, second) => {
  const { states, apart, moves } = explorePairs(surveyOf(first), surveyOf(second))

  console.info(`${first} and ${second}: ${states} states, ${moves} moves beside the other`)
  expect(apart).toBeGreaterThan(states * 0.01)
  expect(apart).toBeLessThan(states)
  expect(moves).toBeGreaterThan(1_000)
})

test.each<[string, typeof movesOf]>([
  [
    "a move that changes the other",
    function* (world, rules) {
      for (const [name, after] of movesOf(world, rules))
        yield [name, { ...after, cases: after.cases.map((one) => ({ ...one })) }]
    },
  ],
  [
    "a move that asks the other",
    function* (world, rules) {
      const [one, other = one] = world.cases
      if (one!.depth === other!.depth) yield* movesOf(world, rules)
    },
  ],
  [
    "a reorganisation of both that takes the blocks of one",
    function* (world, rules) {
      for (const [name, after] of movesOf(world, rules)) {
        const other = name.endsWith("at once") ? world.cases[1] : after.cases[1]
        yield [name, other ? { ...after, cases: after.cases.with(1, other) } : after]
      }
    },
  ],
])("two that are not apart are found: %s", (_, moves) => {
  const [deposit, burn] = [surveyOf("deposit"), surveyOf("burn")]

  expect(() => explorePairs(deposit, burn, moves)).toThrow("not apart")
})

/** One state in so many is looked at beside others; `npm run simulate -- --explore` looks at each. */
const EVERY = 100
const surveys = new Map<Kind, Survey>()

function surveyOf(kind: Kind): Survey {
  const known = surveys.get(kind) ?? survey(kind, EVERY)
  surveys.set(kind, known)
  return known
}

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
