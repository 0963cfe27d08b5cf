// The gas wallet's transactions: which to send, to send again, to replace or to give up. Pure; it decides, `wallet.ts` acts.

import { betterThan, type FeeCaps, type Fees } from "./fees.ts"

/** Calldata that is to get into a block. */
export interface Job {
  /** The same job handed in twice is one. */
  readonly id: string
  readonly to: string
  /** Hex with 0x. */
  readonly data: string
  readonly gas: bigint
}

/** One signed transaction. */
export interface Attempt {
  readonly hash: string
  readonly raw: string
  readonly fees: Fees
  /** The newest block when it was signed. */
  readonly height: number
}

/** A nonce that was used; its attempts exclude each other. */
export interface Slot {
  readonly nonce: number
  /** Null: it only fills a gap, by paying nothing to ourselves. */
  readonly job: Job | null
  /** The newest last. */
  readonly attempts: readonly Attempt[]
}

/** The chain as it is now. */
export interface WalletView {
  /** The account's next nonce by the blocks that count; everything below is decided for good. */
  readonly mined: number
  readonly height: number
  /** Hashes that some provider knows, waiting or in a block. */
  readonly known: ReadonlySet<string>
  /** For a new transaction; null while the network asks too much. */
  readonly offer: Fees | null
}

export interface WalletRules {
  readonly caps: FeeCaps
  /** Transactions that wait at one time. */
  readonly slotsMax: number
  /** Blocks after which one that waits is offered more for. */
  readonly patience: number
}

export type Order =
  /** A new transaction, for a job or in order to fill a gap. */
  | { readonly kind: "send"; readonly nonce: number; readonly job: Job | null; readonly fees: Fees }
  /** Another one in the place of the last, which offers more. */
  | { readonly kind: "replace"; readonly slot: Slot; readonly fees: Fees }
  /** The same bytes once more: no provider knows them. */
  | { readonly kind: "repeat"; readonly slot: Slot }
  /** The nonce is behind us: one of the attempts is in a block, or somebody else has used it. */
  | { readonly kind: "done"; readonly slot: Slot }
  | { readonly kind: "alarm"; readonly words: string }

/**
 * What is to be done now. Slots are what we remember, in any order; `waiting` are jobs without a slot, the
 * oldest first. To repeat an order is harmless: a nonce is used once, and the vault pays a number once.
 *
 * Nonces are counted from the blocks and from what we remember, never from a provider's mempool, which
 * forgets. A nonce below one of ours that nobody remembers is filled, or all behind it would wait for ever.
 */
export function ordersFor(
  slots: readonly Slot[],
  waiting: readonly Job[],
  view: WalletView,
  rules: WalletRules,
): readonly Order[] {
  const byNonce = new Map(slots.map((slot) => [slot.nonce, slot]))
  const past = slots.filter(({ nonce }) => nonce < view.mined)
  const open = slots.filter(({ nonce }) => nonce >= view.mined).sort((a, b) => a.nonce - b.nonce)
  const next = Math.max(view.mined, ...open.map(({ nonce }) => nonce + 1))
  const gaps = range(view.mined, next).filter((nonce) => !byNonce.has(nonce))
  const room = Math.max(0, rules.slotsMax - open.length - gaps.length)
  const more = Math.min(room, Math.max(0, waiting.length - gaps.length))
  const nonces = [...gaps, ...range(next, next + more)]
  const fresh = view.offer === null ? [] : nonces.map((nonce, at) => sent(nonce, waiting[at], view))
  const alarms = nonces.length > 0 && view.offer === null ? [TOO_DEAR] : []
  return [
    ...past.map((slot): Order => ({ kind: "done", slot })),
    ...open.flatMap((slot) => ordersOf(slot, view, rules)),
    ...fresh,
    ...alarms,
  ]
}

const TOO_DEAR: Order = { kind: "alarm", words: "the network asks more than the cap for gas" }

/** A gap takes a job that waits, when there is one; else it is filled with nothing. */
function sent(nonce: number, job: Job | undefined, { offer }: WalletView): Order {
  return { kind: "send", nonce, job: job ?? null, fees: offer! }
}

function ordersOf(slot: Slot, view: WalletView, { caps, patience }: WalletRules): readonly Order[] {
  const last = slot.attempts.at(-1)!
  // It can have been dropped, or we have died before it was sent.
  const repeats: Order[] = view.known.has(last.hash) ? [] : [{ kind: "repeat", slot }]
  // Only the lowest nonce can be stuck because of its price; those above may simply wait for it.
  const isNext = slot.nonce === view.mined
  if (!isNext || view.height - last.height < patience) return repeats
  const fees = betterThan(last.fees, view.offer, caps)
  if (fees === null) return [...repeats, { kind: "alarm", words: stuck(slot) }]
  return [{ kind: "replace", slot, fees }]
}

function stuck({ nonce, attempts }: Slot): string {
  return `transaction ${nonce} (${attempts.at(-1)!.hash}) is stuck, and the cap allows no better offer`
}

function range(from: number, to: number): number[] {
  return Array.from({ length: Math.max(0, to - from) }, (_, n) => from + n)
}
