// What a signer finds out for itself before it signs: each payout, and the bytes that pay it.

import type {
  Codec,
  Connection,
  Deployment,
  Located,
  Locks,
  SchemeName,
  Unsigned,
} from "../chains/chain.ts"
import type { LockCounter } from "../chains/locked.ts"
import { seals } from "../chains/seals.ts"
import { ownTurn, shortTurn } from "../chains/turns.ts"
import { assert } from "../core/assert.ts"
import { type ChainName, homeOf, isLedger } from "../core/assets.ts"
import type { SignedAttestation } from "../core/compliance/attestation.ts"
import { BridgeError, type ErrorCode, REMEDIES } from "../core/errors.ts"
import { feeFor } from "../core/fees.ts"
import { originOf, type TransferId } from "../core/ids.ts"
import { approvedBy, type Operator } from "../core/orders.ts"
import { type Payout, payoutOf } from "../core/payout.ts"
import { depthOf, isFinal, limitsOf, type Policy, verdictOn } from "../core/policy.ts"
import type { Sighting } from "../core/transfer.ts"
import type { BallotRow } from "./ballot.ts"
import { Beside } from "./moved.ts"
import type { Origin } from "./pledges.ts"
import { type Asked, type Refusal, refusalOf, type SignRequest } from "./protocol.ts"
import type { Paying, Screening } from "./screening.ts"

/** One signer's own eyes and rules; nothing of it comes from the coordinator. */
export interface View {
  readonly deployment: Deployment
  readonly policy: Policy
  readonly chains: Readonly<Partial<Record<ChainName, Sight>>>
  /** Its own policy and lists; null where the bridge file names no officers. */
  readonly screening: Screening | null
  /** Whose orders may pay what is over the cap, two of them together. */
  readonly operators: readonly Operator[]
  readonly stops: Stops
  /** All that was ever deposited of each asset, as this signer counted it. */
  locks: LockCounter
}

/** What this signer does not sign for now. */
export interface Stops {
  /** Throws `paused`, with the reason: what is planned waits, and is neither dropped nor held. */
  demand(chain: ChainName, direction: "in" | "out"): void
}

export interface Sight {
  readonly scheme: SchemeName
  readonly codec: Codec
  readonly connection: Connection
}

export interface Derived {
  readonly payouts: readonly Payout[]
  readonly unsigned: Unsigned
  /** Who sent each, and when, by this signer's own chains. */
  readonly origins: ReadonlyMap<TransferId, Origin>
  /** What other members are asked about each, where anybody is screened. */
  readonly ballots: ReadonlyMap<TransferId, BallotRow>
}

/**
 * The payouts of the transfers that a request names, and the message that pays them under its terms, all
 * from this signer's own endpoints. Else every reason why not: one for each transfer that stands in the
 * way (the others could be signed without it), or one for the whole request. When unsure, it refuses.
 */
export async function derive(view: View, request: SignRequest): Promise<Derived | Refusal[]> {
  try {
    const { codec, connection } = sightOf(view, request.chain)
    view.stops.demand(request.chain, "out")
    if (request.transfers.length > codec.batchMax)
      throw new BridgeError("bad-request", { batchMax: codec.batchMax })
    if (request.transfers.length === 0 && !codec.sweeps)
      throw new BridgeError("bad-request", { missing: "a transfer to be paid" })
    await view.screening?.refresh()
    const origins = new Map<TransferId, Origin>()
    const ballots = new Map<TransferId, BallotRow>()
    const rows = await readRows(view, request, { origins, ballots })
    const refused = rows.filter(isRefusal)
    if (refused.length > 0) return refused
    const payouts = rows.flatMap((row) => (isRefusal(row) ? [] : [row]))
    await demandUnfrozen(view, request)
    await connection.vet(payouts, request.terms, await locksFor(view, request))
    await ownTurn()
    const unsigned = codec.build(payouts, request.terms, view.deployment)
    assert(
      payouts.every(({ transfer }) => unsigned.slots.has(transfer)),
      "every payout has a slot",
    )
    return { payouts, unsigned, origins, ballots }
  } catch (error) {
    return [refusalOf(null, error)]
  }
}

