// The transaction that pays burns: a pure function of what is paid and the terms, so that every signer builds the same. Pure.

import { assert } from "../../core/assert.ts"
import { BridgeError } from "../../core/errors.ts"
import { dustOf } from "./address.ts"
import { depositOutput, type Vault, vaultScript, vaultScripts, vaultUnder } from "./deposit.ts"
import { RATE_MAX } from "./fees.ts"
import type { PaidCoin, PayoutTerms } from "./terms.ts"
import {
  type Draft,
  type Output,
  SIGNALS_RBF,
  type Spend,
  vsizeOf,
  weightOf,
} from "./transaction.ts"

/**
 * The unsigned transaction. Inputs stand as the terms say, outputs by value and then by script, change among
 * them; every input can be replaced. Throws `bad-request` when the terms do not fit: coins that do not add
 * up, change that is dust, a fee below what is relayed or above the cap.
 */
export function payoutDraft(vault: Vault, paid: readonly Output[], terms: PayoutTerms): Draft {
  const refuse = (why: string) => new BridgeError("bad-request", { why, fee: terms.fee })
  const script = vaultScript(vaultUnder(vault, terms.to))
  const own = vaultScripts(vault)
  assert(
    paid.every((output) => !own.some((one) => isSame(output.script, one))),
    "the vault does not pay itself",
  )
  for (const { script: to, value } of paid)
    if (value < dustOf(to)) throw new BridgeError("payout-refused", { why: "dust", value })
  const change = changesOf(paid, terms)
  if (change === null) throw refuse("the coins do not add up")
  if (change.some((value) => value < dustOf(script))) throw refuse("the change is dust")
  const outputs = [...paid, ...change.map((value) => ({ script, value }))].sort(byOutput)
  if (outputs.length === 0) throw refuse("nothing is paid")
  const inputs = terms.coins.map((coin) => spendOf(vault, coin))
  const rate = (terms.fee * 1_000n) / BigInt(vsizeOf(weightOf({ inputs, outputs })))
  if (rate < RELAYED_MIN || rate > RATE_MAX) throw refuse("the fee is not modest")
  return { inputs, outputs, lockTime: 0 }
}

/** The output script of a coin: the vault's, or that of its deposit address, under the key that it lies under. */
export function coinScript(
  vault: Vault,
  { destination, former }: Pick<PaidCoin, "destination" | "former">,
) {
  const own = vaultUnder(vault, former)
  return destination === null ? vaultScript(own) : depositOutput(own, destination).script
}

/** Nodes relay nothing for less than 1 sat/vB. */
const RELAYED_MIN = 1_000n

type MoneyOf = Pick<PayoutTerms, "fee" | "changes"> & {
  readonly coins: readonly { readonly value: bigint }[]
}

/** What is over, in equal parts, the first a satoshi greater if need be; null when it does not add up. */
export function changesOf(
  paid: readonly { readonly value: bigint }[],
  { coins, fee, changes }: MoneyOf,
): readonly bigint[] | null {
  const over = sum(coins) - sum(paid) - fee
  if (over < 0n || (changes === 0) !== (over === 0n)) return null
  const half = over / 2n
  return [[], [over], [over - half, half]][changes] ?? null
}

function spendOf(vault: Vault, { txid, vout, value, destination, former }: PaidCoin): Spend {
  const sequence = SIGNALS_RBF
  const own = vaultUnder(vault, former)
  if (destination === null)
    return { txid, vout, value, script: vaultScript(own), leaf: null, sequence }
  const { script, group } = depositOutput(own, destination)
  return { txid, vout, value, script, leaf: group, sequence }
}

function byOutput(a: Output, b: Output): number {
  if (a.value !== b.value) return a.value < b.value ? -1 : 1
  const length = Math.min(a.script.length, b.script.length)
  for (let at = 0; at < length; at += 1) {
    const difference = a.script[at]! - b.script[at]!
    if (difference !== 0) return difference
  }
  return a.script.length - b.script.length
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, at) => byte === b[at])
}

function sum(values: readonly { readonly value: bigint }[]): bigint {
  return values.reduce((total, { value }) => total + value, 0n)
}
