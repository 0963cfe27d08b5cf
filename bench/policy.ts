// How fast transfers are judged, lists are read and places are looked up, at sizes like those of the real ones.

import { createHash } from "node:crypto"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import path from "node:path"
import { keyOf, kinOf, partiesOf } from "../chains/party.ts"
import { seals } from "../chains/seals.ts"
import { evaluate, rulebookOf } from "../core/compliance/evaluate.ts"
import type { Facts } from "../core/compliance/facts.ts"
import { type AddressList, digestOf, indexOf } from "../core/compliance/lists.ts"
import { OFAC_LIST, rulesOf } from "../core/compliance/presets.ts"
import { Geography } from "../services/compliance/geography.ts"
import { ipIn } from "../services/compliance/ip.ts"
import { readSdn } from "../services/compliance/sdn.ts"
import { mmdbOf } from "../test/services/compliance/mmdb-writer.ts"
import { median } from "./median.ts"
import { ADDRESSES, sdnFile } from "./policy/sdn-file.ts"

const ROUNDS = 7
const EVALUATIONS = 200_000
const LOOKUPS = 100_000
const NETWORKS = 100_000
const NOW = 1_793_491_200_000

/**
 * `listLoadMs`, `listRssMb`: an SDN_ADVANCED.XML of 80 MB with 800 addresses in it, read as a stream, and what this
 * process then takes. `evaluationsPerSecond`: the rules of us-default and strict, that list, a transfer of three
 * parties with a session of three sources. `geoLookupsPerSecond`: one file of 100,000 networks, random addresses.
 */
export async function policy() {
  const started = performance.now()
  const list = await readSdn(sdnFile())
  const listLoadMs = performance.now() - started
  const listRssMb = process.memoryUsage().rss / 1e6
  if (list.entries.length !== ADDRESSES) throw new Error("an address was lost")
  return {
    figures: {
      evaluationsPerSecond: Math.round(evaluations(list)),
      listLoadMs: Math.round(listLoadMs),
      listRssMb: Math.round(listRssMb),
      geoLookupsPerSecond: Math.round(await lookups()),
    },
    units: {
      evaluationsPerSecond: "decisions/s",
      listLoadMs: "ms for 80 MB",
      listRssMb: "MB, the whole process",
      geoLookupsPerSecond: "lookups/s",
    },
  }
}

function evaluations(list: AddressList): number {
  const digest = digestOf(list, seals.hash)
  const pin = { digest, publishedAt: list.publishedAt, exact: false, maxAgeMs: 129_600_000 }
  const book = rulebookOf({
    id: "bench",
    version: 1,
    prev: null,
    effectiveMs: 0,
    officers: { needed: 2, keys: {} },
    attestors: null,
    lists: { [OFAC_LIST]: pin },
    rules: rulesOf("us-default", "strict"),
    exceptions: [],
  })
  const lists = indexOf([{ ...list, digest, checkedMs: NOW }], kinOf)
  const facts = Array.from({ length: 1_000 }, (_, at) => factsOf(at))
  const rates = Array.from({ length: ROUNDS }, () => {
    const started = performance.now()
    let stopped = 0
    for (let at = 0; at < EVALUATIONS; at += 1)
      if (evaluate(book, lists, facts[at % facts.length]!, NOW).bridge !== "allow") stopped += 1
    if (stopped !== 0) throw new Error("nobody of these is to be stopped")
    return (EVALUATIONS / (performance.now() - started)) * 1_000
  })
  return median(rates)
}

function factsOf(at: number): Facts {
  const sender = createHash("sha256").update(`sender ${at}`).digest("base64url")
  const recipient = `0x${createHash("sha256").update(`recipient ${at}`).digest("hex").slice(0, 40)}`
  return {
    direction: "in",
    asset: "AR",
    chains: ["arweave", "ao"],
    usdCents: 10_000 + at,
    recentUsdCents: 0,
    parties: partiesOf({ source: "arweave", sender, recipient, refundTo: sender }),
    answers: [{ source: "sanctions-oracle", said: "clear", about: "recipient" }],
    session: {
      by: keyOf(sender),
      untilMs: NOW + 1,
      places: ["a", "b", "c"].map((source) => ({ source, codes: ["DE", "DE-BE"] })),
      networks: [],
      terms: "1",
      statements: ["not-us-person"],
    },
  }
}

async function lookups(): Promise<number> {
  const folder = mkdtempSync(path.join(tmpdir(), "causeway-bench-"))
  try {
    const file = path.join(folder, "places.mmdb")
    const bytes = mmdbOf(networks())
    writeFileSync(file, bytes)
    const sha256 = createHash("sha256").update(bytes).digest("hex")
    const geography = await Geography.open({
      files: [{ source: "bench", path: file, sha256, schema: "flat" }],
      maxAgeMs: Number.MAX_SAFE_INTEGER,
    })
    const addresses = networks().map(([cidr]) => ipIn(cidr.replace(/\.0\/\d+$/, ".77")))
    const rates = Array.from({ length: ROUNDS }, () => {
      const started = performance.now()
      let known = 0
      for (let at = 0; at < LOOKUPS; at += 1)
        known += geography.placesOf(addresses[at % addresses.length]!, NOW)[0]!.codes.length
      if (known < LOOKUPS) throw new Error("a place was not found")
      return (LOOKUPS / (performance.now() - started)) * 1_000
    })
    return median(rates)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Blocks of 256 addresses, strewn over what is public, in 240 countries. */
function networks() {
  return Array.from({ length: NETWORKS }, (_, at) => {
    const place = (at * 2_654_435_761) % 2 ** 24
    const first = 11 + ((place >> 16) % 80)
    const letters = [at % 24, Math.floor(at / 24) % 10].map((one) => String.fromCharCode(65 + one))
    const cidr = `${first}.${(place >> 8) & 255}.${place & 255}.0/24`
    return [cidr, { country_code: letters.join(""), state1: `region ${at % 3_000}` }] as const
  })
}
