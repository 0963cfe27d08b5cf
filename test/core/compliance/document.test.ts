// What is a policy and what is not, to the field; and that presets are policies.

import { describe, expect, test } from "vitest"
import { documentIn, nameOf, textOf } from "../../../core/compliance/document.ts"
import { evaluate, rulebookOf } from "../../../core/compliance/evaluate.ts"
import {
  listsNeededBy,
  OFAC_LIST,
  PRESET_NAMES,
  PRESETS,
  rulesOf,
} from "../../../core/compliance/presets.ts"
import { wordsFor } from "../../../core/compliance/rules.ts"
import { aDocument, emptyLists, NOW, sha256, someFacts } from "./builders.ts"

const written = (change: object = {}) => JSON.parse(JSON.stringify({ ...aDocument(), ...change }))
const aRule = (parts: object) => ({
  rules: [
    { id: "r", authority: "x", when: { kind: "unpriced" }, effects: { bridge: "hold" }, ...parts },
  ],
})
const pin = aDocument().lists[OFAC_LIST]!

test.each(PRESET_NAMES)("the preset %s is a policy, dated and with its authorities", (name) => {
  const document = aDocument({ rules: rulesOf(name) })

  expect(documentIn(JSON.parse(textOf(document)))).toEqual(document)
  expect(PRESETS[name].asOf).toMatch(/^2026-\d\d-\d\d$/)
  expect(PRESETS[name].authority).not.toBe("")
  for (const rule of document.rules) expect(wordsFor(rule.when)).not.toBe("")
})

test("a preset needs the lists that its rules look into, and no others", () => {
  expect(listsNeededBy(rulesOf("us-default"))).toEqual([OFAC_LIST])
  expect(listsNeededBy(rulesOf("us-default", "eu-default"))).toEqual([OFAC_LIST, "eu-consolidated"])
  expect(listsNeededBy(rulesOf("aox-like"))).toEqual([])
})

test("of two rules with one id the first counts", () => {
  const [aox] = rulesOf("aox-like")

  expect(rulesOf("aox-like", "us-default").filter(({ id }) => id === "us-reward")).toEqual([aox])
})

test("a document's name does not depend on how its file is written, and on everything else", () => {
  const document = aDocument()
  const turned = Object.fromEntries(Object.entries(document).reverse()) as typeof document

  expect(nameOf(turned, sha256)).toBe(nameOf(document, sha256))
  expect(nameOf({ ...document, effectiveMs: 1 }, sha256)).not.toBe(nameOf(document, sha256))
})

test("what was read judges as what was written", () => {
  const read = rulebookOf(documentIn(written()))

  expect(evaluate(read, emptyLists(), someFacts(), NOW)).toEqual(
    evaluate(rulebookOf(aDocument()), emptyLists(), someFacts(), NOW),
  )
})

describe("refused is", () => {
  test.each<[string, object, RegExp]>([
    ["a field that nobody knows", { note: "" }, /policy: has note/],
    ["an odd id", { id: "A b" }, /policy\.id/],
    ["version nought", { version: 0 }, /policy\.version/],
    ["a first version after another", { prev: sha256("") }, /policy\.prev/],
    ["a second version after none", { version: 2 }, /policy\.prev/],
    ["a time that is no whole number", { effectiveMs: 1.5 }, /policy\.effectiveMs/],
    [
      "one officer who decides alone",
      { officers: { ...aDocument().officers, needed: 1 } },
      /policy\.officers\.needed/,
    ],
    [
      "more officers needed than there are",
      { officers: { ...aDocument().officers, needed: 4 } },
      /at most 3/,
    ],
    [
      "two officers with one key",
      { officers: { needed: 2, keys: { a: key(1), b: key(1), c: key(2) } } },
      /a key of their own/,
    ],
    [
      "a key in another spelling of its bytes",
      { officers: { needed: 2, keys: { a: key(1), b: `${"A".repeat(42)}B` } } },
      /policy\.officers\.keys\.b/,
    ],
    [
      "one attestor who vouches alone",
      { attestors: { needed: 1, keys: { a: key(1), b: key(2) } } },
      /policy\.attestors\.needed/,
    ],
    ["a list without a digest", { lists: { [OFAC_LIST]: { ...pin, digest: "" } } }, /digest/],
    ["a rule about a list that is not pinned", { lists: {} }, /rule sdn needs the list/],
    ["two rules with one id", { rules: [...rulesOf("minimal"), ...rulesOf("minimal")] }, /one id/],
    ["a condition that nobody knows", aRule({ when: { kind: "vibes" } }), /rules\[0\]\.when\.kind/],
    ["a condition that is none", aRule({ when: null }), /rules\[0\]\.when\.kind/],
    [
      "a condition with a field too many",
      aRule({ when: { kind: "unpriced", x: 1 } }),
      /rules\[0\]\.when: has x/,
    ],
    [
      "a place that is no code",
      aRule({ when: { kind: "place", codes: ["Crimea"], sourcesMin: 1 } }),
      /codes\[0\]/,
    ],
    [
      "a place of no source",
      aRule({ when: { kind: "place", codes: ["CU"], sourcesMin: 0 } }),
      /sourcesMin/,
    ],
    [
      "no place at all",
      aRule({ when: { kind: "place", codes: [], sourcesMin: 1 } }),
      /at least one/,
    ],
    [
      "a place twice",
      aRule({ when: { kind: "place", codes: ["CU", "CU"], sourcesMin: 1 } }),
      /nothing twice/,
    ],
    ["a rule that does nothing", aRule({ effects: {} }), /does something/],
    ["a rule that allows", aRule({ effects: { bridge: "allow" } }), /hold or reject or block/],
    ["a scope that nobody knows", aRule({ effects: { mint: "hold" } }), /odd name mint/],
    ["a rule without an authority", aRule({ authority: "" }), /authority/],
    [
      "an exception to a block",
      { exceptions: [{ party: "x", rules: ["sdn"], untilMs: 1, reason: "r" }] },
      /sdn blocks/,
    ],
    [
      "an exception to what is not about an address",
      { exceptions: [{ party: "x", rules: ["iran"], untilMs: 1, reason: "r" }] },
      /iran is not about/,
    ],
    [
      "an exception to no rule",
      { exceptions: [{ party: "x", rules: ["none"], untilMs: 1, reason: "r" }] },
      /which is none/,
    ],
  ])("%s", (_, change, why) => {
    expect(() => documentIn(written(change))).toThrow(why)
  })

  test.each([null, 1, "policy", [], {}])("%j", (value) => {
    expect(() => documentIn(value)).toThrow(/bad-config/)
  })
})

/** A well-spelled key. */
function key(byte: number): string {
  return Buffer.alloc(32, byte).toString("base64url")
}
