// One history of a chain. A reorganisation makes another; readers of this one keep it as it was.

import type { Settlement } from "../../chains/chain.ts"
import type { TransferId } from "../../core/ids.ts"
import type { BlockRef } from "../../core/transfer.ts"
import type { Paid, Release, Transaction } from "./home.ts"
import { type HomeName, KINDS } from "./kinds.ts"

/** Blocks after its anchor in which a transaction may still be mined. */
export const ANCHOR_LIFE = 50

/** An output that comes back to the vault; what is before the last colon stands for the transaction. */
const changePoint = (release: string, at: number) => `${release}:change:${at}`

export const isChange = (point: string) => /:change:\d$/.test(point)

/** The payout whose change it is, or what is no payout's id. */
const makerOf = (point: string) => point.replace(/:change:\d$/, "")

export interface ModelBlock extends BlockRef {
  readonly parent: string
  readonly atMs: number
  readonly transactions: readonly Transaction[]
}

/** A block that is being filled: what is in it already counts for what comes next. */
export class Filling {
  readonly transactions: Transaction[] = []
  readonly spent = new Set<string>()
  readonly paid = new Set<TransferId>()

  take(transaction: Transaction): void {
    this.transactions.push(transaction)
    if (transaction.kind !== "release") return
    for (const { point } of transaction.coins) this.spent.add(point)
    for (const { transfer } of transaction.rows) this.paid.add(transfer)
  }
}

export class Fork {
  readonly #name: HomeName
  readonly blocks: ModelBlock[] = []
  readonly heights = new Map<string, number>()
  readonly releases = new Map<TransferId, Release[]>()
  readonly coins = new Map<string, { readonly value: bigint; readonly height: number }>()
  readonly spent = new Map<string, { readonly release: Release; readonly height: number }>()
  /** Every payout that ever was, wherever it stood: what it would spend. */
  readonly posted: ReadonlyMap<string, Transaction>
  /** What each release paid: a vault leaves out what it has paid before. */
  readonly #paid = new Map<string, readonly Paid[]>()
  vault = 0n
  deposited = 0n

  constructor(name: HomeName, posted: ReadonlyMap<string, Transaction>) {
    this.#name = name
    this.posted = posted
  }

  /** Since when a coin cannot be made: the payout that would make it spends what another has spent there. */
  ruledOut(point: string): number | null {
    const maker = this.posted.get(makerOf(point))
    if (this.coins.has(point) || maker?.kind !== "release") return null
    const heights = maker.coins.map((coin) => {
      return this.spent.get(coin.point)?.height ?? this.ruledOut(coin.point)
    })
    const known = heights.filter((height) => height !== null)
    return known.length > 0 ? Math.min(...known) : null
  }

  next(): Filling {
    return new Filling()
  }

  append(block: ModelBlock): void {
    const { height } = block
    this.blocks.push(block)
    const { slots } = KINDS[this.#name]
    for (const transaction of block.transactions) {
      this.heights.set(transaction.id, height)
      if (transaction.kind === "deposit") {
        this.vault += transaction.sighting.amount
        this.deposited += transaction.sighting.amount
        const value = transaction.sighting.amount
        if (slots === "coins") this.coins.set(`${transaction.id}:0`, { value, height })
        continue
      }
      const { rows, cost, coins, changes, id } = transaction
      const paid =
        slots === "number" ? rows.filter((row) => !this.releases.has(row.transfer)) : rows
      this.#paid.set(id, paid)
      this.vault -= cost + paid.reduce((sum, { amount }) => sum + amount, 0n)
      for (const { transfer } of paid)
        this.releases.set(transfer, [...(this.releases.get(transfer) ?? []), transaction])
      for (const { point } of coins) this.spent.set(point, { release: transaction, height })
      for (const [at, value] of changes.entries())
        this.coins.set(changePoint(id, at), { value, height })
    }
  }

  fits(transaction: Transaction, height: number, block = new Filling()): boolean {
    if (this.heights.has(transaction.id)) return false
    if (transaction.kind === "deposit") return true
    const { anchor, coins, rows } = transaction
    switch (KINDS[this.#name].slots) {
      case "anchor": {
        const age = height - anchor!.height
        return this.blocks[anchor!.height]?.id === anchor!.id && age >= 1 && age <= ANCHOR_LIFE
      }
      case "number":
        return rows.some(
          ({ transfer }) => !this.releases.has(transfer) && !block.paid.has(transfer),
        )
      case "coins":
        return coins.every(({ point }) => {
          return this.coins.has(point) && !this.spent.has(point) && !block.spent.has(point)
        })
    }
  }

  /** As the codec of the chain tells it. */
  settlementOf({ id, rows, cost, coins }: Release): Settlement {
    const paid = this.#paid.get(id) ?? rows
    const common = { transaction: id, outcome: "paid", reason: null, networkFee: cost } as const
    const outputs = paid.map(({ recipient, amount }) => ({ recipient, amount }))
    if (KINDS[this.#name].slots !== "coins")
      return { ...common, transfers: paid.map(({ transfer }) => transfer), paid: outputs }
    return { ...common, transfers: [], slot: `${this.#name}:${coins[0]!.point}`, paid: outputs }
  }
}
