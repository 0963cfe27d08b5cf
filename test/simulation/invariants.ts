// The invariants of ARCHITECTURE.md, each checked against what truly happened on the model chains.

import type { AssetName } from "../../core/assets.ts"
import { feeFor } from "../../core/fees.ts"
import { originOf, type TransferId } from "../../core/ids.ts"
import { ACCOUNTS, isBalanced } from "../../core/ledger.ts"
import { payoutOf } from "../../core/payout.ts"
import { isFinal, limitsOf, verdictOn } from "../../core/policy.ts"
import { type BlockRef, OWED, type Sighting, type Transfer } from "../../core/transfer.ts"
import { burnIn } from "./ao.ts"
import { Balances } from "./balances.ts"
import { ANCHOR_LIFE } from "./fork.ts"
import { isHome, KINDS } from "./kinds.ts"
import {
  contentOf,
  isLasting,
  type ModelChain,
  modelled,
  type Plan,
  slotOf,
  transactionOf,
} from "./plans.ts"
import { landedFor, stands, whyLeft } from "./rest.ts"
import { POLICY } from "./rules.ts"
import { Shares } from "./shares.ts"
import type { Signer } from "./signers.ts"
import type { Applied } from "./store.ts"
import { claim } from "./violation.ts"
import type { World } from "./world.ts"

export class Audit {
  readonly #world: World
  #balances = new Balances()
  readonly #signed = new Map<Signer, Promises>()
  /** Of a signer that came back from a backup: when its rest is over it knows no more than then. */
  readonly #restored = new Map<Signer, { readonly promises: Promises; readonly untilMs: number }>()
  readonly #shares: Shares
  readonly #planned = new Map<TransferId, { slot: string; plan: Plan }[]>()
  readonly #paidBefore = new Set<TransferId>()

  constructor(world: World) {
    this.#world = world
    this.#shares = new Shares(world)
  }