/** What lets a payout pass that the bridge's policy would not make by itself. */
interface Exceptions {
  /** Officers, or a list, send it back. */
  readonly isReturned?: (payout: Payout) => boolean
  /** Enough operators have ordered that it be paid. */
  readonly isApproved?: boolean
}

/**
 * What a transfer is owed, judged by this signer's own policy. Throws the reason as a BridgeError:
 * `not-yet` until it is final, else the verdict's own code.
 */
export function owed(
  policy: Policy,
  asked: Asked,
  located: Located | null,
  { isReturned = () => false, isApproved = false }: Exceptions = {},
): Payout {
  if (!located) throw new BridgeError("not-yet", { reason: "in no block" })
  const { sighting, block, tip } = located
  const { chain: source } = originOf(asked.id)
  const refund = asked.refund
  if (sighting.id !== asked.id || sighting.source !== source)
    throw new BridgeError("rpc-disagrees", { answered: sighting.id })
  if (!isFinal(policy, source, block.height, tip.height, sighting.depth))
    throw new BridgeError("not-yet", {
      confirmations: tip.height - block.height + 1,
      needed: depthOf(policy, source, sighting.depth),
    })
  const usual = sighting.fee ?? feeFor(policy.fees, sighting, block.height)
  const payout = (fee: bigint) => payoutOf({ ...sighting, block, refund, fee })
  if (!refund) {
    demandClear(policy, sighting, usual, isApproved)
    return payout(usual)
  }
  const fee = feeOfRefund(policy, sighting)
  const { kind } = verdictOn(policy, sighting, usual)
  if (kind === "clear" && !isReturned(payout(fee)))
    throw new BridgeError("signer-refused", { reason: "not to be refunded", verdict: kind })
  return payout(fee)
}

/** Operators may let pass what is too much; what is wrong in itself, or not ours to carry, they may not. */
function demandClear(policy: Policy, sighting: Sighting, usual: bigint, isApproved: boolean): void {
  const verdict = verdictOn(policy, sighting, usual)
  if (verdict.kind === "clear") return
  if (verdict.kind === "hold" && verdict.reason === "over-cap" && isApproved) return
  throw new BridgeError(codeOf(verdict.reason), { verdict: verdict.kind })
}

/**
 * What is held may go back to its own sender: that harms nobody, and the journal lets it happen once. What is
 * clear, and what the bridge's policy lets pass, goes to its recipient and nowhere else.
 */
function feeOfRefund(policy: Policy, sighting: Sighting): bigint {
  const limits = limitsOf(policy, sighting)
  if (!limits) throw new BridgeError("signer-refused", { reason: "not to be refunded" })
  const left = sighting.amount - limits.refundFee
  if (left < limits.dust || left <= 0n) throw new BridgeError("not-enough-to-pay-fees", { left })
  return limits.refundFee
}

/** Only of the chain that a mint is backed by: another one that cannot be read is no reason to refuse it. */
function locksFor(view: View, { chain }: SignRequest): Promise<Locks> {
  return view.locks(isLedger(chain) ? [homeOf(chain)] : [])
}

/** A coin that came from somebody who is blocked stays where it is, whatever it would pay. */
async function demandUnfrozen({ screening, chains, deployment }: View, request: SignRequest) {
  const sight = chains[request.chain]
  if (!screening || !sight) return
  // What pays nobody takes coins to the vault, where their owner cannot take them back any more: only the others are told.
  const isSweep = request.transfers.length === 0
  const coins = sight.codec.spends?.(request.terms, deployment, isSweep) ?? []
  const located = await sight.connection.locateAll(coins)
  for (const found of located) if (found) screening.demandUnfrozen(found.sighting)
}

/** What is noted of each transfer on the way. */
interface Found {
  readonly origins: Map<TransferId, Origin>
  readonly ballots: Map<TransferId, BallotRow>
}

