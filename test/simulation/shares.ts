// What signers have helped to pay, by the shares that truly left: nobody more than its caps, or sooner than the bridge's
// limits, or against more than was ever locked.

import { attestedKey } from "../../chains/ao/codec.ts"
import type { AssetName } from "../../core/assets.ts"
import { originOf, type TransferId } from "../../core/ids.ts"
import type { Payout } from "../../core/payout.ts"
import { isHome } from "./kinds.ts"
import { DAY_MS, NEWCOMER_PERCENT } from "./limits.ts"
import { modelled, type Plan, slotOf } from "./plans.ts"
import type { Signer } from "./signers.ts"
import { claim } from "./violation.ts"
import type { World } from "./world.ts"

interface Share {
  readonly atMs: number
  readonly payout: Payout
  readonly slot: string
  readonly sender: string
}

export class Shares {
  readonly #world: World
  readonly #given = new Map<Signer, readonly Share[]>()

  constructor(world: World) {
    this.#world = world
  }

  succeeded(signer: Signer, heir: Signer): void {
    this.#given.set(heir, this.#given.get(signer) ?? [])
  }

  /** One that leaves now. */
  given(signer: Signer, plan: Plan): void {
    this.#vetAttested(signer, plan)
    const { nowMs, limits, truth } = this.#world
    const isNew = nowMs < signer.newUntilMs
    const part = (amount: bigint) => (isNew ? (amount * BigInt(NEWCOMER_PERCENT)) / 100n : amount)
    const inPlan = new Map<AssetName, bigint>()
    for (const payout of plan.payouts) {
      const { asset, amount, transfer } = payout
      const cap = limits.caps.find((row) => row.asset === asset)!
      inPlan.set(asset, (inPlan.get(asset) ?? 0n) + amount)
      claim(
        inPlan.get(asset)! <= part(cap.signature),
        () => `6: ${signer.name} signs ${inPlan.get(asset)} of ${asset} at once`,
      )
      const given = this.#given.get(signer) ?? []
      const slot = slotOf(plan, transfer)
      if (given.some((one) => one.slot === slot && one.payout.transfer === transfer)) continue
      const { sender } = truth.get(transfer)!
      const day = given.filter(({ atMs }) => atMs > nowMs - DAY_MS)
      const spent = sumOf(day, (one) => one.payout.asset === asset) + amount
      claim(spent <= part(cap.day), () => `6: ${signer.name} signs ${spent} of ${asset} in a day`)
      this.#vetGoverned(signer, payout, sender, day)
      this.#given.set(signer, [...given, { atMs: nowMs, payout, slot, sender }])
    }
  }

  /** More than ever was deposited on one fork nobody who is not lied to has counted. */
  #vetAttested({ name }: Signer, { terms }: Plan): void {
    if (terms.kind !== "attempt" || isHome(terms.chain)) return
    const { name: home, depositedMost } = this.#world.homeOf(terms.chain)
    const stated = BigInt(terms.terms[attestedKey(home)] ?? 0n)
    claim(
      stated <= depositedMost,
      () => `7: ${name} attests ${stated} on ${home}, of ${depositedMost}`,
    )
  }

  #vetGoverned(signer: Signer, payout: Payout, sender: string, day: readonly Share[]): void {
    const { nowMs, limits } = this.#world
    const { delayMs, windows } = limits.governor
    const { asset, chain, transfer, amount, recipient } = payout
    const here = day.filter((one) => one.payout.asset === asset && one.payout.chain === chain)
    const window = windows.find((row) => row.asset === asset && row.target === chain)!
    const all = sumOf(here, () => true) + amount
    claim(
      all <= window.day,
      () => `6: ${signer.name} signs ${all} of ${asset} on ${chain} in a day`,
    )
    const sent = sumOf(here, (one) => one.sender === sender) + amount
    const got = sumOf(here, (one) => one.payout.recipient === recipient) + amount
    claim(
      (sent < window.large && got < window.large) || nowMs >= this.#beganMs(transfer) + delayMs,
      () => `6: ${signer.name} signs what is large before its time, ${transfer}`,
    )
  }

  /** When its first block was made. */
  #beganMs(id: TransferId): number {
    const { chain, index, transaction } = originOf(id)
    const source = modelled(chain)
    if (!isHome(source)) return this.#world.ledgerOf(source).slots[index]!.atMs
    const stays = this.#world.homeOf(source).stays.get(transaction) ?? []
    return Math.min(...stays.map(({ atMs }) => atMs))
  }
}

function sumOf(shares: readonly Share[], counts: (one: Share) => boolean): bigint {
  return shares.reduce((sum, one) => (counts(one) ? sum + one.payout.amount : sum), 0n)
}