  /** After every commit. */
  committed(applied: readonly Applied[]): void {
    for (const one of applied) {
      const { entries, transfer, change, before } = one
      const sum = entries.reduce((total, { amount }) => total + amount, 0n)
      claim(sum === 0n, () => `1: the posting of ${change.key} sums to zero`)
      this.#balances.post(entries)
      const read = change.version ?? before?.version ?? 0
      claim(
        read === (before?.version ?? 0),
        () => `a worker's event is of the version that it read, ${change.key}`,
      )
      const { state, slot, transaction } = transfer
      const holds = state === "signing" || state === "sent" || state === "paid"
      claim(holds === (slot !== null), () => `4: ${state} and its slot agree, ${transfer.id}`)
      claim(state !== "paid" || transaction !== null, () => "4: paid names its transaction")
      this.#vet(one)
    }
    const touched = new Set(applied.map(({ transfer }) => transfer.asset))
    for (const asset of touched) {
      const balances = this.#balances.of(asset)
      claim(isBalanced(balances), () => "1: custody = supply + pending + fees")
      // What books that came back do not know of is spent, and told later.
      claim(
        balances.fees >= 0n || this.#world.store.restorations > 0,
        () => `1: network fees are paid out of fees, not ${balances.fees} of ${asset}`,
      )
      let owed = 0n
      for (const one of this.#world.store.transfers.values())
        if (one.asset === asset && OWED.includes(one.state)) owed += one.amount
      claim(owed === balances.pending, () => "2: pending is the sum owed")
    }
  }

  /**
   * The books are those of an earlier time now; what the signers have done stays done. `paid`: what the lost ones had been
   * told of payments on home chains, as final.
   */
  rebuilt(paid: readonly TransferId[]): void {
    for (const id of paid) this.#paidBefore.add(id)
    this.#balances = new Balances()
    this.#planned.clear()
    for (const { entries, change, transfer } of this.#world.store.applied) {
      this.#balances.post(entries)
      const { event } = change
      if (event.kind !== "Planned") continue
      const plan = this.#world.store.plans.get(event.plan)!
      const earlier = this.#planned.get(transfer.id) ?? []
      this.#planned.set(transfer.id, [...earlier, { slot: event.slot, plan }])
    }
  }

  /** Whoever takes a seat over is bound by what was signed on it. */
  succeeded(signer: Signer, heir: Signer): Signer {
    this.#signed.set(heir, this.promisesOf(signer))
    const restored = this.#restored.get(signer)
    if (restored) this.#restored.set(heir, restored)
    this.#shares.succeeded(signer, heir)
    return heir
  }

  /** What a signer has promised up to now, as a copy. */
  promisesOf(signer: Signer): Promises {
    return new Map(this.#signed.get(signer))
  }

  /** It has forgotten what it promised since; until then it rests, and is held to all of it. */
  restored(signer: Signer, promises: Promises, untilMs: number): void {
    this.#restored.set(signer, { promises, untilMs })
  }

  #vet({ change, before, transfer }: Applied): void {
    const world = this.#world
    const { store } = world
    const { event } = change
    switch (event.kind) {
      case "Confirmed": {
        const { block } = transfer
        const source = modelled(transfer.source)
        claim(
          isFinal(POLICY, source, 1, this.#depthOf(source, block)),
          () => `confirmed too early, ${transfer.id}`,
        )
        return
      }
      case "Planned": {
        const plan = store.plans.get(event.plan)!
        const earlier = this.#planned.get(transfer.id) ?? []
        // What has landed is told, whatever else was planned: that no more than one does is looked at block by block.
        const hasLanded = isLandedPlan(plan)
        for (const other of earlier)
          if (other.slot !== event.slot && !hasLanded)
            claim(
              this.#isDead(other.plan, transfer.id),
              () => `3: a second slot while the first lives, ${transfer.id}`,
            )
        claim(
          // In the slot that it has, whatever lands counts.
          hasLanded || before?.slot !== null || !this.#paidBefore.has(transfer.id),
          () => `3: books that came back plan what was paid, ${transfer.id}`,
        )
        if (!hasLanded) this.#vetPause(modelled(originOf(transfer.id).chain), plan.terms.chain)
        this.#planned.set(transfer.id, [...earlier, { slot: event.slot, plan }])
        return
      }
      case "Signed": {
        const plan = store.plans.get(transfer.plan!)!
        claim(
          event.transaction === transactionOf(plan),
          () => "sent names the transaction of its own plan",
        )
        return
      }
      case "Settled": {
        const landed = this.#landed(transfer.id)
        claim(landed.includes(event.transaction), () => `5: what settles ${transfer.id} has landed`)
        const { amount } = payoutOf(transfer)
        const paid = landedFor(world, transfer.id, event.transaction)
        claim(paid.includes(amount), () => `8: ${transfer.id} is paid ${amount}, not ${paid}`)
        return
      }
      case "Died": {
        const plan = store.plans.get(before!.plan!)!
        const isElsewhere = event.reason === "paid-elsewhere" && !this.#hasLanded(plan, transfer.id)
        if (!isLasting(plan.terms.chain))
          claim(
            isElsewhere || this.#isDead(plan, transfer.id),
            () => `3: a slot is freed only when it is dead, ${transfer.id}`,
          )
        return
      }
      default:
        return
    }
  }

  /** After every block, reorganisation and scheduler slot. */
  chainMoved(): void {
    for (const { home, ao } of this.#world.routes) {
      let unbacked = 0n
      for (const id of new Set([...ao.minted.keys(), ...home.fork.releases.keys()])) {
        const landed = this.#landed(id)
        claim(landed.length <= 1, () => `3: one payout lands for ${id}, not ${landed.length}`)
        if (!stands(this.#world, id)) unbacked += this.#world.truth.get(id)!.amount
      }
      const { vault } = home.fork
      claim(
        vault + unbacked >= ao.supply,
        () => `7: the vault ${vault} on ${home.name} backs the supply ${ao.supply}`,
      )
    }
  }

  /** Whenever a signer gives a share. A signer whose endpoints lie answers for nothing but its journal. */
  signed(signer: Signer, plan: Plan): void {
    const restored = this.#restored.get(signer)
    if (restored && this.#world.nowMs >= restored.untilMs) {
      this.#signed.set(signer, restored.promises)
      this.#restored.delete(signer)
    }
    const mine: Promises = this.#signed.get(signer) ?? new Map()
    this.#signed.set(signer, mine)
    if (!signer.lied) this.#shares.given(signer, plan)
    for (const payout of plan.payouts) {
      const slot = slotOf(plan, payout.transfer)
      const content = contentOf(payout)
      const earlier = mine.get(payout.transfer) ?? []
      if (!signer.lied) {
        claim(
          this.#owed(payout.transfer, payout.refund).includes(content),
          () => `6: ${signer.name} signs what is owed, ${plan.id}`,
        )
        for (const other of earlier)
          if (other.slot !== slot || other.payout !== content)
            claim(
              this.#isDead(other.plan, payout.transfer),
              () => `6: ${signer.name} signs one slot of ${payout.transfer}`,
            )
      }
      mine.set(payout.transfer, [...earlier, { slot, payout: content, plan }])
    }
  }

  /** Before signed bytes leave for a chain. */
  handedOver(plan: Plan): void {
    for (const { transfer, chain } of plan.payouts)
      this.#vetPause(modelled(originOf(transfer).chain), modelled(chain))
    const { sealed } = this.#world.store
    claim(sealed.has(transactionOf(plan)), () => "what is handed to a chain is in the books first")
  }

  /** At the end, when nothing moves any more. */
  quiet(): void {
    const world = this.#world
    const { store, truth } = world
    const lost = new Map<AssetName, bigint>()
    for (const transfer of store.transfers.values()) {
      const { id, state, reason, amount, asset } = transfer
      const isLeft = whyLeft(world, transfer) !== null
      claim(
        state === "paid" || state === "held" || state === "dropped" || isLeft,
        () => `8: ${id} ends, not ${state}`,
      )
      claim(state !== "held" || reason !== null, () => `8: ${id} is held for a reason`)
      const landed = this.#landed(id)
      claim(
        landed.length === (state === "paid" ? 1 : 0),
        () => `3: ${id} is ${state}, ${landed} landed`,
      )
      const isThere = stands(world, id)
      claim(
        isThere || state === "dropped" || state === "paid" || isLeft,
        () => `${id} is owed for nothing`,
      )
      claim(!isThere || state !== "dropped", () => `8: ${id} is on its chain, and dropped`)
      if (!isThere && (state === "paid" || isLeft))
        lost.set(asset, (lost.get(asset) ?? 0n) + amount)
      if (state === "held") this.#vetHeld(transfer)
    }
    for (const [id] of truth)
      claim(!stands(world, id) || store.transfers.has(id), () => `8: ${id} is known`)
    for (const { home, ao } of world.routes) {
      const { custody, supply } = this.#balances.of(home.kind.asset)
      const gone = lost.get(home.kind.asset) ?? 0n
      claim(
        custody - gone === home.fork.vault,
        () => `1: custody ${custody} less ${gone} lost is in the vault ${home.fork.vault}`,
      )
      claim(supply === ao.supply, () => `1: supply ${supply} is the token's ${ao.supply}`)
    }
    this.#replay()
  }

  /** People have decided everything they could: what still waits may only be dust, or a slot that never dies. */
  #vetHeld({ id, reason }: Transfer): void {
    const taken = this.#world.signers.some((signer) => signer.isPromised(id))
    claim(
      reason === "not-enough-to-pay-fees" || (reason === "slot-taken" && taken),
      () => `8: ${id} is held for ${reason}`,
    )
  }

  /** 5: the events alone lead to the same rows and the same books. */
  #replay(): void {
    const { store, rules } = this.#world
    const rows = new Map<TransferId, Transfer>()
    const sums = new Balances()
    for (const { change } of store.applied) {
      const { transfer, entries } = rules.step(rows.get(change.transfer) ?? null, change.event)
      rows.set(change.transfer, transfer)
      sums.post(entries)
    }
    for (const [id, { state, version }] of store.transfers)
      claim(
        rows.get(id)?.state === state && rows.get(id)?.version === version,
        () => `5: ${id} replays`,
      )
    for (const { home } of this.#world.routes)
      for (const account of ACCOUNTS) {
        const { asset } = home.kind
        const isSame = sums.of(asset)[account] === this.#balances.of(asset)[account]
        claim(isSame, () => `5: ${account} of ${asset} replays`)
      }
  }

  /** Transactions that have truly paid a transfer, on the canonical forks as they are now. */
  #landed(id: TransferId): readonly string[] {
    const home = this.#world.homeOf(modelled(originOf(id).chain))
    const { ao } = this.#world.routes.find((route) => route.home === home)!
    const mint = ao.minted.get(id)
    const releases = (home.fork.releases.get(id) ?? []).map((release) => release.id)
    return mint ? [mint.transaction, ...releases] : releases
  }

  #hasLanded(plan: Plan, id: TransferId): boolean {
    return this.#landed(id).includes(transactionOf(plan))
  }

  #depthOf(chain: ModelChain, block: BlockRef): number {
    if (isHome(chain)) return this.#world.homeOf(chain).depthOf(block)
    return this.#world.ledgerOf(chain).slots.length - block.height
  }

