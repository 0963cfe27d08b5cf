// The terms of a payout on Bitcoin as text: which coins pay it, what the miners get, how the change comes back. Pure.

import { bytesToHex } from "@noble/hashes/utils.js"
import { BridgeError } from "../../core/errors.ts"
import type { Terms } from "../chain.ts"
import { byPoint, type Choice, type Coin, INPUTS_MAX, pointOf } from "./coins.ts"
import type { Vault } from "./deposit.ts"
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
  /** The former key whose vault the change goes to, in a plan from when it was the present one; left out: the present. */
  readonly to?: string | undefined
}

/**
 * The terms of a choice, as text in the one way that `termsIn` reads; its change goes to the vault's present key. Keys
 * are named as they are, and the group's first one by leaving it out: so a text means the same for ever, whichever key
 * is the present one when it is read.
 */
export function termsOf({ coins, fee, change }: Choice, vault: Vault): Terms {
  const present = bytesToHex(vault.key)
  return {
    coins: coins.map((coin) => coinText(coin, vault)).join(" "),
    fee: fee.toString(),
    changes: change.length.toString(),
    ...(present !== firstKey(vault) && { vault: present }),
  }
}

/** Throws `bad-request` for terms that are not whole, or written in another way. */
export function termsIn(terms: Terms, vault: Vault): PayoutTerms {
  const { coins = "", fee = "", changes = "", vault: named, ...rest } = terms
  const read = coins.split(" ").map((text) => coinIn(text, vault))
  const to = formerIn(named, vault)
  const known = read.filter((coin) => coin !== null)
  const others = known.slice(1)
  const isWhole =
    known.length === read.length &&
    known.length <= INPUTS_MAX &&
    others.every((coin, at) => at === 0 || byPoint(others[at - 1]!, coin) < 0) &&
    others.every((coin) => pointOf(coin) !== pointOf(known[0]!)) &&
    FEE.test(fee) &&
    /^[012]$/.test(changes) &&
    to !== null &&
    Object.keys(rest).length === 0
  if (!isWhole) throw new BridgeError("bad-request", { terms: JSON.stringify(terms).slice(0, 300) })
  return { coins: known, fee: BigInt(fee), changes: Number(changes), ...(to && { to }) }
}

/** What terms give the miners, satoshi; whose the coins are does not matter. Throws `bad-request`. */
export function feeIn(terms: Terms): bigint {
  const { fee = "" } = terms
  if (!FEE.test(fee)) throw new BridgeError("bad-request", { fee })
  return BigInt(fee)
}

const FEE = /^[1-9][0-9]{0,14}$/

/** `txid:number:value`, the note of a deposit address behind it, and `@` and the key that it lies under. */
function coinText({ txid, vout, value, destination, former }: PaidCoin, vault: Vault): string {
  const note = destination === null ? "" : `:${noteOf(destination, vault.network)}`
  const key = former ?? bytesToHex(vault.key)
  return `${txid}:${vout}:${value}${note}${key === firstKey(vault) ? "" : `@${key}`}`
}

function coinIn(text: string, vault: Vault): PaidCoin | null {
  const match = COIN.exec(text)
  if (!match) return null
  const [, txid, vout, value, note, key] = match
  const destination = note === undefined ? null : destinationIn(note, vault.network)
  const former = formerIn(key, vault)
  if ((note !== undefined && destination === null) || former === null) return null
  const coin = { txid: txid!, vout: Number(vout), value: BigInt(value!), destination }
  return { ...coin, ...(former && { former }) }
}

const COIN =
  /^([0-9a-f]{64}):(0|[1-9][0-9]{0,7}):([1-9][0-9]{0,15})(?::([A-Za-z0-9_-]{1,200}))?(?:@([0-9a-f]{64}))?$/

/** Which former key a text means by the key that it names; undefined for the present one, null for none of ours. */
function formerIn(named: string | undefined, vault: Vault): string | undefined | null {
  const first = firstKey(vault)
  // The first is named by leaving it out, and in no other way.
  if (named === first) return null
  const key = named ?? first
  if (key === bytesToHex(vault.key)) return undefined
  return vault.former?.some((one) => bytesToHex(one) === key) ? key : null
}

/** The key that the group had in the beginning. */
function firstKey({ key, former }: Vault): string {
  return bytesToHex(former?.at(-1) ?? key)
}
