// `causeway signer order|approve|withdraw|orders`: what an operator lets the own signer have a vault do.

import { readFile, writeFile } from "node:fs/promises"
import { parseArgs } from "node:util"
import { CHAIN_OF } from "../../chains/index.ts"
import { nextOrderAt } from "../../chains/next-order.ts"
import { chainNamed } from "../../chains/served.ts"
import type { NextOrder, OrderCodec, VaultOrder } from "../../chains/vault.ts"
import { CHAINS, type ChainName, isLedger, type Ledger, networkOf } from "../../core/assets.ts"
import { BridgeError } from "../../core/errors.ts"
import { readSignerConfig, type SignerConfig } from "../../mpc/config.ts"
import { approvedOrders, approveOrder, orderJson, withdrawOrder } from "../../mpc/vault-orders.ts"
import type { Terminal } from "./commands.ts"
import { account, listedIn } from "./evm-plan.ts"
import { deskFor, ordersOf, tokenIn } from "./order-place.ts"
import { orderText } from "./vault-words.ts"

/** Writes an order down for all operators to look at. It approves nothing. */
export async function order(words: readonly string[], terminal: Terminal): Promise<number> {
  const text = { type: "string" } as const
  const { values, positionals } = parseArgs({
    args: [...words],
    allowPositionals: true,
    options: {
      ...{ folder: text, limit: text, guardian: text, token: text, migrate: text, from: text },
      out: { ...text, default: "order.json" },
      ...{ unpause: { type: "boolean" }, resume: { type: "boolean" }, json: { type: "boolean" } },
    },
  })
  const config = await configIn(values.folder)
  const [chain] = positionals
  const ledger = CHAINS.find((name) => name === chain && isLedger(name)) as Ledger | undefined
  if (ledger) return written(await tokenOrder(config, ledger, values), config, values, terminal)
  if (chain !== "ethereum" && chain !== "bsc")
    throw new BridgeError("bad-request", { missing: "a chain: ethereum, bsc or a ledger" })
  const what = [values.limit, values.guardian, values.unpause, values.migrate]
  if (what.filter((one) => one !== undefined).length !== 1)
    throw new BridgeError("bad-request", {
      missing: "one of --limit, --guardian, --unpause and --migrate",
    })
  const { vault: present, contracts } = config.bridge.deployment.vaults?.[chain] ?? {}
  if (!present) throw new BridgeError("bad-config", { missing: `the vault on ${chain}` })
  const vault = values.from === undefined ? present : account(values.from, "--from")
  const { number } = await next(config, { chain, vault })
  const made = read(chain, { chain, vault, number, ...wanted(values, chain, contracts ?? {}) })
  return written(made, config, values, terminal)
}

async function written(
  made: VaultOrder,
  { bridge }: SignerConfig,
  { out, json }: { readonly out: string; readonly json?: boolean | undefined },
  terminal: Terminal,
): Promise<number> {
  await writeFile(out, orderJson(made))
  return say(
    terminal,
    { json },
    {
      ...{ file: out, order: JSON.parse(orderJson(made)) },
      said: [
        `${out}: ${orderText(made, bridge.deployment)}`,
        `Each operator who agrees: causeway signer approve ${out} --folder DIR`,
      ],
    },
  )
}

/** To a token on AO, about the pause that this operator's own endpoints show. */
async function tokenOrder(
  config: SignerConfig,
  chain: Ledger,
  values: {
    readonly resume?: boolean | undefined
    readonly guardian?: string | undefined
    readonly token?: string | undefined
  },
): Promise<VaultOrder> {
  const { resume, guardian, token } = values
  if ((resume === undefined) === (guardian === undefined))
    throw new BridgeError("bad-request", { missing: "one of --resume and --guardian" })
  const named = tokenIn(config.bridge, chain, token)
  const orders = ordersOf(config.bridge, named)
  const { number, stopped } = await next(config, named)
  const own = { ...named, number }
  if (guardian !== undefined) return orders.parse({ ...own, kind: "guardian", guardian })
  if (!stopped || stopped.paused === "none")
    throw new BridgeError("not-found", { pause: `the token on ${chain} is not paused` })
  return orders.parse({ ...own, kind: "resume", pauses: stopped.pauses })
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
  ordersOf(config.bridge, wanted).demandOurs(wanted, deployment)
  const { number } = await next(config, wanted, wanted)
  if (number !== wanted.number)
    throw new BridgeError("stale-version", { number: wanted.number, next: number })
  await approveOrder(config.folder, wanted)
  return config.bridge
}

export async function withdraw(words: readonly string[], terminal: Terminal): Promise<number> {
  const { values, file } = ordersIn(words)
  const { folder } = await configIn(values.folder)
  const wanted = await fileIn(file)
  const { chain, number } = wanted
  if (!(await withdrawOrder(folder, wanted)))
    throw new BridgeError("not-found", { order: `${chain} ${number}` })
  return say(terminal, values, {
    said: [
      `withdrawn: operation ${number} of the ${isLedger(chain) ? "token" : "vault"} on ${chain}`,
    ],
  })
}

export async function orders(words: readonly string[], terminal: Terminal): Promise<number> {
  const { values } = ordersIn([...words, ""])
  const { folder } = await configIn(values.folder)
  const approved = await approvedOrders(folder)
  const none = "no order to a vault or a token is approved"
  return say(terminal, values, { approved, said: approved.length > 0 ? approved : [none] })
}

/** Reads an order's file. Throws `not-found`, `bad-config` or `bad-request`. */
export async function fileIn(file: string): Promise<VaultOrder> {
  const text = await readFile(file, "utf8").catch(() => {
    throw new BridgeError("not-found", { file })
  })
  try {
    const json = JSON.parse(text) as unknown
    const { chain, vault, of } = Object(json) as { chain?: unknown; vault?: unknown; of?: unknown }
    const named = CHAINS.find((name) => name === chain) ?? "ethereum"
    // Whether it is the bridge's own is asked before it is approved or signed.
    const campaign = of === "campaign" ? chainNamed(CHAIN_OF, named).tokenAt?.(String(vault)) : null
    return (campaign?.orders ?? codecOf(named)).parse(json)
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

/** How the vault stands before its next operation; throws `signer-refused` for an order that no signer would sign. */
async function next(
  { settings, bridge }: SignerConfig,
  { chain, vault, of }: Pick<VaultOrder, "chain" | "vault" | "of">,
  order: VaultOrder | null = null,
): Promise<NextOrder> {
  const desk = deskFor({ chain, of }, bridge, settings.endpoints[networkOf(chain)]!)
  try {
    const stands = await nextOrderAt(desk, vault)
    if (order) await desk.vetOrder?.(order)
    return stands
  } finally {
    await desk.close()
  }
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
