// The books: double entry over four accounts an asset, and the postings each event makes.

import { assert, unreachable } from "./assert.ts"
import { type AssetName, isLedger } from "./assets.ts"
import type { Transfer, TransferEvent } from "./transfer.ts"

/**
 * custody: what our vault holds. supply: wrapped tokens in circulation. pending: owed but not yet paid.
 * fees: earned and not yet spent on network fees (it may go below zero; then we owe it to the vault).
 */
export const ACCOUNTS = ["custody", "supply", "pending", "fees"] as const
export type Account = (typeof ACCOUNTS)[number]

/** One line of a posting, base units. Custody counts up when positive; the three claims on it when negative. */
export interface Entry {
  readonly asset: AssetName
  readonly account: Account
  readonly amount: bigint
}

/** Account balances as people read them: all positive when healthy, and custody = supply + pending + fees. */
export type Balances = Readonly<Record<Account, bigint>>

/** The posting that `event` makes on a transfer; each sums to zero. `before` is the transfer as it was. */
export function entriesFor(before: Transfer | null, event: TransferEvent): readonly Entry[] {
  if (before === null) return []
  const { amount, fee } = before
  const home = !isLedger(before.source)
  switch (event.kind) {
    case "Confirmed":
      return post(before, { pending: -amount, [home ? "custody" : "supply"]: amount })
    case "Vanished":
      // Only what is not yet being paid can be taken back; later than that it is a loss to be seen by people.
      return before.state === "confirmed" || before.state === "held" || before.state === "ready"
        ? post(before, { pending: amount, [home ? "custody" : "supply"]: -amount })
        : []
    case "Settled": {
      const net = amount - fee
      const minted = isLedger(before.refund ? before.source : before.target)
      return minted
        ? post(before, { pending: amount, supply: -net, fees: -fee })
        : post(before, {
            pending: amount,
            custody: -net - event.networkFee,
            fees: event.networkFee - fee,
          })
    }
    case "Seen":
    case "Cleared":
    case "Flagged":
    case "Approved":
    case "Redirected":
    case "Planned":
    case "Signed":
    case "Died":
      return []
    default:
      return unreachable(event)
  }
}

/** Balances after a list of entries of one asset. */
export function balancesOf(entries: Iterable<Entry>): Balances {
  const sums: Record<Account, bigint> = { custody: 0n, supply: 0n, pending: 0n, fees: 0n }
  for (const { account, amount } of entries)
    sums[account] += account === "custody" ? amount : -amount
  return sums
}

/** Invariant 1. */
export function isBalanced({ custody, supply, pending, fees }: Balances): boolean {
  return custody === supply + pending + fees
}

function post(transfer: Transfer, amounts: Partial<Record<Account, bigint>>): readonly Entry[] {
  const entries = ACCOUNTS.flatMap((account) => {
    const amount = amounts[account] ?? 0n
    return amount === 0n ? [] : [{ asset: transfer.asset, account, amount }]
  })
  assert(entries.reduce((sum, { amount }) => sum + amount, 0n) === 0n, "a posting sums to zero")
  return entries
}
