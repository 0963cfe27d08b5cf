// What was ever deposited in a vault, token by token, up to the final head: the bound of what may be minted for it.

import type { BlockRef } from "../../core/transfer.ts"
import { eventIn } from "./events.ts"
import type { Reader } from "./reader.ts"

/** Base units by token contract. */
export type Totals = ReadonlyMap<string, bigint>

/** Counts from block `heightMin` on; the first count reads all deposits there are, later ones what is new. */
export function totalsOf(reader: Reader, heightMin: number) {
  let next = heightMin
  let known: Totals = new Map()
  let counting: Promise<Totals> | null = null

  const count = async ({ height }: BlockRef): Promise<Totals> => {
    if (height < next) return known
    const blocks = await reader.scan(next, height)
    const totals = new Map(known)
    for (const log of blocks.flatMap(({ logs }) => logs)) {
      const event = eventIn(log)
      if (event?.name !== "deposited") continue
      const { token, amount } = event.value
      totals.set(token, (totals.get(token) ?? 0n) + amount)
    }
    next = height + 1
    known = totals
    return totals
  }

  /** Throws what the reader throws. */
  return (head: BlockRef): Promise<Totals> => {
    counting ??= count(head).finally(() => {
      counting = null
    })
    return counting
  }
}
