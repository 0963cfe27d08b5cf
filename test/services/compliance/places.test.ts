// Names of places as codes, whatever they are called and filed under.

import { describe, expect, test } from "vitest"
import { codesOf } from "../../../services/compliance/places.ts"

const named = (country: string | null, name: string | null = null, code: string | null = null) =>
  codesOf({ country, subdivisions: name || code ? [{ name, code }] : [] })

describe("occupied regions are found under both countries and in every spelling", () => {
  test.each([
    ["UA", "Crimea", "UA-43"],
    ["RU", "Crimea", "UA-43"],
    ["RU", "Republic of Crimea", "UA-43"],
    ["UA", "Avtonomna Respublika Krym", "UA-43"],
    ["RU", "Крым", "UA-43"],
    ["UA", "Sebastopol City", "UA-40"],
    ["RU", "Sevastopol", "UA-40"],
    ["UA", "Donetsk", "UA-14"],
    ["RU", "Donetsk Oblast", "UA-14"],
    ["UA", "Luhansk", "UA-09"],
    ["RU", "Lugansk", "UA-09"],
    ["UA", "Zaporizhzhia", "UA-23"],
    ["UA", "Zaporizhia Oblast", "UA-23"],
    ["UA", "Kherson Oblast", "UA-65"],
    ["UA", "Херсонська область", "UA-65"],
  ])("%s, %s", (country, name, code) => {
    expect(named(country, name)).toEqual([country, code])
  })

  test("and not elsewhere", () => {
    expect(named("UA", "Kyiv City")).toEqual(["UA"])
    expect(named("RU", "Krasnodar Krai")).toEqual(["RU"])
    expect(named("GR", "Crimea Street")).toEqual(["GR"])
  })
})

describe("territories of the United States are themselves", () => {
  test.each([
    ["PR", null, null, ["PR"]],
    ["US", "Puerto Rico", null, ["US", "PR"]],
    ["US", null, "PR", ["US", "US-PR", "PR"]],
    ["US", "Guam", "GU", ["US", "US-GU", "GU"]],
    ["US", "U.S. Virgin Islands", null, ["US", "VI"]],
    ["US", "American Samoa", null, ["US", "AS"]],
    ["US", "Northern Mariana Islands", null, ["US", "MP"]],
    ["US", "California", "CA", ["US", "US-CA"]],
  ])("%s, %s, %s", (country, name, code, codes) => {
    expect(named(country, name, code)).toEqual(codes)
  })
})

test.each([
  ["a code with its country", "UA", null, "UA-43", ["UA", "UA-43"]],
  ["a code in lower case", "ua", null, "43", ["UA", "UA-43"]],
  ["a code that is none", "DE", null, "<b>", ["DE"]],
])("%s", (_, country, name, code, codes) => {
  expect(named(country, name, code)).toEqual(codes)
})

test.each(["XX", "ZZ", "T1", "A1", "EU", "", "D", "DEU", "49", null])(
  "%j is no known country, and then nothing is known",
  (country) => {
    expect(named(country, "Crimea", "43")).toEqual([])
  },
)
