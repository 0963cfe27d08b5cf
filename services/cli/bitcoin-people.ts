// Somebody on the local Bitcoin chain, and what the group holds there.

import { randomBytes } from "node:crypto"
import { vaultAddress } from "../../chains/bitcoin/deposit.ts"
import { assert } from "../../core/assert.ts"
import { transferId } from "../../core/ids.ts"
import { rsaWallet } from "../../devnet/arweave/wallet.ts"
import { bitcoinWallet, type Spendable } from "../../devnet/bitcoin/wallet.ts"
import type { BitcoinHome } from "../../devnet/bitcoin-home.ts"
import type { Network } from "../../devnet/network.ts"
import { bridgeApi } from "../../sdk/client.ts"
import { tokenWallet, type WalletKey } from "../../sdk/tokens.ts"
import type { Person } from "./people.ts"

/** Satoshi, of a transaction with two outputs: ten for each virtual byte. */
const NETWORK_FEE = 2_000n

export async function onBitcoin(
  network: Network,
  key: WalletKey,
  satoshis: bigint,
): Promise<Person> {
  const { bitcoin, places } = network
  const process = places.tokens.BTC
  assert(bitcoin !== null && process !== undefined, "BTC is carried")
  const wallet = bitcoinWallet(randomBytes(32))
  if (satoshis > 0n) await bitcoin.faucet(wallet.address, satoshis)
  const account = rsaWallet(key as never).address
  const ao = { ...places.ao, gatewayUrl: places.arweaveUrl }
  return {
    address: wallet.address,
    account,
    wrapped: tokenWallet(key, account, ao, process),
    balance: async () => sum(await coinsAt(bitcoin, wallet.address)),
    async deposit(amount) {
      const api = bridgeApi(network.apiUrl)
      const wish = { recipient: account, refundTo: wallet.address }
      const { address } = await api.depositAddress(wish)
      remember(network, address)
      const spend = await coinsWorth(bitcoin, wallet.address, amount + NETWORK_FEE)
      const change = sum(spend) - amount - NETWORK_FEE
      const pay = [
        { to: address, value: amount },
        { to: wallet.address, value: change },
      ]
      const { id, raw } = wallet.sign({ spend, pay })
      await bitcoin.rpc("sendrawtransaction", Buffer.from(raw).toString("hex"))
      const transfer = transferId({ chain: "bitcoin", transaction: id, index: 0 })
      return { transfer, transaction: id, networkFee: NETWORK_FEE }
    },
    close: () => {},
  }
}

/** At the vault, and at the deposit addresses that people of ours have asked for; satoshi. */
export async function bitcoinHeld(network: Network): Promise<bigint> {
  const { bitcoin, places } = network
  assert(bitcoin !== null && places.bitcoin !== undefined, "BTC is carried")
  const key = Buffer.from(places.bitcoin.key, "hex")
  const addresses = [vaultAddress({ network: "devnet", key }), ...(MADE.get(network) ?? [])]
  return sum(await coinsAt(bitcoin, ...addresses))
}

const MADE = new WeakMap<Network, Set<string>>()

function remember(network: Network, address: string): void {
  MADE.set(network, (MADE.get(network) ?? new Set()).add(address))
}

/** Waits for the block that brings them. */
async function coinsWorth(
  bitcoin: BitcoinHome,
  address: string,
  satoshis: bigint,
): Promise<readonly Spendable[]> {
  for (;;) {
    const coins = await coinsAt(bitcoin, address)
    if (sum(coins) >= satoshis) return coins
    await new Promise((go) => setTimeout(go, 100))
  }
}

/** All of them in one question: Core scans for one at a time, and refuses a second (-8). */
async function coinsAt(
  bitcoin: BitcoinHome,
  ...addresses: readonly string[]
): Promise<readonly Spendable[]> {
  const { unspents } = await bitcoin.rpc<{
    unspents: { txid: string; vout: number; amount: number }[]
  }>(
    "scantxoutset",
    "start",
    addresses.map((address) => `addr(${address})`),
  )
  return unspents.map(({ txid, vout, amount }) => {
    return { txid, vout, value: BigInt(Math.round(amount * 1e8)) }
  })
}

function sum(coins: readonly { readonly value: bigint }[]): bigint {
  return coins.reduce((total, { value }) => total + value, 0n)
}
