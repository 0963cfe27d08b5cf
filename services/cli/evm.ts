// `causeway evm deploy|check|propose`: a vault on a live network, whether one that stands there is ours, and orders to it.

import { parseArgs } from "node:util"
import { BridgeError } from "../../core/errors.ts"
import type { Terminal } from "./commands.ts"
import { openEvm, type VaultPlan, vaultPlan } from "./evm-plan.ts"
import { propose } from "./evm-propose.ts"
import { checkVault, deployVault } from "./evm-vault.ts"

const COMMANDS = { deploy, check, propose }

export async function run(words: readonly string[], terminal: Terminal): Promise<number> {
  const [name = "", ...rest] = words
  if (!Object.hasOwn(COMMANDS, name))
    throw new BridgeError("bad-request", { command: name, known: Object.keys(COMMANDS).join(", ") })
  return COMMANDS[name as keyof typeof COMMANDS](rest, terminal)
}

/** Deploys, looks at what is there then, and prints the row for `bridge.json`. */
async function deploy(words: readonly string[], terminal: Terminal): Promise<number> {
  const values = valuesIn(words)
  const plan = await vaultPlan(values)
  const evm = await openEvm(plan, values.rpc, values.key ?? missing("--key FILE"))
  try {
    const { vault, heightMin } = await deployVault(evm, plan)
    terminal.note(`deployed at ${vault}; looking at what is there`)
    await checkVault(evm, plan, vault)
    return told(terminal, values.json, plan, { vault, heightMin })
  } finally {
    evm.close()
  }
}

/** Compares a vault with these sources and with what was meant; anybody can. */
async function check(words: readonly string[], terminal: Terminal): Promise<number> {
  const values = valuesIn(words)
  const plan = await vaultPlan(values)
  const evm = await openEvm(plan, values.rpc, null)
  try {
    const vault = (values.vault ?? missing("--vault ADDRESS")).toLowerCase()
    await checkVault(evm, plan, vault)
    return told(terminal, values.json, plan, { vault, heightMin: null })
  } finally {
    evm.close()
  }
}

function told(
  terminal: Terminal,
  json: boolean | undefined,
  { chain, chainId, key, listed }: VaultPlan,
  { vault, heightMin }: { readonly vault: string; readonly heightMin: number | null },
): number {
  const contracts = Object.fromEntries(listed.map(({ asset, token }) => [asset, token]))
  const row = { chainId, vault, key, ...(heightMin !== null && { heightMin }), contracts }
  terminal.out(
    json
      ? JSON.stringify({ ok: true, chain, ...row })
      : `the vault is as it should be; deployment.vaults.${chain} of bridge.json:\n${JSON.stringify(row, null, 2)}`,
  )
  return 0
}

export type Values = ReturnType<typeof valuesIn>

function valuesIn(words: readonly string[]) {
  const text = { type: "string" } as const
  const { values } = parseArgs({
    args: [...words],
    options: {
      ...{ chain: text, rpc: text, manifest: text, guardian: text, council: text, key: text },
      ...{ vault: text, json: { type: "boolean" } },
      list: { type: "string", multiple: true, default: [] },
    },
  })
  return values
}

function missing(what: string): never {
  throw new BridgeError("bad-request", { missing: what })
}
