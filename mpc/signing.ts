// How a signer answers: derive the bytes, keep its own promises and caps, write it down, sign.

import type { Unsigned } from "../chains/chain.ts"
import type { HandoverCodec, OrderCodec, OrderDesk, Standing } from "../chains/vault.ts"
import { BridgeError } from "../core/errors.ts"
import type { Prices } from "../core/governor.ts"
import { originOf, type TransferId } from "../core/ids.ts"
import type { CampaignFacts } from "../core/rewards/payable.ts"
import type { BallotRow } from "./ballot.ts"
import type { Cap } from "./config.ts"
import { handedOver } from "./handover.ts"
import { heartbeatMessage, periodAt } from "./heartbeat.ts"
import type { Entry } from "./journal.ts"
import { type Others, objectionsTo } from "./objections.ts"
import type { Plan, Pledges } from "./pledges.ts"
import { type Newcomer, type Promising, promised } from "./promising.ts"
import {
  type CommitReply,
  digestOf,
  type HandoverRequest,
  type HeartbeatRequest,
  MESSAGES_MAX,
  type Refusal,
  type Refused,
  type RewardsRequest,
  type RoundRequest,
  refusalOf,
  type SignReply,
  type VaultOrderRequest,
} from "./protocol.ts"
import { approvedOrder } from "./rewards.ts"
import { schemeOf } from "./schemes/index.ts"
import { hexOf, type Index, type SchemeName, type Signer } from "./schemes/scheme.ts"
import { ordered } from "./vault-orders.ts"
import { derive, sightOf, type View } from "./verify.ts"

/** All that a signature needs, and all of it this signer's own. */
export interface Desk {
  readonly view: View
  readonly pledges: Pledges
  readonly caps: readonly Cap[]
  /** One for each key of the group. */
  readonly signers: Readonly<Partial<Record<SchemeName, Signer>>>
  /** Of those keys that a vault may be handed over to (`successor.ts`). */
  readonly successors: Readonly<Partial<Record<SchemeName, Signer>>>
  /** Of those keys that money lies under for ever, and that were the group's before (`former.ts`). */
  readonly formers: readonly Signer[]
  /** This signer's own, where its operator approves orders to vaults, and epochs of a campaign. */
  readonly folder: string
  readonly index: Index
  /** What this signer speaks, and the oldest that a coordinator may speak. */
  readonly version: number
  readonly versionMin: number
  /** A member that has just joined is held to a part of its caps for a while. */
  readonly newcomer: Newcomer | null
  /** Asked before it signs; left out where it has nobody to ask. */
  readonly others?: Others | undefined
  /** Where points are given. */
  readonly campaign?: CampaignFacts | undefined
  /** Its token, which obeys the group as the others do. */
  readonly campaignToken?: CampaignToken | undefined
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** The hash of all that its endpoints have answered up to now. */
  readonly heard?: () => string
  /** What assets are worth, by this operator's own list; without one the strictest. */
  readonly prices?: () => Prices
}

export interface CampaignToken {
  readonly codec: HandoverCodec
  readonly orders: OrderCodec
  standing(): Promise<Standing>
  /** To be closed. */
  desk(): OrderDesk
}

/**
 * The first of two rounds: what this signer would sign with, for each message. Refuses at once what it
 * would refuse in the end, but promises nothing. Throws as `sign` does.
 */
export async function commit(desk: Desk, request: RoundRequest): Promise<CommitReply> {
  const work = await workOf(desk, request)
  if ("refused" in work) return work
  const { signer, messages } = work
  try {
    const commitments = await Promise.all(
      messages.map((_, place) => signer.commit(nameOf(request, place))),
    )
    return { ...signed(desk), commitments, digest: digestOf(messages) }
  } catch (error) {
    return refusedFor(desk, error)
  }
}

/**
 * Answers one request; with one round, the same again gets the same partials. They leave only when the
 * pledge that they rest on is on the disk. Throws only when this signer must stop (`journal-unwritable`,
 * a failed assertion); everything else is a refusal.
 */
