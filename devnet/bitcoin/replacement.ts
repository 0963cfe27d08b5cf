// Whether a transaction may take the place of others that wait: BIP125 without its first rule, as nodes are now.

import { formatBitcoin } from "./amount.ts"
import type { Mempool } from "./mempool.ts"
import type { Transaction } from "./transaction.ts"

const REPLACED_MAX = 100

/** The candidate, its fee in satoshis, and what it conflicts with. */
export interface Replacement {
  readonly tx: Transaction
  readonly fee: bigint
  readonly conflicts: ReadonlySet<string>
  /** What each virtual byte of it must add to the fees of the replaced, in satoshis a thousand. */
  readonly incrementalRate: bigint
}

/**
 * Null when it may. The conflicts need not have signalled that they can be replaced. Rules by their
 * numbers in BIP125: 2, no new input that waits itself; 3 and 4, higher fees than all that go, by the
 * cost of relaying it; 5, at most 100 that go. Besides, a higher rate than each conflict has.
 */
export function replacementFault(
  mempool: Mempool,
  { tx, fee, conflicts, incrementalRate }: Replacement,
): { readonly reason: string; readonly detail: string } | null {
  for (const id of mempool.ancestorsOf(tx)) {
    if (!conflicts.has(id)) continue
    const detail = `${tx.id} spends conflicting transaction ${id}`
    return { reason: "bad-txns-spends-conflicting-tx", detail }
  }
  const rejecting = `rejecting replacement ${tx.id}`
  for (const id of conflicts) {
    const old = mempool.find(id)!
    if (fee * BigInt(old.tx.vsize) > old.fee * BigInt(tx.vsize)) continue
    const [mine, theirs] = [rateText(fee, tx.vsize), rateText(old.fee, old.tx.vsize)]
    const detail = `${rejecting}; new feerate ${mine} <= old feerate ${theirs}`
    return { reason: INSUFFICIENT, detail }
  }
  const gone = new Set([...conflicts].flatMap((id) => [...mempool.descendantsOf(id)]))
  if (gone.size > REPLACED_MAX) {
    const counted = `too many potential replacements (${gone.size} > ${REPLACED_MAX})`
    return { reason: "too many potential replacements", detail: `${rejecting}; ${counted}` }
  }
  const known = new Set(
    [...conflicts].flatMap((id) => [...mempool.parentsOf(mempool.find(id)!.tx)]),
  )
  for (const [index, { txid }] of tx.inputs.entries()) {
    if (mempool.find(txid) === null || known.has(txid)) continue
    const detail = `replacement ${tx.id} adds unconfirmed input, idx ${index}`
    return { reason: "replacement-adds-unconfirmed", detail }
  }
  const theirs = mempool.totalsOf(gone).fee
  if (fee < theirs) {
    const compared = `${formatBitcoin(fee)} < ${formatBitcoin(theirs)}`
    const detail = `${rejecting}, less fees than conflicting txs; ${compared}`
    return { reason: INSUFFICIENT, detail }
  }
  const more = feeAt(incrementalRate, tx.vsize)
  if (fee - theirs >= more) return null
  const compared = `${formatBitcoin(fee - theirs)} < ${formatBitcoin(more)}`
  const detail = `${rejecting}, not enough additional fees to relay; ${compared}`
  return { reason: INSUFFICIENT, detail }
}

const INSUFFICIENT = "insufficient fee"

/** What a size costs at a rate in satoshis per thousand virtual bytes, rounded up. */
export function feeAt(rate: bigint, vsize: number): bigint {
  return (rate * BigInt(vsize) + 999n) / 1000n
}

function rateText(fee: bigint, vsize: number): string {
  return `${formatBitcoin((fee * 1000n) / BigInt(vsize))} BTC/kvB`
}
