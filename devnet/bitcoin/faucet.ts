// Bitcoin for whoever asks: what the faucet's key has mined, in ordinary transactions.

import { BridgeError } from "../../core/errors.ts"
import { sha256 } from "./bytes.ts"
import type { Node } from "./node.ts"
import { scriptOf } from "./script-type.ts"
import type { Outpoint, Transaction } from "./transaction.ts"
import { bitcoinWallet, type Spendable } from "./wallet.ts"

/** Also paid by blocks that nobody else is to be paid by. Everybody may know its key. */
export const FAUCET = bitcoinWallet(sha256(Buffer.from("causeway regtest faucet")))

/** In satoshis a virtual byte: blocks take it first. */
const RATE = 20n
/** A coinbase can be spent after 100 blocks, and one more makes it. */
const BLOCKS_MAX = 150
const MATURITY = 100

/**
 * Pays satoshis to an address in a transaction that waits for the next block. It mines first, up to
 * 150 blocks, when it has too little. Throws `bad-address`; `bad-amount` when it cannot pay that.
 */
export function payFrom(node: Node, address: string, satoshis: bigint): Transaction {
  if (scriptOf(address) === null) throw new BridgeError("bad-address", { address })
  for (let left = BLOCKS_MAX; ; ) {
    const { ready, wait } = coinsOf(node)
    const tx = payment(ready, address, satoshis)
    if (tx !== null) {
      const verdict = node.submit(tx)
      if (verdict.isTaken) return tx
      throw new BridgeError("bad-amount", { satoshis, reason: verdict.reason })
    }
    if (wait > left)
      throw new BridgeError("bad-amount", { satoshis, reason: "the faucet has too little" })
    for (let i = 0; i < wait; i++) node.mine(FAUCET.script)
    left -= wait
  }
}

/** Largest first; null when they are not enough. */
function payment(coins: Spendable[], address: string, satoshis: bigint): Transaction | null {
  const spend: Spendable[] = []
  let total = 0n
  for (const coin of coins) {
    spend.push(coin)
    total += coin.value
    // Of a taproot input 57.5 vbytes, of two outputs 43 each, 10.5 for the rest.
    const fee = RATE * (97n + 58n * BigInt(spend.length))
    const change = total - satoshis - fee
    if (change < DUST) continue
    const pay = [
      { to: address, value: satoshis },
      { to: FAUCET.script, value: change },
    ]
    return FAUCET.sign({ spend, pay })
  }
  return null
}

const DUST = 330n

/** What it could spend in the next block, and how many blocks it takes until that is more. */
function coinsOf({ chain }: Node): { readonly ready: Spendable[]; readonly wait: number } {
  const script = Buffer.from(FAUCET.script)
  const ready: Spendable[] = []
  let wait = MATURITY
  for (const point of chain.coins.points()) {
    const coin = chain.coins.find(point)!
    if (!script.equals(coin.script) || chain.mempool.spenderOf(point) !== null) continue
    const depth = chain.tip.height + 1 - coin.height
    if (coin.isCoinbase && depth < MATURITY) wait = Math.min(wait, MATURITY - depth)
    else ready.push({ ...placeIn(point), value: coin.value })
  }
  ready.sort((a, b) => (a.value < b.value ? 1 : a.value > b.value ? -1 : 0))
  return { ready, wait }
}

function placeIn(point: Outpoint): { readonly txid: string; readonly vout: number } {
  const [txid = "", vout] = point.split(":")
  return { txid, vout: Number(vout) }
}
