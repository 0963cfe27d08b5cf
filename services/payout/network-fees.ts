// What the vault may pay the network for a plan: the fees of whom it pays, and what is left of others' fees. Never money
// that belongs to somebody: what costs more waits until the network asks for less.

import type { Chain } from "../../chains/chain.ts"
import type { AssetName } from "../../core/assets.ts"
import { BridgeError } from "../../core/errors.ts"
import { type Costing, reserveOf } from "../../core/fees.ts"
import type { Payout } from "../../core/payout.ts"
import type { Sql } from "../store/database.ts"
import { balancesNow } from "../store/ledger.ts"
import { openPlans, type Plan } from "../store/plans.ts"

type Parts = Pick<Plan, "payouts" | "terms">

/** Null where the vault pays no network fees. */
export function costingOf(
  { codec }: Pick<Chain, "codec">,
  { payouts, terms }: Parts,
): Costing | null {
  return codec.costOf ? { cost: codec.costOf(terms), fees: feesOf(payouts) } : null
}

/**
 * What is left of fees when all that is under way on the chain has been paid for; null where the vault pays no network
 * fees. `asset` is the chain's own, `replaced` a plan whose place the next one takes.
 */
export async function reserveFor(
  sql: Sql,
  chain: Pick<Chain, "name" | "codec">,
  asset: AssetName,
  replaced: Plan | null = null,
): Promise<bigint | null> {
  if (!chain.codec.costOf) return null
  const open = await openPlans(sql, chain.name, 0, { limit: ALL, withReplaced: true })
  const rootOf = rootsOf(open)
  // Whichever of a plan and its replacements lands: it brings the fees once, and the dearest of them may be it.
  const families = new Map<string, Costing>()
  for (const plan of open) {
    const root = rootOf(plan)
    if (replaced && root === rootOf(replaced)) continue
    const { cost, fees } = costingOf(chain, plan)!
    const known = families.get(root) ?? { cost: 0n, fees }
    const [dearest, least] = [
      cost > known.cost ? cost : known.cost,
      fees < known.fees ? fees : known.fees,
    ]
    families.set(root, { cost: dearest, fees: least })
  }
  const { fees } = await balancesNow(sql, asset)
  return reserveOf(fees, [...families.values()])
}

/** Not one may be missing: what it costs would be spent twice. */
const ALL = 1_000_000

/** A plan that costs more than it may now. */
export function tooDear({ cost, fees }: Costing, reserve: bigint): BridgeError {
  return new BridgeError("not-yet", { why: WHY, cost, fees, reserve })
}

export function isTooDear(error: unknown): boolean {
  return error instanceof BridgeError && error.detail.why === WHY
}

const WHY = "the network asks for more than fees pay for"

function feesOf(payouts: readonly Payout[]): bigint {
  return payouts.reduce((sum, { fee }) => sum + fee, 0n)
}

function rootsOf(open: readonly Plan[]): (plan: Plan) => string {
  const byId = new Map(open.map((plan) => [plan.id, plan]))
  const rootOf = ({ id, replaces }: Plan): string => {
    const before = replaces === null ? undefined : byId.get(replaces)
    return before ? rootOf(before) : id
  }
  return rootOf
}
