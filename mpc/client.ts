// The coordinator's way to the signers, and with protocol.ts all that the services know of them.
//
// A coordinator is trusted with nothing: it can ask in vain, or not at all; it can't get a signature of
// anything that the signers would not pay.

import { createHash, randomUUID } from "node:crypto"
import type { PublicKeyHex, Terms } from "../chains/chain.ts"
import type { ChainName } from "../core/assets.ts"
import type { SignedAttestation } from "../core/compliance/attestation.ts"
import type { Vote } from "../core/compliance/votes.ts"
import { BridgeError } from "../core/errors.ts"
import type { SignedOrder } from "../core/orders.ts"
import { readNotesReply } from "./asides.ts"
import { type BallotRow, votesOf } from "./ballot.ts"
import { Blaming } from "./blaming.ts"
import { byKey } from "./by-key.ts"
import type { Identity } from "./certificate.ts"
import { type Health, readHealth } from "./health.ts"
import { heartbeatMessage, periodAt } from "./heartbeat.ts"
import { Heralds } from "./heralds.ts"
import { groupKeyBytes, type Manifest, schemesOf } from "./manifest.ts"
import {
  type Asked,
  type HandoverPart,
  oldestFor,
  PROTOCOL_VERSION,
  type RoundRequest,
  readCommitReply,
  readSignReply,
  requestJson,
} from "./protocol.ts"
import { schemeOf } from "./schemes/index.ts"
import { type GroupKey, hexOf, type Index, type SchemeName } from "./schemes/scheme.ts"
import { type Blame, type Party, runSession, type Signatures } from "./session.ts"
import { type Telling, Told } from "./telling.ts"
import { type Link, openLink } from "./transport.ts"
import { type SessionReport, Witness } from "./witness.ts"

export type { BallotRow } from "./ballot.ts"
export { formerManifests } from "./former-folders.ts"
export type { Health } from "./health.ts"
export { periodAt as heartbeatPeriod } from "./heartbeat.ts"
export { groupKeyHex, parseManifest } from "./manifest.ts"
export { hexOf } from "./schemes/scheme.ts"
export type { Blame, Signatures } from "./session.ts"
export type { Telling } from "./telling.ts"
export type { SessionReport } from "./witness.ts"

export interface ClusterConfig {
  readonly manifest: Manifest
  /** Of the keys that vaults are being handed over to, if any. */
  readonly next?: Manifest | null
  /** Of keys that were the group's before, and that money lies under for ever. */
  readonly formers?: readonly Manifest[]
  /** `host:port` of each member, by index. */
  readonly addresses: Readonly<Record<number, string>>
  /** Of one of the manifest's coordinators. */
  readonly identity: Identity
  readonly patience?: Partial<Patience>
  /** What this coordinator says that it speaks; only tests say something else than the truth. */
  readonly version?: number
  /** Hears of every signer that fails, lies or stays silent. */
  readonly onBlame?: (blame: Blame) => void
}

/** Milliseconds. */
export interface Patience {
  /** For the answer of one signer. */
  readonly answerMs: number
  /** When the signers that were not needed are asked as well: after twice the usual time, within these two. */
  readonly hedgeMinMs: number
  readonly hedgeMaxMs: number
  /** A signer that failed is asked last for so long. */
  readonly distrustMs: number
  /** All members are told whom we found at fault, so often at most. */
  readonly tellMs: number
}

export const PATIENCE: Patience = {
  answerMs: 20_000,
  hedgeMinMs: 1_000,
  hedgeMaxMs: 5_000,
  distrustMs: 30_000,
  tellMs: 1_000,
}

