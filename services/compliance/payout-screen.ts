// The second look, when a payout is planned: newer lists, and what every signer would say, before a slot is taken.

import { actOf, codeFor, factsOf, isUndecided, judge } from "../../chains/screening.ts"
import type { ChainName } from "../../core/assets.ts"
import type { Vote } from "../../core/compliance/votes.ts"
import { BridgeError } from "../../core/errors.ts"
import { originOf, type TransferId } from "../../core/ids.ts"
import type { BallotRow, ClusterClient } from "../../mpc/client.ts"
import type { PayoutScreen } from "../payout/plan.ts"
import { advance, type Change } from "../store/advance.ts"
import { transfersOfParties } from "../store/decisions.ts"
import { payoutChainOf } from "../store/rows.ts"
import { type StoredTransfer, transfersById } from "../store/transfers.ts"
import type { Desk } from "./desk.ts"
import { type Vouching, vouchersFor } from "./vouching.ts"

/** It is tried again until there is a policy with fresh lists: nothing is wrong with the transfers. */
export function undecided(): BridgeError {
  return new BridgeError("not-yet", { why: "no policy in force, or lists that are stale" })
}

/**
 * Those of `ready` that may be paid by our own policy and by every signer that answers; the others are held. One
 * objection is enough: a quorum without the one that objects would sign, and nobody would hear of it. Throws
 * `not-yet` when nothing can be paid because nothing can be told.
 */
export function payoutScreen(
  desk: Desk,
  cluster: Pick<ClusterClient, "votes">,
  vouching: Omit<Vouching, "desk">,
): PayoutScreen {
  const allowed = async (ready: readonly StoredTransfer[]): Promise<readonly StoredTransfer[]> => {
    if (ready.length === 0) return []
    const cents = await Promise.all(ready.map((transfer) => desk.usdCentsOf(transfer)))
    const rows = ready.map((transfer, at): BallotRow => {
      const { refund } = transfer
      const act = actOf({ refund, chain: payoutChainOf(transfer) })
      const value = { usdCents: cents[at]!, recentUsdCents: null }
      const { session: _, ...facts } = factsOf(transfer, null, [], value)
      return { act, facts }
    })
    const cast = await cluster.votes(rows)
    const votes = new Map(
      ready.map(({ id }, at): [TransferId, readonly Vote[]] => [id, cast[at] ?? []]),
    )
    const refunds = ready.filter(({ refund }) => refund)
    const payments = ready.filter(({ refund }) => !refund)
    const decided = new Map([
      ...(await desk.decide(payments, "payout", votes)),
      ...(await desk.decide(refunds, "refund", votes)),
    ])
    const scopeOf = ({ refund }: StoredTransfer) => (refund ? "refund" : "bridge")
    const decisionOf = ({ id }: StoredTransfer) => decided.get(id)!.decision
    const known = ready.filter((one) => !isUndecided(decisionOf(one), scopeOf(one)))
    const held = known.flatMap((transfer): Change[] => {
      const { id, version } = transfer
      const reason = codeFor(decisionOf(transfer)[scopeOf(transfer)])
      if (reason === null) return []
      const event = { kind: "Flagged", reason } as const
      return [{ transfer: id, key: `Flagged:${version}`, version, event }]
    })
    const decisions = known.map(({ id }) => decided.get(id)!)
    await advance(desk.sql, held, { decisions })
    const stopped = new Set(held.map(({ transfer }) => transfer))
    const allowed = known.filter(({ id }) => !stopped.has(id))
    if (allowed.length === 0 && known.length < ready.length) throw undecided()
    return allowed
  }
  return {
    allowed,
    frozen: (source) => frozenOf(desk, source),
    vouchers: (payouts, transfers) => vouchersFor({ desk, ...vouching }, payouts, transfers),
  }
}

/** As each signer finds it when it is asked to spend such a coin: what a list names now, whatever was decided then. */
async function frozenOf(desk: Desk, source: ChainName): Promise<readonly TransferId[]> {
  await desk.shelf.refresh()
  const nowMs = desk.now()
  const standing = desk.shelf.at(nowMs)
  const named = [...desk.shelf.lists.lists.exact.keys()]
  const met = await transfersOfParties(desk.sql, named, MET_MAX)
  const ids = [...new Set(met.map(({ transfer }) => transfer))]
  const transfers = await transfersById(
    desk.sql,
    ids.filter((id) => originOf(id).chain === source),
  )
  return [...transfers.values()].flatMap((transfer) => {
    const { bridge, refund } = judge(standing, factsOf(transfer, null), nowMs)
    return bridge === "block" || refund === "block" ? [transfer.id] : []
  })
}

const MET_MAX = 1_000_000
