// Finds values that add up to an amount almost exactly, by branch and bound. Pure.

/** Steps of one search; a choice that is not found by then is made in another way. */
const STEPS_MAX = 100_000

/**
 * The places of some of `values` (positive, greatest first) whose sum is from `least` to `most` and as small
 * as possible, at most `countMax` of them; null when the search finds none. Each value is first taken, then
 * left out; a branch ends where it has too much, or where all that follows is too little (Erhardt 2016,
 * §3.3.1). The same values always give the same answer.
 */
export function search(
  values: readonly bigint[],
  least: bigint,
  most: bigint,
  countMax: number,
): readonly number[] | null {
  const rest = restsOf(values)
  const taken: number[] = []
  let best: readonly number[] | null = null
  let bound = most
  let sum = 0n
  let at = 0
  for (let step = 0; step < STEPS_MAX; step += 1) {
    const isOver = sum > bound
    const isShort = sum + (rest[at] ?? 0n) < least || taken.length === countMax
    const isFound = !isOver && sum >= least && taken.length > 0
    if (isFound) {
      best = [...taken]
      // From here on only less will do.
      bound = sum - 1n
      if (sum === least) return best
    }
    if (isOver || isFound || isShort || at === values.length) {
      const last = taken.pop()
      if (last === undefined) return best
      sum -= values[last]!
      at = last + 1
      // What was left out once would add up to the same again.
      while (at < values.length && values[at] === values[last]) at += 1
      continue
    }
    taken.push(at)
    sum += values[at]!
    at += 1
  }
  return best
}

/** At each place the sum of what begins there. */
function restsOf(values: readonly bigint[]): readonly bigint[] {
  const rests = Array<bigint>(values.length + 1).fill(0n)
  for (let at = values.length - 1; at >= 0; at -= 1) rests[at] = rests[at + 1]! + values[at]!
  return rests
}
