// The terms of a transaction of the vault as text: what it is anchored to, what it costs, and which vault pays it. Pure.
//
// `anchor` (block hash), `anchorHeight`, `reward` (winston), and `vault`, the one that pays; the bridge's first is named
// by leaving it out, so that terms mean the same bytes however often the group's key was changed since. A sweep also has
// `to` and `amount` (winston).

import { BridgeError } from "../../core/errors.ts"
import { fromBase64url } from "../bytes.ts"
import type { Deployment, Owner, Terms } from "../chain.ts"
import { firstKey, keysEver } from "../owners.ts"

/** Terms as numbers; throws `bad-request` for any that are not written in the one way. */
export function termsIn(
  terms: Terms,
  isSweep = false,
): { anchor: string; anchorHeight: number; reward: bigint } {
  const { anchor = "", anchorHeight = "", reward = "", vault: _, ...rest } = terms
  const isHash = fromBase64url(anchor)?.length === 48
  const isNumber = /^(0|[1-9][0-9]{0,14})$/.test(anchorHeight)
  const more = Object.keys(rest).sort().join()
  if (!isHash || !isNumber || !isMoney(reward) || more !== (isSweep ? "amount,to" : ""))
    throw refused(terms)
  return { anchor, anchorHeight: Number(anchorHeight), reward: BigInt(reward) }
}

/** The key whose vault pays. Throws `bad-request` for none of ours. */
export function payerOf(terms: Terms, deployment: Deployment): Owner {
  const first = firstKey(deployment)
  const payer = keysEver(deployment).find(({ vault }) => vault === (terms.vault ?? first.vault))
  if (payer === undefined || terms.vault === first.vault) throw refused(terms)
  return payer
}

/** How terms name the vault that pays. */
export function payerTerm({ vault }: Owner, deployment: Deployment): Terms {
  return vault === firstKey(deployment).vault ? {} : { vault }
}

/** Where a sweep goes, and how much of it, winston. Throws `bad-request` unless that is another vault of ours. */
export function sweepIn(terms: Terms, deployment: Deployment): { to: string; amount: bigint } {
  const { to = "", amount = "" } = terms
  const isOurs = keysEver(deployment).some(({ vault }) => vault === to)
  if (!isOurs || payerOf(terms, deployment).vault === to || !isMoney(amount)) throw refused(terms)
  return { to, amount: BigInt(amount) }
}

function isMoney(text: string): boolean {
  return /^[1-9][0-9]{0,20}$/.test(text)
}

function refused(terms: Terms): BridgeError {
  return new BridgeError("bad-request", { terms: JSON.stringify(terms).slice(0, 300) })
}
