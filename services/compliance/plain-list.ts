// Plain lists of addresses: one a line, a JSON array, or a table; the forms in which extracts of lists are shared.

import { z } from "zod"
import { keyOf } from "../../chains/party.ts"
import { type AddressList, type ListEntry, listOf } from "../../core/compliance/lists.ts"
import { BridgeError } from "../../core/errors.ts"

export interface PlainSource {
  readonly list: string
  /** ISO 8601, UTC, a day or an instant. */
  readonly publishedAt: string
  /**
   * lines: one address a line, `#` begins a comment. json: an array of addresses, or of objects with an `address`.
   * csv: a header that names a column `address`, then rows; a field may stand in double quotes.
   */
  readonly format: "lines" | "json" | "csv"
  /** What these addresses are called, for people; null: nothing. It decides nothing. */
  readonly label: string | null
}

/** Whatever it is, it is not an address, and the file is not what we think it is. */
const ADDRESS = /^[!-~]{8,200}$/

const shape = z.array(z.union([z.string(), z.looseObject({ address: z.string() })]))

/** The list in a text; throws `bad-request` for a text of another form, or with a line that is no address. */
export function readPlain(text: string, source: PlainSource): AddressList {
  const spellings = READERS[source.format](text.replace(/^\uFEFF/, ""))
  return listOf(source.list, source.publishedAt, spellings.map(entryOf(source)))
}

const READERS: Readonly<Record<PlainSource["format"], (text: string) => readonly string[]>> = {
  lines: (text) =>
    text
      .split(/\r?\n/)
      .map((line) => line.replace(/#.*/, "").trim())
      .filter((line) => line !== ""),

  json: (text) => {
    let json: unknown
    try {
      json = JSON.parse(text)
    } catch (cause) {
      throw new BridgeError("bad-request", { list: "not JSON" }, { cause })
    }
    const rows = shape.safeParse(json)
    if (!rows.success) throw new BridgeError("bad-request", { list: "not a list of addresses" })
    return rows.data.map((row) => (typeof row === "string" ? row : row.address))
  },

  csv: (text) => {
    const [header = [], ...rows] = text
      .split(/\r?\n/)
      .filter((line) => line.trim() !== "")
      .map(cellsOf)
    const column = header.findIndex((name) => name.toLowerCase() === "address")
    if (column < 0) throw new BridgeError("bad-request", { list: "no column named address" })
    return rows.map((cells) => cells[column] ?? "")
  },
}

function entryOf({ label }: PlainSource) {
  return (spelling: string, at: number): ListEntry => {
    const raw = spelling.trim()
    if (!ADDRESS.test(raw))
      throw new BridgeError("bad-request", { notAnAddress: raw.slice(0, 60), entry: at + 1 })
    return { key: keyOf(raw), labels: label === null ? [] : [label], raw: [raw] }
  }
}

/** RFC 4180, for fields without line breaks. */
function cellsOf(line: string): string[] {
  const cells: string[] = []
  for (const [, quoted, bare = "", comma] of line.matchAll(/(?:"((?:[^"]|"")*)"|([^,]*))(,|$)/g)) {
    cells.push(quoted?.replaceAll('""', '"') ?? bare.trim())
    if (comma === "") break
  }
  return cells
}