export async function sign(desk: Desk, request: RoundRequest): Promise<SignReply> {
  const work = await workOf(desk, request)
  if ("refused" in work) return work
  const { signer, plan, messages, only } = work
  const { session, scheme, commitments } = request
  const objected = await objectionsTo(desk.others, work.ballots ?? new Map())
  if (objected.length > 0) return { ...signed(desk), refused: objected }
  const refused = plan ? await promise(desk, plan) : []
  if (refused.length > 0) return { ...signed(desk), refused }
  try {
    for (const [purpose, digest] of only ?? []) await desk.pledges.pledgeOnly(purpose, digest)
  } catch (error) {
    return refusedFor(desk, error)
  }
  // Somebody may have stopped it while the disk was waited for: what is pledged stays so.
  const stopped = stoppedOf(desk, request)
  if (stopped) return refusedFor(desk, stopped)
  if ("handover" in request || "ordered" in request) await desk.pledges.note(noteOf(request))
  // Nonces live in memory alone and are spent once; a memory that was copied finds the journal moved on.
  if (schemeOf(scheme).rounds === 2) await desk.pledges.consume(session)
  try {
    const partials = await Promise.all(
      messages.map((message, place) =>
        signer.partial({
          ...{ session: nameOf(request, place), message },
          commitments: commitments?.[place] ?? [],
        }),
      ),
    )
    return { ...signed(desk), partials, digest: digestOf(messages) }
  } catch (error) {
    return refusedFor(desk, error)
  }
}

/** What stops a request that could be signed otherwise. */
function stoppedOf({ view }: Desk, request: RoundRequest): BridgeError | null {
  if (!("chain" in request)) return null
  try {
    view.stops.demand(request.chain, "out")
    for (const { id } of request.transfers) view.stops.demand(originOf(id).chain, "in")
    return null
  } catch (error) {
    if (error instanceof BridgeError) return error
    throw error
  }
}

/** The plan is on the disk, or here is why it must not be. */
function promise(desk: Desk, plan: Plan): Promise<readonly Refusal[]> {
  const { view, prices, heard } = desk
  const { governor } = view.policy
  const fateOf: Promising["fateOf"] = (chain, payouts, terms) =>
    sightOf(view, chain).connection.fate(payouts, terms)
  return promised({ ...desk, fateOf, governor, prices: prices?.(), heard: heard?.() }, plan)
}

interface Work {
  readonly signer: Signer
  /** What it pays; null for what pays nobody of the bridge's money: a heartbeat, a sweep, a handover, points. */
  readonly plan: Plan | null
  readonly messages: readonly Uint8Array[]
  /** What alone is signed for a purpose, by the purpose's name. */
  readonly only?: ReadonlyMap<string, string>
  /** What other members are asked about whom it pays. */
  readonly ballots?: ReadonlyMap<TransferId, BallotRow>
}

/** What is to be signed, and with which key; or why not. */
async function workOf(desk: Desk, request: RoundRequest): Promise<Work | Refused> {
  const { view, signers, versionMin } = desk
  const { version, scheme } = request
  const signer = signers[scheme]
  if (version < versionMin)
    return refusedFor(desk, new BridgeError("outdated", { speaks: version, needed: versionMin }))
  if (!signer) return refusedFor(desk, new BridgeError("not-supported", { scheme }))
  if ("period" in request) return heartbeat(desk, signer, request)
  if ("handover" in request || "ordered" in request) return forVault(desk, request)
  if ("rewards" in request) return rewards(desk, signer, request)
  // A key signs for the chains that it was made for, and for no other.
  if (view.chains[request.chain]?.scheme !== scheme)
    return refusedFor(desk, new BridgeError("not-supported", { scheme, chain: request.chain }))
  const derived = await derive(view, request)
  if (!("payouts" in derived)) return { ...signed(desk), refused: derived }
  const { unsigned } = derived
  if (unsigned.messages.length > MESSAGES_MAX)
    return refusedFor(desk, new BridgeError("bad-request", { messagesMax: MESSAGES_MAX }))
  const { key, messages } = partOf(unsigned, request.key)
  if (messages.length === 0)
    return refusedFor(desk, new BridgeError("bad-request", { missing: "one key to sign under" }))
  const own = key === undefined ? signer : signerUnder(desk, scheme, key)
  // Whom the vault obeys was vetted: it obeys somebody who is not us.
  if (!own) return refusedFor(desk, new BridgeError("not-supported", { scheme, key }))
  const { slots } = unsigned
  const { chain, terms } = request
  const { payouts, origins, ballots } = derived
  const plan = payouts.length > 0 ? { chain, payouts, terms, slots, origins } : null
  return { signer: own, messages, plan, ballots }
}

