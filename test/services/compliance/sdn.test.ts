// The official file as a stream: what is found in it, by what it is, and which files are refused.

import { describe, expect, test } from "vitest"
import { changeBetween } from "../../../core/compliance/lists.ts"
import { readSdn } from "../../../services/compliance/sdn.ts"
import { DAYS, type Day, LISTED, MISLABELLED_TRON, ofacOn } from "../../vectors/ofac.ts"

test.each(DAYS)("the list of %s is read to the address and its labels", async (day) => {
  expect(await read(sdn(day))).toEqual(ofacOn(day))
})

test("the delisting of March 2025 shows between two files", async () => {
  const [before, after] = await Promise.all([read(sdn(DAYS[0])), read(sdn(DAYS[1]))])

  expect(changeBetween(before!, after!).removed).toHaveLength(2)
})

test("a Tron address under the label XBT is a Tron address", async () => {
  const { entries } = await read(sdn("2025-11-27"))

  expect(entries.find(({ raw }) => raw.includes(MISLABELLED_TRON))).toMatchObject({
    key: expect.stringMatching(/^evm\?tron:/),
    labels: ["XBT"],
  })
})

test("it is read wherever its bytes are cut, by whatever prefix, through comments and CDATA", async () => {
  const plain = await read(sdn("2025-06-20"))
  const prefixed = sdn("2025-06-20").replace(/<(\/?)(?=[A-Z])/g, "<$1x:")
  const dressed = sdn("2025-06-20").replace(
    /<VersionDetail([^>]*)>(?!1 Jan)([^<]+)</,
    "<VersionDetail$1><!-- a --><![CDATA[$2]]><!-- b --><",
  )

  expect(await read(sdn("2025-06-20"), 1)).toEqual(plain)
  expect(await read(prefixed, 7)).toEqual(plain)
  expect(await read(dressed)).toEqual(plain)
})

test("details of other features are no addresses", async () => {
  const { entries } = await read(sdn("2025-06-20"))

  const found = entries.flatMap(({ raw }) => raw)
  expect(found).not.toContain("1 January 1970")
  expect(found).not.toContain("of no feature")
})

describe("refused is a file", () => {
  const good = sdn("2025-06-20")

  test.each<[string, string, RegExp]>([
    ["with a DOCTYPE", good.replace("?>", '?><!DOCTYPE x [<!ENTITY a "b">]>'), /DOCTYPE/],
    [
      "with an entity of its own",
      good.replace("<Comment />", "<Comment>&lol;</Comment>"),
      /entity/,
    ],
    ["cut short", good.slice(0, -20), /unclosed/],
    ["cut short in the middle", good.slice(0, good.length / 2), /unclosed/],
    ["that is not well-formed", good.replace("</Profile>", "</Profil>"), /unexpected close/],
    ["that is no XML", "404 Not Found", /text data outside|document must contain/],
    ["of nothing", "", /document must contain/],
    [
      "that names no address",
      good.replaceAll('FeatureTypeID="3', 'FeatureTypeID="8'),
      /no address|not named/,
    ],
    ["without a date", good.replace(/<DateOfIssue.*?<\/DateOfIssue>/, ""), /date of issue/],
    ["with an impossible date", good.replace("<Month>06", "<Month>13"), /date of issue/],
    [
      "with a new kind of digital address",
      good.replace(">Birthdate<", ">Digital Asset Address - XBT<"),
      /new to us/,
    ],
    [
      "whose features come before their types",
      good.replace(/<ReferenceValueSets>.*?<\/ReferenceValueSets>/s, ""),
      /not named/,
    ],
    ["deeper than any such file", good.replace("<Comment />", "<a>".repeat(80)), /deeper/],
    [
      "with an address without an end",
      good.replace(/(<VersionDetail[^>]*>)(?!1 Jan)/, `$1${"1".repeat(600)}`),
      /more than 500/,
    ],
  ])("%s", async (_, xml, why) => {
    await expect(read(xml)).rejects.toThrow(why)
  })

  test("that is not UTF-8", async () => {
    const bytes = Buffer.from(good, "latin1")
    bytes[bytes.indexOf("VICTORIA")] = 0xe9

    await expect(readSdn(pieces(bytes, 1000))).rejects.toThrow(/UTF-8/)
  })
})

function read(xml: string, size = 4_096) {
  return readSdn(pieces(Buffer.from(xml), size))
}

async function* pieces(bytes: Buffer, size: number) {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

/** In the form of the official file: reference values first, then parties with features, some of them addresses. */
function sdn(day: Day): string {
  const listed = LISTED.filter(({ days }) => days.includes(day))
  const currencies = [...new Set(LISTED.flatMap(({ labels }) => labels))]
  const [year, month, date] = day.split("-")
  const types = currencies.map(
    (label, at) =>
      `<FeatureType ID="3${at}" FeatureTypeGroupID="1">Digital Currency Address - ${label}</FeatureType>`,
  )
  const feature = (type: string, detail: string) =>
    `<Feature ID="1" FeatureTypeID="${type}"><FeatureVersion ID="2" ReliabilityID="1560"><Comment />` +
    `<VersionDetail DetailTypeID="1432">${detail}</VersionDetail></FeatureVersion>` +
    `<IdentityReference IdentityID="1" IdentityFeatureLinkTypeID="1" /></Feature>`
  const parties = listed.map(
    ({ raw, labels }, at) =>
      `<DistinctParty FixedRef="${at}"><Comment /><Profile ID="${at}" PartySubTypeID="4">` +
      `<Identity ID="1"><NamePartValue>VICTORIA &amp; Söhne</NamePartValue></Identity>` +
      `${feature("8", "1 January 1970")}` +
      `${labels.map((label) => feature(`3${currencies.indexOf(label)}`, raw)).join("")}` +
      `<Other><VersionDetail>of no feature</VersionDetail></Other></Profile></DistinctParty>\n`,
  )
  return (
    `<?xml version="1.0" encoding="utf-8"?>\n<Sanctions xmlns="http://www.un.org/sanctions/1.0">` +
    `<DateOfIssue CalendarTypeID="1"><Year>${year}</Year><Month>${month}</Month><Day>${date}</Day></DateOfIssue>` +
    `<ReferenceValueSets><FeatureTypeValues><FeatureType ID="8">Birthdate</FeatureType>${types.join("")}` +
    `</FeatureTypeValues></ReferenceValueSets><DistinctParties>\n${parties.join("")}</DistinctParties></Sanctions>`
  )
}
