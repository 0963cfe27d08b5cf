// What a token on HyperBEAM publishes of itself at a slot: how much of it there is, and what everybody holds together.

import { amountIn } from "../../core/amount.ts"
import { aoAddress } from "../address.ts"
import { jsonOf, type Reply, unreadable } from "../http.ts"

export interface Holdings {
  readonly supply: bigint
  /** The sum of all balances. */
  readonly held: bigint
}

/** Null when the process publishes no supply. Throws `rpc-unavailable` for what is no amount. */
export function supplyIn(reply: Reply, url: string): bigint | null {
  if (reply.status === 404) return null
  const supply = reply.status === 200 ? wholeIn(reply.body.trim()) : null
  if (supply === null) throw unreadable(url, "supply")
  return supply
}

/**
 * The sum of a map of balances, bare or wrapped as an answer from a cache. A node's own keys stand beside the accounts
 * (`commitments`, `status`): what is no account is left out, and an account without an amount is no map of balances.
 */
export function heldIn(reply: Reply, url: string): bigint {
  if (reply.status === 404) return 0n
  const told = Object(reply.status === 200 ? jsonOf(reply, url) : null) as Record<string, unknown>
  const map = told["ao-result"] === "body" ? Object(told.body) : told
  let held = 0n
  for (const [account, text] of Object.entries(map as Record<string, unknown>)) {
    if (aoAddress(account) === null) continue
    const amount = typeof text === "string" ? wholeIn(text) : null
    if (amount === null) throw unreadable(url, "balances")
    held += amount
  }
  if (reply.status !== 200) throw unreadable(url, "balances")
  return held
}

function wholeIn(text: string): bigint | null {
  return text === "0" ? 0n : amountIn(text)
}
