// Where an address is by files of places: the pinned ones alone, each heard, none believed for too long.

import { createHash } from "node:crypto"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import path from "node:path"
import { afterAll, describe, expect, test } from "vitest"
import { evaluate } from "../../../core/compliance/evaluate.ts"
import { Geography } from "../../../services/compliance/geography.ts"
import { ipIn } from "../../../services/compliance/ip.ts"
import type { MmdbPin } from "../../../services/compliance/mmdb.ts"
import { aSession, bookOf, emptyLists, NOW, someFacts } from "../../core/compliance/builders.ts"
import { type MmdbValue, mmdbOf } from "./mmdb-writer.ts"

const folder = mkdtempSync(path.join(tmpdir(), "causeway-places-"))
const DAY_MS = 86_400_000
const maxAgeMs = 60 * DAY_MS

afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** As `@ip-location-db` writes them. */
const flat = file("dbip", "flat", [
  ["5.9.0.0/16", { country_code: "DE", state1: "Saxony" }],
  ["91.103.66.0/24", { country_code: "RU", state1: "Crimea" }],
  ["175.45.178.0/24", { country_code: "IT" }],
  ["66.50.0.0/16", { country_code: "US", state1: "Puerto Rico" }],
  ["2a01:4f8::/32", { country_code: "DE" }],
])
/** As GeoIP2 and GeoLite2 are written. */
const nested = file("geolite", "nested", [
  ["5.9.0.0/16", { country: { iso_code: "DE" }, subdivisions: [{ iso_code: "SN" }] }],
  ["91.103.66.0/24", { country: { iso_code: "UA" }, subdivisions: [{ iso_code: "43" }] }],
  ["175.45.178.0/24", { country: { iso_code: "KP" } }],
  ["66.50.0.0/16", { country: { iso_code: "PR" } }],
])
/** As DB-IP's own files are: names without codes. */
const names = file("dbip-lite", "nested", [
  ["91.103.66.0/24", { country: { iso_code: "UA" }, subdivisions: [{ names: { en: "Crimea" } }] }],
])

const places = async (address: string, files = [flat, nested, names], now = NOW) =>
  (await Geography.open({ files, maxAgeMs })).placesOf(ipIn(address), now)

describe("each source says what it knows", () => {
  test.each<[string, string, string[][]]>([
    ["an ordinary place", "5.9.1.1", [["DE"], ["DE", "DE-SN"], []]],
    [
      "Crimea under both countries",
      "91.103.66.1",
      [
        ["RU", "UA-43"],
        ["UA", "UA-43"],
        ["UA", "UA-43"],
      ],
    ],
    ["a place of which one is wrong", "175.45.178.10", [["IT"], ["KP"], []]],
    ["a territory, as a part and as itself", "66.50.1.1", [["US", "PR"], ["PR"], []]],
    ["IPv4 that was mapped into IPv6", "::ffff:5.9.1.1", [["DE"], ["DE", "DE-SN"], []]],
    ["IPv6", "2a01:4f8::1", [["DE"], [], []]],
    ["a place that nobody knows", "1.1.1.1", [[], [], []]],
    ["a private address", "10.1.1.1", [[], [], []]],
    ["no address", "unknown", [[], [], []]],
  ])("%s", async (_, address, codes) => {
    expect(await places(address)).toEqual(
      ["dbip", "geolite", "dbip-lite"].map((source, at) => ({ source, codes: codes[at] })),
    )
  })

  test.each<[string, string, object]>([
    ["Crimea goes back, whoever files it where", "91.103.66.1", { bridge: "reject" }],
    ["North Korea goes back, though one source says Italy", "175.45.178.10", { bridge: "reject" }],
    ["Puerto Rico has no reward", "66.50.1.1", { bridge: "allow", reward: "reject" }],
    [
      "a place that nobody knows waits for its reward",
      "10.1.1.1",
      { bridge: "allow", reward: "hold" },
    ],
    ["Germany is rewarded", "5.9.1.1", { bridge: "allow", reward: "allow" }],
  ])("and so %s", async (_, address, decision) => {
    const facts = someFacts({ session: aSession({ places: await places(address) }) })

    expect(evaluate(bookOf("us-default"), emptyLists(), facts, NOW)).toMatchObject(decision)
  })
})

describe("a file", () => {
  test("that was made too long ago says nothing", async () => {
    const old = file(
      "old",
      "flat",
      [["5.9.0.0/16", { country_code: "DE" }]],
      NOW / 1000 - 61 * 86_400,
    )

    expect(await places("5.9.1.1", [old])).toEqual([{ source: "old", codes: [] }])
  })

  test("may state its day in milliseconds", async () => {
    const young = file("young", "flat", [["5.9.0.0/16", { country_code: "DE" }]], NOW - DAY_MS)
    const old = file("old", "flat", [["5.9.0.0/16", { country_code: "DE" }]], NOW - 61 * DAY_MS)

    expect((await places("5.9.1.1", [young, old])).map(({ codes }) => codes)).toEqual([["DE"], []])
  })

  test.each<[string, MmdbValue]>([
    ["a number for a country", { country_code: 49 }],
    ["a list for a record", ["DE"]],
    ["a text for a record", "DE"],
    ["nothing in a record", {}],
  ])("with %s in it does not know", async (_, record) => {
    expect(await places("5.9.1.1", [file("odd", "flat", [["5.9.0.0/16", record]])])).toEqual([
      { source: "odd", codes: [] },
    ])
  })

  test.each<[string, Partial<MmdbPin>, RegExp]>([
    ["that is another than the pinned one", { sha256: "0".repeat(64) }, /SHA-256/],
    ["that is not there", { path: path.join(folder, "none") }, /cannot be read/],
  ])("%s is refused", async (_, change, why) => {
    await expect(places("5.9.1.1", [{ ...flat, ...change }])).rejects.toThrow(why)
  })

  test("that is no MMDB is refused", async () => {
    const page = path.join(folder, "page")
    writeFileSync(page, "<html>")

    await expect(places("5.9.1.1", [{ ...flat, ...pinOf(page) }])).rejects.toThrow(/not an MMDB/)
  })

  test("under the name of another is refused", async () => {
    await expect(places("5.9.1.1", [flat, flat])).rejects.toThrow(/one name/)
  })
})

test("new files take the place of old ones without a restart, and bad ones of none", async () => {
  const geography = await Geography.open({ files: [flat], maxAgeMs })
  const fresh = file("dbip", "flat", [["5.9.0.0/16", { country_code: "AT" }]])
  const code = () => geography.placesOf(ipIn("5.9.1.1"), NOW)[0]?.codes[0]

  await expect(
    geography.reload({ files: [fresh, { ...nested, sha256: "" }], maxAgeMs }),
  ).rejects.toThrow(/bad-config/)
  expect(code()).toBe("DE")
  await geography.reload({ files: [fresh], maxAgeMs })

  expect(code()).toBe("AT")
  expect(geography.digests).toEqual({ dbip: fresh.sha256 })
})

function file(
  source: string,
  schema: MmdbPin["schema"],
  rows: readonly (readonly [string, MmdbValue])[],
  buildEpoch?: number,
): MmdbPin {
  const name = path.join(
    folder,
    `${source}-${createHash("sha1").update(JSON.stringify(rows)).digest("hex")}`,
  )
  writeFileSync(name, mmdbOf(rows, buildEpoch === undefined ? {} : { buildEpoch }))
  return { source, schema, ...pinOf(name) }
}

function pinOf(name: string) {
  const sha256 = createHash("sha256").update(readFileSync(name)).digest("hex")
  return { path: name, sha256 }
}
