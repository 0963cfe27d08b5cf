// `causeway asset list`: one more token, from its check to the day on which the vault takes it. Run it again to go on.

import { mkdir, readFile } from "node:fs/promises"
import { join } from "node:path"
import { parseArgs } from "node:util"
import type { Deployment } from "../../chains/chain.ts"
import { CHAIN_OF } from "../../chains/index.ts"
import { chainNamed } from "../../chains/served.ts"
import type { VaultCalls, VaultOrder } from "../../chains/vault.ts"
import { ASSETS } from "../../core/assets.ts"
import { BridgeError } from "../../core/errors.ts"
import { replaceFile } from "../../mpc/replace-file.ts"
import { orderJson } from "../../mpc/vault-orders.ts"
import { clusterIn } from "../cluster.ts"
import { readServicesConfig, type ServicesConfig } from "../config.ts"
import { giveOrder } from "../payout/vault-order.ts"
import { spawnedFor } from "./asset-spawn.ts"
import { assetNamed, type Wish, wishIn } from "./asset-wish.ts"
import type { Terminal } from "./commands.ts"
import { openEvm } from "./evm-plan.ts"
import { jsonFile, jsonIn } from "./json-file.ts"
import { homeOfListed, type Listing, listingJson, readListing, withListing } from "./listing.ts"
import { demandProcess, deskOf, type Eyes, looking, vetted } from "./listing-checks.ts"

export type Values = ReturnType<typeof valuesIn>["values"]

function valuesIn(words: readonly string[]) {
  const text = { type: "string" } as const
  return parseArgs({
    args: [...words],
    allowPositionals: true,
    options: {
      ...{ folder: text, terms: text, guardian: text, wallet: text, node: text, bundler: text },
      ...{ holder: text, untried: { type: "boolean" }, key: text, api: text },
      json: { type: "boolean" },
    },
  })
}

export async function run([act = "", ...words]: readonly string[], terminal: Terminal) {
  if (act !== "list") throw new BridgeError("bad-request", { act: act || "none", known: "list" })
  const { values, positionals } = valuesIn(words)
  const [wanted] = positionals
  const { folder } = values
  if (!wanted || !folder)
    throw new BridgeError("bad-request", { missing: wanted ? "--folder DIR" : "an asset" })
  const config = await readServicesConfig(folder)
  const step = await next(
    config,
    await prepared(config, wanted, values, terminal),
    values,
    terminal,
  )
  const { said, ...facts } = step
  terminal.out(values.json ? JSON.stringify({ ok: true, ...facts }) : said.join("\n"))
  return 0
}

interface Step {
  readonly state: "approve" | "propose" | "wait" | "reload" | "execute" | "listed"
  /** The file that everybody takes in. */
  readonly file: string
  readonly process: string
  readonly said: readonly string[]
  /** Seconds since 1970 from which on the vault can take the token. */
  readonly readyAtS?: number
  readonly call?: { readonly to: string; readonly data: string }
}

interface Prepared {
  readonly file: string
  readonly listing: Listing
}

/**
 * The listing, on disk before anything is asked of anybody: the token looked at by the services' endpoints, a wrapped token
 * that is proven to be one, the bridge file of the services with both.
 */
async function prepared(
  config: ServicesConfig,
  wanted: string,
  values: Values,
  terminal: Terminal,
): Promise<Prepared> {
  const { deployment } = config.bridge
  const folder = join(config.folder, "listings")
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const asset = assetNamed(wanted)
  const file = join(folder, `${asset}.json`)
  const known = await readListing(file).catch((error: unknown) => {
    if (error instanceof BridgeError && error.code === "not-found") return null
    throw error
  })
  const wish = known && !wanted.includes("=") ? known : wishIn(wanted, values)
  const eyes = { deployment, endpoints: config.settings.endpoints }
  const facts = await vetted(eyes, wish, {
    ...{ holder: values.holder?.toLowerCase(), untried: values.untried === true },
  })
  terminal.note(
    `${wish.contract} calls itself ${facts.symbol}, has ${ASSETS[asset].decimals} decimals, and ` +
      (facts.moves === null ? "nobody has tried to move it" : "moves whole, to the vault and back"),
  )
  const listing = known ? same(known, wish, file) : await founded(eyes, wish, values, file)
  await demandProcess(eyes, listing)
  await replaceBridge(config, listing)
  return { file, listing }
}

