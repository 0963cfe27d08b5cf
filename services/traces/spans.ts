// One transfer as a trace: a span for each state that it was in, and one for each time the signers were asked. Pure.

import type { TransferEvent } from "../../core/transfer.ts"
import { moveOf, type State } from "../../core/transfer.ts"
import type { StoredSigning } from "../store/signings.ts"
import type { HistoryLine, StoredTransfer } from "../store/transfers.ts"

export interface Span {
  readonly name: string
  /** What it is told apart by within its transfer: the same transfer always gives the same spans. */
  readonly key: string
  /** Milliseconds since 1970. */
  readonly startMs: number
  readonly endMs: number
  readonly attributes: Readonly<Record<string, string | number>>
  readonly moments: readonly {
    readonly name: string
    readonly atMs: number
    readonly attributes: Readonly<Record<string, string>>
  }[]
}

export interface Trace {
  readonly root: Span
  readonly children: readonly Span[]
}

/** Of a transfer that has ended; `history` is oldest first and not empty. Nothing in it names a person. */
export function traceOf(
  transfer: StoredTransfer,
  history: readonly HistoryLine[],
  signings: readonly StoredSigning[],
): Trace {
  const stays = staysOf(history)
  const { asset, source, target, refund, amount } = transfer
  const root: Span = {
    name: refund ? `${asset} back to ${source}` : `${asset} ${source} to ${target}`,
    ...{ key: "transfer", startMs: history[0]!.at.getTime(), endMs: history.at(-1)!.at.getTime() },
    attributes: {
      ...{ "causeway.transfer": transfer.id, "causeway.asset": asset },
      ...{ "causeway.amount": String(amount), "causeway.state": transfer.state },
    },
    moments: [],
  }
  return { root, children: [...stays, ...signings.map(askedOf)] }
}

/** A new state begins with an event; the last one is final and has no length. */
function staysOf(history: readonly HistoryLine[]): readonly Span[] {
  const spans: Span[] = []
  let state: State | null = null
  for (const [at, { event, version, at: begun }] of history.entries()) {
    state = moveOf(state, event.kind) ?? state
    const next = history[at + 1]
    if (state === null || !next) continue
    spans.push({
      ...{ name: state, key: `state ${version}` },
      ...{ startMs: begun.getTime(), endMs: next.at.getTime(), moments: [] },
      attributes: { "causeway.since": event.kind, ...wordsOf(event) },
    })
  }
  return spans
}

function wordsOf(event: TransferEvent): Readonly<Record<string, string>> {
  switch (event.kind) {
    case "Planned":
      return { "causeway.plan": event.plan, "causeway.slot": event.slot }
    case "Signed":
      return { "causeway.transaction": event.transaction }
    case "Flagged":
    case "Died":
      return { "causeway.reason": event.reason }
    default:
      return {}
  }
}

function askedOf({ session, scheme, outcome, votes, ...one }: StoredSigning): Span {
  const startMs = one.startedAt.getTime()
  return {
    ...{ name: "signers asked", key: `session ${session}` },
    ...{ startMs, endMs: one.endedAt.getTime() },
    attributes: {
      ...{ "causeway.session": session, "causeway.scheme": scheme, "causeway.outcome": outcome },
      "causeway.plan": one.plan,
    },
    moments: votes.map(({ name, vote, code, ms }) => ({
      ...{ name: `${name}: ${vote}`, atMs: startMs + (ms ?? 0) },
      attributes: code === null ? {} : { "causeway.code": code },
    })),
  }
}
