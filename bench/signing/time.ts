// Milliseconds: of a piece of work, between two turns of the event loop, and their rounding.

export async function millisecondsOf(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now()
  await work()
  return performance.now() - start
}

export function rounded(value: number): number {
  return Number(value.toFixed(3))
}

/** Looks at the clock every millisecond; what it returns stops it and gives the longest time between two looks. */
export function watchLoop(): () => number {
  let last = performance.now()
  let longest = 0
  const look = () => {
    longest = Math.max(longest, performance.now() - last)
    last = performance.now()
  }
  const timer = setInterval(look, 1)
  return () => {
    clearInterval(timer)
    look()
    return longest
  }
}