export interface Wanted {
  readonly chain: ChainName
  /** What that chain's payouts are signed with. */
  readonly scheme: SchemeName
  readonly transfers: readonly Asked[]
  readonly terms: Terms
  /** What the caller's own codec built from the same: the signatures are of these, or there are none. */
  readonly messages: readonly Uint8Array[]
  /** The key of that scheme that each is signed under (`Unsigned.keys`); the group's present one when left out. */
  readonly keys?: readonly PublicKeyHex[] | undefined
  /** What signers could not find by themselves: each is told what is new to it before it is asked. */
  readonly telling?: Telling | undefined
  readonly attestations?: readonly SignedAttestation[] | undefined
  /** Operators' orders to pay some of these transfers, which the policy alone would hold. */
  readonly approvals?: readonly SignedOrder[] | undefined
  /** Hears how it went, whatever became of it, before it is known here. */
  readonly onReport?: ((report: SessionReport) => void) | undefined
}

export interface ClusterClient {
  /** The group's key of each scheme that it has one of. */
  readonly keys: Readonly<Partial<Record<SchemeName, GroupKey>>>
  /**
   * The group's signatures, one a message, verified. Throws
   * - `not-supported` when the group has no such key;
   * - `signer-refused` with `refusals` (`Refusal[]`): leave those transfers out, or wait, and the rest can
   *   be signed; one whose transfer is null stands against the request as a whole;
   * - `quorum-missing` with `needed`, `have` and `missing` (names): ask again when they are back.
   */
  sign(wanted: Wanted): Promise<Signatures>
  /**
   * A signature that pays nobody, of the period of `nowMs` (milliseconds since 1970): who can sign now.
   * Throws as `sign`.
   */
  heartbeat(scheme: SchemeName, nowMs: number): Promise<Heartbeat>
  /** One part of handing a vault over to the next key; `message` is what the caller's codec built. Throws as `sign`. */
  handOver(asked: HandingOver): Promise<Signatures>
  /** An order to a vault that enough operators have approved, each at their own signer. Throws as `sign`. */
  order(asked: Ordering): Promise<Signatures>
  /** The root of a campaign's epoch, or one of its credits; `message` is what the caller built. Throws as `sign`. */
  reward(asked: Rewarding): Promise<Signatures>
  health(): Promise<readonly MemberHealth[]>
  /** Brings orders that stop or go on to every signer that has not heard them; one that cannot be reached is asked again. */
  tell(orders: readonly SignedOrder[]): Promise<void>
  /**
   * What each signer that answers would do with these by its own policy and lists: for each row the votes. One that
   * does not answer in time, or that failed lately, has none; whether enough can sign is for `sign` to find out.
   */
  votes(rows: readonly BallotRow[]): Promise<readonly (readonly Vote[])[]>
  close(): void
}

export interface HandingOver {
  readonly chain: ChainName
  /** The campaign's token instead of the chain's. */
  readonly token?: "campaign" | undefined
  readonly scheme: SchemeName
  readonly part: HandoverPart
  readonly terms: Terms
  readonly message: Uint8Array
}

export interface Rewarding {
  readonly epoch: number
  readonly part: "root" | number
  readonly message: Uint8Array
}

export interface Ordering {
  readonly chain: ChainName
  /** The campaign's token instead of the chain's. */
  readonly token?: "campaign" | undefined
  readonly scheme: SchemeName
  /** The one that the vault obeys. */
  readonly key: PublicKeyHex
  readonly number: number
  readonly message: Uint8Array
}

export interface Heartbeat {
  readonly period: number
  /** Verified; of `heartbeatMessage`. */
  readonly signature: Uint8Array
  readonly signers: readonly Index[]
}

export interface MemberHealth {
  readonly index: Index
  readonly name: string
  readonly address: string
  /** Null when it does not answer; `reason` says why. */
  readonly health: Health | null
  readonly reason: string | null
}

const HEALTH_MS = 3_000

