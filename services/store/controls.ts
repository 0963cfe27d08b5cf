// What is stopped: by people, by an alarm, or by a claim that did not hold.

import { CHAINS, type ChainName } from "../../core/assets.ts"
import type { Sql } from "./database.ts"
import { answer } from "./failure.ts"

/** `in`: transfers that come from the chain. `out`: payouts to it. */
export type Direction = "in" | "out"

export const DIRECTIONS: readonly Direction[] = ["in", "out"]

export interface Pause {
  readonly chain: ChainName
  readonly direction: Direction
  readonly reason: string
  readonly by: string
  readonly since: Date
  /** When it is meant to end, by who paused; it goes on until people resume. Null: not said. */
  readonly until: Date | null
  /** The order of a key that gave it: signers have heard it too, and are told by it when it ends. */
  readonly given: string | null
}

export interface PauseOrder extends Pick<Pause, "chain" | "reason" | "by"> {
  /** Left out: both. */
  readonly direction?: Direction
  readonly until?: Date
  readonly given?: string
}

/** The pauses that hold now. */
export async function pauses(sql: Sql): Promise<readonly Pause[]> {
  return await answer(sql<Pause[]>`
    select chain, direction, reason, paused_by as by, paused_at as since,
      planned_end as until, given
    from pauses where lifted_at is null order by number`)
}

export async function isPaused(sql: Sql, chain: ChainName, direction: Direction): Promise<boolean> {
  return (await pauses(sql)).some((one) => one.chain === chain && one.direction === direction)
}

/** Stops one direction of a chain, or both; a pause that holds already keeps its reason, and an order of a key has to be lifted too. */
export async function pause(
  sql: Sql,
  { chain, direction, reason, by, until, given }: PauseOrder,
): Promise<void> {
  await answer(sql`
    insert into pauses (chain, direction, reason, paused_by, planned_end, given)
    select ${chain}, direction, ${reason}, ${by}, ${until ?? null}::timestamptz, ${given ?? null}
    from unnest(${direction ? [direction] : DIRECTIONS}::text[]) as direction
    on conflict (chain, direction) where lifted_at is null
    do update set given = excluded.given
    where pauses.given is null and excluded.given is not null`)
}

/** Lifts a pause; its orders are handed out at once. Returns whether there was one. */
export async function resume(
  sql: Sql,
  { chain, direction, by }: Pick<Pause, "chain" | "direction" | "by">,
): Promise<boolean> {
  const { count } = await answer(sql`
    update pauses set lifted_at = now(), lifted_by = ${by}
    where chain = ${chain} and direction = ${direction} and lifted_at is null`)
  return count > 0
}

/** Lifts all that an order has paused. Returns whether there was anything. */
export async function lift(sql: Sql, given: string, by: string): Promise<boolean> {
  const { count } = await answer(sql`
    update pauses set lifted_at = now(), lifted_by = ${by}
    where given = ${given} and lifted_at is null`)
  return count > 0
}

/** Stops every chain in both directions. */
export async function pauseEverything(sql: Sql, reason: string, by: string): Promise<void> {
  for (const chain of CHAINS) await pause(sql, { chain, reason, by })
}
