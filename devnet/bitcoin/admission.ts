// Whether a node takes a transaction into its mempool: all rules, in the order and words of Bitcoin Core 30.

import type { Chain } from "./chain.ts"
import { feeOf, formFault } from "./consensus.ts"
import { inputsFault, shapeFault } from "./policy.ts"
import { spentBy, waitingFault } from "./refit.ts"
import { feeAt, replacementFault } from "./replacement.ts"
import { scriptFault } from "./scripts.ts"
import { pointOf, type Transaction } from "./transaction.ts"

/** What it asks for, in satoshis per thousand virtual bytes. */
export interface Rates {
  readonly minimum: bigint
  /** What a replacement must add. */
  readonly incremental: bigint
}

/** `detail` is for people and may be empty. `fee` in satoshis; `replaces` go when it comes. */
export type Verdict =
  | { readonly isTaken: true; readonly fee: bigint; readonly replaces: readonly string[] }
  | { readonly isTaken: false; readonly reason: string; readonly detail: string }

/** With its ancestors or its descendants in the mempool, a transaction is one of at most 25. */
const CHAIN_MAX = 25

export function judge(chain: Chain, tx: Transaction, rates: Rates): Verdict {
  const { mempool } = chain
  const shape = formFault(tx) ?? (tx.isCoinbase ? "coinbase" : null) ?? shapeFault(tx)
  if (shape !== null) return refused(shape)
  const waiting = mempool.find(tx.id)
  if (waiting !== null) {
    const isSame = waiting.tx.hash === tx.hash
    return refused(isSame ? "txn-already-in-mempool" : "txn-same-nonwitness-data-in-mempool")
  }
  const ground = chain.groundOn(chain.tip)
  const spent = spentBy(tx, chain.coins, mempool, ground.height)
  if (spent === null) return refused(isKnown(chain, tx) ? "txn-already-known" : MISSING)
  const fault = waitingFault(tx, spent, ground)
  if (fault !== null) return refused(fault.reason, fault.detail)
  const inputs = inputsFault(tx, spent)
  if (inputs !== null) return refused(inputs)
  const fee = feeOf(tx, spent)
  const minimum = feeAt(rates.minimum, tx.vsize)
  if (fee < minimum) return refused("min relay fee not met", `${fee} < ${minimum}`)
  const conflicts = mempool.conflictsOf(tx)
  const replaces = [...conflicts].flatMap((id) => [...mempool.descendantsOf(id)])
  const isLong = longChain(chain, tx, new Set(replaces))
  if (isLong !== null) return refused("too-long-mempool-chain", isLong)
  if (conflicts.size > 0) {
    const replacement = { tx, fee, conflicts, incrementalRate: rates.incremental }
    const fault = replacementFault(mempool, replacement)
    if (fault !== null) return refused(fault.reason, fault.detail)
  }
  const script = scriptFault(tx, spent)
  if (script !== null) return refused(`mempool-script-verify-flag-failed (${script})`)
  return { isTaken: true, fee, replaces: [...new Set(replaces)] }
}

export const MISSING = "bad-txns-inputs-missingorspent"

/** Mined, and an output of it is unspent still. */
function isKnown(chain: Chain, tx: Transaction): boolean {
  return tx.outputs.some((_, vout) => chain.coins.find(pointOf(tx.id, vout)) !== null)
}

function longChain({ mempool }: Chain, tx: Transaction, gone: ReadonlySet<string>): string | null {
  const ancestors = mempool.ancestorsOf(tx)
  if (ancestors.size + 1 > CHAIN_MAX) return `too many unconfirmed ancestors [limit: ${CHAIN_MAX}]`
  for (const id of ancestors) {
    const after = [...mempool.descendantsOf(id)].filter((one) => !gone.has(one))
    if (after.length + 1 > CHAIN_MAX)
      return `too many descendants for tx ${id} [limit: ${CHAIN_MAX}]`
  }
  return null
}

function refused(reason: string, detail = ""): Verdict {
  return { isTaken: false, reason, detail }
}
