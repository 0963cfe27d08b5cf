// What a release on Arweave is anchored to and offers, who of the vaults pays it, when it is dead, and what a signer takes. Pure.

import { BridgeError } from "../../core/errors.ts"

/** Blocks after its anchor in which a transaction may be mined (`MAX_TX_ANCHOR_DEPTH`). */
export const ANCHOR_LIFE = 50
/** The node reorganises at most this many blocks (`CHECKPOINT_DEPTH`). */
export const REORG_MAX = 18
/** The block that a node suggests as anchor counts this deep, the tip being 1. */
const ANCHOR_DEPTH = 6
/** A signer signs on no older anchor: half of its life should be left to get mined in. */
const ANCHOR_AGE_MAX = 25
/** A signer sees the price a little later than the coordinator, and pays at most this many times it. */
const REWARD_TIMES_MAX = 3n

/** The height that a release is anchored to. */
export function anchorAt(tip: number): number {
  return Math.max(0, tip - ANCHOR_DEPTH + 1)
}

/** Winston: fees move between signing and mining, so a tenth more than the price, and more after each death. */
export function rewardFor(price: bigint, attempt: number): bigint {
  const percent = 100n + 10n * BigInt(Math.min(attempt + 1, 10))
  return (price * percent + 99n) / 100n
}

/** Whether a release that is in no block can provably never be in one. */
export function isExpired(tip: number, anchorHeight: number): boolean {
  return tip > anchorHeight + ANCHOR_LIFE + REORG_MAX
}

export interface Offered {
  /** Winston. */
  readonly reward: bigint
  readonly anchorHeight: number
}

/** What a signer sees for itself. Winston. */
export interface Seen {
  readonly tip: number
  /** Whether the anchor is a block of its canonical chain. */
  readonly isCanonical: boolean
  /** What the network asks for. */
  readonly price: bigint
  /** The same for somebody new to it: a recipient that was new when the payout was planned may be known by now. */
  readonly dearest: bigint
  /** The most that one release may cost. */
  readonly rewardMax: bigint
}

/** A signer's own check of terms. Throws `signer-refused` and says what is not so. */
export function demandSound({ reward, anchorHeight }: Offered, seen: Seen): void {
  const { tip, price, rewardMax } = seen
  claim(seen.isCanonical, "the anchor is a block of the canonical chain", { anchorHeight })
  claim(tip - anchorHeight <= ANCHOR_AGE_MAX, "the anchor is recent", { anchorHeight, tip })
  claim(reward >= price, "the reward is what the network asks for", { reward, price })
  const most = REWARD_TIMES_MAX * seen.dearest
  claim(reward <= most && reward <= rewardMax, "the reward is modest", { reward, most })
}

export function claim(
  holds: boolean,
  reason: string,
  detail: Record<string, unknown>,
): asserts holds {
  if (!holds) throw new BridgeError("signer-refused", { reason: `not so: ${reason}`, ...detail })
}
