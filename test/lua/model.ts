// The token's books said once more, in bigints and as plainly as possible: what the real ones are held against.

import type { Row } from "./token.ts"

export interface Burned {
  id: string
  sender: string
  quantity: bigint
  fee: bigint
}

/** One chain, caps as given, no window. Each act returns its outcomes. */
export class Model {
  balances = new Map<string, bigint>()
  minted = new Set<string>()
  burns: Burned[] = []
  paused = { mint: false, burn: false }
  credited = 0n
  attested = 0n
  readonly #decided = new Set<string>()
  readonly #caps: { row: bigint; message: bigint; burnFee: bigint; burnMin: bigint }

  constructor(caps: { row: bigint; message: bigint; burnFee: bigint; burnMin: bigint }) {
    this.#caps = caps
  }

  get supply(): bigint {
    return [...this.balances.values()].reduce((sum, balance) => sum + balance, 0n)
  }

  balanceOf(account: string): bigint {
    return this.balances.get(account) ?? 0n
  }

  transfer(id: string, sender: string, recipient: string, quantity: bigint): string[] {
    return this.#once(id, () => {
      if (this.balanceOf(sender) < quantity) return ["insufficient-balance"]
      this.#add(sender, -quantity)
      this.#add(recipient, quantity)
      return ["Debit-Notice", "Credit-Notice"]
    })
  }

  mint(id: string, rows: readonly Row[], attested: bigint): string[] {
    if (new Set(rows.map((row) => row.id)).size < rows.length) return ["duplicate-id"]
    return this.#once(id, () => {
      if (rows.some((row) => this.minted.has(row.id))) return ["already-minted"]
      if (this.paused.mint) return ["mint-paused"]
      const deposits = rows.filter((row) => !row.id.startsWith("ao:"))
      for (const row of rows) {
        const problem = this.#rowProblem(row)
        if (problem !== null) return [problem]
      }
      if (sum(rows, "quantity") > this.#caps.message) return ["over-message-cap"]
      const bound = attested > this.attested ? attested : this.attested
      const credited = this.credited + sum(deposits, "quantity") + sum(deposits, "fee")
      if (deposits.length > 0) {
        if (credited > bound) return ["over-attested"]
        this.credited = credited
        this.attested = bound
      }
      for (const row of rows) {
        this.minted.add(row.id)
        this.#add(row.recipient, BigInt(row.quantity))
      }
      return [...rows.map(() => "Credit-Notice"), "Mint-Notice"]
    })
  }

  burn(id: string, sender: string, quantity: bigint): string[] {
    return this.#once(id, () => {
      if (this.paused.burn) return ["burn-paused"]
      if (quantity < this.#caps.burnMin) return ["below-minimum"]
      if (quantity > this.#caps.row) return ["over-row-cap"]
      if (this.balanceOf(sender) < quantity) return ["insufficient-balance"]
      this.#add(sender, -quantity)
      const fee = this.#caps.burnFee
      this.burns.push({ id: `ao:${id}:${this.burns.length + 1}`, sender, quantity, fee })
      return ["Burn-Notice", "Burn-Notice"]
    })
  }

  pause(id: string, scope: "mint" | "burn", on: boolean): string[] {
    return this.#once(id, () => {
      this.paused[scope] = on
      return [on ? "Pause-Notice" : "Resume-Notice"]
    })
  }

  #rowProblem(row: Row): string | null {
    const quantity = BigInt(row.quantity)
    if (quantity > this.#caps.row) return "over-row-cap"
    if (!row.id.startsWith("ao:")) return null
    const burn = this.burns.find(({ id }) => id === row.id)
    if (burn === undefined) return "unknown-burn"
    if (burn.sender !== row.recipient) return "bad-recipient"
    const fee = BigInt(row.fee ?? "0")
    return fee > burn.fee || quantity + fee !== burn.quantity ? "bad-quantity" : null
  }

  #once(id: string, act: () => string[]): string[] {
    if (this.#decided.has(id)) return ["message-replayed"]
    this.#decided.add(id)
    return act()
  }

  #add(account: string, quantity: bigint): void {
    const after = this.balanceOf(account) + quantity
    if (after === 0n) this.balances.delete(account)
    else this.balances.set(account, after)
  }
}

function sum(rows: readonly Row[], field: "quantity" | "fee"): bigint {
  return rows.reduce((total, row) => total + BigInt(row[field] ?? "0"), 0n)
}
