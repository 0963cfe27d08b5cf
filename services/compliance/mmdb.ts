// One file of places (MMDB) that an operator supplies, pinned by its digest: an address in, codes out.

import { createHash } from "node:crypto"
import { readFile } from "node:fs/promises"
import { Reader } from "mmdb-lib"
import { BridgeError } from "../../core/errors.ts"
import type { IpAddress } from "./ip.ts"
import { codesOf, type Named } from "./places.ts"

export interface MmdbPin {
  /** What decisions call it. */
  readonly source: string
  readonly path: string
  /** SHA-256 of the file, hexadecimal. */
  readonly sha256: string
  /**
   * How its records are written. flat: `country_code`, `state1`. nested: `country.iso_code` and subdivisions, with
   * codes (GeoIP2) or with names alone (DB-IP's own).
   */
  readonly schema: "flat" | "nested"
}

export interface PlaceFile {
  readonly source: string
  readonly sha256: string
  /** When it was made, milliseconds since 1970. */
  readonly builtMs: number
  /** ISO 3166 codes, the country first; empty when it does not know. */
  codesOf(address: IpAddress): readonly string[]
}

/** Throws `bad-config` for a file that is not there, not the pinned one, or not an MMDB of that schema. */
export async function openMmdb({ source, path, sha256, schema }: MmdbPin): Promise<PlaceFile> {
  const refuse = (why: string, cause?: unknown): never => {
    throw new BridgeError("bad-config", { places: source, why }, { cause })
  }
  const bytes = await readFile(path).catch((cause) => refuse("it cannot be read", cause))
  const found = createHash("sha256").update(bytes).digest("hex")
  if (found !== sha256) refuse(`its SHA-256 is ${found}`)
  const reader = readerOf(bytes) ?? refuse("not an MMDB")
  const nameIn = SCHEMAS[schema]
  const known = new WeakMap<object, readonly string[]>()
  return {
    source,
    sha256,
    builtMs: builtMs(reader.metadata.buildEpoch),
    codesOf({ text }) {
      const record = reader.get(text) as unknown
      if (typeof record !== "object" || record === null) return []
      const codes = known.get(record) ?? codesOf(nameIn(record))
      known.set(record, codes)
      return codes
    },
  }
}

/** Records are a stranger's data: what is not where it should be is not known. */
const SCHEMAS: Readonly<Record<MmdbPin["schema"], (record: unknown) => Named>> = {
  flat: (record) => ({
    country: textAt(record, "country_code"),
    subdivisions: ["state1", "state2"].map((key) => ({ code: null, name: textAt(record, key) })),
  }),
  nested: (record) => {
    const parts = at(record, "subdivisions")
    return {
      country: textAt(at(record, "country"), "iso_code"),
      subdivisions: (Array.isArray(parts) ? parts : []).map((part: unknown) => ({
        code: textAt(part, "iso_code"),
        name: textAt(at(part, "names"), "en"),
      })),
    }
  },
}

function at(value: unknown, key: string): unknown {
  return typeof value === "object" && value !== null
    ? (value as Readonly<Record<string, unknown>>)[key]
    : undefined
}

function textAt(value: unknown, key: string): string | null {
  const text = at(value, key)
  return typeof text === "string" ? text : null
}

/** Many addresses share a record; a file has more records than anybody needs at once. */
const RECORDS_MAX = 20_000

function recordCache() {
  const records = new Map<string | number, unknown>()
  return {
    get: (key: string | number) => records.get(key),
    set(key: string | number, record: unknown) {
      if (records.size >= RECORDS_MAX) records.clear()
      records.set(key, record)
    },
  }
}

function readerOf(bytes: Buffer) {
  try {
    return new Reader(bytes, { cache: recordCache() })
  } catch {
    return null
  }
}

/** Some files state milliseconds where the format wants seconds; nobody's file is of the year 5000. */
function builtMs(epoch: Date): number {
  const ms = epoch.getTime()
  return ms > 1e14 ? ms / 1_000 : ms
}
