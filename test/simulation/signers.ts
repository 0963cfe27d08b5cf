// Model signers: each derives every payout again from its own view of the chains, and keeps the slots by the rule of the
// real ones (`mpc/claims.ts`), in a journal of its own.

import { rateMost } from "../../chains/bitcoin/planning.ts"
import { feeFor } from "../../core/fees.ts"
import { originOf, type TransferId } from "../../core/ids.ts"
import type { Payout } from "../../core/payout.ts"
import { limitsOf } from "../../core/policy.ts"
import type { Sighting } from "../../core/transfer.ts"
import { type Claim, ClaimIndex } from "../../mpc/claims.ts"
import type { Entry } from "../../mpc/journal.ts"
import { HomeView } from "./home.ts"
import { isHome } from "./kinds.ts"
import {
  changeOf,
  contentOf,
  isLasting,
  type ModelChain,
  modelled,
  offerIn,
  type Plan,
  slotOf,
  transactionOf,
} from "./plans.ts"
import { POLICY, REWARD_MAX, type Rules } from "./rules.ts"
import type { View } from "./views.ts"

export const SIGNERS = 5
export const THRESHOLD = 3

/** Blocks that an anchor may be old when a release is signed: young enough to be mined in time. */
export const ANCHOR_AGE_MAX = 25

/** What two operators have signed about held transfers; every signer checks their signatures itself. */
export interface Approvals {
  readonly paid: Set<TransferId>
  readonly redirected: Set<TransferId>
}

export interface JournalEntry {
  readonly slot: string
  readonly content: string
  readonly plan: Plan
}

/** `later`: may be different in a while; `never`: this plan will not be signed by this signer. */
export interface Refusal {
  readonly transfer: TransferId
  readonly until: "later" | "never"
  readonly reason: string
}

type Written =
  | ({ readonly kind: "claim" } & Claim)
  | { readonly kind: "release"; readonly transfer: TransferId; readonly slot: string }