async function founded(eyes: Eyes, wish: Wish, values: Values, file: string): Promise<Listing> {
  const listing = { ...wish, ...(await spawnedFor(eyes, wish, values)), order: null }
  // From here on it is this process: another one would be another token.
  await replaceFile(file, listingJson(listing))
  return listing
}

/** Whoever asks for something else than lies there has to take that away first. */
function same(known: Listing, wish: Wish, file: string): Listing {
  const told = ({ asset, contract, capacity, windowS, terms, guardian }: Wish) =>
    listingJson({
      ...{ asset, contract, capacity, windowS, terms, guardian, process: "", order: null },
    })
  if (told(known) === told(wish)) return known
  throw new BridgeError("bad-request", { asset: wish.asset, why: `another one lies in ${file}` })
}

async function replaceBridge({ folder }: ServicesConfig, listing: Listing): Promise<void> {
  const file = join(folder, "bridge.json")
  const json = await jsonFile(file)
  const with_ = withListing(json, listing)
  if (JSON.stringify(with_) !== JSON.stringify(json))
    await replaceFile(file, `${JSON.stringify(with_, null, 2)}\n`)
}

/** What is to be done now, and as much of it as needs nobody else. */
async function next(
  config: ServicesConfig,
  { file, listing }: Prepared,
  values: Values,
  terminal: Terminal,
): Promise<Step> {
  const { asset, contract, capacity, windowS, process } = listing
  const chain = homeOfListed(asset)
  const { deployment } = await readServicesConfig(config.folder).then(({ bridge }) => bridge)
  const eyes = { deployment, endpoints: config.settings.endpoints }
  const common = { file, process }
  const look = () =>
    looking(eyes, chain, async (connection) => {
      const desk = deskOf(connection)
      const [limit, standing] = await Promise.all([desk.limitOf(contract), connection.handover!()])
      const { order } = listing
      const proposed = order ? await desk.proposedAt(order) : { atS: null, nowS: 0 }
      return { limit, number: Number(standing.terms.number), proposed }
    })
  const { limit, number, proposed } = await look()
  if (limit.capacity === capacity && limit.windowS === windowS) {
    return {
      ...{ ...common, state: "listed" },
      said: [`The vault on ${chain} takes ${asset}, and its wrapped token is ${process}.`],
    }
  }
  const { order } = listing
  const calls = order && (await callsOf(file, order))
  const readyAtS = calls && proposed.atS !== null ? proposed.atS + calls.delayS : null
  const isOver = readyAtS !== null && proposed.nowS > readyAtS + calls!.lifeS
  // What is signed outlives a crash. An order that the vault has passed by, or let lapse, needs new approvals.
  if (!order || isOver || (proposed.atS === null && order.number !== number)) {
    const { vault } = deployment.vaults![chain]!
    const fresh = {
      ...{ chain, vault, number, kind: "limit" as const, token: contract },
      ...{ capacity, windowS },
    }
    await replaceFile(file, listingJson({ ...listing, order: fresh }))
    return asking(common, fresh, config)
  }
  if (proposed.atS === null) {
    const signed = calls ?? (await signedBy(config, deployment, file, order, terminal))
    if (signed === null) return asking(common, order, config)
    const call = { to: signed.to, data: signed.propose }
    const atS = await handedIn(config, chain, values.key, call)
    if (atS === null)
      return {
        ...{ ...common, state: "propose", call },
        said: [`The group has signed it. Send this to ${call.to}, or name a --key:`, call.data],
      }
    return waiting(common, atS + signed.delayS, chain)
  }
  if (!calls || readyAtS === null)
    throw new BridgeError("not-found", { file: callsFile(file), why: "what was proposed" })
  if (proposed.nowS < readyAtS) return waiting(common, readyAtS, chain)
  const missing = await withoutIt(config, listing, values.api)
  if (missing !== null) return { ...common, state: "reload", said: [missing] }
  const call = { to: calls.to, data: calls.execute }
  if ((await handedIn(config, chain, values.key, call)) === null)
    return {
      ...{ ...common, state: "execute", call },
      said: [`Its delay is over. Send this to ${call.to}, or name a --key:`, call.data],
    }
  return {
    ...{ ...common, state: "listed" },
    said: [`The vault on ${chain} takes ${asset} from now on; its wrapped token is ${process}.`],
  }
}

