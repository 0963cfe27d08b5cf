// The canonical text of a value, by the examples of RFC 8785.

import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { canonical, type Json } from "../../../core/compliance/canonical.ts"

test("numbers, texts and literals are written as in RFC 8785 §3.2.2", () => {
  const value = {
    numbers: JSON.parse("[333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001]"),
    string: "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"/",
    literals: [null, true, false],
  }

  expect(canonical(value)).toBe(
    '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],' +
      '"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
  )
})

test("keys are sorted by their UTF-16 units, as in RFC 8785 §3.2.3", () => {
  const value = {
    "\u20ac": "Euro Sign",
    "\r": "Carriage Return",
    "\ufb33": "Hebrew Letter Dalet With Dagesh",
    "1": "One",
    "\ud83d\ude00": "Emoji: Grinning Face",
    "\u0080": "Control",
    "\u00f6": "Latin Small Letter O With Diaeresis",
  }

  expect(Object.values(JSON.parse(canonical(value)))).toEqual([
    "One", // an integer key comes first when it is parsed again
    "Carriage Return",
    "Control",
    "Latin Small Letter O With Diaeresis",
    "Euro Sign",
    "Emoji: Grinning Face",
    "Hebrew Letter Dalet With Dagesh",
  ])
  expect(canonical(value).indexOf("\\r")).toBeLessThan(canonical(value).indexOf('"1"'))
})

describe("what JSON cannot hold is refused", () => {
  test.each<[string, unknown]>([
    ["half a surrogate pair", "\ud83d"],
    ["the other half", "\ude00"],
    ["half a pair in a key", { "\ud83d": 1 }],
    ["not a number", Number.NaN],
    ["infinity", Number.POSITIVE_INFINITY],
    ["an amount of money", 1n],
    ["nothing in a list", [undefined]],
    ["a function", () => 1],
  ])("%s", (_, value) => {
    expect(() => canonical(value as Json)).toThrow(/bad-request/)
  })
})

test("the order in which keys were set, and undefined ones, change nothing", () => {
  expect(canonical({ b: 1, a: undefined, c: [] })).toBe('{"b":1,"c":[]}')
  fc.assert(
    fc.property(fc.dictionary(fc.string({ unit: "grapheme" }), fc.jsonValue()), (value) => {
      const turned = Object.fromEntries(Object.entries(value).reverse())

      expect(canonical(turned as Json)).toBe(canonical(value as Json))
      expect(JSON.parse(canonical(value as Json))).toEqual(JSON.parse(JSON.stringify(value)))
    }),
  )
})
