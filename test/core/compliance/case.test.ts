// Held money has a defined life: who may move it, when it moves by itself, and what it never does.

import fc from "fast-check"
import { describe, expect, test } from "vitest"
import {
  CASE_MOVES,
  type Case,
  type CaseEvent,
  type CaseEventKind,
  type CaseState,
  type Resolution,
  reportDue,
  stepCase,
} from "../../../core/compliance/case.ts"
import { type Decision, decisionOf, type Effects } from "../../../core/compliance/decision.ts"
import { HOUR_MS, NOW, sha256 } from "./builders.ts"

const decided = (rule: string, effects: Effects): Decision =>
  decisionOf([{ rule, about: "sender", effects }])
const clear = decisionOf([])
const review = decided("sdn-same-key", { bridge: "hold", refund: "hold" })
const unsigned = decided("strict-no-session", { bridge: "hold" })
const iran = decided("iran", { bridge: "reject" })
const listed = decided("sdn", { bridge: "block", refund: "block" })
const reviewed = (bridge: Effects["bridge"] & string) =>
  decided("sdn-same-key", { bridge, refund: "hold" })
const alsoUnsigned = decisionOf([...review.reasons, ...unsigned.reasons])
const american = { rule: "us-reward", about: "US by a, b", effects: { reward: "reject" } } as const
const day = 24 * HOUR_MS

const open = (decision: Decision, lapsesMs: number | null = null) =>
  stepCase(null, {
    kind: "Opened",
    transfer: "arweave:x:0",
    atMs: NOW,
    decision,
    parties: ["ar:alice"],
    evidence: sha256("first"),
    lapsesMs,
  })
const propose = (resolution: Resolution, by: string, authority = "looked at"): CaseEvent => ({
  kind: "Proposed",
  atMs: NOW + 1,
  by,
  resolution,
  authority,
})
const rescreen = (decision: Decision): CaseEvent => ({
  kind: "Rescreened",
  atMs: NOW + 2,
  decision,
  evidence: sha256("again"),
})
const appeal: CaseEvent = {
  kind: "Appealed",
  atMs: NOW + 1,
  by: "ar:alice",
  statement: sha256("it is mine"),
  document: null,
}
const lapse = (atMs: number): CaseEvent => ({ kind: "Lapsed", atMs })
const added: CaseEvent = {
  kind: "EvidenceAdded",
  atMs: NOW + 1,
  evidence: { digest: sha256("letter"), by: "olga", about: "a letter" },
}

/** The case after these events, and the orders of the last of them. */
function lifeOf(decision: Decision, ...events: readonly CaseEvent[]) {
  return events.reduce((step, event) => stepCase(step.after, event), open(decision))
}
const kinds = ({ effects }: { effects: readonly { kind: string }[] }) =>
  effects.map(({ kind }) => kind)

describe("a case begins", () => {
  test.each<[string, Decision, CaseState, string[]]>([
    ["open when it is held", review, "open", ["tell-officers"]],
    ["on its way back when it is rejected", iran, "returning", ["screen-refund", "report"]],
    ["frozen when it is blocked", listed, "frozen", ["freeze", "report"]],
  ])("%s", (_, decision, state, orders) => {
    const step = open(decision)

    expect(step.after).toMatchObject({
      state,
      version: 1,
      resolved: state === "frozen" ? {} : null,
    })
    expect(kinds(step)).toEqual(orders)
  })

  test("not for what is allowed, and not twice", () => {
    expect(() => open(clear)).toThrow(/illegal-move/)
    expect(() => stepCase(open(review).after, { ...(openedEvent() as CaseEvent) })).toThrow(
      /illegal-move/,
    )
  })
})

