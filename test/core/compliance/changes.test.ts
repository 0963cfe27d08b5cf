// What an officer sees before signing: every difference between two policies, and what it would have changed.

import { describe, expect, test } from "vitest"
import { changesBetween, dryRun, type Judged } from "../../../core/compliance/changes.ts"
import type { PolicyDocument } from "../../../core/compliance/document.ts"
import { evaluate } from "../../../core/compliance/evaluate.ts"
import type { Facts } from "../../../core/compliance/facts.ts"
import { OFAC_LIST, rulesOf } from "../../../core/compliance/presets.ts"
import { DAYS, ofacOn, TORNADO } from "../../vectors/ofac.ts"
import {
  aBook,
  aDocument,
  aList,
  aParty,
  bookOf,
  emptyLists,
  from,
  listsFrom,
  NOW,
  someFacts,
} from "./builders.ts"
import { keysOf } from "./keys.ts"

const minimal = aDocument({ rules: rulesOf("minimal") })

describe("a difference is told in words:", () => {
  const pin = minimal.lists[OFAC_LIST]!
  const quorum = { needed: 2, keys: keysOf("ann", "abe") }
  const exception = { party: "ar:x", rules: ["sdn-same-key"], untilMs: 5, reason: "looked at" }
  const [sdn, ...rest] = minimal.rules

  test.each<[string, Partial<PolicyDocument>, object]>([
    [
      "a rule that is gone",
      { rules: rest },
      { part: "rule", id: "sdn", before: expect.stringContaining("listed in"), after: null },
    ],
    [
      "a rule that acts otherwise",
      { rules: [{ ...sdn!, effects: { bridge: "hold" } }, ...rest] },
      { part: "rule", id: "sdn", after: expect.stringContaining(": bridge hold (") },
    ],
    [
      "an order of reasons",
      { rules: [...rest, sdn!] },
      { part: "order", before: expect.stringMatching(/^sdn, /) },
    ],
    [
      "a list of another day",
      { lists: { [OFAC_LIST]: { ...pin, publishedAt: "2026-02-02" } } },
      { part: "list", id: OFAC_LIST, after: expect.stringContaining("2026-02-02 or newer") },
    ],
    [
      "an officer",
      { officers: quorum },
      { part: "officers", after: expect.stringMatching(/^2 of abe .+, ann /) },
    ],
    ["attestors", { attestors: quorum }, { part: "attestors", before: null }],
    [
      "an exception",
      { exceptions: [exception] },
      { part: "exception", id: "ar:x", before: null, after: "sdn-same-key until 5 ms: looked at" },
    ],
    ["its day", { effectiveMs: 7 }, { part: "effective", before: "0", after: "7" }],
  ])("%s", (_, change, expected) => {
    const changes = changesBetween(minimal, { ...minimal, ...change })

    expect(changes).toHaveLength(1)
    expect(changes[0]).toMatchObject(expected)
    expect(changesBetween({ ...minimal, ...change }, minimal)).toHaveLength(1)
  })

  test("and none where there is none", () => {
    expect(changesBetween(minimal, JSON.parse(JSON.stringify(minimal)))).toEqual([])
  })

  test("two exceptions for one party are two", () => {
    const twice = { ...minimal, exceptions: [exception, { ...exception, untilMs: 9 }] }

    expect(changesBetween(minimal, twice).map(({ id }) => id)).toEqual(["ar:x", "ar:x (1)"])
  })
})

describe("a dry run", () => {
  const lists = emptyLists()
  const past = (name: string, facts: Facts, atMs = NOW - 1e9): Judged => {
    const { bridge, refund, reward } = evaluate(bookOf("us-default"), lists, facts, NOW)
    return { transfer: name, atMs, facts, decision: { bridge, refund, reward } }
  }
  const passes = past("passes", from(["DE"]))
  const iran = past("iran", from(["IR"]))
  const unsigned = past("unsigned", someFacts())

  test("shows what a draft would have changed, where, and by which rules", () => {
    const draft = aDocument({
      rules: rulesOf("us-default", "strict").filter((r) => r.id !== "iran"),
    })

    const { judged, counts, turned } = dryRun(draft, lists, [passes, iran, unsigned])

    expect(judged).toBe(3)
    expect(counts).toEqual({
      "bridge reject allow": 1,
      "reward reject allow": 1,
      "bridge allow hold": 1,
    })
    expect(turned.at(-1)).toEqual({
      transfer: "unsigned",
      scope: "bridge",
      before: "allow",
      after: "hold",
      rules: ["strict-no-session"],
    })
  })

  test("of the policy that decided changes nothing, though it was long ago and lists have aged", () => {
    const draft = aDocument({ effectiveMs: NOW + 1e9 })

    expect(dryRun(draft, lists, [passes, iran, unsigned])).toEqual({
      judged: 3,
      counts: {},
      turned: [],
    })
  })

  test("finds who a new list would have stopped, and whom a delisting would let go", () => {
    const facts = someFacts({ parties: [aParty("sender", TORNADO)] })
    const [before, after] = DAYS.map((day) => listsFrom(ofacOn(day)))
    const decided = (listed: typeof before): Judged => {
      const { bridge, refund, reward } = evaluate(aBook(), listed!, facts, NOW)
      return { transfer: "tornado", atMs: NOW, facts, decision: { bridge, refund, reward } }
    }

    expect(dryRun(aDocument(), after!, [decided(before)]).counts).toEqual({
      "bridge block allow": 1,
      "refund block allow": 1,
      "reward block hold": 1,
    })
    expect(dryRun(aDocument(), before!, [decided(after)]).counts).toMatchObject({
      "bridge allow block": 1,
    })
  })

  test("does not hide that a draft wants a list that is not there", () => {
    const draft = aDocument({ rules: rulesOf("us-default", "eu-default") })

    const { counts } = dryRun(draft, listsFrom(aList(OFAC_LIST)), [passes])

    expect(counts).toMatchObject({ "bridge allow hold": 1 })
  })
})
