// What a block's facts mean for the transfers we know: pure. Facts come from a chain, so they carry no version.

import type { Settlement, TakenBack } from "../../chains/chain.ts"
import { type FeeRule, feeFor } from "../../core/fees.ts"
import type { TransferId } from "../../core/ids.ts"
import type { BlockRef, Sighting, Transfer, TransferEvent } from "../../core/transfer.ts"
import { refusedFacts } from "../payout/batching.ts"

/** One event for one transfer, under a key that makes it count once. */
export interface Fact {
  readonly transfer: TransferId
  readonly key: string
  readonly event: TransferEvent
}

/** A sighting in a canonical block: news when we do not know the transfer, or knew it and lost it. */
export function seenFact(
  known: Transfer | null,
  sighting: Sighting,
  block: BlockRef,
  fees: readonly FeeRule[],
): Fact | null {
  if (known !== null && known.state !== "dropped") return null
  const fee = sighting.fee ?? feeFor(fees, sighting, block.height)
  return {
    transfer: sighting.id,
    key: keyOf("Seen", block, known),
    event: { kind: "Seen", sighting, block: { height: block.height, id: block.id }, fee },
  }
}

/** The block that holds the transfer is deep enough. */
export function confirmedFact(known: Transfer): Fact {
  const key = keyOf("Confirmed", known.block, known)
  return { transfer: known.id, key, event: { kind: "Confirmed" } }
}

/** The block that held the transfer is not canonical any more. */
export function vanishedFact(known: Transfer | null, block: BlockRef): Fact | null {
  if (known === null || known.state === "dropped" || known.block.id !== block.id) return null
  // From the plan on the state stays, so only a key without the version counts it once.
  const key = known.slot === null ? keyOf("Vanished", block, known) : `Vanished:${block.id}:late`
  return { transfer: known.id, key, event: { kind: "Vanished" } }
}

/**
 * The owner took the deposit back by a key of their own. `isNews`: what we read before it, but have not written
 * down yet, is that the deposit is there.
 */
export function takenBackFact(
  known: Transfer | null,
  { transfer, transaction }: TakenBack,
  isNews: boolean,
): Fact | null {
  if (!isNews && (known === null || known.state === "dropped")) return null
  const stay = known?.slot != null ? "late" : (known?.version ?? 0)
  const event = { kind: "Vanished", reason: "taken-back" } as const
  return { transfer, key: `TakenBack:${transaction}:${stay}`, event }
}

/**
 * A final payout of ours, or what its refusal frees (`refusedFacts`). `slotOf` is the chain's, where slots never die, of those
 * that may have been given up.
 */
export function settledFacts(
  settlement: Settlement,
  knownOf: (id: TransferId) => Transfer | null,
  slotOf: (id: TransferId) => string | undefined = () => undefined,
): readonly Fact[] {
  const { transaction, transfers, outcome, networkFee } = settlement
  if (outcome === "paid") {
    return transfers.map((transfer, place) => {
      const slot = slotOf(transfer)
      const paid = { transaction, networkFee: shareOf(networkFee, transfers, place) }
      return {
        ...{ transfer, key: `Settled:${transaction}` },
        event: { kind: "Settled", ...paid, ...(slot !== undefined && { slot }) },
      }
    })
  }
  return refusedFacts(settlement, knownOf)
}

/** In equal parts, the first of them a unit greater, so that the sum is exact. */
function shareOf(networkFee: bigint, { length }: { readonly length: number }, place: number) {
  const parts = BigInt(length)
  return networkFee / parts + (BigInt(place) < networkFee % parts ? 1n : 0n)
}

/** A transfer can leave a block and come back into it: the version tells one stay from the next. */
function keyOf(kind: string, block: BlockRef, known: Transfer | null): string {
  return `${kind}:${block.id}:${known?.version ?? 0}`
}