export type Answer = { readonly share: true } | { readonly share: false; refusals: Refusal[] }

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

  /** A share of the signature under a plan, or what is wrong with it. */
  sign(plan: Plan): Answer {
    const terms = this.#vetTerms(plan)
    const refusals = plan.payouts.flatMap((payout): Refusal[] => {
      const refusal = terms ?? this.#vet(plan, payout)
      return refusal ? [{ transfer: payout.transfer, ...refusal }] : []
    })
    if (refusals.length > 0) return { share: false, refusals }
    if (this.#rules.journals) for (const payout of plan.payouts) this.#record(plan, payout)
    this.#onShare(this, plan)
    return { share: true }
  }

  #vetTerms(plan: Plan): Omit<Refusal, "transfer"> | null {
    const { terms } = plan
    if (terms.kind === "attempt") return null
    const view = this.#look(terms.chain)
    if (terms.kind === "coins") return this.#vetCoins(plan, view)
    if (terms.reward > REWARD_MAX) return never("reward")
    if (terms.anchor.height > view.tip.height) return later("anchor ahead")
    if (view.at(terms.anchor.height)?.id !== terms.anchor.id) return later("anchor unknown")
    return view.tip.height - terms.anchor.height > ANCHOR_AGE_MAX ? never("anchor old") : null
  }

  /** Whether every coin is ours, unspent, and worth what is signed; whoever lies to us shows no coins. */
  #vetCoins(plan: Plan, view: View): Omit<Refusal, "transfer"> | null {
    const { terms } = plan
    if (terms.kind !== "coins" || !this.#rules.checksCoins) return null
    if (changeOf(plan) === null || offerIn(plan) > rateMost(0n)) return never("fee")
    const isThere = view instanceof HomeView && terms.coins.every((coin) => view.hasCoin(coin))
    return isThere ? null : later("no such coin")
  }

  #vet(plan: Plan, payout: Payout): Omit<Refusal, "transfer"> | null {
    const { transfer } = payout
    const source = modelled(originOf(transfer).chain)
    const view = this.#look(source)
    const located = view.locate(transfer)
    if (!located) return later("not found")
    const { sighting, block } = located
    if (this.#rules.checksFinality)
      if (!this.#rules.isFinal(POLICY, source, block.height, view.tip.height))
        return later("not final")
    const derived = this.#derive(sighting, block.height, payout.refund)
    if (typeof derived === "string") return never(derived)
    if (this.#rules.derivesPayouts && contentOf(derived) !== contentOf(payout))
      return never("another payout")
    return this.#vetSlot(plan, payout)
  }

  /** The payout that this signer finds the transfer is owed, or why none. */
  #derive(sighting: Sighting, height: number, refund: boolean): Payout | string {
    const { paid, redirected } = this.#approvals
    const fee = sighting.fee ?? feeFor(POLICY.fees, sighting, height)
    const verdict = this.#rules.verdictOn(POLICY, sighting, fee)
    const refundFee = limitsOf(POLICY, sighting)!.refundFee
    if (refund && verdict.kind !== "refund" && !redirected.has(sighting.id)) return "no refund"
    if (!refund && verdict.kind !== "clear" && !paid.has(sighting.id)) return "not cleared"
    if (!refund && sighting.recipient === null) return "no recipient"
    return this.#rules.payoutOf({
      ...sighting,
      fee: refund ? refundFee : fee,
      block: { height, id: "" },
      refund,
    })
  }

  #vetSlot(plan: Plan, payout: Payout): Omit<Refusal, "transfer"> | null {
    const { transfer } = payout
    const slot = slotOf(plan, transfer)
    if (this.#isPaid(plan, transfer)) return never("already paid")
    const claim = { transfer, slot, payout: contentOf(payout) }
    const refusal = this.#claims.refusal(claim)
    if (refusal === null) return null
    const entries = this.journal.get(transfer) ?? []
    const held = entries.find((entry) => entry.slot === refusal.held)
    if (refusal.reason !== "other-slot" || !this.#isDead(held!.plan, transfer))
      return never("slot taken")
    this.#claims.release(transfer, held!.slot)
    this.#written.push({ kind: "release", transfer, slot: held!.slot })
    return this.#claims.refusal(claim) === null ? null : never("slot taken")
  }

  #replay(entry: Written): void {
    this.#written.push(entry)
    this.#claims.replay(entry as Entry)
  }

  /** A chain of coins names no transfers: what was paid there only the journals know. */
  #isPaid(plan: Plan, transfer: TransferId): boolean {
    const { terms } = plan
    const paid = (id: TransferId, chain: ModelChain) =>
      this.#look(chain)
        .payoutsOf(id)
        .some(({ transaction }) => transaction !== transactionOf(plan))
    const source = modelled(originOf(transfer).chain)
    if (source !== terms.chain && isLasting(source) && paid(transfer, source)) return true
    // Whoever asks again knows less than the vault: the others of its batch go on without it.
    if (isHome(terms.chain) && isLasting(terms.chain))
      return this.#look(terms.chain).payoutsOf(transfer).length > 0
    return terms.kind !== "coins" && paid(transfer, terms.chain)
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
    const slot = slotOf(plan, payout.transfer)
    const entries = this.journal.get(payout.transfer) ?? []
    const claim = { transfer: payout.transfer, slot, payout: contentOf(payout) }
    // The rule is first, and the disk never fails here: what a crash between them does is `test/mpc/claims.test.ts`.
    void this.#claims.take(claim, async () => {
      this.#written.push({ kind: "claim", ...claim })
    })
    if (entries.some((entry) => entry.slot === slot)) return
    this.journal.set(payout.transfer, [...entries, { slot, content: claim.payout, plan }])
  }
}

/**
 * Whether all of a plan can provably never land: by its anchor, or because another transaction has spent its first coin
 * and leaves somebody out; never where slots last for ever.
 */
export function isDead(
  plan: Plan,
  view: View,
  { deadAfter, deathDepth }: Pick<Rules, "deadAfter" | "deathDepth">,
): boolean {
  const { terms, payouts } = plan
  if (terms.kind === "attempt") return false
  if (terms.kind === "coins") {
    if (!(view instanceof HomeView)) return false
    const [slot] = terms.coins
    if (view.ruledOutFor(slot!.point) >= deathDepth) return true
    const spent = view.spender(slot!.point)
    if (spent === null || view.tip.height - spent.height + 1 < deathDepth) return false
    const paid = new Set(spent.release.rows.map(({ transfer }) => transfer))
    return payouts.some(({ transfer }) => !paid.has(transfer))
  }
  if (view.tip.height <= terms.anchor.height + deadAfter) return false
  const transaction = transactionOf(plan)
  return payouts.every(({ transfer }) =>
    view.payoutsOf(transfer).every((landed) => landed.transaction !== transaction),
  )
}

function later(reason: string): Omit<Refusal, "transfer"> {
  return { until: "later", reason }
}

function never(reason: string): Omit<Refusal, "transfer"> {
  return { until: "never", reason }
}
