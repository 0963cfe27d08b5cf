// Who saw what of a transfer, and when, in one list: from its history, its blocks, its plans and the signers' votes.

import { isLedger, networkOf } from "../../core/assets.ts"
import type { TransferEvent } from "../../core/transfer.ts"
import { ROUTES } from "../../sdk/schemas/routes.ts"
import type { SigningSession, Timeline, TimelineStep } from "../../sdk/schemas/timeline.ts"
import { type Broadcast, recentSignings, type StoredSigning } from "../store/signings.ts"
import type { HistoryLine, StoredTransfer } from "../store/transfers.ts"
import type { Reading } from "./context.ts"
import { type Server, serve } from "./serving.ts"
import { COUNT, demandTransfer, idIn } from "./transfers.ts"

export function timelineRoutes(server: Server, api: Reading): void {
  const { sql, reads } = api

  serve(server, ROUTES.timeline, async ({ params }): Promise<Timeline> => {
    const id = idIn(params.id)
    const [{ transfer, context }, history] = await Promise.all([
      demandTransfer(api, id),
      reads.history(id),
    ])
    const ids = history.flatMap(({ event }) => (event.kind === "Planned" ? [event.plan] : []))
    const [block, plans] = await Promise.all([
      reads.block(transfer),
      Promise.all([...new Set(ids)].map(reads.plan)),
    ])
    const signings = plans
      .flatMap((plan) => plan.signings)
      .sort((a, b) => a.startedAt.getTime() - b.startedAt.getTime())
    const steps = [
      ...(block ? [readStep(transfer, block)] : []),
      ...history.map((line) => eventStep(transfer, line, signings)),
      ...signings.map(askedStep),
      ...plans.flatMap(({ broadcasts, transaction }) =>
        broadcasts.map((one) => sentStep(transfer, one, transaction)),
      ),
    ]
    return {
      transfer: transfer.id,
      steps: steps.sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0)),
      signing: signings.map(sessionView),
      heights: context.heights,
    }
  })

  serve(server, ROUTES.sessions, async ({ query: { count = COUNT } }) => ({
    sessions: (await recentSignings(sql, count)).map(sessionView),
  }))
}

export function sessionView({ startedAt, endedAt, ...one }: StoredSigning): SigningSession {
  return { ...one, startedAt: startedAt.toISOString(), endedAt: endedAt.toISOString() }
}

/** What a step says beside its time. */
type Told = Omit<TimelineStep, "at" | "height" | "transaction"> &
  Partial<Pick<TimelineStep, "height" | "transaction">>

function at(time: Date, told: Told): TimelineStep {
  return { at: time.toISOString(), height: null, transaction: null, ...told }
}

function readStep(
  { source, block: { height } }: StoredTransfer,
  { readAt, canonical }: { readonly readAt: Date; readonly canonical: boolean },
): TimelineStep {
  const place = isLedger(source) ? "slot" : "block"
  const says = `${place} ${height} was read${canonical ? "" : "; the chain has left it since"}`
  return at(readAt, { step: "read", by: watcherOf(source), says, height })
}

function eventStep(
  transfer: StoredTransfer,
  { at: time, event }: HistoryLine,
  signings: readonly StoredSigning[],
): TimelineStep {
  return at(time, told(transfer, event, signings))
}

function told(
  transfer: StoredTransfer,
  event: TransferEvent,
  signings: readonly StoredSigning[],
): Told {
  const { source, refund } = transfer
  const payoutChain = refund ? source : transfer.target
  switch (event.kind) {
    case "Seen":
      return {
        ...{ step: "seen", by: watcherOf(source), height: event.block.height },
        says: `${event.sighting.amount} base units from ${event.sighting.sender}`,
      }
    case "Confirmed":
      return { step: "confirmed", by: watcherOf(source), says: "deep enough to be final" }
    case "Vanished":
      return {
        ...{ step: "vanished", by: watcherOf(source) },
        says: event.reason ? "its owner took it back" : "its block is not of the chain any more",
      }
    case "Cleared":
      return { step: "screened", by: "screener", says: "it may be paid" }
    case "Flagged":
      return { step: "held", by: "screener", says: event.reason }
    case "Approved":
      return { step: "decided", by: event.by.join(", "), says: "it is to be paid" }
    case "Redirected":
      return {
        ...{ step: "decided", by: event.by.join(", ") || "the policy" },
        says: `it goes back, less ${event.fee} base units`,
      }
    case "Planned":
      return { step: "planned", by: "planner", says: `plan ${event.plan}, slot ${event.slot}` }
    case "Signed": {
      const names = signings
        .filter(({ plan, outcome }) => plan === transfer.plan && outcome === "signed")
        .flatMap(({ votes }) => votes.filter(({ vote }) => vote === "signed"))
        .map(({ name }) => name)
      return {
        ...{ step: "signed", by: [...new Set(names)].join(", ") || "the signers" },
        ...{ says: "the group has signed its payout", transaction: event.transaction },
      }
    }
    case "Settled":
      return {
        ...{ step: "settled", by: watcherOf(payoutChain), transaction: event.transaction },
        says: refund ? "it went back, for good" : "it was paid, for good",
      }
    case "Died":
      return { step: "died", by: watcherOf(payoutChain), says: event.reason }
  }
}

function askedStep({ startedAt, votes, outcome, chain }: StoredSigning): TimelineStep {
  const signed = votes.filter(({ vote }) => vote === "signed").length
  return at(startedAt, {
    ...{ step: "asked", by: `coordinator for ${chain}` },
    says: `${votes.length} signers were asked, ${signed} signed: ${outcome}`,
  })
}

function sentStep(
  { refund, source, target }: StoredTransfer,
  { firstAt, lastAt, times, failure }: Broadcast,
  transaction: string | null,
): TimelineStep {
  const again = times > 1 ? `, ${times} times, last at ${lastAt.toISOString()}` : ""
  const refused = failure === null ? "" : `; the last time: ${failure}`
  const chain = networkOf(refund ? source : target)
  return at(firstAt, {
    ...{ step: "broadcast", by: "broadcaster", transaction },
    says: `handed to ${chain}${again}${refused}`,
  })
}

function watcherOf(chain: string): string {
  return `watcher of ${chain}`
}
