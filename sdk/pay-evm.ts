// Pays on Ethereum and BSC with whatever wallet there is: an EIP-1193 provider, or a key and a node.

import { JsonRpcProvider, Wallet } from "ethers"
import type { AssetName } from "../core/assets.ts"
import { BridgeError } from "../core/errors.ts"
import type { TransferId } from "../core/ids.ts"
import {
  type DepositWish,
  depositsIn,
  type EvmCall,
  type EvmReceipt,
  evmDeposit,
} from "./builders.ts"
import { type BridgeFacts, evmFactsOf } from "./facts.ts"
import { allowanceCall, approveCall } from "./vault-call.ts"

/** EIP-1193: what wallets in a browser are asked by. */
export interface Eip1193 {
  request(question: { method: string; params?: readonly unknown[] }): Promise<unknown>
}

/** A key: 32 bytes, hexadecimal with 0x; and a node of the chain. */
export interface EvmKey {
  readonly key: string
  readonly rpcUrl: string
}

const LOOK_MS = 1_000

/** The transfer, once its transaction is mined. Throws `not-supported`, `bad-address`, and what the wallet refuses. */
export async function payOnEvm(
  facts: BridgeFacts,
  wish: DepositWish,
  wallet: Eip1193 | EvmKey,
): Promise<{ readonly transfer: TransferId; readonly transaction: string }> {
  if ("key" in wallet) {
    const { chainId } = evmFactsOf(facts, wish.asset)
    const own = keyProvider(wallet, chainId)
    try {
      return await pay(facts, wish, own)
    } finally {
      own.close()
    }
  }
  return pay(facts, wish, wallet)
}

async function pay(facts: BridgeFacts, wish: DepositWish, provider: Eip1193) {
  const { asset, amount } = wish
  const accounts = await provider.request({ method: "eth_requestAccounts" })
  const from = String((accounts as readonly unknown[])[0])
  const { chainId, approve, deposit } = evmDeposit(facts, { refundTo: from, ...wish })
  await beOn(provider, chainId)
  if (approve) await allow(facts, asset, amount, { provider, from, approve })
  const transaction = await send(provider, from, deposit)
  const [transfer] = depositsIn(facts, asset, await mined(provider, transaction))
  if (!transfer) throw new BridgeError("payout-refused", { transaction, why: "it was reverted" })
  return { transfer, transaction }
}

async function allow(
  facts: BridgeFacts,
  asset: AssetName,
  amount: bigint,
  {
    provider,
    from,
    approve,
  }: { readonly provider: Eip1193; readonly from: string; readonly approve: EvmCall },
): Promise<void> {
  const { token, vault } = evmFactsOf(facts, asset)
  const question = [{ to: token, data: allowanceCall(from, vault) }, "latest"]
  const allowed = BigInt(String(await provider.request({ method: "eth_call", params: question })))
  if (allowed >= amount) return
  // USDT takes no new allowance while there is an old one.
  if (allowed > 0n)
    await mined(provider, await send(provider, from, { ...approve, data: approveCall(vault, 0n) }))
  await mined(provider, await send(provider, from, approve))
}

async function beOn(provider: Eip1193, chainId: number): Promise<void> {
  if (Number(await provider.request({ method: "eth_chainId" })) === chainId) return
  const params = [{ chainId: `0x${chainId.toString(16)}` }]
  await provider.request({ method: "wallet_switchEthereumChain", params })
}

async function send(
  provider: Eip1193,
  from: string,
  { to, data, value }: EvmCall,
): Promise<string> {
  const transaction = { from, to, data, value: `0x${value.toString(16)}` }
  return String(await provider.request({ method: "eth_sendTransaction", params: [transaction] }))
}

async function mined(provider: Eip1193, hash: string): Promise<EvmReceipt> {
  for (;;) {
    const receipt = await provider.request({ method: "eth_getTransactionReceipt", params: [hash] })
    if (receipt) return receipt as EvmReceipt
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
  }
}

/** A key and a node as a wallet in a browser would be. */
function keyProvider({ key, rpcUrl }: EvmKey, chainId: number): Eip1193 & { close(): void } {
  const provider = new JsonRpcProvider(rpcUrl, chainId, {
    ...{ staticNetwork: true, batchMaxCount: 1, cacheTimeout: -1 },
  })
  const wallet = new Wallet(key, provider)
  return {
    async request({ method, params = [] }) {
      if (method === "eth_requestAccounts") return [wallet.address]
      if (method !== "eth_sendTransaction") return provider.send(method, [...params])
      const { to, data, value } = params[0] as { to: string; data: string; value: string }
      return (await wallet.sendTransaction({ to, data, value: BigInt(value) })).hash
    },
    close: () => provider.destroy(),
  }
}
