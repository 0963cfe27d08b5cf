// Somebody on a local network: a fresh key on an asset's home chain, an account on AO, and money out of nothing.

import { formatUnits } from "../../core/amount.ts"
import { assert } from "../../core/assert.ts"
import { ASSETS, type AssetName } from "../../core/assets.ts"
import { createJwk, rsaWallet } from "../../devnet/arweave/wallet.ts"
import { give } from "../../devnet/homes.ts"
import type { Network } from "../../devnet/network.ts"
import { evmWallet } from "../../sdk/evm.ts"
import { type TokenWallet, tokenWallet, type WalletKey } from "../../sdk/tokens.ts"
import { walletOf } from "../../sdk/wallet.ts"
import { bitcoinHeld, onBitcoin } from "./bitcoin-people.ts"

/** All amounts are base units. */
export interface Person {
  /** On the home chain. */
  readonly address: string
  /** On AO. */
  readonly account: string
  readonly wrapped: TokenWallet
  /** Of the asset, on its home chain. */
  balance(): Promise<bigint>
  /** Bridges to this person's own account. `networkFee` is what the chain took of the asset itself. */
  deposit(amount: bigint): Promise<{
    readonly transfer: string
    readonly transaction: string
    readonly networkFee: bigint
  }>
  close(): void
}

/** A person who has `amount` of the asset at home, and what the chain's fees need beside it. */
export async function somebody(
  network: Network,
  asset: AssetName,
  amount: bigint,
): Promise<Person> {
  const { home } = ASSETS[asset]
  const key = (await createJwk()) as WalletKey
  if (home === "arweave") return onArweave(network, key, amount)
  if (home === "bitcoin") return onBitcoin(network, key, amount)
  return onEvm(network, key, { asset, home, amount })
}

/** What the vault of an asset holds of it, by the word of the chain itself. */
export async function vaultBalance(network: Network, asset: AssetName): Promise<bigint> {
  const { places } = network
  const { home } = ASSETS[asset]
  if (home === "arweave") return network.arweaveBalance(places.vault)
  if (home === "bitcoin") return bitcoinHeld(network)
  const at = places.evm[home]
  assert(at !== undefined, `the network carries ${asset}`)
  const token = at.contracts[asset]!
  const { rpc } = network.evm[home]!
  if (/^0x0+$/.test(token)) return BigInt(await rpc<string>("eth_getBalance", at.vault, "latest"))
  const data = `0x70a08231${at.vault.slice(2).padStart(64, "0")}`
  return BigInt(await rpc<string>("eth_call", { to: token, data }, "latest"))
}

export function shown(asset: AssetName, amount: bigint | string): string {
  return formatUnits(BigInt(amount), ASSETS[asset].decimals)
}

async function onArweave(network: Network, key: WalletKey, amount: bigint): Promise<Person> {
  const wallet = await walletOf(key, network.places)
  await network.faucet(wallet.address, amount)
  return {
    address: wallet.address,
    account: wallet.address,
    wrapped: wallet,
    balance: () => wallet.balance(),
    deposit: (part) => wallet.deposit(part),
    close: () => {},
  }
}

interface OnEvm {
  readonly asset: AssetName
  readonly home: "ethereum" | "bsc"
  readonly amount: bigint
}

/** Pays the gas of an approval and a deposit, wei. */
const GAS = 10n ** 17n

async function onEvm(
  { places, evm }: Network,
  key: WalletKey,
  { asset, home, amount }: OnEvm,
): Promise<Person> {
  const at = places.evm[home]
  const chain = evm[home]
  const process = places.tokens[asset]
  assert(at !== undefined && chain !== undefined && process !== undefined, `${asset} is carried`)
  const token = at.contracts[asset]!
  const isCoin = /^0x0+$/.test(token)
  const { rpcUrl, chainId, vault, former } = at
  const wallet = evmWallet(freshKey(), { chain: home, rpcUrl, chainId, vault, former, token })
  // Of the chain's own coin there is no more than was asked for: its fees can be seen.
  if (!isCoin) await chain.faucet(wallet.address, GAS)
  await give(chain, token, wallet.address, amount)
  const account = rsaWallet(key as never).address
  const ao = { ...places.ao, gatewayUrl: places.arweaveUrl }
  return {
    address: wallet.address,
    account,
    wrapped: tokenWallet(key, account, ao, process),
    balance: () => wallet.balance(),
    async deposit(part) {
      const { networkFee, ...made } = await wallet.deposit(part, account)
      return { ...made, networkFee: isCoin ? networkFee : 0n }
    },
    close: () => wallet.close(),
  }
}

function freshKey(): string {
  return `0x${Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString("hex")}`
}
