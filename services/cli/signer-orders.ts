// `causeway signer order|approve|withdraw|orders`: what an operator lets the own signer have a vault do.

import { readFile, writeFile } from "node:fs/promises"
import { parseArgs } from "node:util"
import type { Connection } from "../../chains/chain.ts"
import { CHAIN_OF } from "../../chains/index.ts"
import { chainNamed } from "../../chains/served.ts"
import type { OrderCodec, VaultOrder } from "../../chains/vault.ts"
import { type ChainName, networkOf } from "../../core/assets.ts"
import { BridgeError } from "../../core/errors.ts"
import { readSignerConfig, type SignerConfig } from "../../mpc/config.ts"
import { approvedOrders, approveOrder, orderJson, withdrawOrder } from "../../mpc/vault-orders.ts"
import type { Terminal } from "./commands.ts"
import { account, listedIn } from "./evm-plan.ts"
import { orderText } from "./vault-words.ts"

/** Writes an order down for all operators to look at. It approves nothing. */
export async function order(words: readonly string[], terminal: Terminal): Promise<number> {
  const text = { type: "string" } as const
  const { values, positionals } = parseArgs({
    args: [...words],
    allowPositionals: true,
    options: {
      ...{ folder: text, limit: text, guardian: text, migrate: text, from: text },
      out: { ...text, default: "order.json" },
      ...{ unpause: { type: "boolean" }, json: { type: "boolean" } },
    },
  })
  const config = await configIn(values.folder)
  const [chain] = positionals
  if (chain !== "ethereum" && chain !== "bsc")
    throw new BridgeError("bad-request", { missing: "a chain, ethereum or bsc" })
  const what = [values.limit, values.guardian, values.unpause, values.migrate]
  if (what.filter((one) => one !== undefined).length !== 1)
    throw new BridgeError("bad-request", {
      missing: "one of --limit, --guardian, --unpause and --migrate",
    })
  const { vault: present, contracts } = config.bridge.deployment.vaults?.[chain] ?? {}
  if (!present) throw new BridgeError("bad-config", { missing: `the vault on ${chain}` })
  const vault = values.from === undefined ? present : account(values.from, "--from")
  const number = await nextNumber(config, chain, vault)
  const made = read(chain, { chain, vault, number, ...wanted(values, chain, contracts ?? {}) })
  await writeFile(values.out, orderJson(made))
  return say(terminal, values, {
    ...{ file: values.out, order: JSON.parse(orderJson(made)) },
    said: [
      `${values.out}: ${orderText(made, config.bridge.deployment)}`,
      `Each operator who agrees: causeway signer approve ${values.out} --folder DIR`,
    ],
  })
}

/** Looks whether it is the vault's next operation, by this operator's own endpoints, and says what it would do. */
export async function approve(words: readonly string[], terminal: Terminal): Promise<number> {
  const { values, file } = ordersIn(words)
  const wanted = await fileIn(file)
  const { deployment } = await approveHere(values.folder, wanted)
  return say(terminal, values, {
    order: JSON.parse(orderJson(wanted)),
    said: [
      `approved: ${orderText(wanted, deployment)}`,
      `Your signer signs it when asked. To take that back before it does: causeway signer withdraw ${file} --folder DIR`,
    ],
  })
}

/** Throws for an order to another vault than the bridge's, for one that is not its next, and as `Connection.vetOrder`. */
export async function approveHere(folder: string | undefined, wanted: VaultOrder) {
  const config = await configIn(folder)
  const { deployment } = config.bridge
  codecOf(wanted.chain).message(wanted, deployment)
  const next = await nextNumber(config, wanted.chain, wanted.vault, wanted)
  if (next !== wanted.number)
    throw new BridgeError("stale-version", { number: wanted.number, next })
  await approveOrder(config.folder, wanted)
  return config.bridge
}

export async function withdraw(words: readonly string[], terminal: Terminal): Promise<number> {
  const { values, file } = ordersIn(words)
  const { folder } = await configIn(values.folder)
  const { chain, number } = await fileIn(file)
  if (!(await withdrawOrder(folder, chain, number)))
    throw new BridgeError("not-found", { order: `${chain} ${number}` })
  return say(terminal, values, {
    said: [`withdrawn: operation ${number} of the vault on ${chain}`],
  })
}

