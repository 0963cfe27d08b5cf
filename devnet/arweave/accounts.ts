// Who has how much: the account book of one branch of the chain, and what a transaction does to it.

import { CHUNK_BYTES } from "./merkle.ts"
import type { Transaction } from "./transaction.ts"

/** `lastTx` is the id of the last transaction this account sent, empty before the first. */
export interface Account {
  readonly winston: bigint
  readonly lastTx: string
}

/** What the network charges, in winston. An address that has no account yet costs `newWallet` more. */
export interface Price {
  readonly winstonPerByte: bigint
  readonly newWallet: bigint
}

/** A transfer without data cost 3,377,063 winston on the network early in 2025: 1,052 a byte. */
export const USUAL_PRICE: Price = { winstonPerByte: 1052n, newWallet: 4_000_000_000n }

export class Accounts {
  readonly #book: Map<string, Account>

  constructor(book: Iterable<readonly [string, Account]> = []) {
    this.#book = new Map(book)
  }

  copy(): Accounts {
    return new Accounts(this.#book)
  }

  /** Null for an address that never was paid: the network charges more to open it. */
  find(address: string): Account | null {
    return this.#book.get(address) ?? null
  }

  /** The sum of all accounts, in winston. */
  total(): bigint {
    let sum = 0n
    for (const { winston } of this.#book.values()) sum += winston
    return sum
  }

  /** Credits an address from outside the chain. */
  allocate(address: string, winston: bigint): void {
    const { winston: before, lastTx } = this.#book.get(address) ?? EMPTY
    this.#book.set(address, { winston: before + winston, lastTx })
  }

  /** Moves the money. The fee leaves the accounts. Does not ask whether the sender has it. */
  apply({ id, sender, target, quantity, reward }: Transaction): void {
    const from = this.#book.get(sender) ?? EMPTY
    this.#book.set(sender, { winston: from.winston - quantity - reward, lastTx: id })
    if (quantity > 0n) this.allocate(target, quantity)
  }

  /** True when both sides exist afterwards and neither is below zero. */
  canAfford({ sender, target, quantity, reward }: Transaction): boolean {
    const from = this.#book.get(sender)
    if (from === undefined || from.winston < quantity + reward) return false
    return target === "" || quantity > 0n || this.#book.has(target)
  }
}

/** The least reward for data of this size to this address ("" for none), in winston. */
export function priceOf(bytes: number, target: string, accounts: Accounts, price: Price): bigint {
  const stored = BigInt(Math.ceil(bytes / CHUNK_BYTES) * CHUNK_BYTES)
  const opens = target !== "" && accounts.find(target) === null
  return (HEADER_BYTES + stored) * price.winstonPerByte + (opens ? price.newWallet : 0n)
}

/** Every transaction pays for its header, however short. */
const HEADER_BYTES = 3210n
const EMPTY: Account = { winston: 0n, lastTx: "" }