describe("two people", () => {
  test.each<[Resolution, CaseState, string]>([
    ["release", "released", "release"],
    ["return", "returning", "screen-refund"],
  ])("together %s what is held", (resolution, state, order) => {
    const one = lifeOf(review, propose(resolution, "olga"))
    const two = stepCase(one.after, propose(resolution, "omar"))

    expect(one.after.state).toBe("open")
    expect(one.effects).toEqual([])
    expect(two.after.state).toBe(state)
    expect(kinds(two)).toEqual([order])
    expect(two.after.resolved).toMatchObject({ resolution, by: ["olga", "omar"] })
  })

  test("are not one who says it twice, nor two who say different things", () => {
    expect(lifeOf(review, propose("release", "olga"), propose("release", "olga")).after.state).toBe(
      "open",
    )
    expect(lifeOf(review, propose("release", "olga"), propose("return", "omar")).after.state).toBe(
      "open",
    )
    expect(
      lifeOf(
        review,
        propose("release", "olga"),
        propose("return", "olga"),
        propose("release", "omar"),
      ).after.state,
    ).toBe("open")
  })

  test.each([
    ["evidence", added],
    ["an appeal", appeal],
    ["what a new look finds", rescreen(alsoUnsigned)],
    ["what another rule makes of the same", rescreen(reviewed("reject"))],
  ])("must both know of %s", (_, between) => {
    const step = lifeOf(review, propose("release", "olga"), between, propose("release", "omar"))

    expect(step.after.state).toBe("open")
    expect(step.after.proposals).toHaveLength(1)
  })

  // Lists change every day; whoever says yes must not say it again for each change.
  test.each([
    ["the same", review],
    ["less than they knew of", clear],
    ["the same, and something about its reward", decisionOf([...review.reasons, american])],
  ])("let go when a look in between finds %s", (_, decision) => {
    const between = rescreen(decision)
    const step = lifeOf(review, propose("release", "olga"), between, propose("release", "omar"))

    expect(step.after.state).toBe("released")
    expect(step.after.resolved?.by).toEqual(["olga", "omar"])
  })

  test("do not send back what one of them meant to for a reason that is gone", () => {
    const back = [propose("return", "olga"), rescreen(clear), propose("return", "omar")]

    expect(lifeOf(review, ...back).after).toMatchObject({ state: "open", proposals: [{}] })
  })

  test("who proposed before it was frozen have not said that it may go", () => {
    const step = lifeOf(
      review,
      ...[propose("release", "olga"), rescreen(listed), rescreen(clear)],
      propose("release", "omar"),
    )

    expect(step.after.state).toBe("open")
  })

  test("are not needed to freeze: one is enough, also for what is on its way back", () => {
    expect(lifeOf(review, propose("freeze", "olga"))).toMatchObject({
      after: { state: "frozen", resolved: { by: ["olga"] } },
    })
    expect(lifeOf(iran, propose("freeze", "olga")).after.state).toBe("frozen")
  })

  test("cannot release or return what is frozen", () => {
    for (const resolution of ["release", "return"] as const)
      expect(() => lifeOf(listed, propose(resolution, "olga"))).toThrow(/illegal-move/)
  })
})

describe("what is frozen", () => {
  // Case 138
  test("case 138: opens again when it is delisted, and then takes two people to go on", () => {
    const step = lifeOf(listed, rescreen(clear))

    expect(step.after.state).toBe("open")
    expect(kinds(step)).toEqual(["tell-officers"])
    expect(stepCase(step.after, propose("release", "olga")).after.state).toBe("open")
    expect(
      lifeOf(listed, rescreen(clear), propose("release", "olga"), propose("release", "omar")).after
        .state,
    ).toBe("released")
  })

  test("by an officer stays frozen, whatever lists say", () => {
    expect(lifeOf(review, propose("freeze", "olga"), rescreen(clear)).after.state).toBe("frozen")
  })

  test("stays frozen while it is listed", () => {
    const step = lifeOf(listed, rescreen(listed))

    expect(step.after.state).toBe("frozen")
    expect(step.effects).toEqual([])
  })

  const licensed = [
    propose("unfreeze", "olga", "licence 7"),
    propose("unfreeze", "omar", "licence 7"),
  ]

  test("is unfrozen by two with a licence, which answers for the rules that blocked, and no others", () => {
    const step = lifeOf(listed, ...licensed)
    const alsoEu = decisionOf([
      ...listed.reasons,
      { rule: "eu-listed", about: "sender", effects: { bridge: "block" } },
    ])

    expect(step.after).toMatchObject({
      state: "open",
      licence: { authority: "licence 7", rules: ["sdn"] },
    })
    expect(stepCase(step.after, rescreen(listed)).after.state).toBe("open")
    expect(stepCase(step.after, rescreen(alsoEu)).after).toMatchObject({
      state: "frozen",
      licence: null,
    })
  })

  test("goes back under a licence though it is still listed", () => {
    const back = [propose("return", "olga"), propose("return", "omar")]
    const step = lifeOf(listed, ...licensed, ...back, rescreen(listed))

    expect(step.after.state).toBe("returned")
    expect(kinds(step)).toEqual(["refund"])
  })
})

describe("a refund", () => {
  test("is sent when its own screening allows it", () => {
    const step = lifeOf(iran, rescreen(iran))

    expect(step.after.state).toBe("returned")
    expect(kinds(step)).toEqual(["refund"])
  })

  test.each<[string, Decision, CaseState]>([
    ["waits for people when its target is to be looked at", review, "open"],
    ["is frozen when its target is listed", listed, "frozen"],
  ])("%s", (_, decision, state) => {
    const step = lifeOf(iran, rescreen(decision))

    expect(step.after.state).toBe(state)
    expect(kinds(step)).not.toContain("refund")
  })
})

