// Every rule that keeps money safe, in one place, so that a planted fault can break exactly one.

import { payoutOf } from "../../core/payout.ts"
import { isFinal, type Policy, verdictOn } from "../../core/policy.ts"
import { step } from "../../core/step.ts"
import { ANCHOR_LIFE, REORG_MAX } from "./arweave.ts"

export const RULES = {
  // the core's
  step,
  payoutOf,
  verdictOn,
  isFinal,
  // the chains'
  /** An Arweave payout in no block is dead when the tip is more than this above its anchor. */
  deadAfter: ANCHOR_LIFE + REORG_MAX,
  /** Confirmations after which an Arweave payout cannot be reorganised away: a payout's own finality. */
  settledDepth: REORG_MAX + 1,
  // the store's
  comparesVersions: true,
  comparesKeys: true,
  // the watchers'
  reportsVanished: true,
  /** A fact's key tells one stay in a block from a second stay in the same block. */
  keysNameTheStay: true,
  /** Facts and the blocks that they come from are written in one commit. */
  movesCursorWithFacts: true,
  // the workers'
  recordsBeforeBroadcast: true,
  marksDoneAfterDeed: true,
  countsAttempts: true,
  /** A transfer that was planned before is paid only from a block that still stands. */
  rechecksBeforeReplan: true,
  heedsPauses: true,
  /** A release that is slow is waited for, never planned a second time. */
  waitsForSlow: true,
  decidesOnlyHeld: true,
  /** A transfer once planned on AO is never redirected. */
  redirectsOnlyUnplanned: true,
  /** A mint that signers cannot sign for long is given up, so that the other transfers in it are paid. */
  givesUp: true,
  // the signers'
  journals: true,
  derivesPayouts: true,
  checksFinality: true,
}

export type Rules = Readonly<typeof RULES>

export const POLICY = {
  fees: [
    { asset: "AR", source: "arweave", heightMin: 0, flat: 20n, basisPoints: 10n },
    { asset: "AR", source: "arweave", heightMin: 80, flat: 30n, basisPoints: 25n },
    { asset: "AR", source: "arweave", heightMin: 140, flat: 25n, basisPoints: 0n },
    { asset: "AR", source: "arweave", heightMin: 200, flat: 0n, basisPoints: 30n },
  ],
  limits: [
    { asset: "AR", source: "arweave", minimum: 1_000n, cap: 100_000n, refundFee: 150n, dust: 50n },
    { asset: "AR", source: "ao", minimum: 500n, cap: 60_000n, refundFee: 150n, dust: 50n },
  ],
  depths: { arweave: 10, ao: 3 },
  payoutDepths: { arweave: 19, ao: 3 },
} satisfies Policy & { readonly depths: Readonly<Record<"arweave" | "ao", number>> }

/** Most that a release may offer the miners, base units; every fee covers it. */
export const REWARD_MAX = 100n
