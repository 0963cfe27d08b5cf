// Which of our chains a bridge needs.

import { bytesToHex } from "@noble/hashes/utils.js"
import {
  ASSET_NAMES,
  type AssetName,
  type ChainName,
  chainsOf,
  type NetworkName,
  networkOf,
} from "../core/assets.ts"
import { BridgeError } from "../core/errors.ts"
import { fromBase64url } from "./bytes.ts"
import type { Chain, Deployment, SchemeName } from "./chain.ts"

/** By name. Services and signers treat them all alike, without looking into an item. */
export type Chains = Readonly<Partial<Record<ChainName, Chain>>>

/** Throws `not-supported` for a chain that this version does not speak. */
export function chainNamed(chains: Chains, name: ChainName): Chain {
  const chain = chains[name]
  if (!chain) throw new BridgeError("not-supported", { chain: name })
  return chain
}

/** The assets that a deployment carries. */
export function assetsOf({ tokens }: Deployment): readonly AssetName[] {
  return ASSET_NAMES.filter((asset) => tokens[asset] !== undefined)
}

/** Their chains, homes first. */
export function servedBy(deployment: Deployment): readonly ChainName[] {
  return chainsOf(assetsOf(deployment))
}

/** The first height of a chain that can concern a bridge: that of its first vault there, or `own` when that is later. */
export function startOf({ vaults }: Deployment, chain: ChainName, own = 0): number {
  const known = vaults?.[chain as keyof NonNullable<typeof vaults>]
  const former = (known?.former ?? []).flatMap((one) =>
    typeof one === "string" ? [] : [one.heightMin],
  )
  return Math.max(Math.min(known?.heightMin ?? 0, ...former), own)
}

/** The networks that those are on. */
export function networksOf(deployment: Deployment): readonly NetworkName[] {
  return [...new Set(servedBy(deployment).map(networkOf))]
}

/** Keys that were the group's before, and that its money may still come to, by scheme. */
export function formerKeysNamed({
  former = [],
  vaults = {},
}: Deployment): readonly (readonly [SchemeName, string])[] {
  return [
    ...former.map(({ owner }) => ["rsa", hexOf(owner)] as const),
    ...(vaults.bitcoin?.former ?? []).map((key) => ["taproot", key] as const),
  ]
}

/** Public keys, hexadecimal, that a bridge says its group holds, by scheme: its money lies under them. */
export function keysNamed({
  owner,
  vaults = {},
}: Deployment): readonly (readonly [SchemeName, string])[] {
  const { ethereum, bsc, bitcoin } = vaults
  return [
    ["rsa", hexOf(owner)],
    ...[ethereum, bsc].flatMap((vault) => (vault ? [["evm", vault.key.slice(2)] as const] : [])),
    ...(bitcoin ? [["taproot", bitcoin.key] as const] : []),
  ]
}

/** A modulus as its scheme writes it. */
function hexOf(owner: string): string {
  return bytesToHex(fromBase64url(owner) ?? new Uint8Array())
}