/** The messages that lie under one key, which the request names where there are more; none when that is not so. */
function partOf({ messages, keys }: Unsigned, wanted: string | undefined) {
  const [first, ...others] = new Set(keys)
  const key = wanted ?? first
  if (keys === undefined || (wanted === undefined && others.length > 0))
    return { key, messages: key === undefined && others.length === 0 ? messages : [] }
  return { key, messages: messages.filter((_, place) => keys[place] === key) }
}

/** The one of this signer's shares that is of that public key. */
function signerUnder({ signers, successors, formers }: Desk, scheme: SchemeName, key: string) {
  const all = [signers[scheme], successors[scheme], ...formers]
  return all.find((one) => one?.key.scheme === scheme && hexOf(one.key) === key)
}

/** Promises nothing, and is to be found again when somebody asks who let the vault go. */
function noteOf(request: HandoverRequest | VaultOrderRequest): Entry {
  const { session } = request
  if ("ordered" in request) {
    const { ordered: chain, token, number } = request
    return { kind: "order", chain, ...(token && { token }), number, session }
  }
  const { handover: chain, token, part } = request
  return { kind: "handover", chain, ...(token && { token }), part, session }
}

/** What is signed for a vault, and pays nobody. */
async function forVault(
  desk: Desk,
  request: HandoverRequest | VaultOrderRequest,
): Promise<Work | Refused> {
  try {
    const { signer, message } =
      "ordered" in request ? await ordered(desk, request) : await handedOver(desk, request)
    return { signer, messages: [message], plan: null }
  } catch (error) {
    return refusedFor(desk, error)
  }
}

/** One root an epoch, and one message for each of its credits, all of one artifact, whatever is approved later. */
async function rewards(
  desk: Desk,
  signer: Signer,
  request: RewardsRequest,
): Promise<Work | Refused> {
  try {
    // Whoever stops what goes out on AO means this too.
    desk.view.stops.demand("ao", "out")
    const { message, campaign, artifact } = await approvedOrder(desk, request)
    const epoch = `${campaign} ${request.rewards}`
    const only = new Map([
      [epoch, artifact],
      [`${epoch} ${request.part}`, digestOf([message])],
    ])
    return { signer, messages: [message], plan: null, only }
  } catch (error) {
    return refusedFor(desk, error)
  }
}

function heartbeat(desk: Desk, signer: Signer, { period }: HeartbeatRequest): Work | Refused {
  const own = periodAt(desk.now())
  if (Math.abs(period - own) > 1)
    return refusedFor(desk, new BridgeError("signer-refused", { reason: "another period", own }))
  const message = heartbeatMessage(desk.view.deployment.network, signer.key, period)
  return { signer, messages: [message], plan: null }
}

/** Who answers. */
function signed({ version, index }: Desk): Pick<Refused, "version" | "index"> {
  return { version, index }
}

/** Nonces are kept by session and message. */
function nameOf({ session }: RoundRequest, place: number): string {
  return `${session}.${place}`
}

/** A refusal of the whole request, for errors that are no reason to stop. */
function refusedFor(desk: Desk, error: unknown): Refused {
  if (error instanceof BridgeError && error.remedy !== "halt")
    return { ...signed(desk), refused: [refusalOf(null, error)] }
  throw error
}
