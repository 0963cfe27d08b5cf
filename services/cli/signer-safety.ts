// What an operator does about a signer that has stopped: what its providers disagreed about, and going on.

import { parseArgs } from "node:util"
import { CHAINS, type ChainName } from "../../core/assets.ts"
import { BridgeError } from "../../core/errors.ts"
import { incidentFiles, liftHalt, readHalts } from "../../mpc/incidents.ts"
import type { Terminal } from "./commands.ts"

const HOW = {
  options: { folder: { type: "string" }, json: { type: "boolean" } },
  allowPositionals: true,
} as const

export async function incidents(words: readonly string[], terminal: Terminal): Promise<number> {
  const { values } = parseArgs({ args: [...words], ...HOW })
  const folder = needed(values.folder)
  const [halts, files] = await Promise.all([readHalts(folder), incidentFiles(folder)])
  if (values.json) terminal.out(JSON.stringify({ ok: halts.length === 0, halts, files }))
  else
    terminal.out(
      [
        ...halts.map(
          ({ chain, since, incident }) => `${chain} is halted since ${since}: ${incident}`,
        ),
        `${files.length} in ${folder}/incidents, each with the question and who said what`,
      ].join("\n"),
    )
  return halts.length === 0 ? 0 : 1
}

/** The operator has found out who lied, and left them out of the settings or seen them mended. */
export async function lift(words: readonly string[], terminal: Terminal): Promise<number> {
  const { values, positionals } = parseArgs({ args: [...words], ...HOW })
  const [name = ""] = positionals
  if (!CHAINS.includes(name as ChainName))
    throw new BridgeError("bad-request", { chain: name || "none", known: CHAINS.join(", ") })
  const was = await liftHalt(needed(values.folder), name as ChainName)
  terminal.out(was ? `${name}: the signer goes on within a second` : `${name} was not halted`)
  return was ? 0 : 1
}

function needed(folder: string | undefined): string {
  if (folder === undefined) throw new BridgeError("bad-request", { missing: "--folder DIR" })
  return folder
}
