// What a vault is to be: read from the command's words and the group's manifest, and every mistake refused before gas is paid.

import { dirname } from "node:path"
import { JsonRpcProvider, Wallet } from "ethers"
import { evmAddress } from "../../chains/address.ts"
import { fromUnits } from "../../core/amount.ts"
import { ASSET_NAMES, ASSETS, type AssetName } from "../../core/assets.ts"
import { BridgeError } from "../../core/errors.ts"
import { proveKey } from "../../mpc/ceremony/proof.ts"
import { groupKeyHex, parseManifest } from "../../mpc/client.ts"
import type { Values } from "./evm.ts"
import { evmKeyIn } from "./evm-key.ts"
import { jsonFile } from "./json-file.ts"

export interface Listed {
  readonly asset: AssetName
  /** Lower case; the zero address is the chain's own coin. */
  readonly token: string
  /** Base units that may leave at once. */
  readonly capacity: bigint
  /** Seconds in which it refills. */
  readonly window: number
}

export interface VaultPlan {
  readonly chain: "ethereum" | "bsc"
  readonly chainId: number
  /** x of the group's key, hex with 0x. */
  readonly key: string
  /** Lower case. */
  readonly guardian: string
  readonly council: string
  readonly listed: readonly Listed[]
}

/** A local network has whatever id it likes. */
const CHAIN_IDS = {
  ethereum: { mainnet: 1, testnet: 11_155_111, devnet: 31_337 },
  bsc: { mainnet: 56, testnet: 97, devnet: 31_356 },
} as const
const NATIVE = `0x${"0".repeat(40)}`

/**
 * Throws `bad-request` that names what is missing or wrong, `bad-config` for the manifest, `bad-transcript` for a key
 * without a ceremony: a vault asks its first key for no proof that somebody can sign with it, so we do.
 */
export async function vaultPlan(values: Values): Promise<VaultPlan> {
  const { chain, manifest: file, list } = values
  if (chain !== "ethereum" && chain !== "bsc") throw bad("--chain", "ethereum or bsc")
  if (!file) throw bad("--manifest", "the group's manifest.json")
  const manifest = parseManifest(await jsonFile(file))
  const hex = groupKeyHex(manifest, "evm")
  if (hex === null) throw bad("--manifest", "a group with an evm key")
  // Whoever made a local network's keys knew them; every other transcript ends in signatures by every member.
  if (!manifest.devnet) await proveKey(dirname(file), manifest, "evm")
  const guardian = account(values.guardian, "--guardian")
  const council = account(values.council, "--council")
  if (guardian === council) throw bad("--council", "somebody else than the guardian")
  const listed = list.map((text) => listedIn(text, chain))
  const twice = listed.find((one, at) => listed.some((two, n) => n < at && two.token === one.token))
  // None: a vault that is to take over is not to be paid into before everybody watches it.
  if (twice) throw bad("--list", `${twice.asset} once`)
  return {
    chain,
    chainId: CHAIN_IDS[chain][manifest.network],
    key: `0x${hex}`,
    guardian,
    council,
    listed,
  }
}

export interface Evm {
  readonly provider: JsonRpcProvider
  /** Who pays for the deployment; nobody when it is only looked at. */
  readonly wallet: Wallet | null
  close(): void
}

/** Throws `bad-config` for another chain than the plan's, and for a key's file that others may read. */
export async function openEvm(
  { chain, chainId }: Pick<VaultPlan, "chain" | "chainId">,
  rpc: string | undefined,
  keyFile: string | null,
): Promise<Evm> {
  if (!rpc) throw bad("--rpc", "a URL")
  const options = { batchMaxCount: 1, cacheTimeout: -1, pollingInterval: 500 }
  const provider = new JsonRpcProvider(rpc, undefined, options)
  try {
    const said = BigInt((await provider.send("eth_chainId", [])) as string)
    if (said !== BigInt(chainId))
      throw new BridgeError("bad-config", { chain, wanted: chainId, found: said })
    const wallet = keyFile === null ? null : new Wallet(await evmKeyIn(keyFile), provider)
    return { provider, wallet, close: () => provider.destroy() }
  } catch (error) {
    provider.destroy()
    throw error
  }
}

/** `ASSET=CONTRACT:CAPACITY/SECONDS`, the capacity in whole units, `native` for the chain's own coin. */
export function listedIn(text: string, chain: VaultPlan["chain"], option = "--list"): Listed {
  const [, name, contract, capacity, seconds] =
    /^([A-Z0-9-]+)=(native|0x[0-9a-fA-F]{40}):([0-9.]+)\/([1-9][0-9]{0,8})$/.exec(text) ?? []
  const asset = ASSET_NAMES.find((one) => one === name && ASSETS[one].home === chain)
  if (!asset || !contract) throw bad(option, `ASSET=CONTRACT:CAPACITY/SECONDS on ${chain}`, text)
  const isCoin = asset === "ETH" || asset === "BNB"
  if (isCoin !== (contract === "native")) throw bad(option, "the coin is native", text)
  const token = isCoin ? NATIVE : account(contract, option)
  const units = fromUnits(capacity!, ASSETS[asset].decimals)
  return { asset, token, capacity: units, window: Number(seconds) }
}

export function account(text: string | undefined, option: string): string {
  const read = text === undefined ? null : evmAddress(text)
  if (read === null) throw bad(option, "an address, with its checksum if it has capitals", text)
  return read.toLowerCase()
}

function bad(option: string, wanted: string, found?: string): BridgeError {
  const detail = found === undefined ? {} : { found: found.slice(0, 100) }
  return new BridgeError("bad-request", { option, wanted, ...detail })
}
