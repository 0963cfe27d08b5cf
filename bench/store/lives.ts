// New transfers with everything that happens to them, as the calls that the services make.

import { createHash } from "node:crypto"
import { payoutOf } from "../../core/payout.ts"
import { step } from "../../core/step.ts"
import type { Sighting, Transfer, TransferEvent } from "../../core/transfer.ts"
import type { Change } from "../../services/store/advance.ts"
import type { NewPlan } from "../../services/store/plans.ts"

/** Transfers that one payout transaction pays. */
const PLAN = 100

const BLOCK = { height: 1_000, id: idOf("block") }

let count = 0

/** `size` transfers from seen to paid: six calls with one event of each. */
export function nextBatch(size: number): Change[][] {
  const sightings = Array.from({ length: size }, aDeposit)
  const calls = [seen, confirmed, cleared].map((eventOf, version) =>
    sightings.map((sighting) => change(sighting, eventOf(sighting), version)),
  )
  const plans = chunks(sightings, PLAN).map(planOf)
  return [
    ...calls,
    plans.flatMap((plan) =>
      [...plan.slots].map(([transfer, slot]): Change => {
        const event: TransferEvent = { kind: "Planned", slot, plan: plan.id }
        return { transfer, key: `Planned:${plan.id}`, event, plan }
      }),
    ),
    plans.flatMap((plan) => {
      const transaction = idOf(plan.id)
      const signed = { plan: plan.id, transaction, raw: new Uint8Array(2_000) }
      return [...plan.slots.keys()].map((transfer): Change => {
        const event: TransferEvent = { kind: "Signed", transaction }
        return { transfer, key: `Signed:${plan.id}`, event, signed }
      })
    }),
    plans.flatMap((plan) =>
      [...plan.slots.keys()].map((transfer): Change => {
        const transaction = idOf(plan.id)
        const event: TransferEvent = { kind: "Settled", transaction, networkFee: 0n }
        return { transfer, key: `Settled:${transaction}`, event }
      }),
    ),
  ]
}

function aDeposit(): Sighting {
  const sender = idOf(`sender ${++count}`)
  return {
    id: `arweave:${idOf(`transaction ${process.pid} ${count}`)}:0`,
    asset: "AR",
    source: "arweave",
    target: "ao",
    amount: 1_000_000_000_000n,
    sender,
    recipient: idOf(`recipient ${count}`),
    refundTo: sender,
    forward: {},
    fee: null,
    problem: null,
  }
}

function seen(sighting: Sighting): TransferEvent {
  return { kind: "Seen", sighting, block: BLOCK, fee: 1_000n }
}

function confirmed(): TransferEvent {
  return { kind: "Confirmed" }
}

function cleared(): TransferEvent {
  return { kind: "Cleared" }
}

/** Keys as long as those that watchers and the screener write: how rows fill a page is part of the cost. */
function change({ id }: Sighting, event: TransferEvent, version: number): Change {
  const of = event.kind === "Cleared" ? `${version}` : `${BLOCK.id}:${version}`
  return { transfer: id, key: `${event.kind}:${of}`, event }
}

function planOf(sightings: readonly Sighting[]): NewPlan {
  const transfers = sightings.map((sighting): Transfer => step(null, seen(sighting)).transfer)
  return {
    id: `ao-${idOf(sightings.map(({ id }) => id).join())}`,
    chain: "ao",
    payouts: transfers.map(payoutOf),
    terms: {},
    attempt: 0,
    messages: [new Uint8Array(48)],
    slots: new Map(transfers.map(({ id }) => [id, id])),
  }
}

function chunks<Item>(items: readonly Item[], size: number): Item[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, at) =>
    items.slice(at * size, (at + 1) * size),
  )
}

function idOf(name: string): string {
  return createHash("sha256").update(name).digest("base64url")
}
