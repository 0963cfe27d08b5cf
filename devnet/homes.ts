// The home chains of a local network beside Arweave: each a real chain of its own, with our vault on it.

import { readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { Interface, Wallet } from "ethers"
import type { EvmVault, Vaults } from "../chains/chain.ts"
import { ASSETS, type AssetName } from "../core/assets.ts"
import { type EvmControl, type EvmDevnet, startEvm } from "./evm/index.ts"
import { deployVault, type TokenKind } from "./evm/vault.ts"

export type EvmName = Exclude<keyof Vaults, "bitcoin">

export interface EvmHome {
  readonly name: EvmName
  readonly chain: EvmDevnet
}

/** Like those of the live chains, but none of them: a transaction of one is good on no other. */
const CHAIN_IDS: Readonly<Record<EvmName, number>> = { ethereum: 31_337, bsc: 31_356 }
/** How fast blocks come; a block is final when two epochs are on top of it. */
const PACE: Readonly<Record<EvmName, { blockTimeMs: number; epochSlots: number }>> = {
  // Room for a reorganisation of three blocks, as on the live chain for one of sixty.
  ethereum: { blockTimeMs: 500, epochSlots: 2 },
  bsc: { blockTimeMs: 500, epochSlots: 1 },
}

/** Where the assets of an EVM chain come from: the chain's own coin, or a contract that we put there, a usual one if not named. */
const TOKENS: Readonly<Partial<Record<AssetName, TokenKind | null>>> = {
  ...{ ETH: null, BNB: null },
  USDC: "usdc",
  USDT: "usdt",
}
const NATIVE = `0x${"0".repeat(40)}`

/** Goes on from `stateFile`; `port` keeps its URL. Throws as `startEvm`. */
export async function startEvmHome(
  name: EvmName,
  { stateFile, port }: { readonly stateFile: string; readonly port?: number },
): Promise<EvmHome> {
  const chain = await startEvm({
    ...{ chainId: CHAIN_IDS[name], ...PACE[name], stateFile },
    ...(port && { port }),
  })
  return { name, chain }
}

/** Puts a vault that pays what `key` (x of the group's key, 32 bytes) signs on the chain, and the tokens of its assets. */
export async function vaultOn(
  { name, chain }: EvmHome,
  key: Uint8Array,
  assets: readonly AssetName[],
): Promise<EvmVault> {
  const own = assets.filter((asset) => ASSETS[asset].home === name)
  const tokens = Object.fromEntries(
    own.flatMap((asset) => {
      const kind = TOKENS[asset]
      return kind === null ? [] : [[asset, kind ?? { decimals: ASSETS[asset].decimals }]]
    }),
  )
  const text = `0x${Buffer.from(key).toString("hex")}`
  const vault = await deployVault(chain, { key: text, tokens })
  return {
    chainId: chain.chainId,
    vault: vault.address.toLowerCase(),
    key: text,
    heightMin: vault.height,
    contracts: Object.fromEntries(
      own.map((asset) => [asset, vault.tokens[asset]?.toLowerCase() ?? NATIVE]),
    ),
  }
}

/** Gives coins (the zero address) or test tokens to anybody, out of nothing; base units. */
export async function give(
  chain: EvmControl,
  token: string,
  to: string,
  amount: bigint,
): Promise<void> {
  if (token === NATIVE) await chain.faucet(to, amount)
  else await chain.send({ to: token, data: MINT.encodeFunctionData("mint", [to, amount]) })
}

const MINT = new Interface(["function mint(address, uint256)"])

/** A key for the gas wallet in `folder`, made at the first start, with coins on each chain; its file by chain. */
export async function gasFor(
  folder: string,
  homes: readonly EvmHome[],
): Promise<Readonly<Partial<Record<EvmName, string>>>> {
  if (homes.length === 0) return {}
  const path = join(folder, GAS_FILE)
  await writeFile(path, Wallet.createRandom().privateKey, { mode: 0o600, flag: "wx" }).catch(
    () => {},
  )
  const { address } = new Wallet((await readFile(path, "utf8")).trim())
  await Promise.all(homes.map(({ chain }) => chain.faucet(address, GAS_WEI)))
  return Object.fromEntries(homes.map(({ name }) => [name, GAS_FILE]))
}

const GAS_FILE = "gas.key"
const GAS_WEI = 100n * 10n ** 18n
