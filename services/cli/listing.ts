// What has to be known to carry one more token, in a file that goes from hand to hand; and the bridge file with it.

import { readFile } from "node:fs/promises"
import { z } from "zod"
import { parseBridge } from "../../chains/bridge.ts"
import type { Deployment } from "../../chains/chain.ts"
import { readOrder } from "../../chains/evm/order.ts"
import type { VaultOrder } from "../../chains/vault.ts"
import { ASSET_NAMES, ASSETS, type AssetName } from "../../core/assets.ts"
import { BridgeError } from "../../core/errors.ts"
import { usualOf } from "../../core/usual-limits.ts"
import type { TokenConfig } from "../../lua/bundle.ts"
import { orderJson } from "../../mpc/vault-orders.ts"
import { jsonIn } from "./json-file.ts"

/** Base units throughout. Nothing in it is secret, and nothing of it is believed: whoever takes it in looks for himself. */
export interface Listing {
  readonly asset: AssetName
  /** The token on its home chain, lower case. */
  readonly contract: string
  /** What the vault lets out of it at once, and the seconds in which that refills. */
  readonly capacity: bigint
  readonly windowS: number
  readonly terms: Terms
  /** The account on AO that may pause the wrapped token. */
  readonly guardian: string
  /** The wrapped token. */
  readonly process: string
  /** On HyperBEAM the signed item that the process names as its module, base64url: what it runs. */
  readonly module?: string | undefined
  /** What the vault is to be told; none when it takes the token already. */
  readonly order: VaultOrder | null
}

export interface Terms {
  /** Of a burn, flat. */
  readonly fee: bigint
  /** That travels, either way. */
  readonly least: bigint
  /** That travels at once without operators. */
  readonly most: bigint
  /** Of a deposit that goes back. */
  readonly refund: bigint
  /** Less than that does not go back. */
  readonly dust: bigint
  /** That can be minted in 24 hours, whoever has signed it. */
  readonly day: bigint
}

export const TERMS = ["fee", "least", "most", "refund", "dust", "day"] as const

export function homeOfListed(asset: AssetName): "ethereum" | "bsc" {
  const { home } = ASSETS[asset]
  if (home === "ethereum" || home === "bsc") return home
  throw new BridgeError("not-supported", { asset, why: "only tokens of Ethereum and BSC" })
}

/** The wrapped token as it has to be: whoever has the listing makes the very same script of it. */
export function tokenOf(
  { asset, contract, capacity, terms, guardian }: Omit<Listing, "process" | "order">,
  deployment: Deployment,
): TokenConfig {
  const { decimals, wrapped } = ASSETS[asset]
  const chain = homeOfListed(asset)
  const { vault } = deployment.vaults?.[chain] ?? {}
  if (!vault) throw new BridgeError("bad-config", { missing: `the vault on ${chain}` })
  const bridge = deployment.vault
  return {
    ...{ ...wrapped, denomination: decimals, bridge, guardian, feeRecipient: bridge, mintFee: 0n },
    sources: [{ chain, token: contract, vault, burnFee: terms.fee, minBurn: terms.least }],
    // A burn above the vault's capacity could never be released.
    limits: { row: capacity, message: terms.day, window: terms.day, windowMs: 86_400_000 },
  }
}

/**
 * The bridge file's JSON with the token in it; the same when it was there. Throws `bad-config` when it names another
 * process or contract for the asset, and for what `parseBridge` refuses.
 */
export function withListing(json: unknown, listing: Listing): unknown {
  const { asset, contract, process, terms } = listing
  const { home, wrapped } = ASSETS[asset]
  const bridge = structuredClone(json) as BridgeJson
  const { tokens, vaults } = bridge.deployment
  const contracts = vaults?.[homeOfListed(asset)]?.contracts ?? {}
  for (const [said, wanted] of [
    [tokens[asset], process],
    [contracts[asset], contract],
  ])
    if (said !== undefined && said !== wanted)
      throw new BridgeError("bad-config", { asset, named: said, wanted })
  tokens[asset] = process
  contracts[asset] = contract
  const { fees, limits, governor } = bridge.policy
  const add = (rows: object[] | undefined, added: readonly object[]) => {
    if (rows && !rows.some((row) => (row as { asset?: unknown }).asset === asset))
      rows.push(...(JSON.parse(texts(added)) as object[]))
  }
  const [rule, both] = [
    { asset, heightMin: 0, basisPoints: 0n },
    { asset, minimum: terms.least, cap: terms.most, refundFee: terms.refund, dust: terms.dust },
  ]
  add(fees, [
    { ...rule, source: home, flat: 0n },
    { ...rule, source: wrapped.ledger, flat: terms.fee },
  ])
  const ways = [home, wrapped.ledger]
  add(
    limits,
    ways.map((source) => ({ ...both, source })),
  )
  add(
    governor?.windows,
    ways.map((target) => ({ asset, target, ...usualOf(asset) })),
  )
  parseBridge(bridge)
  return bridge
}

interface BridgeJson {
  readonly deployment: {
    readonly tokens: Record<string, string>
    readonly vaults?: Record<string, { readonly contracts: Record<string, string> } | undefined>
  }
  readonly policy: {
    readonly fees: object[]
    readonly limits: object[]
    readonly governor?: { readonly windows: object[] }
  }
}

function texts(value: unknown): string {
  return JSON.stringify(value, (_, one) => (typeof one === "bigint" ? `${one}` : one), 2)
}

export function listingJson({ order, ...listing }: Listing): string {
  const told = { format: 1, ...listing, order: order && (JSON.parse(orderJson(order)) as unknown) }
  return `${texts(told)}\n`
}

const amount = z
  .string()
  .regex(/^[1-9][0-9]{0,37}$/, "a whole number of base units, as text")
  .transform(BigInt)

const shape = z.strictObject({
  format: z.literal(1),
  asset: z.enum(ASSET_NAMES),
  contract: z.string().regex(/^0x[0-9a-f]{40}$/),
  capacity: amount,
  windowS: z.number().int().min(3_600).max(31_536_000),
  terms: z.strictObject({
    ...{ fee: amount, least: amount, most: amount, refund: amount, dust: amount, day: amount },
  }),
  guardian: z.string().max(100),
  process: z.string().regex(/^[A-Za-z0-9_-]{43}$/),
  module: z.string().max(4_000_000).optional(),
  order: z.unknown(),
})

/** Throws `not-found`, or `bad-config` with everything that is wrong in the file. */
export async function readListing(file: string): Promise<Listing> {
  const text = await readFile(file, "utf8").catch(() => {
    throw new BridgeError("not-found", { file })
  })
  const result = shape.safeParse(jsonIn(text, file))
  if (!result.success)
    throw new BridgeError("bad-config", { file, problems: `\n${z.prettifyError(result.error)}` })
  const { format: _, order, ...listing } = result.data
  const read = order === null ? null : readOrder(order)
  const isItsOwn =
    read === null ||
    (read.kind === "limit" &&
      read.chain === homeOfListed(listing.asset) &&
      read.token === listing.contract &&
      read.capacity === listing.capacity &&
      read.windowS === listing.windowS)
  if (!isItsOwn) throw new BridgeError("bad-config", { file, problems: "its order is another" })
  return { ...listing, order: read }
}
