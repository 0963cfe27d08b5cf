// Bitcoin for whoever asks, on a regtest node that takes Core's calls alone: what a new key has mined, in ordinary transactions.

import { randomBytes } from "node:crypto"
import { BridgeError } from "../../core/errors.ts"
import type { Transaction } from "./transaction.ts"
import { bitcoinWallet, type Payment, type Spendable } from "./wallet.ts"

export interface Purse {
  /**
   * Sends a transaction with these outputs, in this order, which waits for the next block. It mines first when it has too
   * little; throws `bad-amount` when that is not enough.
   */
  pay(outputs: readonly Payment[]): Promise<Transaction>
}

/** A call of Core's RPC; throws what the node refuses. */
export type Call = <Result>(method: string, ...params: readonly unknown[]) => Promise<Result>

interface Coinbase {
  readonly tx: readonly { readonly txid: string; readonly vout: readonly { value: number }[] }[]
}

/**
 * `reserve`, satoshis: when it has to mine, so much more, in ten blocks at most: each time costs a hundred blocks, and with
 * them the subsidy shrinks.
 */
export function purseOn(call: Call, reserve = 0n): Purse {
  const own = aWallet()
  let coins: Spendable[] = []
  let turn: Promise<unknown> = Promise.resolve()

  /** One more block of its own; the subsidy shrinks, so that it may take several. */
  const mined = async (): Promise<Spendable> => {
    const [hash] = await call<string[]>("generatetoaddress", 1, own.address)
    const { tx } = await call<Coinbase>("getblock", hash, 2)
    const [{ txid, vout } = { txid: "", vout: [] }] = tx
    return { txid, vout: 0, value: BigInt(Math.round((vout[0]?.value ?? 0) * 1e8)) }
  }
  const paid = async (outputs: readonly Payment[]): Promise<Transaction> => {
    const owed = sum(outputs)
    const feeOf = (inputs: number) => RATE * BigInt(60 + 58 * inputs + 43 * outputs.length)
    const has = (more: bigint) => sum(coins) >= owed + feeOf(coins.length) + DUST + more
    if (!has(0n)) {
      for (let blocks = 0; !has(blocks < 10 ? reserve : 0n) && blocks < BLOCKS_MAX; blocks += 1)
        coins.push(await mined())
      if (!has(0n))
        throw new BridgeError("bad-amount", { owed, why: "blocks bring too little", help })
      // To somebody else: what is mined for us alone would be the very same blocks again after a fork.
      await call("generatetoaddress", MATURITY, aWallet().address)
    }
    const change = sum(coins) - owed - feeOf(coins.length)
    const tx = own.sign({
      spend: coins,
      pay: [...outputs, { to: own.address, value: change }],
    })
    await call("sendrawtransaction", Buffer.from(tx.raw).toString("hex"))
    coins = [{ txid: tx.id, vout: outputs.length, value: change }]
    return tx
  }
  return {
    // One after the other: each spends what the one before has left.
    pay(outputs) {
      const mine = turn.then(() => paid(outputs))
      turn = mine.catch(() => {})
      return mine
    },
  }
}

/** A key of nobody's, whom blocks pay that pay nobody. */
export function aWallet() {
  return bitcoinWallet(randomBytes(32))
}

/** In satoshis a virtual byte: blocks take it first. */
const RATE = 20n
const DUST = 330n
const MATURITY = 100
const BLOCKS_MAX = 30
const help = "a subsidy is halved every 150 blocks: begin a new chain"

function sum(coins: readonly { readonly value: bigint }[]): bigint {
  return coins.reduce((total, { value }) => total + value, 0n)
}
