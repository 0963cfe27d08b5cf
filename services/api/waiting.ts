// What a transfer waits for: by which rule, since when and until when, and where that can be looked at. Pure.

import { type NetworkName, networkOf } from "../../core/assets.ts"
import { depthOf, payoutDepthOf } from "../../core/policy.ts"
import type { Transfer } from "../../core/transfer.ts"
import type { Waiting } from "../../sdk/schemas/transfers.ts"
import type { Pause } from "../store/controls.ts"
import type { Holdback } from "../store/holdbacks.ts"
import type { Context } from "./context.ts"

/** Target time between blocks, milliseconds; AO slots come with messages, our own tick makes the last two. */
export const BLOCK_MS: Readonly<Record<NetworkName, number>> = {
  ...{ arweave: 120_000, ethereum: 12_000, bsc: 750, bitcoin: 600_000, ao: 500 },
}

/** What the next batch and the signers take when nothing is in their way, milliseconds. */
export const WORK_MS = 5_000

/** What the words of `core/governor.ts` mean. */
const LIMITS: Readonly<Record<string, string>> = {
  day: "so much of an asset is paid on a chain in any 24 hours",
  unbacked: "its chain took back deposits that were paid for: the vault pays what is left",
  "network-fee": "the network asks for more now than fees pay for: it goes on when that falls",
  "day-worth": "so much, by its worth, is paid on a chain in any 24 hours",
  large: "what is large, alone or with others of its sender or recipient, waits",
}

export function confirmationsOf(
  transfer: Transfer,
  { policy, heights }: Pick<Context, "policy" | "heights">,
) {
  const tip = heights[transfer.source] ?? transfer.block.height
  const need = depthOf(policy, transfer.source, transfer.depth)
  const have = transfer.state === "dropped" ? 0 : Math.max(0, tip - transfer.block.height + 1)
  return { have: Math.min(have, need), need }
}

/** Null when nothing more will happen. `failure` of the last attempt to bring it on. */
export function waitingOf(
  transfer: Transfer,
  since: Date,
  context: Context,
  failure: string | null = null,
  holdback: Holdback | null = null,
): Waiting | null {
  const reason = reasonOf(transfer, context, holdback)
  if (!reason) return null
  const { etaMs = null, until, evidence, ...words } = reason
  const end = until ?? (etaMs === null ? null : new Date(context.nowMs + etaMs))
  return {
    ...words,
    since: since.toISOString(),
    until: end?.toISOString() ?? null,
    evidence: evidence ?? `/transfers/${transfer.id}/timeline`,
    failure,
    etaMs,
  }
}

interface Reason extends Pick<Waiting, "for" | "rule" | "releaseAt"> {
  readonly etaMs?: number
  /** Left out: when `etaMs` is over, if it is there. */
  readonly until?: Date | null
  /** Left out: the transfer's timeline. */
  readonly evidence?: string
}

function reasonOf(transfer: Transfer, context: Context, holdback: Holdback | null): Reason | null {
  const { state, source, reason } = transfer
  switch (state) {
    case "seen": {
      const { have, need } = confirmationsOf(transfer, context)
      const left = need - have
      return {
        for: `${left} more blocks on ${source}`,
        rule: `final at ${need} confirmations`,
        etaMs: left * BLOCK_MS[networkOf(source)],
      }
    }
    case "paid":
      return null
    case "dropped":
      return reason === "taken-back"
        ? { for: "nothing", rule: "its owner took it back" }
        : {
            for: "its transaction to be mined again",
            rule: `${source} no longer holds it; send it again if it does not come back`,
          }
    case "held":
      return {
        for: reason?.startsWith("screening-")
          ? "its case: officers decide, and its owner may appeal"
          : "a decision by two operators",
        rule: reason ?? "held",
        evidence: `/transfers/${transfer.id}`,
      }
    case "confirmed":
    case "ready":
    case "signing":
    case "sent":
      return workReason(transfer, context, holdback)
  }
}

function workReason(transfer: Transfer, context: Context, holdback: Holdback | null): Reason {
  const payoutChain = transfer.refund ? transfer.source : transfer.target
  const pause = context.pauses.find(
    ({ chain, direction }) =>
      (chain === transfer.source && direction === "in") ||
      (chain === payoutChain && direction === "out"),
  )
  if (pause)
    return {
      for: endOf(pause),
      rule: pause.reason,
      until: pause.until,
      evidence: "/controls",
    }
  // Limits do not stop a payout that is planned.
  if (transfer.state === "ready" && holdback) {
    const releaseAt = holdback.releaseAt.toISOString()
    return {
      for: `its time by the limits of a day: ${releaseAt}`,
      rule: LIMITS[holdback.rule] ?? holdback.rule,
      releaseAt,
      until: holdback.releaseAt,
      etaMs: Math.ceil(holdback.leftMs),
      evidence: "/controls",
    }
  }
  if (transfer.state === "sent") {
    const depth = payoutDepthOf(context.policy, payoutChain)
    return {
      for:
        depth === 1
          ? `a final block on ${payoutChain}`
          : `${depth} confirmations on ${payoutChain}`,
      rule: "a payout counts when it is final",
      etaMs: depth * BLOCK_MS[networkOf(payoutChain)],
      evidence: `/transfers/${transfer.id}/payout`,
    }
  }
  return {
    for: transfer.state === "signing" ? "the signers" : "the next batch",
    rule: transfer.reason ?? "each signer checks the transfer for itself",
    etaMs: WORK_MS,
  }
}

function endOf({ until }: Pause): string {
  return until ? `the end of a pause, planned for ${until.toISOString()}` : "the end of a pause"
}