/** Connects when first asked. Throws `bad-config` when an address is missing, `bad-key` for a bad key. */
export function connectCluster(config: ClusterConfig): ClusterClient {
  const { manifest, onBlame } = config
  const patience = { ...PATIENCE, ...config.patience }
  const keys = keysOf(manifest)
  const next = config.next ? keysOf(config.next) : {}
  const formers = (config.formers ?? []).map(keysOf)
  const links = manifest.members.map((member) => {
    const address = config.addresses[member.index]
    if (!address) throw new BridgeError("bad-config", { missing: `address of ${member.name}` })
    const link = openLink(config.identity, { ...member, role: "signer" }, address)
    return { index: member.index, link }
  })
  const distrusted = new Map<Index, number>()
  const told = new Told()
  const blaming = new Blaming(
    links.map(({ link }) => link),
    patience.tellMs,
  )
  let usualMs = 0
  const version = config.version ?? PROTOCOL_VERSION
  const keyFor = (scheme: SchemeName, hex?: PublicKeyHex): GroupKey => {
    const known = [keys, next, ...formers].map((some) => some[scheme])
    const isMeant = (key: GroupKey | undefined) => key && (hex === undefined || hexOf(key) === hex)
    const key = known.find(isMeant)
    if (!key) throw new BridgeError("not-supported", { scheme, ...(hex && { key: hex }) })
    return key
  }
  const signed = async (
    key: GroupKey,
    request: RoundRequest,
    messages: readonly Uint8Array[],
    telling?: Telling,
    onReport?: (report: SessionReport) => void,
  ): Promise<Signatures> => {
    const { session } = request
    const startMs = performance.now()
    const witness = new Witness(() => performance.now())
    const parties = links.map(({ index, link }) => {
      const party = witness.watch(partyAt(index, link, request, patience.answerMs))
      return telling ? informed(party, link, { told, telling, ...patience }) : party
    })
    const isDistrusted = ({ index }: Party) => (distrusted.get(index) ?? 0) > startMs
    const running = runSession({
      scheme: schemeOf(key.scheme),
      ...{ key, session, messages },
      parties: inTurn(parties, session, isDistrusted),
      versionMin: oldestFor(version, manifest.protocolMin),
      hedgeMs: Math.min(Math.max(2 * usualMs, patience.hedgeMinMs), patience.hedgeMaxMs),
      onBlame: (blame) => {
        distrusted.set(blame.signer, performance.now() + patience.distrustMs)
        blaming.add(blame)
        witness.blame(blame)
        onBlame?.(blame)
      },
    })
    const report = (failure?: unknown) =>
      onReport?.(witness.report(session, key.threshold, failure))
    const signatures = await running.catch((error: unknown) => {
      report(error)
      throw error
    })
    report()
    usualMs += (performance.now() - startMs - usualMs) / 8
    return signatures
  }
  const heralds = new Heralds()
  return {
    keys,
    sign: async (wanted) => {
      const { chain, scheme, transfers, terms, telling } = wanted
      const { attestations = [], approvals = [], onReport } = wanted
      // Left out when there are none: an older signer refuses what it does not know.
      const request = {
        ...{ version, session: randomUUID(), scheme, chain, transfers, terms },
        ...(attestations.length > 0 && { attestations }),
        ...(approvals.length > 0 && { approvals }),
      }
      return byKey(wanted, (key, messages, isPart) => {
        const part = isPart ? { ...request, session: randomUUID(), key } : request
        return signed(keyFor(scheme, key), part, messages, telling, onReport)
      })
    },
    handOver: async ({ chain, token, scheme, part, terms, message }) => {
      const about = { handover: chain, ...(token && { token }), part, terms }
      const request = { version, session: randomUUID(), scheme, ...about }
      const key = part === "order" ? keyFor(scheme) : next[scheme]
      if (!key) throw new BridgeError("not-supported", { scheme, missing: "the next key" })
      return signed(key, request, [message])
    },
    order: async ({ chain, token, scheme, key, number, message }) => {
      const about = { ordered: chain, ...(token && { token }), number }
      const request = { version, session: randomUUID(), scheme, ...about }
      return signed(keyFor(scheme, key), request, [message])
    },
    reward: async ({ epoch, part, message }) => {
      const request = {
        version,
        session: randomUUID(),
        scheme: "rsa",
        rewards: epoch,
        part,
      } as const
      return signed(keyFor("rsa"), request, [message])
    },
    heartbeat: async (scheme, nowMs) => {
      const [key, period] = [keyFor(scheme), periodAt(nowMs)]
      const message = heartbeatMessage(manifest.network, key, period)
      const request = { version, session: randomUUID(), scheme, period }
      const { signatures, signers } = await signed(key, request, [message])
      return { period, signature: signatures[0]!, signers }
    },
    health: () =>
      Promise.all(
        links.map(async ({ index, link }): Promise<MemberHealth> => {
          const member = { index, name: link.peer.name, address: link.address }
          try {
            return { ...member, health: await healthOf(link), reason: null }
          } catch (error) {
            return { ...member, health: null, reason: String(error) }
          }
        }),
      ),
    tell: (orders) => heralds.bring(links, orders),
    votes: (rows) => votesOf(links, rows, version, distrusted),
    close: () => {
      blaming.close()
      for (const { link } of links) link.close()
    },
  }
}

