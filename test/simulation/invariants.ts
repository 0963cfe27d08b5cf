// The invariants of ARCHITECTURE.md, each checked against what truly happened on the model chains.

import { feeFor } from "../../core/fees.ts"
import { originOf, type TransferId } from "../../core/ids.ts"
import { ACCOUNTS, type Account, isBalanced } from "../../core/ledger.ts"
import { payoutOf } from "../../core/payout.ts"
import { isFinal, limitsOf, verdictOn } from "../../core/policy.ts"
import { OWED, type Sighting, type Transfer } from "../../core/transfer.ts"
import { burnIn } from "./ao.ts"
import { ANCHOR_LIFE, REORG_MAX } from "./arweave.ts"
import { contentOf, type ModelChain, modelled, type Plan, slotOf, transactionOf } from "./plans.ts"
import { POLICY } from "./rules.ts"
import type { Signer } from "./signers.ts"
import type { Applied } from "./store.ts"
import type { World } from "./world.ts"

/** Something that must never be. */
export class Violation extends Error {
  override readonly name = "Violation"
}

/** The bridge stops for people to look, which is right, and where a run ends. */
export class Halted extends Error {
  override readonly name = "Halted"
}

export class Audit {
  readonly #world: World
  readonly #balances: Record<Account, bigint> = { custody: 0n, supply: 0n, pending: 0n, fees: 0n }
  readonly #signed = new Map<
    Signer,
    Map<TransferId, { slot: string; payout: string; plan: Plan }[]>
  >()
  readonly #planned = new Map<TransferId, { slot: string; plan: Plan }[]>()

  constructor(world: World) {
    this.#world = world
  }

