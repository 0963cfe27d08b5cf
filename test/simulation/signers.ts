// Model signers: each derives every payout again from its own view of the chains, judges it and its terms, and keeps the
// slots by the rules of the real ones (`mpc/verify.ts`, `mpc/claims.ts`, `chains/*/planning.ts`), in a journal of its own.

import { fateIn as minted } from "../../chains/ao/planning.ts"
import { ANCHOR_LIFE } from "../../chains/arweave/planning.ts"
import { rateMost, type SlotSeen, fateIn as spending } from "../../chains/bitcoin/planning.ts"
import type { Fate } from "../../chains/chain.ts"
import { fateIn as approved, demandUnpaid } from "../../chains/evm/planning.ts"
import { BridgeError } from "../../core/errors.ts"
import { originOf, type TransferId } from "../../core/ids.ts"
import type { Payout } from "../../core/payout.ts"
import { type Claim, ClaimIndex } from "../../mpc/claims.ts"
import type { Entry } from "../../mpc/journal.ts"
import { contentOf as pledged } from "../../mpc/pledges.ts"
import { type Refusal, refusalOf } from "../../mpc/protocol.ts"
import { HomeView } from "./home.ts"
import { isHome } from "./kinds.ts"
import {
  changeOf,
  contentOf,
  type ModelChain,
  modelled,
  offerIn,
  type Plan,
  slotOf,
} from "./plans.ts"
import { POLICY, REWARD_MAX, type Rules } from "./rules.ts"
import type { View } from "./views.ts"

export const SIGNERS = 5
export const THRESHOLD = 3

/** What two operators have signed about held transfers; every signer checks their signatures itself. */
export interface Approvals {
  readonly paid: Set<TransferId>
  readonly redirected: Set<TransferId>
}

export interface JournalEntry {
  readonly slot: string
  readonly plan: Plan
}

type Written =
  | ({ readonly kind: "claim" } & Claim)
  | { readonly kind: "release"; readonly transfer: TransferId; readonly slot: string }

export type Answer =
  | { readonly share: true }
  | { readonly share: false; readonly refusals: readonly Refusal[] }

export class Signer {
  readonly name: string
  /** Survives every crash of the signer. */
  readonly journal = new Map<TransferId, JournalEntry[]>()
  /** What is on its disk, in the order of the writing, and what it makes of that. */
  readonly #written: Written[] = []
  readonly #claims = new ClaimIndex()
  /** Its endpoints tell it what somebody else wants; it keeps the rules all the same. */
  lied = false
  readonly #look: (chain: ModelChain) => View
  readonly #rules: Rules
  readonly #approvals: Approvals
  readonly #onShare: (signer: Signer, plan: Plan) => void

  constructor(
    name: string,
    look: (chain: ModelChain) => View,
    rules: Rules,
    approvals: Approvals,
    onShare: (signer: Signer, plan: Plan) => void,
  ) {
    this.name = name
    this.#look = look
    this.#rules = rules
    this.#approvals = approvals
    this.#onShare = onShare
  }

  /** Whoever sits on this seat from now on: with its journal, and its eyes on the chains. */
  succeeded(name: string): Signer {
    const heir = new Signer(name, this.#look, this.#rules, this.#approvals, this.#onShare)
    heir.lied = this.lied
    if (!this.#rules.journalsAreHandedOver) return heir
    for (const [id, entries] of this.journal) heir.journal.set(id, entries)
    for (const entry of this.#written) heir.#replay(entry)
    return heir
  }

  /** A share of the signature under a plan, or what is wrong with it: as `mpc/verify.ts` and `mpc/signing.ts` go about it. */
  sign(plan: Plan): Answer {
    const rows = plan.payouts.map((payout) => this.#owed(payout))
    const refused = rows.flatMap((row) => ("code" in row ? [row] : []))
    const refusals = refused.length > 0 ? refused : this.#refusalsOf(plan, rows as Payout[])
    if (refusals.length > 0) return { share: false, refusals }
    if (this.#rules.journals) for (const payout of plan.payouts) this.#record(plan, payout)
    this.#onShare(this, plan)
    return { share: true }
  }

  /** What this signer finds that a transfer is owed, by its own view of the chain that it comes from. */
  #owed({ transfer, refund }: Payout): Payout | Refusal {
    const view = this.#look(modelled(originOf(transfer).chain))
    const found = view.locate(transfer)
    const { paid, redirected } = this.#approvals
    try {
      const located = found && { ...found, tip: view.tip }
      return this.#rules.owed(POLICY, { id: transfer, refund }, located, {
        isReturned: () => redirected.has(transfer),
        isApproved: paid.has(transfer),
      })
    } catch (error) {
      return refusalOf(transfer, error)
    }
  }

  /** Of the plan as a whole, then of its slots. */
  #refusalsOf(plan: Plan, payouts: readonly Payout[]): readonly Refusal[] {
    try {
      this.#vet(plan)
      const isSame = plan.payouts.every((one, at) => contentOf(one) === contentOf(payouts[at]!))
      if (this.#rules.derivesPayouts && !isSame)
        throw new BridgeError("signer-refused", { derives: "another message" })
    } catch (error) {
      return [refusalOf(null, error)]
    }
    return plan.payouts.flatMap((payout) => {
      const reason = this.#slotTaken(plan, payout)
      if (reason === null) return []
      return [refusalOf(payout.transfer, new BridgeError("slot-taken", { reason }))]
    })
  }

  #vet(plan: Plan): void {
    const { terms, payouts } = plan
    const view = this.#look(terms.chain)
    switch (terms.kind) {
      case "attempt": {
        const transfers = payouts.map(({ transfer }) => transfer)
        if (isHome(terms.chain)) demandUnpaid(transfers, usedBy(plan, view))
        break
      }
      case "coins":
        this.#vetCoins(plan, view)
        break
      case "anchor": {
        const { reward, anchor } = terms
        const isCanonical = view.at(anchor.height)?.id === anchor.id
        const price = view.price!
        const seen = { tip: view.tip.height, isCanonical, price, dearest: price }
        const offered = { reward, anchorHeight: anchor.height }
        this.#rules.demandSound(offered, { ...seen, rewardMax: REWARD_MAX })
      }
    }
  }

  /** Whether every coin is ours, unspent, and worth what is signed; whoever lies to us shows no coins. */
  #vetCoins(plan: Plan, view: View): void {
    const { terms } = plan
    if (terms.kind !== "coins" || !this.#rules.checksCoins) return
    const refuse = (reason: string) => new BridgeError("signer-refused", { reason })
    if (changeOf(plan) === null || offerIn(plan) > rateMost(0n)) throw refuse("fee")
    const isThere = view instanceof HomeView && terms.coins.every((coin) => view.hasCoin(coin))
    if (!isThere) throw refuse("no such coin")
  }

  /** Null: it may be signed in this slot. What the transfer was pledged to before is let go when it is dead. */
  #slotTaken(plan: Plan, payout: Payout): string | null {
    const { transfer } = payout
    const claim = claimOf(plan, payout)
    const refusal = this.#claims.refusal(claim)
    if (refusal === null) return null
    const entries = this.journal.get(transfer) ?? []
    const held = entries.find((entry) => entry.slot === refusal.held)
    if (refusal.reason !== "other-slot" || !this.#isDead(held!.plan, transfer))
      return refusal.reason
    this.#claims.release(transfer, held!.slot)
    this.#written.push({ kind: "release", transfer, slot: held!.slot })
    return this.#claims.refusal(claim)?.reason ?? null
  }

  #replay(entry: Written): void {
    this.#written.push(entry)
    this.#claims.replay(entry as Entry)
  }

