// What each epoch of a campaign shares out by its curve.

import { boundsOf, type Campaign } from "./campaign.ts"
import { mintedBetween } from "./curve.ts"

/**
 * Base units of epochs 1, 2, … up to the last one asked for (left out: of the campaign); zeros without a curve. With
 * `untilS` the last one is what has been minted by then.
 */
export function poolsOf(
  campaign: Campaign,
  last = campaign.epochs,
  untilS = Number.POSITIVE_INFINITY,
): readonly bigint[] {
  const { accrual, startS } = campaign
  const epochs = Array.from({ length: last }, (_, at) => at + 1)
  if (!accrual) return epochs.map(() => 0n)
  const ends = epochs.map((epoch) => Math.min(untilS, boundsOf(campaign, epoch)[1]))
  const moments = [startS, ...ends.map((endS) => Math.max(startS, endS))]
  const [numerator, denominator] = accrual.part
  return mintedBetween(accrual.curve, moments).map((minted) => (minted * numerator) / denominator)
}