function asking(
  common: Pick<Step, "file" | "process">,
  order: VaultOrder,
  { folder }: ServicesConfig,
): Step {
  return {
    ...{ ...common, state: "approve" },
    said: [
      `The wrapped token is ${common.process}, and bridge.json of ${folder} names it: start the services again.`,
      `Give ${common.file} to every operator of a signer. Each looks for himself, and starts the signer again:`,
      `  causeway signer list ${common.file} --cap SIGNATURE/DAY --folder DIR`,
      `When as many have as the threshold asks, run this again: it has them sign operation ${order.number} of the vault.`,
    ],
  }
}

function waiting(common: Pick<Step, "file" | "process">, readyAtS: number, chain: string): Step {
  const at = new Date(readyAtS * 1_000).toISOString()
  return {
    ...{ ...common, state: "wait", readyAtS },
    said: [
      `The vault on ${chain} has it. It comes into force at ${at} or later, within 14 days of that:`,
      "run this again then. Until then its guardian can cancel it.",
    ],
  }
}

/** Null as long as too few operators have taken it in. */
async function signedBy(
  config: ServicesConfig,
  deployment: Deployment,
  file: string,
  order: VaultOrder,
  terminal: Terminal,
): Promise<VaultCalls | null> {
  const chain = chainNamed(CHAIN_OF, order.chain)
  const cluster = await clusterIn(config, { onBlame: () => {} })
  const eyes = { deployment, endpoints: config.settings.endpoints }
  try {
    const calls = await looking(eyes, order.chain, (connection) =>
      giveOrder({
        chain,
        orders: chain.codec.orders,
        place: connection,
        deployment,
        cluster,
        order,
      }),
    )
    await replaceFile(callsFile(file), JSON.stringify({ order: orderJson(order), ...calls }))
    return calls
  } catch (error) {
    if (!(error instanceof BridgeError && error.code === "signer-refused")) throw error
    terminal.note(String(error.message))
    return null
  } finally {
    cluster.close()
  }
}

function callsFile(file: string): string {
  return file.replace(/\.json$/, ".calls.json")
}

/** Null when none are there for this very order. */
async function callsOf(file: string, order: VaultOrder): Promise<VaultCalls | null> {
  const text = await readFile(callsFile(file), "utf8").catch(() => null)
  if (text === null) return null
  const said = jsonIn(text, callsFile(file)) as VaultCalls & { readonly order?: string }
  return said.order === orderJson(order) ? said : null
}

/** When it was included, seconds since 1970; null when nobody pays for it. */
async function handedIn(
  { settings, bridge }: ServicesConfig,
  chain: "ethereum" | "bsc",
  keyFile: string | undefined,
  { to, data }: { readonly to: string; readonly data: string },
): Promise<number | null> {
  if (keyFile === undefined) return null
  const { chainId } = bridge.deployment.vaults![chain]!
  const [rpc] = settings.endpoints[chain]?.urls.rpc ?? []
  const evm = await openEvm({ chain, chainId }, rpc, keyFile)
  try {
    const sent = await evm.wallet!.sendTransaction({ to, data })
    const receipt = await sent.wait()
    const block = await evm.provider.getBlock(receipt!.blockNumber)
    return block!.timestamp
  } finally {
    evm.close()
  }
}

/**
 * Who has to be started again before the vault may take the token; null when the services know it. As many signers as the
 * threshold asks do: they have signed the order, and sign none about a token that they do not know.
 */
async function withoutIt(
  { settings }: ServicesConfig,
  { asset, process }: Listing,
  api = `http://${settings.listen}`,
): Promise<string | null> {
  const told = await fetch(`${api}/bridge.json`)
    .then((response) => response.json() as Promise<{ deployment?: Deployment }>)
    .catch(() => null)
  if (told === null)
    return `The services do not answer at ${api} (--api URL): they must know ${asset} before the vault takes it.`
  return told.deployment?.tokens[asset] === process
    ? null
    : `Start the services again: they do not know ${asset} yet, and would credit nobody for it.`
}
