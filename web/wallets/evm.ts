// Wallets of Ethereum and BSC as they announce themselves (EIP-6963), and what is asked of them (EIP-1193).

import { signal } from "@preact/signals"
import type { AssetName } from "../../core/assets.ts"
import { homeAddress } from "../../sdk/addresses.ts"
import type { Saying } from "../../sdk/saying.ts"
import {
  allowanceCall,
  approveCall,
  balanceCall,
  DEPOSITED,
  type Destination,
  depositCall,
  depositIndex,
  depositNativeCall,
} from "../../sdk/vault-call.ts"
import type { EvmFacts } from "../net/facts.ts"

export interface EvmWallet {
  readonly id: string
  readonly name: string
  readonly provider: {
    request(question: { method: string; params?: readonly unknown[] }): Promise<unknown>
  }
}

/** All that have announced themselves. */
export const evmWallets = signal<readonly EvmWallet[]>([])
/** The one that is connected, and its account with its checksum. */
export const evmAccount = signal<{ readonly wallet: EvmWallet; readonly address: string } | null>(
  null,
)

addEventListener("eip6963:announceProvider", (event) => {
  const { info, provider } = (event as CustomEvent<Announced>).detail
  if (evmWallets.value.some(({ id }) => id === info.uuid)) return
  evmWallets.value = [...evmWallets.value, { id: info.uuid, name: info.name, provider }]
})
dispatchEvent(new Event("eip6963:requestProvider"))

interface Announced {
  readonly info: { readonly uuid: string; readonly name: string }
  readonly provider: EvmWallet["provider"]
}

export async function connectEvm(wallet: EvmWallet): Promise<void> {
  const accounts = await wallet.provider.request({ method: "eth_requestAccounts" })
  const [first] = Array.isArray(accounts) ? accounts : []
  const address = homeAddress("ethereum", String(first), "mainnet")
  if (address === null) throw new Error("the wallet named no account")
  evmAccount.value = { wallet, address }
}

/** Base units of the asset; null while the wallet looks at another chain: nobody is asked to switch for a look. */
export async function evmBalance(
  { provider }: EvmWallet,
  address: string,
  place: EvmFacts,
  asset: AssetName,
): Promise<bigint | null> {
  if ((await chainOf(provider)) !== place.chainId) return null
  const token = place.contracts[asset]
  if (token === undefined || isNative(token))
    return BigInt(
      String(await provider.request({ method: "eth_getBalance", params: [address, "latest"] })),
    )
  return read(provider, token, balanceCall(address))
}

/**
 * Approves a token if need be, deposits, and tells the transaction's hash as soon as the wallet has sent it. Rejects
 * with the wallet's own words.
 */
export async function depositOnEvm(
  { provider }: EvmWallet,
  from: string,
  place: EvmFacts,
  asset: AssetName,
  amount: bigint,
  to: Destination,
): Promise<string> {
  await beOn(provider, place.chainId)
  const token = place.contracts[asset]
  if (token === undefined) throw new Error(`no contract of ${asset} is known`)
  if (isNative(token))
    return send(provider, {
      ...{ from, to: place.vault, data: depositNativeCall(to) },
      value: `0x${amount.toString(16)}`,
    })
  const approve = async (allowed: bigint) => {
    const data = approveCall(place.vault, allowed)
    await mined(provider, await send(provider, { from, to: token, data }))
  }
  const allowed = await read(provider, token, allowanceCall(from, place.vault))
  // USDT takes no new allowance while there is an old one.
  if (allowed > 0n && allowed < amount) await approve(0n)
  if (allowed < amount) await approve(amount)
  return send(provider, { from, to: place.vault, data: depositCall(token, amount, to) })
}

/** By the number that the vault gave a deposit, once it is mined: the last part of the transfer's id. */
export async function depositNumber(
  { provider }: EvmWallet,
  place: EvmFacts,
  hash: string,
): Promise<number> {
  const { status, logs } = await mined(provider, hash)
  const log = logs.find(
    ({ address, topics }) =>
      address.toLowerCase() === place.vault.toLowerCase() && topics[0] === DEPOSITED,
  )
  if (BigInt(status) !== 1n || !log) throw new Error("the deposit was reverted on its chain")
  return depositIndex(log.topics[1]!, place.former)
}

/** Signs a message to a process on AO; the item's bytes. Only who does that loads what it takes. */
export async function signOnEvm(
  { provider }: EvmWallet,
  address: string,
  saying: Saying,
): Promise<Uint8Array> {
  const { signedByWallet } = await import("../../sdk/ethereum-item.ts")
  return signedByWallet(provider, address, saying)
}

/** Signs a text, and proves it as `POST /sessions` takes it. */
export async function signTextOnEvm(
  { provider }: EvmWallet,
  address: string,
  text: string,
): Promise<object> {
  const bytes = [...new TextEncoder().encode(text)]
  const hex = `0x${bytes.map((byte) => byte.toString(16).padStart(2, "0")).join("")}`
  const signature = await provider.request({ method: "personal_sign", params: [hex, address] })
  return { kind: "evm", signature }
}

type Provider = EvmWallet["provider"]

function isNative(token: string): boolean {
  return /^0x0+$/.test(token)
}

async function chainOf(provider: Provider): Promise<number> {
  return Number(await provider.request({ method: "eth_chainId" }))
}

async function beOn(provider: Provider, chainId: number): Promise<void> {
  if ((await chainOf(provider)) === chainId) return
  const params = [{ chainId: `0x${chainId.toString(16)}` }]
  await provider.request({ method: "wallet_switchEthereumChain", params })
}

async function read(provider: Provider, to: string, data: string): Promise<bigint> {
  const answer = await provider.request({ method: "eth_call", params: [{ to, data }, "latest"] })
  return BigInt(String(answer))
}

async function send(provider: Provider, transaction: object): Promise<string> {
  return String(await provider.request({ method: "eth_sendTransaction", params: [transaction] }))
}

interface Receipt {
  readonly status: string
  readonly logs: readonly { readonly address: string; readonly topics: readonly string[] }[]
}

const LOOK_MS = 1_000

async function mined(provider: Provider, hash: string): Promise<Receipt> {
  for (;;) {
    const receipt = await provider.request({ method: "eth_getTransactionReceipt", params: [hash] })
    if (receipt) return receipt as Receipt
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
  }
}
