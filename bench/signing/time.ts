// Milliseconds of a piece of work, and their rounding.

export async function millisecondsOf(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now()
  await work()
  return performance.now() - start
}

export function rounded(value: number): number {
  return Number(value.toFixed(3))
}
