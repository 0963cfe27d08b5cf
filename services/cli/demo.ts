// `causeway demo`: the whole loop of one asset, or of all, on a network of its own, checked to the last unit.

import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { parseArgs } from "node:util"
import { ASSET_NAMES, ASSETS, type AssetName } from "../../core/assets.ts"
import { BridgeError } from "../../core/errors.ts"
import { type Network, SUPPORTED, startNetwork } from "../../devnet/network.ts"
import type { AoKind } from "../../devnet/token.ts"
import type { Terminal } from "./commands.ts"
import { shown } from "./people.ts"
import { type Loop, play } from "./play.ts"

/** Blocks come fast, so that ten confirmations are a matter of seconds. */
const BLOCK_MS = 400

export async function run(words: readonly string[], terminal: Terminal): Promise<number> {
  const { values } = parseArgs({
    args: [...words],
    options: {
      asset: { type: "string" },
      all: { type: "boolean" },
      json: { type: "boolean" },
      keep: { type: "string" },
      ao: { type: "string" },
    },
  })
  const assets = assetsOf(values)
  const ao = kindOf(values.ao)
  const startedAt = performance.now()
  const folder = values.keep ?? (await mkdtemp(join(tmpdir(), "causeway-demo-")))
  const step = (text: string) => {
    if (!values.json) terminal.note(text)
  }
  // Several at once would write over each other's line.
  const isTty = terminal.isTty && !values.json && assets.length === 1
  let network: Network | null = null
  const stop = async () => {
    await network?.stop()
    if (!values.keep) await rm(folder, { recursive: true, force: true })
  }
  const interrupted = () => void stop().finally(() => process.exit(130))
  process.once("SIGINT", interrupted)
  process.once("SIGTERM", interrupted)
  try {
    network = await startNetwork({ folder, blockTimeMs: BLOCK_MS, assets, ao, onStep: step })
    const running = network
    const loops = await Promise.all(
      assets.map((asset) => {
        const say = (text: string) => step(assets.length === 1 ? text : `${asset}: ${text}`)
        const quiet: Terminal = { ...terminal, isTty, note: assets.length === 1 ? step : () => {} }
        return play(running, asset, say, quiet)
      }),
    )
    const elapsedMs = Math.round(performance.now() - startedAt)
    if (values.json) {
      const [only] = loops
      terminal.out(JSON.stringify({ ok: true, ao, ...(values.all ? { loops } : only), elapsedMs }))
    } else {
      const seconds = Math.round(elapsedMs / 1000)
      terminal.out(`${loops.map(table).join("\n\n")}\n\nbalanced to the last unit, in ${seconds} s`)
    }
    return 0
  } finally {
    process.off("SIGINT", interrupted)
    process.off("SIGTERM", interrupted)
    await stop()
  }
}

/** AR when nothing is said. Throws `bad-request` for an asset that is not carried. */
function assetsOf({ asset, all }: { asset?: string; all?: boolean }): readonly AssetName[] {
  if (all && asset) throw new BridgeError("bad-request", { choose: "--asset or --all" })
  if (all) return SUPPORTED
  const known = ASSET_NAMES.find((name) => name === (asset ?? "AR"))
  if (known && SUPPORTED.includes(known)) return [known]
  throw new BridgeError("bad-request", { asset, known: SUPPORTED.join(", ") })
}

/** The units when nothing is said. Throws `bad-request`. */
function kindOf(text = "units"): AoKind {
  if (text === "units" || text === "hyperbeam") return text
  throw new BridgeError("bad-request", { ao: text, known: "units, hyperbeam" })
}

function table({ asset, ledger }: Loop): string {
  const rows: [string, string][] = [
    [`vault on ${ASSETS[asset].home}`, ledger.vault],
    ["custody in the books", ledger.custody],
    [`= ${ASSETS[asset].wrapped.ticker} in circulation`, ledger.supply],
    ["+ pending", ledger.pending],
    ["+ fees kept", ledger.fees],
  ]
  return rows
    .map(([name, amount]) => `  ${name.padEnd(26)} ${withAll(asset, amount).padStart(26)} ${asset}`)
    .join("\n")
}

/** With every digit of the smallest unit, so that the columns can be added by eye. */
function withAll(asset: AssetName, amount: string): string {
  const [whole = "0", part = ""] = shown(asset, amount).split(".")
  return `${whole}.${part.padEnd(ASSETS[asset].decimals, "0")}`
}
