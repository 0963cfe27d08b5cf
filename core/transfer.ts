// A transfer and the whole of its state machine: what is not in MOVES cannot happen.

import type { AssetName, ChainName } from "./assets.ts"
import type { ErrorCode } from "./errors.ts"
import type { TransferId } from "./ids.ts"

export type State =
  | "seen"
  | "confirmed"
  | "dropped"
  | "held"
  | "ready"
  | "signing"
  | "sent"
  | "paid"

/** A block as a chain names it; on AO a scheduler slot and its hash chain. */
export interface BlockRef {
  readonly height: number
  readonly id: string
}

/** What a codec found wrong with a deposit or burn; it is recorded all the same, never lost. */
export type Problem = Extract<
  ErrorCode,
  | "no-recipient"
  | "bad-recipient"
  | "ambiguous-recipient"
  | "below-minimum"
  | "over-cap"
  /** It came without a word, and can only go back to whom its sender names. */
  | "unattributed"
>

/** A deposit or a burn as one chain states it; the same block always gives the same sightings. */
export interface Sighting {
  readonly id: TransferId
  readonly asset: AssetName
  readonly source: ChainName
  readonly target: ChainName
  /** Base units that left the user. */
  readonly amount: bigint
  readonly sender: string
  /** Address on the target chain in its canonical spelling; null when `problem` says why. */
  readonly recipient: string | null
  /** Address on the source chain that a refund goes to; empty when nobody is named. */
  readonly refundTo: string
  /** `X-…` tags that travel with the payout. */
  readonly forward: Readonly<Record<string, string>>
  /** Fee that the source chain's own code charged (a burn's), base units; null: our fee table decides. */
  readonly fee: bigint | null
  readonly problem: Problem | null
  /** Confirmations that it needs, where that is more than the policy asks of its chain. */
  readonly depth?: number | undefined
  /** What names the address of its own that it was paid to. */
  readonly note?: string | undefined
  /** For screening, where that is more than `sender`: everybody whom the money comes from, or who sent the transaction. */
  readonly senders?: readonly string[] | undefined
  /** How many of them have no name that we know. */
  readonly unnamed?: number | undefined
}

export interface Transfer extends Omit<Sighting, "fee"> {
  readonly state: State
  /** Counts the events applied; a worker's event is refused when it read another version. */
  readonly version: number
  /** Fee of this transfer, base units, fixed when it was seen (or redirected). */
  readonly fee: bigint
  /** The block that holds it, as last seen. */
  readonly block: BlockRef
  /** Why it waits, in one word of `core/errors.ts`, or null. */
  readonly reason: string | null
  /** The payout goes back to `refundTo` on the source chain. */
  readonly refund: boolean
  /** What lets this payout happen once; held from plan to settlement. */
  readonly slot: string | null
  /** The plan that pays it. */
  readonly plan: string | null
  /** Id of the signed transaction that pays it. */
  readonly transaction: string | null
}

export type TransferEvent =
  | {
      readonly kind: "Seen"
      readonly sighting: Sighting
      readonly block: BlockRef
      readonly fee: bigint
    }
  | { readonly kind: "Confirmed" }
  /** Its block is not canonical any more, or (`taken-back`) its owner has taken the deposit back. */
  | { readonly kind: "Vanished"; readonly reason?: "taken-back" }
  | { readonly kind: "Cleared" }
  | { readonly kind: "Flagged"; readonly reason: string }
  | { readonly kind: "Approved"; readonly by: readonly string[] }
  | { readonly kind: "Redirected"; readonly by: readonly string[]; readonly fee: bigint }
  | { readonly kind: "Planned"; readonly slot: string; readonly plan: string }
  | { readonly kind: "Signed"; readonly transaction: string }
  | {
      readonly kind: "Settled"
      readonly transaction: string
      /** What the payout chain charged our vault for this payout, base units of the asset. */
      readonly networkFee: bigint
      /** What was used up, where the chain tells: a slot that never dies pays whether it is held or not. */
      readonly slot?: string | undefined
    }
  | { readonly kind: "Died"; readonly reason: string }

export type EventKind = TransferEvent["kind"]

/** State before an event to state after it. */
export const MOVES = {
  seen: { Confirmed: "confirmed", Vanished: "dropped" },
  confirmed: { Cleared: "ready", Flagged: "held", Vanished: "dropped" },
  // A payout that was given up may land after all, in a slot that never dies.
  held: { Approved: "ready", Redirected: "ready", Vanished: "dropped", Settled: "paid" },
  ready: { Planned: "signing", Flagged: "held", Vanished: "dropped", Settled: "paid" },
  // A reader can see the payout land before we know that it was sent: Settled is legal here too.
  // What cannot be signed as it is may be planned anew in its own slot.
  signing: {
    Planned: "signing",
    Signed: "sent",
    Settled: "paid",
    Died: "ready",
    Vanished: "signing",
  },
  sent: { Planned: "signing", Settled: "paid", Died: "ready", Vanished: "sent" },
  paid: { Vanished: "paid" },
  dropped: { Seen: "seen" },
} as const satisfies Record<State, Partial<Record<EventKind, State>>>

export const STATES = Object.keys(MOVES) as readonly State[]

export const EVENTS: readonly EventKind[] = [
  "Seen",
  "Confirmed",
  "Vanished",
  "Cleared",
  "Flagged",
  "Approved",
  "Redirected",
  "Planned",
  "Signed",
  "Settled",
  "Died",
]

/** The state that `kind` leads to, or null when the move does not exist; a new transfer has state null. */
export function moveOf(state: State | null, kind: EventKind): State | null {
  if (state === null) return kind === "Seen" ? "seen" : null
  const moves: Partial<Record<EventKind, State>> = MOVES[state]
  return moves[kind] ?? null
}

/** States in which we owe the amount. */
export const OWED: readonly State[] = ["confirmed", "held", "ready", "signing", "sent"]

/** MOVES as the lines of a Mermaid state diagram; ARCHITECTURE.md shows exactly these. */
export function stateDiagram(): string {
  const lines = ["stateDiagram-v2", "  [*] --> seen : Seen"]
  for (const state of STATES) {
    const byTarget = new Map<State, EventKind[]>()
    for (const kind of EVENTS) {
      const next = moveOf(state, kind)
      if (next !== null && next !== state) byTarget.set(next, [...(byTarget.get(next) ?? []), kind])
    }
    for (const [next, kinds] of byTarget)
      lines.push(`  ${state} --> ${next} : ${kinds.join(" / ")}`)
  }
  return [...lines, "  paid --> [*]"].join("\n")
}
