// Transfers and their parts with everything filled in; a test names only what matters to it.

import { createHash } from "node:crypto"
import type { FeeRule } from "../core/fees.ts"
import { transferId } from "../core/ids.ts"
import type { Limits, Policy } from "../core/policy.ts"
import { step } from "../core/step.ts"
import type {
  BlockRef,
  EventKind,
  Sighting,
  State,
  Transfer,
  TransferEvent,
} from "../core/transfer.ts"

/** A 43-character id or address that belongs to `name`. */
export function anId(name: string): string {
  return createHash("sha256").update(name).digest("base64url")
}

let count = 0

/** A deposit of 1 AR from Arweave to AO; each call is another transaction. */
export function aSighting(parts: Partial<Sighting> = {}): Sighting {
  const transaction = anId(`transaction ${process.pid} ${++count}`)
  return {
    id: transferId({ chain: parts.source ?? "arweave", transaction, index: 0 }),
    asset: "AR",
    source: "arweave",
    target: "ao",
    amount: 1_000_000_000_000n,
    sender: anId("sender"),
    recipient: anId("recipient"),
    refundTo: parts.sender ?? anId("sender"),
    forward: {},
    fee: null,
    problem: null,
    ...parts,
  }
}

/** The same amount the other way: a burn on AO that is paid on Arweave. */
export function aBurn(parts: Partial<Sighting> = {}): Sighting {
  return aSighting({ source: "ao", target: "arweave", ...parts })
}

export const aBlock = (height = 100): BlockRef => ({ height, id: anId(`block ${height}`) })

export const seen = (sighting: Sighting = aSighting(), fee = 1_000n): TransferEvent => ({
  kind: "Seen",
  sighting,
  block: aBlock(),
  fee,
})

export const settled = (transaction = anId("payout"), networkFee = 0n): TransferEvent => ({
  kind: "Settled",
  transaction,
  networkFee,
})

/** Events that lead a new transfer to `state`, in order. */
export function pathTo(state: State, sighting: Sighting = aSighting()): TransferEvent[] {
  const slot = `slot of ${sighting.id}`
  const payout = anId(`payout of ${sighting.id}`)
  const ready: TransferEvent[] = [seen(sighting), { kind: "Confirmed" }, { kind: "Cleared" }]
  const signing: TransferEvent[] = [
    ...ready,
    { kind: "Planned", slot, plan: `plan of ${sighting.id}` },
  ]
  const sent: TransferEvent[] = [...signing, { kind: "Signed", transaction: payout }]
  const paths: Record<State, TransferEvent[]> = {
    seen: ready.slice(0, 1),
    confirmed: ready.slice(0, 2),
    dropped: [...ready.slice(0, 1), { kind: "Vanished" }],
    held: [...ready.slice(0, 2), { kind: "Flagged", reason: "over-cap" }],
    ready,
    signing,
    sent,
    paid: [...sent, settled(payout)],
  }
  return paths[state]
}

/** A transfer that went the whole way to `state` by the rules of the core, with `parts` laid over it. */
export function aTransfer(
  state: State,
  parts: Partial<Transfer> = {},
  sighting: Sighting = aSighting(),
): Transfer {
  const transfer = pathTo(state, sighting).reduce<Transfer | null>(
    (before, event) => step(before, event).transfer,
    null,
  )
  return { ...transfer!, ...parts }
}

/** One event of each kind that is sound for `transfer`, so that only the state can make it illegal. */
export function anEvent(kind: EventKind, transfer: Transfer): TransferEvent {
  const { id, amount, fee, slot, state } = transfer
  const sighting: Sighting = { ...aSighting(), id, amount }
  const events: { [K in EventKind]: Extract<TransferEvent, { kind: K }> } = {
    Seen: { kind: "Seen", sighting, block: aBlock(101), fee },
    Confirmed: { kind: "Confirmed" },
    Vanished: { kind: "Vanished" },
    Cleared: { kind: "Cleared" },
    Flagged: { kind: "Flagged", reason: "over-cap" },
    Approved: { kind: "Approved", by: ["olga", "omar"] },
    Redirected: { kind: "Redirected", by: ["olga", "omar"], fee },
    Planned: { kind: "Planned", slot: slot ?? `slot of ${id}`, plan: `plan ${state}` },
    Signed: { kind: "Signed", transaction: anId(`signed ${id}`) },
    Settled: {
      ...{ kind: "Settled", transaction: anId(`settled ${id}`), networkFee: 0n },
      slot: slot ?? `${transfer.refund ? transfer.source : transfer.target}:slot of ${id}`,
    },
    Died: { kind: "Died", reason: "expired" },
  }
  return events[kind]
}

/** Carries 0.1 to 1,000 AR for a tenth of a per cent; a burn costs a flat fee on top. */
export function aPolicy(limits: Partial<Limits> = {}, fees: readonly FeeRule[] = []): Policy {
  const common = {
    asset: "AR",
    minimum: 100_000_000_000n,
    cap: 1_000_000_000_000_000n,
    refundFee: 10_000_000_000n,
    dust: 1_000_000_000n,
    ...limits,
  } as const
  const rule = { asset: "AR", heightMin: 0, basisPoints: 10n } as const
  return {
    fees: fees.length
      ? fees
      : [
          { ...rule, source: "arweave", flat: 0n },
          { ...rule, source: "ao", flat: 5_000_000_000n },
        ],
    limits: [
      { ...common, source: "arweave" },
      { ...common, source: "ao" },
    ],
    depths: { arweave: 10, ao: 3 },
    payoutDepths: { arweave: 19, ao: 3 },
  }
}
