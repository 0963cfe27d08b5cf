// Lists by what addresses are: their files, their digests, and what one version adds to and takes from another.

import { describe, expect, test } from "vitest"
import { keyOf, kindOf, kinOf } from "../../../chains/party.ts"
import {
  changeBetween,
  digestOf,
  indexOf,
  listFile,
  listIn,
  listOf,
  versionsText,
} from "../../../core/compliance/lists.ts"
import { LAZARUS, LISTED, MISLABELLED_TRON, ofacOn, TORNADO } from "../../vectors/ofac.ts"
import { aList, held, listsFrom, sha256 } from "./builders.ts"

const before = ofacOn("2024-09-27")
const after = ofacOn("2025-06-20")
const later = ofacOn("2025-11-27")

test("one address under three labels is one entry, whatever its spelling", () => {
  const list = listOf("x", "2026-01-01", [
    { key: keyOf(LAZARUS), labels: ["ETH"], raw: [LAZARUS] },
    { key: keyOf(LAZARUS.toLowerCase()), labels: ["BSC", "ETH"], raw: [LAZARUS.toLowerCase()] },
  ])

  expect(list.entries).toEqual([
    { key: keyOf(LAZARUS), labels: ["BSC", "ETH"], raw: [LAZARUS, LAZARUS.toLowerCase()].sort() },
  ])
})

test("a delisting is seen as removals, and only as them", () => {
  expect(changeBetween(before, after)).toEqual({
    added: [],
    removed: [keyOf("0x01e2919679362dFBC9Ee1644Ba9C6da6D6245BB1"), keyOf(TORNADO)],
  })
  expect(changeBetween(after, later)).toEqual({
    added: [keyOf("0x12de548F79a50D2bd05481C8515C1eF5183666a9"), keyOf(MISLABELLED_TRON)],
    removed: [],
  })
  expect(changeBetween(later, later)).toEqual({ added: [], removed: [] })
  expect(() => changeBetween(before, aList("other"))).toThrow(/of one list/)
})

test("a digest is that of the addresses: spellings and labels are not part of it", () => {
  const lower = listOf(
    "another",
    "2026-01-01",
    [...LISTED].reverse().map(({ key }) => ({ key, labels: [], raw: [key] })),
  )
  const whole = listOf(
    "x",
    "2026-01-01",
    LISTED.map(({ key, raw }) => ({ key, labels: [], raw: [raw] })),
  )

  expect(digestOf(lower, sha256)).toBe(digestOf(whole, sha256))
  expect(digestOf(before, sha256)).not.toBe(digestOf(after, sha256))
  expect(digestOf(aList("x", LAZARUS), sha256)).toBe(sha256(keyOf(LAZARUS)))
})

test("a list's file reads back as the list", () => {
  const file = JSON.parse(JSON.stringify(listFile(later, kindOf)))

  expect(listIn(file)).toEqual(later)
  expect(file.entries[0]).toMatchObject({ kind: "b58", labels: ["ZEC"] })
})

describe("refused is a file", () => {
  const file = JSON.parse(JSON.stringify(listFile(later, kindOf)))
  const [first, second, ...rest] = file.entries

  test.each<[string, object, RegExp]>([
    ["of another format", { schema: "addr-list/v2" }, /addr-list\/v1/],
    ["cut short", { entries: [first, second] }, /list\.count/],
    ["out of order", { entries: [second, first, ...rest] }, /sorted/],
    ["with an address twice", { entries: [first, first, ...rest] }, /sorted/],
    ["without a date", { publishedAt: "yesterday" }, /publishedAt/],
    ["with a field too many", { extra: 1 }, /has extra/],
    ["with an entry that is none", { entries: [...rest, first, {}] }, /lacks key/],
  ])("%s", (_, change, why) => {
    expect(() => listIn({ ...file, ...change })).toThrow(why)
  })
})

test("what is asked of all lists at once is answered by their names", () => {
  const lists = listsFrom(aList("one", TORNADO, MISLABELLED_TRON), aList("two", TORNADO))

  expect(lists.exact.get(keyOf(TORNADO))).toEqual(["one", "two"])
  expect(lists.exact.get(keyOf(LAZARUS))).toBeUndefined()
  expect(lists.kin.get(kinOf(keyOf(MISLABELLED_TRON))[0]!)).toEqual(["one"])
  expect(() => indexOf([held(aList("one")), held(aList("one"))], kinOf)).toThrow(/twice/)
})

test("versions have one text at all who hold the same, in whatever order they were loaded", () => {
  const [one, two] = [aList("one", TORNADO), aList("two")]

  expect(versionsText(listsFrom(one, two))).toBe(versionsText(listsFrom(two, one)))
  expect(versionsText(listsFrom(one))).not.toBe(versionsText(listsFrom(aList("one"))))
})
