// Lists as people share them: lines, JSON and tables come to the same list, and what is no address is refused.

import { describe, expect, test } from "vitest"
import { keyOf } from "../../../chains/party.ts"
import { type PlainSource, readPlain } from "../../../services/compliance/plain-list.ts"
import { LAZARUS, TORNADO } from "../../vectors/ofac.ts"

const source = (format: PlainSource["format"], label: string | null = "ETH"): PlainSource => ({
  list: "own-block",
  publishedAt: "2026-05-26",
  format,
  label,
})

test.each<[string, PlainSource["format"], string]>([
  ["lines", "lines", `# a comment\n${LAZARUS}\r\n\n  ${TORNADO}  # another\n`],
  ["lines with a mark of their byte order", "lines", `\uFEFF${LAZARUS}\n${TORNADO}`],
  ["an array", "json", JSON.stringify([LAZARUS, TORNADO])],
  ["objects", "json", JSON.stringify([{ address: LAZARUS, name: "x" }, { address: TORNADO }])],
  ["a table", "csv", `address,name\n${LAZARUS},"LAZARUS GROUP"\n${TORNADO},"A ""B"", C"\n`],
  ["a table of another order", "csv", `Name,Address\n"A, B",${LAZARUS}\r\n,"${TORNADO}"\r\n`],
])("%s", (_, format, text) => {
  const list = readPlain(text, source(format))

  expect(list).toMatchObject({ list: "own-block", publishedAt: "2026-05-26" })
  expect(list.entries).toEqual(
    [LAZARUS, TORNADO].map((raw) => ({ key: keyOf(raw), labels: ["ETH"], raw: [raw] })),
  )
})

test("without a label there is none", () => {
  expect(readPlain(LAZARUS, source("lines", null)).entries[0]?.labels).toEqual([])
})

test("nobody on a list is a list", () => {
  expect(readPlain("", source("lines")).entries).toEqual([])
})

describe("refused is", () => {
  test.each<[string, PlainSource["format"], string, RegExp]>([
    ["a page instead of a list", "lines", "<html><head><title>Not found", /notAnAddress/],
    ["a word", "lines", `${LAZARUS}\nnone`, /entry 2/],
    ["a number", "json", "[1]", /not a list of addresses/],
    ["an object", "json", "{}", /not a list of addresses/],
    ["no JSON", "json", LAZARUS, /not JSON/],
    ["a table without addresses", "csv", `name\nx`, /no column/],
    ["a row that is too short", "csv", `name,address\nx`, /notAnAddress/],
  ])("%s", (_, format, text, why) => {
    expect(() => readPlain(text, source(format))).toThrow(why)
  })
})
