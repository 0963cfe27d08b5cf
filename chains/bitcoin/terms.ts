// The terms of a payout on Bitcoin as text: which coins pay it, what the miners get, how the change comes back. Pure.

import { BridgeError } from "../../core/errors.ts"
import type { Terms } from "../chain.ts"
import type { Network } from "./address.ts"
import { byPoint, type Choice, type Coin, INPUTS_MAX, pointOf } from "./coins.ts"
import { destinationIn, noteOf } from "./destination.ts"

/** A coin as the bytes of a payout need it. */
export type PaidCoin = Omit<Coin, "height">

export interface PayoutTerms {
  /** The slot first, the others in the order of `byPoint`. */
  readonly coins: readonly PaidCoin[]
  /** Satoshi. */
  readonly fee: bigint
  /** Outputs that the change is spread over: none, one or two. */
  readonly changes: number
}

/** The terms of a choice, as text in the one way that `termsIn` reads. */
export function termsOf({ coins, fee, change }: Choice, network: Network): Terms {
  return {
    coins: coins.map((coin) => coinText(coin, network)).join(" "),
    fee: fee.toString(),
    changes: change.length.toString(),
  }
}

/** Throws `bad-request` for terms that are not whole, or written in another way. */
export function termsIn(terms: Terms, network: Network): PayoutTerms {
  const { coins = "", fee = "", changes = "", ...rest } = terms
  const read = coins.split(" ").map((text) => coinIn(text, network))
  const known = read.filter((coin) => coin !== null)
  const others = known.slice(1)
  const isWhole =
    known.length === read.length &&
    known.length <= INPUTS_MAX &&
    others.every((coin, at) => at === 0 || byPoint(others[at - 1]!, coin) < 0) &&
    others.every((coin) => pointOf(coin) !== pointOf(known[0]!)) &&
    /^[1-9][0-9]{0,14}$/.test(fee) &&
    /^[012]$/.test(changes) &&
    Object.keys(rest).length === 0
  if (!isWhole) throw new BridgeError("bad-request", { terms: JSON.stringify(terms).slice(0, 300) })
  return { coins: known, fee: BigInt(fee), changes: Number(changes) }
}

/** `txid:number:value`, and the note of a deposit address behind it. */
function coinText({ txid, vout, value, destination }: PaidCoin, network: Network): string {
  const note = destination === null ? "" : `:${noteOf(destination, network)}`
  return `${txid}:${vout}:${value}${note}`
}

function coinIn(text: string, network: Network): PaidCoin | null {
  const match = COIN.exec(text)
  if (!match) return null
  const [, txid, vout, value, note] = match
  const destination = note === undefined ? null : destinationIn(note, network)
  if (note !== undefined && destination === null) return null
  return { txid: txid!, vout: Number(vout), value: BigInt(value!), destination }
}

const COIN = /^([0-9a-f]{64}):(0|[1-9][0-9]{0,7}):([1-9][0-9]{0,15})(?::([A-Za-z0-9_-]{1,200}))?$/