  /** After every commit. */
  committed(applied: readonly Applied[]): void {
    for (const one of applied) {
      const { entries, transfer, change, before } = one
      const sum = entries.reduce((total, { amount }) => total + amount, 0n)
      claim(sum === 0n, () => `1: the posting of ${change.key} sums to zero`)
      for (const { account, amount } of entries)
        this.#balances[account] += account === "custody" ? amount : -amount
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
    claim(isBalanced(this.#balances), () => "1: custody = supply + pending + fees")
    let owed = 0n
    for (const { state, amount } of this.#world.store.transfers.values())
      if (OWED.includes(state)) owed += amount
    claim(owed === this.#balances.pending, () => "2: pending is the sum owed")
  }

  #vet({ change, before, transfer }: Applied): void {
    const { arweave, ao, store } = this.#world
    const { event } = change
    switch (event.kind) {
      case "Confirmed": {
        const { source, block } = transfer
        const depth = source === "ao" ? ao.slots.length - block.height : arweave.depthOf(block)
        claim(
          depth >= POLICY.depths[modelled(source)],
          () => `confirmed at depth ${depth}, ${transfer.id}`,
        )
        return
      }
      case "Planned": {
        const plan = store.plans.get(event.plan)!
        const earlier = this.#planned.get(transfer.id) ?? []
        for (const other of earlier)
          if (other.slot !== event.slot)
            claim(
              this.#isDead(other.plan),
              () => `3: a second slot while the first lives, ${transfer.id}`,
            )
        this.#vetPause(modelled(originOf(transfer.id).chain), plan.terms.chain)
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
        return
      }
      case "Died": {
        const plan = store.plans.get(before!.plan!)!
        if (plan.terms.chain === "arweave")
          claim(this.#isDead(plan), () => `3: a slot is freed only when it is dead, ${transfer.id}`)
        return
      }
      default:
        return
    }
  }

  /** After every block, reorganisation and scheduler slot. */
  chainMoved(): void {
    const { arweave, ao } = this.#world
    let unbacked = 0n
    const paid = new Set([...ao.minted.keys(), ...arweave.fork.releases.keys()])
    for (const id of paid) {
      const landed = this.#landed(id)
      claim(landed.length <= 1, () => `3: one payout lands for ${id}, not ${landed.length}`)
      const backed =
        originOf(id).chain === "ao" || arweave.fork.heights.has(originOf(id).transaction)
      if (!backed) unbacked += this.#world.truth.get(id)!.amount
    }
    const { vault } = arweave.fork
    claim(
      vault + unbacked >= ao.supply,
      () => `7: the vault ${vault} backs the supply ${ao.supply}`,
    )
  }

  /** Whenever a signer gives a share. A signer whose endpoints lie answers for nothing but its journal. */
  signed(signer: Signer, plan: Plan): void {
    const mine = this.#signed.get(signer) ?? new Map()
    this.#signed.set(signer, mine)
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
              this.#isDead(other.plan),
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
    const known = this.#world.store.sealed.has(transactionOf(plan))
    claim(known, () => "what is handed to a chain is in the books first")
  }

  /** At the end, when nothing moves any more. */
  quiet(): void {
    const { arweave, ao, store, truth } = this.#world
    let lost = 0n
    for (const transfer of store.transfers.values()) {
      const { id, state, reason, amount } = transfer
      claim(
        state === "paid" || state === "held" || state === "dropped",
        () => `8: ${id} ends, not ${state}`,
      )
      claim(state !== "held" || reason !== null, () => `8: ${id} is held for a reason`)
      const landed = this.#landed(id)
      claim(
        landed.length === (state === "paid" ? 1 : 0),
        () => `3: ${id} is ${state}, ${landed} landed`,
      )
      const onChain = id.startsWith("ao:") || arweave.fork.heights.has(originOf(id).transaction)
      claim(onChain || state === "dropped" || state === "paid", () => `${id} is owed for nothing`)
      claim(!onChain || state !== "dropped", () => `8: ${id} is on its chain, and dropped`)
      if (state === "paid" && !onChain) lost += amount
      if (state === "held") this.#vetHeld(transfer)
    }
    for (const [id] of truth) {
      const onChain = id.startsWith("ao:") || arweave.fork.heights.has(originOf(id).transaction)
      claim(!onChain || store.transfers.has(id), () => `8: ${id} is known`)
    }
    const { custody, supply } = this.#balances
    claim(
      custody - lost === arweave.fork.vault,
      () => `1: custody ${custody} less ${lost} lost is in the vault ${arweave.fork.vault}`,
    )
    claim(supply === ao.supply, () => `1: supply ${supply} is the token's ${ao.supply}`)
    this.#replay()
  }

  /** People have decided everything they could: what still waits may only be dust, or a slot that never dies. */
  #vetHeld({ id, reason }: Transfer): void {
    const taken = this.#world.signers.some(({ journal }) => (journal.get(id) ?? []).length > 0)
    claim(
      reason === "not-enough-to-pay-fees" || (reason === "slot-taken" && taken),
      () => `8: ${id} is held for ${reason}`,
    )
  }

  /** 5: the events alone lead to the same rows and the same books. */
  #replay(): void {
    const { store, rules } = this.#world
    const rows = new Map<TransferId, Transfer>()
    const sums: Record<Account, bigint> = { custody: 0n, supply: 0n, pending: 0n, fees: 0n }
    for (const { change } of store.applied) {
      const { transfer, entries } = rules.step(rows.get(change.transfer) ?? null, change.event)
      rows.set(change.transfer, transfer)
      for (const { account, amount } of entries)
        sums[account] += account === "custody" ? amount : -amount
    }
    for (const [id, { state, version }] of store.transfers)
      claim(
        rows.get(id)?.state === state && rows.get(id)?.version === version,
        () => `5: ${id} replays`,
      )
    for (const account of ACCOUNTS)
      claim(sums[account] === this.#balances[account], () => `5: ${account} replays`)
  }

  /** Transactions that have truly paid a transfer, on the canonical forks as they are now. */
  #landed(id: TransferId): readonly string[] {
    const { arweave, ao } = this.#world
    const mint = ao.minted.get(id)
    const releases = (arweave.fork.releases.get(id) ?? []).map((release) => release.id)
    return mint ? [mint.transaction, ...releases] : releases
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

  #isDead({ terms, ...plan }: Plan): boolean {
    if (terms.chain === "ao") return false
    const { fork, height } = this.#world.arweave
    const past = height > terms.anchor.height + ANCHOR_LIFE + REORG_MAX
    return past && !fork.heights.has(transactionOf({ terms, ...plan }))
  }

  /** Every payout of a transfer that an honest signer may derive, in truth. */
  #owed(id: TransferId, refund: boolean): readonly string[] {
    const { arweave, ao, approvals, truth } = this.#world
    const origin = originOf(id)
    const sighting = truth.get(id)
    if (!sighting) return []
    if (origin.chain === "ao") {
      const slot = ao.slots[origin.index]
      if (!slot || burnIn(slot)?.id !== id) return []
    }
    const stays =
      origin.chain === "ao"
        ? [{ height: origin.index, id: "" }]
        : (arweave.stays.get(origin.transaction) ?? [])
    return stays.flatMap((stay): string[] => {
      const depth = origin.chain === "ao" ? ao.slots.length - stay.height : arweave.depthOf(stay)
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

function claim(holds: boolean, words: () => string): asserts holds {
  if (!holds) throw new Violation(words())
}

/** What people truly did, by transfer: kept by the world, seen by no part of the bridge. */
export type Truth = Map<TransferId, Sighting>
