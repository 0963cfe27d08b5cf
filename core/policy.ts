// Which transfers go through, which wait for people, and which go back: pure, and the same at every signer.

import { assert } from "./assert.ts"
import { type AssetName, type ChainName, type NetworkName, networkOf } from "./assets.ts"
import type { FeeRule } from "./fees.ts"
import type { Governor } from "./governor.ts"
import type { Sighting } from "./transfer.ts"

export interface Limits {
  readonly asset: AssetName
  readonly source: ChainName
  /** Least amount that is carried, base units. */
  readonly minimum: bigint
  /** Greatest amount of one transfer, base units. */
  readonly cap: bigint
  /** What a refund costs, base units. */
  readonly refundFee: bigint
  /** A refund of less than this, or of nothing at all, is not sent; it stays owed. */
  readonly dust: bigint
}

export interface Policy {
  readonly fees: readonly FeeRule[]
  readonly limits: readonly Limits[]
  /** Blocks, the transfer's own included, before the word of a chain of that network is final. */
  readonly depths: Readonly<Partial<Record<NetworkName, number>>>
  /**
   * The same for our own payouts. `paid` has no way back, so this is more than the chain can reorganise
   * (Arweave: 18 blocks), while a deposit that goes is only a loss to be found.
   */
  readonly payoutDepths: Readonly<Partial<Record<NetworkName, number>>>
  /** Limits of a day, and the delay of what is large; a live network refuses a bridge file without them. */
  readonly governor?: Governor | undefined
}

export type Verdict =
  | { readonly kind: "clear" }
  /** Goes back to the sender at once, for `reason`. */
  | { readonly kind: "refund"; readonly reason: string; readonly fee: bigint }
  /** Waits for people, for `reason`. */
  | { readonly kind: "hold"; readonly reason: string }

/** What is to be done with a final deposit or burn that costs `fee`. */
export function verdictOn(policy: Policy, sighting: Sighting, fee: bigint): Verdict {
  const limits = limitsOf(policy, sighting)
  if (!limits) return { kind: "hold", reason: "not-supported" }
  const refund = sighting.amount - limits.refundFee
  const back = (reason: string): Verdict => {
    if (sighting.refundTo === "") return { kind: "hold", reason }
    return refund > 0n && refund >= limits.dust
      ? { kind: "refund", reason, fee: limits.refundFee }
      : { kind: "hold", reason: "not-enough-to-pay-fees" }
  }
  if (sighting.amount < limits.minimum) return back("below-minimum")
  if (sighting.problem) return back(sighting.problem)
  if (sighting.recipient === null) return back("no-recipient")
  if (sighting.amount <= fee) return back("not-enough-to-pay-fees")
  if (sighting.amount > limits.cap) return { kind: "hold", reason: "over-cap" }
  return { kind: "clear" }
}

export function limitsOf(
  policy: Pick<Policy, "limits">,
  { asset, source }: { asset: AssetName; source: ChainName },
): Limits | null {
  return policy.limits.find((row) => row.asset === asset && row.source === source) ?? null
}

/**
 * Whether `height` is deep enough below `tip`: one confirmation is the tip itself. `own` as for `depthOf`.
 */
export function isFinal(
  policy: Policy,
  chain: ChainName,
  height: number,
  tip: number,
  own?: number,
): boolean {
  return tip - height + 1 >= depthOf(policy, chain, own)
}

/**
 * Confirmations that make a transfer's own chain's word final; a policy that was read has it for each chain
 * it serves. A transfer that needs more by itself (`own`) waits for that.
 */
export function depthOf({ depths }: Policy, chain: ChainName, own = 0): number {
  const depth = depths[networkOf(chain)]
  assert(depth !== undefined, "a chain that is served has a depth")
  return Math.max(depth, own)
}

/** The same for our own payouts. */
export function payoutDepthOf({ payoutDepths }: Policy, chain: ChainName): number {
  const depth = payoutDepths[networkOf(chain)]
  assert(depth !== undefined, "a chain that is served has a depth")
  return depth
}
