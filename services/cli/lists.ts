// `causeway lists`: an operator's own copies of lists, taken from a publisher's file and put in force at once.

import { createReadStream } from "node:fs"
import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { parseArgs } from "node:util"
import { ListShelf } from "../../chains/list-shelf.ts"
import { type AddressList, listIn, listOf } from "../../core/compliance/lists.ts"
import { BridgeError } from "../../core/errors.ts"
import { readPlain } from "../compliance/plain-list.ts"
import { readSdn } from "../compliance/sdn.ts"
import type { Terminal } from "./commands.ts"

export async function run(words: readonly string[], terminal: Terminal): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...words],
    allowPositionals: true,
    options: {
      folder: { type: "string", multiple: true },
      list: { type: "string" },
      format: { type: "string", default: "lines" },
      published: { type: "string" },
      shrink: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
    },
  })
  const [act = "", file] = positionals
  const folders = values.folder ?? []
  if (folders.length === 0) throw new BridgeError("bad-request", { missing: "--folder DIR" })
  if (act === "show") {
    for (const folder of folders) {
      const { held, problems } = await ListShelf.open(join(folder, "lists"))
      const rows = [...held.values()].map(({ entries, ...list }) => ({
        ...list,
        count: entries.length,
      }))
      const text = rows.map(
        ({ list, count, publishedAt, digest, checkedMs }) =>
          `${folder}: ${list}: ${count} addresses of ${publishedAt}, asked for ${new Date(checkedMs).toISOString()}, ${digest}`,
      )
      const bad = [...problems].map(([list, problem]) => `${folder}: ${list}: ${problem}`)
      terminal.out(
        values.json
          ? JSON.stringify({ folder, lists: rows, problems: Object.fromEntries(problems) })
          : [...text, ...bad].join("\n") || `${folder}: no lists`,
      )
    }
    return 0
  }
  if (act !== "import" || !file)
    throw new BridgeError("bad-request", { known: "show, import FILE" })
  const list = await listFrom(file, values)
  for (const folder of folders) {
    const shelf = await ListShelf.open(join(folder, "lists"))
    const update = await shelf.put(list, Date.now(), { isShrinkMeant: values.shrink })
    const { added, removed, digest } = update
    const text = `${folder}: ${list.list}: ${list.entries.length} addresses, ${added.length} new, ${removed.length} gone, ${digest}`
    terminal.out(values.json ? JSON.stringify({ folder, ...update }) : text)
  }
  return 0
}

interface From {
  readonly list?: string | undefined
  readonly format: string
  readonly published?: string | undefined
}

async function listFrom(file: string, { list, format, published }: From): Promise<AddressList> {
  if (format === "sdn") {
    const read = await readSdn(createReadStream(file))
    return listOf(list ?? read.list, read.publishedAt, read.entries)
  }
  const text = await readFile(file, "utf8")
  if (format === "own") return listIn(JSON.parse(text))
  if (format !== "lines" && format !== "json" && format !== "csv")
    throw new BridgeError("bad-request", { format, known: "sdn, own, lines, json, csv" })
  if (!list || !published)
    throw new BridgeError("bad-request", { missing: "--list and --published" })
  return readPlain(text, { list, publishedAt: published, format, label: null })
}
