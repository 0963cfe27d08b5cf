// What tells the states of the small model apart.

import type { World } from "./explore.ts"

/** Versions count without end and say nothing; signers are alike. A character for each part: there are many keys. */
export function keyOf({ cases, reorgs, crashes, paused }: World): string {
  const codes = [reorgs, crashes]
  for (const [at, { transfer, depth, payouts, journals }] of cases.entries()) {
    codes.push(paused[at] ? 1 : 0, depth + 1, payouts.length)
    if (transfer) {
      const { state, slot, refund, transaction } = transfer
      codes.push(nameOf(state), nameOf(slot), refund ? 1 : 0, nameOf(transaction))
    } else codes.push(0)
    for (const { slot, place, isTold, refund } of payouts)
      codes.push(nameOf(slot), nameOf(place), (isTold ? 1 : 0) + (refund ? 2 : 0))
    const signers = journals.map(({ held, dead }, n) => {
      let shares = 0
      for (const { given, held: now } of payouts)
        shares = shares * 4 + (given.includes(n) ? 2 : 0) + (now.includes(n) ? 1 : 0)
      return shares + 16 * (dead.length + 4 * nameOf(held))
    })
    codes.push(...signers.sort((a, b) => a - b))
  }
  return String.fromCharCode(...codes)
}

/** A small number for each word that was ever asked for; 0 for none. */
function nameOf(word: string | null): number {
  if (word === null) return 0
  const known = NAMES.get(word)
  if (known !== undefined) return known
  NAMES.set(word, NAMES.size + 1)
  return NAMES.size
}

const NAMES = new Map<string, number>()
