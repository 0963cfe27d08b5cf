// What holds of every decision, whatever the facts, the rules and the lists.

import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { keyOf } from "../../../chains/party.ts"
import { ACTIONS, SEVERITY } from "../../../core/compliance/decision.ts"
import { evaluate } from "../../../core/compliance/evaluate.ts"
import type { Facts } from "../../../core/compliance/facts.ts"
import { rulesOf } from "../../../core/compliance/presets.ts"
import { LAZARUS, MISLABELLED_TRON, ofacOn, TORNADO } from "../../vectors/ofac.ts"
import { ALICE, aBook, aList, aParty, BOB, listsFrom, NOW } from "./builders.ts"

describe("whatever the facts", () => {
  const names = [ALICE, BOB, LAZARUS, TORNADO, MISLABELLED_TRON]
  const codes = ["DE", "US", "PR", "CU", "IR", "RU", "UA", "UA-43", "UA-14"]
  const anySession = fc.record({
    by: fc.constantFrom(...names.map(keyOf)),
    untilMs: fc.constantFrom(NOW - 1, NOW, NOW + 1),
    places: fc.array(
      fc.record({
        source: fc.constantFrom("a", "b"),
        codes: fc.array(fc.constantFrom(...codes), { maxLength: 2 }),
      }),
      { maxLength: 3 },
    ),
    networks: fc.subarray(["tor", "vpn", "hosting"] as const),
    terms: fc.constantFrom(null, "2026-01"),
    statements: fc.subarray(["not-us-person"]),
  })
  const anyFacts = fc.record({
    direction: fc.constantFrom("in" as const, "out" as const),
    asset: fc.constant("AR"),
    chains: fc.constant(["arweave", "ao"]),
    usdCents: fc.option(fc.nat()),
    recentUsdCents: fc.option(fc.nat()),
    parties: fc.array(
      fc
        .tuple(fc.constantFrom("sender" as const, "recipient" as const), fc.constantFrom(...names))
        .map(([role, name]) => aParty(role, name)),
      { minLength: 1, maxLength: 3 },
    ),
    answers: fc.array(
      fc.record({
        source: fc.constantFrom("sanctions-oracle", "issuer-freeze"),
        said: fc.constantFrom("listed" as const, "clear" as const, "none" as const),
        about: fc.constantFrom("sender" as const, "vault" as const),
      }),
      { maxLength: 2 },
    ),
    session: fc.option(fc.oneof(fc.constant("attested" as const), anySession)),
  })
  const lists = listsFrom(ofacOn("2025-11-27"), aList("eu-consolidated", TORNADO))
  const every = rulesOf("us-default", "eu-default", "strict")
  const severity = (book: ReturnType<typeof aBook>, facts: Facts) => {
    const { bridge, refund, reward } = evaluate(book, lists, facts, NOW)
    return [bridge, refund, reward].map((action) => SEVERITY[action])
  }

  test("a rule more never makes a decision milder", () => {
    fc.assert(
      fc.property(anyFacts, fc.subarray([...every]), fc.nat(), (facts, some, cut) => {
        const fewer = some.filter((_, at) => at !== cut % Math.max(1, some.length))
        const before = severity(aBook({ rules: fewer, lists: {} }), facts)
        const after = severity(aBook({ rules: some, lists: {} }), facts)

        expect(after.every((action, at) => action >= before[at]!)).toBe(true)
      }),
    )
  })

  test("a party more never makes a decision milder, whatever they signed", () => {
    fc.assert(
      fc.property(anyFacts, fc.constantFrom(...names), (facts, name) => {
        // A session of the newcomer would begin to count; its owner was no party before.
        const session = facts.session === "attested" ? facts.session : null
        const book = aBook({ rules: every })
        const before = severity(book, { ...facts, session })
        const parties = [...facts.parties, aParty("payer", name)]

        expect(
          severity(book, { ...facts, session, parties }).every((one, at) => one >= before[at]!),
        ).toBe(true)
      }),
    )
  })

  test("each scope is the worst that its reasons say, and every stop has a reason", () => {
    fc.assert(
      fc.property(anyFacts, (facts) => {
        const decision = evaluate(aBook({ rules: every }), lists, facts, NOW)

        for (const scope of ["bridge", "refund", "reward"] as const) {
          const asked = decision.reasons.map(({ effects }) => SEVERITY[effects[scope] ?? "allow"])
          expect(decision[scope]).toBe(ACTIONS[Math.max(0, ...asked)])
        }
      }),
    )
  })

  test("the order of parties, and a second evaluation, change no action", () => {
    const book = aBook({ rules: every })
    fc.assert(
      fc.property(anyFacts, (facts) => {
        const turned = { ...facts, parties: [...facts.parties].reverse() }

        expect(evaluate(book, lists, facts, NOW)).toEqual(evaluate(book, lists, facts, NOW))
        expect(severity(book, turned)).toEqual(severity(book, facts))
      }),
    )
  })

  test("only a block keeps anybody from leaving, for where they are", () => {
    const book = aBook({ rules: rulesOf("us-default", "strict") })
    fc.assert(
      fc.property(anyFacts, anySession, (facts, session) => {
        const clean = { ...facts, parties: [aParty("sender", ALICE)], answers: [], usdCents: 1 }
        const leaving = { ...clean, direction: "out" as const, session }

        expect(["allow", "block"]).toContain(evaluate(book, lists, leaving, NOW).bridge)
      }),
    )
  })
})