  /** Whether another plan of it was signed here that may still land. */
  holdsElsewhere(plan: Plan, transfer: TransferId): boolean {
    const slot = slotOf(plan, transfer)
    const entries = this.journal.get(transfer) ?? []
    return entries.some((entry) => entry.slot !== slot && !this.#isDead(entry.plan, transfer))
  }

  /** Asked of the transfer alone: whoever spent the coin may have paid it, and left out others of the plan. */
  #isDead(plan: Plan, transfer: TransferId): boolean {
    const payouts = plan.payouts.filter((one) => one.transfer === transfer)
    return isDead({ ...plan, payouts }, this.#look(plan.terms.chain), this.#rules)
  }

  #record(plan: Plan, payout: Payout): void {
    const claim = claimOf(plan, payout)
    const { transfer, slot } = claim
    const entries = this.journal.get(transfer) ?? []
    // The rule is first, and the disk never fails here: what a crash between them does is `test/mpc/claims.test.ts`.
    void this.#claims.take(claim, async () => {
      this.#written.push({ kind: "claim", ...claim })
    })
    if (entries.some((entry) => entry.slot === slot)) return
    this.journal.set(transfer, [...entries, { slot, plan }])
  }
}

function claimOf(plan: Plan, payout: Payout) {
  const { transfer } = payout
  return { transfer, slot: slotOf(plan, transfer), payout: pledged(payout) }
}

/** Whether a plan can provably never land, by the rule of its chain. */
export function isDead(plan: Plan, view: View, rules: Pick<Rules, "isExpired" | "deathDepth">) {
  return fateOf(plan, view, rules) === "dead"
}

/** What became of a plan, by the rule of its chain and one view of it. */
function fateOf(
  plan: Plan,
  view: View,
  { isExpired, deathDepth }: Pick<Rules, "isExpired" | "deathDepth">,
): Fate {
  const { terms, payouts } = plan
  switch (terms.kind) {
    case "attempt":
      return isHome(terms.chain)
        ? approved(usedBy(plan, view), true)
        : minted(usedBy(plan, view), false)
    case "coins":
      if (!(view instanceof HomeView)) return "open"
      return spending(slotSeen(terms.coins[0]!.point, payouts, view), view.tip.height, deathDepth)
    case "anchor": {
      const isLanded = payouts.some(({ transfer }) => {
        const landed = view.payoutsOf(transfer)
        return landed.some(({ height }) => isWithin(height, terms.anchor.height))
      })
      if (isLanded) return "landed"
      return isExpired(view.tip.height, terms.anchor.height) ? "dead" : "open"
    }
  }
}

/** Where a release can be that is anchored there. */
function isWithin(height: number, anchor: number): boolean {
  return height > anchor && height <= anchor + ANCHOR_LIFE
}

function usedBy({ payouts }: Plan, view: View): readonly boolean[] {
  return payouts.map(({ transfer }) => view.payoutsOf(transfer).length > 0)
}

function slotSeen(point: string, payouts: readonly Payout[], view: HomeView): SlotSeen {
  const spent = view.spender(point)
  const paid = new Set(spent?.release.rows.map(({ transfer }) => transfer))
  const isPaid = payouts.every(({ transfer }) => paid.has(transfer))
  return { spent: spent && { height: spent.height, isPaid }, ruledOut: view.ruledOut(point) }
}
