// What a signer promises before it signs: one slot a transfer, no more than its caps, and that on the disk.

import type { Fate, Terms } from "../chains/chain.ts"
import { ownTurn } from "../chains/turns.ts"
import type { ChainName } from "../core/assets.ts"
import { BridgeError } from "../core/errors.ts"
import type { Payout } from "../core/payout.ts"
import type { Cap } from "./config.ts"
import type { Governed, Plan, Pledges } from "./pledges.ts"
import { type Refusal, refusalOf } from "./protocol.ts"

/** All that a promise rests on, and all of it this signer's own. */
export interface Promising extends Governed {
  readonly pledges: Pledges
  readonly caps: readonly Cap[]
  /** A member that has just joined is held to a part of its caps for a while. */
  readonly newcomer: Newcomer | null
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** What became of payouts, by this signer's own view of their chain. */
  readonly fateOf: (chain: ChainName, payouts: readonly Payout[], terms: Terms) => Promise<Fate>
}

export interface Newcomer {
  readonly untilMs: number
  /** Of each cap. */
  readonly percent: number
}

/** Resolves to no refusals when the plan is on the disk, else to why it must not be. Rejects with `journal-unwritable`. */
export async function promised(promising: Promising, plan: Plan): Promise<readonly Refusal[]> {
  const unsettled = await settleRivals(promising, plan)
  await ownTurn()
  if (unsettled.length > 0) return unsettled
  const nowMs = promising.now()
  return promising.pledges.pledge(plan, capsAt(promising, nowMs), nowMs, promising)
}

function capsAt({ caps, newcomer }: Promising, nowMs: number): readonly Cap[] {
  if (!newcomer || nowMs >= newcomer.untilMs) return caps
  const part = (amount: bigint) => (amount * BigInt(newcomer.percent)) / 100n
  return caps.map(({ asset, signature, day }) => ({
    ...{ asset, signature: part(signature), day: part(day) },
  }))
}

/** Frees transfers whose old slot is dead by this signer's own view of that chain; refuses for the others. */
async function settleRivals(
  { fateOf, pledges }: Promising,
  plan: Plan,
): Promise<readonly Refusal[]> {
  const settled = await Promise.all(
    pledges.rivals(plan).map(async ({ transfer, plan: old }) => {
      try {
        // Of this transfer alone: what used its slot may have paid it, and left out others of that plan.
        const own = old?.payouts.filter((payout) => payout.transfer === transfer) ?? []
        const fate = old && (await fateOf(old.chain, own, old.terms))
        if (old && fate === "dead") return pledges.release(transfer, old)
        return refusalOf(transfer, new BridgeError("slot-taken", { fate: fate ?? "unknown" }))
      } catch (error) {
        return refusalOf(transfer, error)
      }
    }),
  )
  return settled.flatMap((refusal) => refusal ?? [])
}
