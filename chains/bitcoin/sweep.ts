// Deposits move to the vault before their owners could take them back: in a cheap hour if one comes, at any price in the end.
// What lies under a former key of the group moves at once. In a cheap hour in which nothing is due small coins become one.

import {
  BUDGET,
  byPoint,
  type Choice,
  type Coin,
  chooseCoins,
  INPUTS_MAX,
  isDue,
  isPlain,
  isUrgent,
  isWorthMoving,
  pointOf,
  together,
} from "./coins.ts"
import { type Vault, vaultScript } from "./deposit.ts"
import { CHEAP, RATE_MAX } from "./fees.ts"
import { raisedFrom } from "./planning.ts"
import type { Scan } from "./scan.ts"
import { depthOf, estimated, known, rateOf, type Wanted } from "./spend.ts"

/**
 * A transaction that pays nobody and brings to the vault what is due, or makes one of its many small coins; null when
 * nothing is, when it is not cheap and none of it is urgent yet, or when it would cost all that it is worth. Oldest
 * first, `INPUTS_MAX` at most.
 */
export async function chooseSweep(
  scan: Scan,
  vault: Vault,
  { open, replaced, frozen }: Omit<Wanted, "outputs">,
): Promise<Choice | null> {
  const tip = await scan.catchUp()
  const busy = open.flatMap((terms) => terms.coins.map(pointOf))
  const held = new Set([...frozen, ...busy])
  const coins = scan.holdings.coins(tip.height, depthOf)
  const raised = replaced ? raisedFrom(rateOf(vault, [], replaced)) : 0n
  const estimate = await estimated(scan)
  const rate = raised > estimate ? raised : estimate
  const free = coins.filter((coin) => !held.has(pointOf(coin)))
  const due = free
    .filter((coin) => isDue(coin, tip.height) && isWorthMoving(coin, rate))
    .sort(byAge)
    .slice(0, INPUTS_MAX)
  const small = due.length > 0 ? [] : together(free, vaultScript(vault), rate)
  const moved = replaced?.coins.map((coin) => known(scan, coin)) ?? [...due, ...small]
  if (moved.length === 0) return null
  const isNow = rate <= CHEAP || moved.some((coin) => isUrgent(coin, tip.height))
  if (!isNow || rate > RATE_MAX) return null
  const choice = chooseCoins({
    ...{ coins, frozen: held, required: moved, outputs: [], change: vaultScript(vault), rate },
    ...{ replaced: replaced?.fee ?? null, budget: 0n },
  })
  // Only these: signers let nothing else move without paying somebody.
  if (choice?.coins.length !== moved.length) return null
  return moved.every(isPlain) && choice.fee > BUDGET ? null : choice
}

function byAge(a: Coin, b: Coin): number {
  return a.height - b.height || byPoint(a, b)
}
