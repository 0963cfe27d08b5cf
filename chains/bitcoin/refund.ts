// A user takes a deposit back alone, once the delay is over: the transaction, and what its key must sign. Pure.

import { BridgeError } from "../../core/errors.ts"
import { dustOf, scriptOf } from "./address.ts"
import { depositOutput, REFUND_DELAY, type Vault } from "./deposit.ts"
import type { Destination } from "./destination.ts"
import { feeOf } from "./fees.ts"
import { type Draft, type Outpoint, sealDraft, sighashesOf, weightOf } from "./transaction.ts"

export interface SelfRefund {
  /** 32 bytes, to be signed with the refund key by BIP340. */
  readonly message: Uint8Array
  /** Satoshi. */
  readonly fee: bigint
  readonly amount: bigint
  /** The signed transaction. No node takes it before the deposit has `REFUND_DELAY` confirmations. */
  seal(signature: Uint8Array): { readonly id: string; readonly raw: Uint8Array }
}

/**
 * Spends a deposit of `value` satoshi by its refund leaf, at `rate` satoshi for 1,000 virtual bytes. Needs
 * no server: only what the address was made of. Throws `bad-request` when the address has no refund key,
 * `bad-address` for `to`, and `not-enough-to-pay-fees` when dust would be left.
 */
export function selfRefund(
  vault: Vault,
  {
    destination,
    deposit,
    value,
    to,
    rate,
  }: {
    readonly destination: Destination
    readonly deposit: Outpoint
    readonly value: bigint
    readonly to: string
    readonly rate: bigint
  },
): SelfRefund {
  const { script, refund } = depositOutput(vault, destination)
  const target = scriptOf(to, vault.network)
  if (refund === null)
    throw new BridgeError("bad-request", { why: "the address has no refund key" })
  if (target === null) throw new BridgeError("bad-address", { to: to.slice(0, 100) })
  const inputs = [{ ...deposit, script, value, leaf: refund, sequence: REFUND_DELAY }]
  const weight = weightOf({ inputs, outputs: [{ script: target }] })
  const fee = feeOf(weight, rate)
  const amount = value - fee
  if (amount < dustOf(target)) throw new BridgeError("not-enough-to-pay-fees", { value, fee })
  const outputs = [{ script: target, value: amount }]
  const draft: Draft = { inputs, outputs, lockTime: 0 }
  const [message] = sighashesOf(draft)
  return { message: message!, fee, amount, seal: (signature) => sealDraft(draft, [signature]) }
}
