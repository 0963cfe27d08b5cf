// The books of a run, added up from its postings.

import type { AssetName } from "../../core/assets.ts"
import type { Account, Entry } from "../../core/ledger.ts"

/** By asset; custody counts up, the claims on it down. */
export class Balances {
  readonly #sums = new Map<AssetName, Record<Account, bigint>>()

  of(asset: AssetName): Record<Account, bigint> {
    const known = this.#sums.get(asset) ?? { custody: 0n, supply: 0n, pending: 0n, fees: 0n }
    this.#sums.set(asset, known)
    return known
  }

  post(entries: readonly Entry[]): void {
    for (const { asset, account, amount } of entries)
      this.of(asset)[account] += account === "custody" ? amount : -amount
  }
}
