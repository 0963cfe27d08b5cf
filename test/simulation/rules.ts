// Every rule that keeps money safe, in one place, so that a planted fault can break exactly one.

import { anchorAt, demandSound, isExpired, rewardFor } from "../../chains/arweave/planning.ts"
import { planned } from "../../chains/bitcoin/planning.ts"
import type { Fate } from "../../chains/chain.ts"
import { type FeeRule, isCovered } from "../../core/fees.ts"
import { payoutOf } from "../../core/payout.ts"
import { isFinal, type Limits, type Policy } from "../../core/policy.ts"
import { step } from "../../core/step.ts"
import type { Entry } from "../../mpc/journal.ts"
import { REST_HOURS } from "../../mpc/rest.ts"
import { owed } from "../../mpc/verify.ts"
import {
  attemptOf,
  batchesOf,
  buried,
  givenUp,
  openIn,
  payoutsOf,
  triesOf,
} from "../../services/payout/batching.ts"
import { changesFor } from "../../services/screener/screener.ts"
import { depositedBy } from "../../services/store/applying.ts"
import { HOMES, KINDS, LEDGER_DEPTH, settledDepthOf, UNIT } from "./kinds.ts"
import { NEWCOMER_PERCENT, type SignerLimits } from "./limits.ts"

export const RULES = {
  // the run's own
  /** How unevenly a run is spread over its chains: some faults need most of it to go on in one place. */
  skew: 2,
  /** In how many runs a signer comes back from a backup; in the others books do. */
  forgetful: 0.3,
  // the core's
  step,
  payoutOf,
  isFinal,
  /** Network fees are paid out of fees alone. */
  isCovered,
  // the chains'
  /** What a release on Arweave is anchored to, how much it offers, and whether it can never land any more. */
  ...{ anchorAt, rewardFor, isExpired },
  /** Confirmations of another spender of its first coin after which a payout of coins is dead. */
  deathDepth: KINDS.bitcoin.reorgMax + 1,
  /** Confirmations after which a payout cannot be reorganised away: a payout's own finality. */
  settledDepthOf,
  /** A replacement spends the coin whose slot it takes over. */
  bumpsInSlot: true,
  /** Whoever makes a plan of coins leaves alone what other plans spend, and two of them do not plan at once. */
  takesTurns: true,
  /** Coins of deposits that are not screened, or that people hold, are not spent. */
  leavesHeldCoins: true,
  /** Which coins pay, what comes back, and how much the miners get. */
  planned,
  // the store's
  comparesVersions: true,
  comparesKeys: true,
  /** What the books count as deposited. */
  depositedBy,
  // the watchers'
  reportsVanished: true,
  /** A fact's key tells one stay in a block from a second stay in the same block. */
  keysNameTheStay: true,
  /** Facts and the blocks that they come from are written in one commit. */
  movesCursorWithFacts: true,
  /** Books that came back from a backup plan nothing before the chains have told what was paid. */
  recoversFirst: true,
  /** What the chains tell of payments waits until all of them have told what began. */
  readsAllFirst: true,
  /** Orders to the token after a backup came back are other orders than before. */
  countsLostAttempts: true,
  // the planner's
  /** Who shares a plan, in which order, and whom the coins have to suffice for. */
  ...{ batchesOf, triesOf, payoutsOf },
  /** The number of a plan among those of its transfers. */
  attemptOf,
  /** Whom a replacement pays. */
  openIn,
  /** What refusals come to, and what a death. */
  ...{ givenUp, buried },
  // the workers'
  /** What becomes of what is final. */
  screened: changesFor,
  recordsBeforeBroadcast: true,
  marksDoneAfterDeed: true,
  /** A transfer that was planned before is paid only from a block that still stands. */
  rechecksBeforeReplan: true,
  heedsPauses: true,
  /** A release that is slow is waited for, never planned a second time. */
  waitsForSlow: true,
  decidesOnlyHeld: true,
  /** A transfer once planned in a slot that outlives its plan is never redirected. */
  redirectsOnlyUnplanned: true,
  /** What was planned in a slot that outlives its plan is planned nowhere else, though its deposit came again. */
  paysWhereItMayLand: true,
  /** A mint that signers cannot sign for long is given up, so that the other transfers in it are paid. */
  givesUp: true,
  // the signers'
  journals: true,
  /** A share leaves when what it rests on is on the disk. */
  waitsForDisk: true,
  /** What became of the plan that a transfer is pledged to. */
  rivalFate: (fate: Fate): Fate => fate,
  /** What a signer makes of each entry of its journal when it comes back; null: what it says. */
  reread: null as ((entry: Entry) => Entry) | null,
  /** Its caps, and the bridge's limits. */
  heeded: (limits: SignerLimits): SignerLimits => limits,
  newcomerPercent: NEWCOMER_PERCENT,
  /** What a signer has counted as deposited. */
  counted: (sum: bigint): bigint => sum,
  /** How long a signer rests that came back from a backup. */
  restHours: REST_HOURS,
  derivesPayouts: true,
  /** What a signer finds that a transfer is owed. */
  owed,
  checksCoins: true,
  /** What a signer demands of an anchor and a reward. */
  demandSound,
  /** Who takes a seat over has the journal of who sat there before. */
  journalsAreHandedOver: true,
}

export type Rules = Readonly<typeof RULES>

const FEES: readonly FeeRule[] = HOMES.flatMap((source) => {
  const { asset } = KINDS[source]
  return [
    { asset, source, heightMin: 0, flat: 12n * UNIT, basisPoints: 1n },
    { asset, source, heightMin: 60, flat: 20n * UNIT, basisPoints: 2n },
    { asset, source, heightMin: 100, flat: 15n * UNIT, basisPoints: 0n },
    { asset, source, heightMin: 160, flat: 0n, basisPoints: 3n },
  ]
})

const SMALL = { refundFee: 150n * UNIT, dust: 50n * UNIT }

const LIMITS: readonly Limits[] = HOMES.flatMap((home) => {
  const { asset, ledger } = KINDS[home]
  return [
    { asset, source: home, minimum: 1_000n * UNIT, cap: 100_000n * UNIT, ...SMALL },
    { asset, source: ledger, minimum: 500n * UNIT, cap: 60_000n * UNIT, ...SMALL },
  ]
})

const depths = Object.fromEntries(HOMES.map((home) => [home, KINDS[home].depth]))
const settled = Object.fromEntries(HOMES.map((home) => [home, settledDepthOf(home)]))

export const POLICY = {
  fees: FEES,
  limits: LIMITS,
  depths: { ...depths, ao: LEDGER_DEPTH },
  payoutDepths: { ...settled, ao: LEDGER_DEPTH },
} satisfies Policy

/** Most that a release on Arweave may offer the miners, base units; in a dear hour that is more than a burn is charged. */
export const REWARD_MAX = 100n * UNIT