  /** Work that began after a chain was paused may not touch it. */
  #vetPause(...chains: ModelChain[]): void {
    const { store, startedAt } = this.#world
    for (const chain of chains)
      claim(
        (store.paused.get(chain) ?? startedAt) >= startedAt,
        () => `${chain} is paused, and worked on`,
      )
  }

  /** Whether a plan can never pay this transfer any more. */
  #isDead(plan: Plan, transfer: TransferId): boolean {
    const { terms } = plan
    if (terms.kind === "attempt") return false
    const { fork, height, kind } = this.#world.homeOf(terms.chain)
    if (terms.kind === "coins") {
      const [slot] = terms.coins
      const since = fork.ruledOut(slot!.point)
      if (since !== null && height - since >= kind.reorgMax) return true
      const spent = fork.spent.get(slot!.point)
      if (!spent || height - spent.height < kind.reorgMax) return false
      return spent.release.rows.every((row) => row.transfer !== transfer)
    }
    const past = height > terms.anchor.height + ANCHOR_LIFE + KINDS.arweave.reorgMax
    return past && !fork.heights.has(transactionOf(plan))
  }

  /** Every payout of a transfer that an honest signer may derive, in truth. */
  #owed(id: TransferId, refund: boolean): readonly string[] {
    const { approvals, truth } = this.#world
    const origin = originOf(id)
    const chain = modelled(origin.chain)
    const sighting = truth.get(id)
    if (!sighting) return []
    let stays: readonly BlockRef[]
    if (isHome(chain)) stays = this.#world.homeOf(chain).stays.get(origin.transaction) ?? []
    else {
      const ao = this.#world.ledgerOf(chain)
      const slot = ao.slots[origin.index]
      if (!slot || burnIn(slot, ao.name)?.id !== id) return []
      stays = [{ height: origin.index, id: "" }]
    }
    return stays.flatMap((stay): string[] => {
      const depth = this.#depthOf(chain, stay)
      if (!isFinal(POLICY, origin.chain, 1, depth)) return []
      const fee = sighting.fee ?? feeFor(POLICY.fees, sighting, stay.height)
      const verdict = verdictOn(POLICY, sighting, fee)
      const wanted = refund
        ? verdict.kind === "refund" || approvals.redirected.has(id)
        : verdict.kind === "clear" || approvals.paid.has(id)
      if (!wanted) return []
      const charged = refund ? limitsOf(POLICY, sighting)!.refundFee : fee
      return [contentOf(payoutOf({ ...sighting, fee: charged, block: stay, refund }))]
    })
  }
}

/** Of books that came back: what a chain tells of what they do not remember. */
function isLandedPlan({ id, terms }: Plan): boolean {
  return id.startsWith(`${terms.chain}-landed-`)
}

/** By transfer, all that was signed for it. */
export type Promises = Map<
  TransferId,
  readonly { readonly slot: string; readonly payout: string; readonly plan: Plan }[]
>

/** What people truly did, by transfer: kept by the world, seen by no part of the bridge. */
export type Truth = Map<TransferId, Sighting>