function keysOf(manifest: Manifest): Readonly<Partial<Record<SchemeName, GroupKey>>> {
  const rows = schemesOf(manifest).map((name) => {
    return [name, schemeOf(name).decode(groupKeyBytes(manifest, name))] as const
  })
  return Object.fromEntries(rows)
}

function partyAt(index: Index, link: Link, request: RoundRequest, timeoutMs: number): Party {
  const ask = (
    path: string,
    parts: Pick<RoundRequest, "session" | "commitments">,
    signal: AbortSignal,
  ) => {
    const body = requestJson({ ...request, ...parts })
    return wellAnswered(link, "POST", path, body, { timeoutMs, signal })
  }
  return {
    index,
    name: link.peer.name,
    commit: async (session, signal) => readCommitReply(await ask("/commit", { session }, signal)),
    sign: async (session, commitments, signal) =>
      readSignReply(await ask("/sign", { session, commitments }, signal)),
  }
}

/** Asked only after it has been told what is new to it. */
function informed(
  party: Party,
  link: Link,
  { told, telling, answerMs }: Patience & { readonly told: Told; readonly telling: Telling },
): Party {
  const inform = (signal: AbortSignal) =>
    told.bring(party.index, telling, async (notes) => {
      const limits = { timeoutMs: answerMs, signal }
      return readNotesReply(await wellAnswered(link, "POST", "/notes", notes, limits)).known
    })
  return {
    ...party,
    async commit(session, signal) {
      await inform(signal)
      return party.commit(session, signal)
    },
    async sign(session, commitments, signal) {
      await inform(signal)
      return party.sign(session, commitments, signal)
    },
  }
}

/** Every session begins with another quorum, so that the work is shared; those that failed lately come last. */
function inTurn(
  parties: readonly Party[],
  session: string,
  isDistrusted: (party: Party) => boolean,
): readonly Party[] {
  const rank = ({ index }: Party) =>
    createHash("sha256").update(`${session} ${index}`).digest("hex")
  return parties
    .map((party) => ({ party, last: isDistrusted(party) ? 1 : 0, rank: rank(party) }))
    .sort((a, b) => a.last - b.last || (a.rank < b.rank ? -1 : 1))
    .map(({ party }) => party)
}

async function healthOf(link: Link): Promise<Health> {
  return readHealth(await wellAnswered(link, "GET", "/health", null, { timeoutMs: HEALTH_MS }))
}

async function wellAnswered(link: Link, ...asking: Parameters<Link["ask"]>): Promise<unknown> {
  const { status, body } = await link.ask(...asking)
  if (status === 200) return body
  const reason = `status ${status} ${JSON.stringify(body).slice(0, 300)}`
  throw new BridgeError("signer-unreachable", { signer: link.peer.name, reason })
}