export async function orders(words: readonly string[], terminal: Terminal): Promise<number> {
  const { values } = ordersIn([...words, ""])
  const { folder } = await configIn(values.folder)
  const approved = await approvedOrders(folder)
  const none = "no order to a vault is approved"
  return say(terminal, values, { approved, said: approved.length > 0 ? approved : [none] })
}

/** Reads an order's file. Throws `not-found`, `bad-config` or `bad-request`. */
export async function fileIn(file: string): Promise<VaultOrder> {
  const text = await readFile(file, "utf8").catch(() => {
    throw new BridgeError("not-found", { file })
  })
  try {
    const json = JSON.parse(text) as unknown
    const chain = json !== null && typeof json === "object" && "chain" in json ? json.chain : null
    return read(chain === "bsc" ? "bsc" : "ethereum", json)
  } catch (error) {
    if (error instanceof BridgeError) throw error
    throw new BridgeError("bad-config", { file, problems: "not JSON" })
  }
}

function ordersIn(words: readonly string[]) {
  const { values, positionals } = parseArgs({
    args: [...words],
    allowPositionals: true,
    options: { folder: { type: "string" }, json: { type: "boolean" } },
  })
  const [file] = positionals
  if (file === undefined) throw new BridgeError("bad-request", { missing: "an order's file" })
  return { values, file }
}

function wanted(
  {
    limit,
    guardian,
    migrate,
  }: {
    readonly limit?: string | undefined
    readonly guardian?: string | undefined
    readonly migrate?: string | undefined
  },
  chain: "ethereum" | "bsc",
  contracts: Readonly<Record<string, string>>,
) {
  if (migrate !== undefined) {
    const [asset = "", to] = migrate.split("=")
    const token = contracts[asset] ?? account(asset, "--migrate")
    return { kind: "migrate", token, successor: account(to, "--migrate") }
  }
  if (guardian !== undefined) return { kind: "guardian", guardian: account(guardian, "--guardian") }
  if (limit === undefined) return { kind: "unpause" }
  const { token, capacity, window } = listedIn(limit, chain, "--limit")
  return { kind: "limit", token, capacity: `${capacity}`, windowS: window }
}

/** The number of the vault's next operation; throws `signer-refused` for an order that no signer would sign. */
async function nextNumber(
  { settings, bridge }: SignerConfig,
  chain: ChainName,
  vault: string,
  order: VaultOrder | null = null,
): Promise<number> {
  const connection = chainNamed(CHAIN_OF, chain).connect(
    settings.endpoints[networkOf(chain)]!,
    bridge.deployment,
  )
  try {
    const { number } = await standing(connection, vault)
    if (order) await connection.vetOrder?.(order)
    return Number(number)
  } finally {
    await connection.close()
  }
}

async function standing(connection: Connection, vault: string) {
  const { chain } = connection
  if (!connection.handover)
    throw new BridgeError("not-supported", { chain, order: "its vault takes none" })
  return (await connection.handover(vault)).terms
}

function codecOf(chain: ChainName): OrderCodec {
  const { orders } = chainNamed(CHAIN_OF, chain).codec
  if (!orders) throw new BridgeError("not-supported", { chain, order: "its vault takes none" })
  return orders
}

function read(chain: ChainName, json: unknown): VaultOrder {
  return codecOf(chain).parse(json)
}

async function configIn(folder: string | undefined): Promise<SignerConfig> {
  if (folder === undefined) throw new BridgeError("bad-request", { missing: "--folder DIR" })
  return readSignerConfig(folder)
}

function say(
  terminal: Terminal,
  { json }: { readonly json?: boolean | undefined },
  { said, ...facts }: { readonly said: readonly string[] } & Readonly<Record<string, unknown>>,
): number {
  terminal.out(json ? JSON.stringify({ ok: true, ...facts }) : said.join("\n"))
  return 0
}
