// `npm run bench -- <name> [--json]`: runs one bench and prints its figures; without a name, lists them.

import { cpus, totalmem } from "node:os"
import { parseArgs } from "node:util"
import { ASSET_NAMES, type AssetName } from "../core/assets.ts"

/** What a bench returns: every figure has a unit. */
export interface Measured {
  readonly figures: Readonly<Record<string, number>>
  readonly units: Readonly<Record<string, string>>
}

export interface BenchOptions {
  /** Of `bridge`: which AO it goes through, and what it carries. */
  readonly ao?: "units" | "hyperbeam"
  readonly assets?: readonly AssetName[]
}

type Bench = (options: BenchOptions) => Promise<Measured>

/** Loaded when asked for: one bench's needs are no concern of another. */
const BENCHES: Readonly<Record<string, () => Promise<Bench>>> = {
  bitcoin: async () => (await import("./bitcoin.ts")).bitcoin,
  rsa: async () => (await import("./rsa.ts")).rsa,
  bridge: async () => (await import("./bridge.ts")).bridge,
  store: async () => (await import("./store.ts")).store,
  load: async () => (await import("./load.ts")).load,
  evm: async () => {
    const { evm } = await import("./evm.ts")
    return () => evm()
  },
  signing: async () => (await import("./signing.ts")).signing,
  policy: async () => (await import("./policy.ts")).policy,
  rewards: async () => (await import("./rewards.ts")).rewards,
  taox: async () => (await import("./taox.ts")).taox,
}

const { values, positionals } = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    ao: { type: "string" },
    assets: { type: "string" },
  },
  allowPositionals: true,
})
const [name = "", ...rest] = positionals
const load = Object.hasOwn(BENCHES, name) ? BENCHES[name] : undefined

const { ao } = values
const assets = values.assets?.split(",") as AssetName[] | undefined
const isOfBridge = ao !== undefined || assets !== undefined
const isKnown =
  (name === "bridge" || !isOfBridge) &&
  [undefined, "units", "hyperbeam"].includes(ao) &&
  (!assets || (assets.includes("AR") && assets.every((one) => ASSET_NAMES.includes(one))))

if (load && rest.length === 0 && isKnown) {
  const { figures, units } = await (await load())({
    ...(ao && { ao: ao as "units" }),
    ...(assets && { assets }),
  })
  const result = { bench: name, figures, units, machine: machine() }
  console.log(values.json ? JSON.stringify(result) : table(result))
} else {
  console.log(
    `npm run bench -- <name> [--json] (bridge: [--ao units|hyperbeam] [--assets AR,…]), where <name> is: ${Object.keys(BENCHES).join(", ")}`,
  )
  if (name) process.exitCode = 1
}

function machine() {
  const cores = cpus()
  return {
    cpu: cores[0]?.model ?? "unknown",
    cores: cores.length,
    memoryGb: Math.round(totalmem() / 2 ** 30),
    node: process.versions.node,
    openssl: process.versions.openssl,
    platform: `${process.platform} ${process.arch}`,
  }
}

function table(result: Measured & { bench: string; machine: Record<string, unknown> }): string {
  const names = Object.keys(result.figures)
  const width = Math.max(...names.map((name) => name.length))
  const rows = names.map((name) => {
    const figure = String(result.figures[name]).padStart(10)
    return `  ${name.padEnd(width)} ${figure}  ${result.units[name] ?? ""}`
  })
  return [`${result.bench} on ${Object.values(result.machine).join(", ")}`, ...rows].join("\n")
}