/** The payout or the refusal of each transfer, in the order of the request. */
async function readRows(view: View, request: SignRequest, { origins, ballots }: Found) {
  const { chain, transfers, approvals = [] } = request
  const approved = approvedBy(view.deployment, view.operators, approvals, seals.verify)
  const found = new Map<string, Located | null | Refusal>()
  await Promise.all(
    Object.values(view.chains).map(async ({ connection }) => {
      const asked = transfers.filter(({ id }) => originOf(id).chain === connection.chain)
      if (asked.length === 0) return
      const answers = await locateEach(connection, asked)
      for (const [place, { id }] of asked.entries()) found.set(id, answers[place] ?? null)
    }),
  )
  await ownTurn()
  const attestations = await wordsOn(view, request, found)
  const beside = new Beside()
  const rowOf = (asked: Asked): Payout | Refusal => {
    const located = found.get(asked.id) ?? null
    if (located && "code" in located) return located
    try {
      view.stops.demand(originOf(asked.id).chain, "in")
      if (located)
        origins.set(asked.id, { sender: located.sighting.sender, atMs: located.atMs ?? null })
      const payout = screened(view, asked, located, {
        ...{ attestations, beside },
        isApproved: approved.has(asked.id),
      })
      if (located && view.screening) {
        const { sighting } = located
        view.screening.countBeside(beside, payout, sighting)
        ballots.set(asked.id, view.screening.ballotOf(payout, sighting))
      }
      return payable(view, chain, payout)
    } catch (error) {
      return refusalOf(asked.id, error)
    }
  }
  const rows: (Payout | Refusal)[] = []
  for (const asked of transfers) {
    await shortTurn()
    rows.push(rowOf(asked))
  }
  return rows
}

/** What attestors say of those that can be paid: as it was brought, and what they tell this signer when it was not. */
async function wordsOn(
  { policy, screening }: View,
  { transfers, attestations = [] }: SignRequest,
  found: ReadonlyMap<string, Located | null | Refusal>,
): Promise<readonly SignedAttestation[]> {
  if (!screening) return attestations
  const payings = () =>
    transfers.flatMap((asked): Paying[] => {
      const located = found.get(asked.id)
      if (!located || "code" in located) return []
      try {
        const payout = owed(policy, asked, located, { isReturned: () => true, isApproved: true })
        return [{ payout, transfer: located.sighting }]
      } catch {
        // Whatever is wrong with it is told when it is judged.
        return []
      }
    })
  return [...attestations, ...(await screening.unheard(payings, attestations))]
}

/** What it is owed by the bridge's terms, and may be paid by this signer's own policy and lists. */
function screened(
  { policy, screening }: View,
  asked: Asked,
  located: Located | null,
  { attestations, beside, isApproved }: Judging,
): Payout {
  const isReturned = (payout: Payout) =>
    located !== null && (screening?.isReturned(payout, located.sighting, attestations) ?? false)
  const payout = owed(policy, asked, located, { isReturned, isApproved })
  if (located) screening?.demandAllowed(payout, located.sighting, attestations, beside)
  return payout
}

interface Judging {
  readonly attestations: readonly SignedAttestation[]
  /** What the same request pays in front of it. */
  readonly beside: Beside
  readonly isApproved: boolean
}

/** When the endpoints disagree about one of them, the others need not wait for it. */
async function locateEach(connection: Connection, asked: readonly Asked[]) {
  try {
    return await connection.locateAll(asked.map(({ id }) => id))
  } catch (error) {
    if (!(error instanceof BridgeError) || error.code !== "rpc-disagrees") throw error
    return Promise.all(
      asked.map(({ id }) => connection.locate(id).catch((cause: unknown) => refusalOf(id, cause))),
    )
  }
}

function isRefusal(row: Payout | Refusal): row is Refusal {
  return "code" in row
}

function payable(view: View, chain: ChainName, payout: Payout): Payout {
  if (payout.chain !== chain)
    throw new BridgeError("bad-request", { asked: chain, paid: payout.chain })
  // An address in another spelling would be another payout of the same transfer.
  const { codec } = sightOf(view, chain)
  if (codec.address(payout.recipient, view.deployment.network) !== payout.recipient)
    throw new BridgeError("bad-recipient", { recipient: payout.recipient })
  return payout
}

/** Throws `not-supported` for a chain that the bridge has nothing on. */
export function sightOf({ chains }: View, chain: ChainName): Sight {
  const sight = chains[chain]
  if (!sight) throw new BridgeError("not-supported", { chain })
  return sight
}

function codeOf(reason: string): ErrorCode {
  return reason in REMEDIES ? (reason as ErrorCode) : "signer-refused"
}
