// Divides a whole amount by weights: the parts add up to it exactly, in whatever order the weights come.

export interface Weighed {
  readonly id: string
  readonly weight: bigint
}

/**
 * The largest remainder: everybody gets the whole part of their share, and the units that are left over go one by one
 * to the largest remainders, of equal ones to the id that sorts first. Parts are in the order of `rows`; null when
 * nobody has any weight. Weights are not negative, ids differ.
 */
export function split(pool: bigint, rows: readonly Weighed[]): readonly bigint[] | null {
  const sum = rows.reduce((all, { weight }) => all + weight, 0n)
  if (sum === 0n) return null
  let used = 0n
  const remainders: bigint[] = []
  const parts = rows.map(({ weight }) => {
    const scaled = pool * weight
    const part = scaled / sum
    remainders.push(scaled - part * sum)
    used += part
    return part
  })
  const left = Number(pool - used)
  if (left === 0) return parts
  const order = remainders.map((_, at) => at)
  order.sort((a, b) => {
    const [one, other] = [remainders[a]!, remainders[b]!]
    if (one !== other) return one > other ? -1 : 1
    return rows[a]!.id < rows[b]!.id ? -1 : 1
  })
  for (const at of order.slice(0, left)) parts[at]! += 1n
  return parts
}
