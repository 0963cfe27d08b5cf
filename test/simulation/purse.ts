// What the model's vaults may pay the network: the bridge's rule (`core/fees.ts`) by the books and plans of the model.

import { type Costing, reserveOf } from "../../core/fees.ts"
import type { Transfer } from "../../core/transfer.ts"
import { isHome, KINDS } from "./kinds.ts"
import type { ModelChain, ModelTerms, Plan } from "./plans.ts"
import type { World } from "./world.ts"

/** Null where no vault pays. */
export function costingOf({ payouts, terms }: Pick<Plan, "payouts" | "terms">): Costing | null {
  const cost = costIn(terms)
  return cost === null ? null : { cost, fees: payouts.reduce((sum, { fee }) => sum + fee, 0n) }
}

/** Null where no vault pays. `replaced`: a plan whose place the next one takes. */
export function reserveFor(
  { store }: World,
  chain: ModelChain,
  replaced: Plan | null = null,
): bigint | null {
  if (!isHome(chain) || KINDS[chain].slots === "number") return null
  const families = new Map<string, Costing>()
  for (const transfer of store.transfers.values()) {
    const plan = openPlan(store, transfer)
    if (plan?.terms.chain !== chain) continue
    const root = rootOf(plan)
    if (replaced && root === rootOf(replaced)) continue
    const known = families.get(root) ?? { cost: 0n, fees: 0n }
    const costs = store.plansOf(transfer.id).map((one) => {
      return rootOf(one) === root ? costIn(one.terms)! : 0n
    })
    const cost = [known.cost, ...costs].reduce((most, one) => (one > most ? one : most))
    families.set(root, { cost, fees: known.fees + transfer.fee })
  }
  const { asset } = KINDS[chain]
  return reserveOf(-store.sumOf(asset, "fees"), [...families.values()])
}

function openPlan(store: World["store"], { state, plan }: Transfer): Plan | null {
  const isOpen = (state === "signing" || state === "sent") && plan !== null
  return isOpen ? store.plans.get(plan)! : null
}

/** A replacement has the slot of what it replaces. */
function rootOf({ id, terms }: Plan): string {
  return terms.kind === "coins" ? terms.coins[0]!.point : id
}

function costIn(terms: ModelTerms): bigint | null {
  switch (terms.kind) {
    case "coins":
      return terms.fee
    case "anchor":
      return terms.reward
    case "attempt":
      return null
  }
}