describe("the clock", () => {
  test("sends back what nobody claimed in its time, after its screening", () => {
    const { after: held } = open(unsigned, NOW + day)
    const step = stepCase(held, lapse(NOW + day))

    expect(step.after.state).toBe("returning")
    expect(kinds(step)).toEqual(["screen-refund"])
    expect(kinds(stepCase(step.after, rescreen(unsigned)))).toEqual(["refund"])
  })

  test("does not run out early, and not at all where none was set", () => {
    expect(() => stepCase(open(unsigned, NOW + day).after, lapse(NOW + day - 1))).toThrow(
      /before its time/,
    )
    expect(() => stepCase(open(review).after, lapse(NOW + 99 * day))).toThrow(/before its time/)
  })

  test("stops when somebody appeals", () => {
    const { after: held } = open(unsigned, NOW + day)
    const step = stepCase(held, appeal)

    expect(kinds(step)).toEqual(["tell-officers"])
    expect(() => stepCase(step.after, lapse(NOW + day))).toThrow(/before its time/)
  })
})

test("a stranger cannot appeal", () => {
  expect(() => lifeOf(review, { ...appeal, by: "ar:eve" } as CaseEvent)).toThrow(/by a stranger/)
})

test("everything that was decided from is kept, in its order", () => {
  const { evidence, appeals } = lifeOf(review, added, appeal, rescreen(review)).after

  expect(evidence.map(({ digest }) => digest)).toEqual(["first", "letter", "again"].map(sha256))
  expect(appeals).toHaveLength(1)
})

test.each([
  ["2026-11-02", "2026-11-16"], // Monday
  ["2026-11-06", "2026-11-20"], // Friday
  ["2026-11-07", "2026-11-20"], // Saturday
  ["2026-11-08", "2026-11-20"], // Sunday
])("what is blocked on %s is reported until the end of %s", (blocked, due) => {
  const noon = Date.parse(`${blocked}T12:00:00Z`)

  expect(new Date(reportDue(noon)).toISOString()).toBe(`${due}T23:59:59.999Z`)
  expect(open(listed).after.reportDueMs).toBe(reportDue(NOW))
  expect(open(iran).after.reportDueMs).toBe(reportDue(NOW))
  expect(open(review).after.reportDueMs).toBeNull()
})

describe("whatever happens", () => {
  const officers = fc.constantFrom("olga", "omar", "otto")
  const resolutions = fc.constantFrom<Resolution>("release", "return", "freeze", "unfreeze")
  const decisions = fc.constantFrom(clear, review, unsigned, iran, listed)
  const anyEvent: fc.Arbitrary<CaseEvent> = fc.oneof(
    fc.tuple(resolutions, officers).map(([resolution, by]) => propose(resolution, by)),
    decisions.map(rescreen),
    fc.constantFrom(added, appeal, lapse(NOW + day)),
  )
  const anyCase = fc.constantFrom(review, unsigned, iran, listed)

  /** The whole story: each step that was legal, from the opening on. */
  function story(decision: Decision, events: readonly CaseEvent[]) {
    const steps = [
      {
        event: null as CaseEvent | null,
        before: null as Case | null,
        ...open(decision, NOW + day),
      },
    ]
    for (const event of events) {
      const before = steps.at(-1)!.after
      try {
        steps.push({ event, before, ...stepCase(before, event) })
      } catch {
        // Not legal here: nothing happened.
      }
    }
    return steps
  }

  test("money goes on only by two officers, out of an open case, that nothing unlicensed blocks", () => {
    fc.assert(
      fc.property(anyCase, fc.array(anyEvent, { maxLength: 25 }), (decision, events) => {
        for (const { effects, before, after } of story(decision, events)) {
          if (!effects.some(({ kind }) => kind === "release")) continue
          expect(before?.state).toBe("open")
          expect(new Set(after.resolved?.by).size).toBeGreaterThanOrEqual(2)
          expect(before?.decision === listed && before.licence === null).toBe(false)
        }
      }),
      { numRuns: 300 },
    )
  })

  test("money goes back only after a screening that allows it, and only once", () => {
    fc.assert(
      fc.property(anyCase, fc.array(anyEvent, { maxLength: 25 }), (decision, events) => {
        const steps = story(decision, events)
        const paid = steps.filter(({ effects }) =>
          effects.some(({ kind }) => kind === "refund" || kind === "release"),
        )

        expect(paid.length).toBeLessThanOrEqual(1)
        for (const { effects, event } of paid)
          if (effects[0]?.kind === "refund") expect(event?.kind).toBe("Rescreened")
      }),
      { numRuns: 300 },
    )
  })

  test("a case moves only as its table says, its version counts, and what is over stays over", () => {
    fc.assert(
      fc.property(anyCase, fc.array(anyEvent, { maxLength: 25 }), (decision, events) => {
        for (const { event, before, after } of story(decision, events)) {
          if (!event || !before) continue
          expect(CASE_MOVES[before.state]).toContain<CaseEventKind>(event.kind)
          expect(after.version).toBe(before.version + 1)
        }
      }),
    )
  })
})

function openedEvent(): CaseEvent {
  return {
    kind: "Opened",
    transfer: "arweave:x:0",
    atMs: NOW,
    decision: review,
    parties: [],
    evidence: sha256("first"),
    lapsesMs: null,
  }
}
