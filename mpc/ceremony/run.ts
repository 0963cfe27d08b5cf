// `causeway ceremony run`: one participant's whole part, from its folder and back into it.

import { BridgeError } from "../../core/errors.ts"
import type { BlameKind } from "../asides.ts"
import { BlameBook } from "../blames.ts"
import type { Identity } from "../certificate.ts"
import { bindingOf, sealShare } from "../keyshare.ts"
import type { Manifest } from "../manifest.ts"
import { generatePrimes, type PrimePair } from "../schemes/rsa/deal.ts"
import type { GroupKey, SchemeName } from "../schemes/scheme.ts"
import { type Hall, type HallOptions, openHall } from "./hall.ts"
import type { Transcript } from "./record.ts"
import { keyText } from "./replay.ts"
import { planRefresh, type Roster, rosterHash } from "./roster.ts"
import { PATIENCE, type Patience, takeSeat } from "./seat.ts"
import { holdSession, type Unsealed } from "./session.ts"
import {
  beginOnce,
  dropOldShares,
  finishSwitch,
  shelve,
  shelved,
  shelveTranscript,
  switchTo,
  unshelve,
} from "./shelf.ts"
import {
  type KeyStart,
  namedMembers,
  readIdentity,
  readOwnRoster,
  type Started,
  startOf,
} from "./start.ts"
import { type Blame, TWO_TONGUES } from "./trouble.ts"

export interface CeremonyOptions extends HallOptions {
  readonly folder: string
  /** What all participants read to each other; the folder's roster must have it. */
  readonly hash: string
  /** 1, and one more each time that all begin again. */
  readonly attempt: number
  /** Of this participant's shares, old and new; wiped in the end. */
  readonly passphrase: Uint8Array
  readonly patience?: Patience
  readonly onStep?: (text: string) => void
  readonly now?: () => Date
  /** Of the dealer, instead of fresh ones; for tests. */
  readonly primes?: PrimePair
}

const FLUSH_MAX_MS = 15_000

export interface Conclusion {
  readonly manifest: Manifest
  /** Of each key. */
  readonly heads: Readonly<Partial<Record<SchemeName, string>>>
  /** All participants have said that they use the new shares; old ones are gone then. */
  readonly isDone: boolean
}

/**
 * Makes or renews the keys of a roster with all other participants. Throws `ceremony-aborted`, and nothing
 * in the folder has changed, unless its detail says `undecided`: then the new shares wait beside the old
 * ones for the finished transcript (`attest.ts`). Null for who dealt a key or witnessed that.
 */
export async function runCeremony(options: CeremonyOptions): Promise<Conclusion | null> {
  const { folder, passphrase, patience = PATIENCE, onStep = () => {} } = options
  try {
    await finishSwitch(folder)
    const waiting = await shelved(folder)
    if (waiting.length > 0) {
      const hint = "`causeway ceremony attest` with its transcript, or `causeway ceremony discard`"
      throw new BridgeError("bad-request", {
        reason: `new shares of ${waiting.join(", ")} wait for their transcript`,
        hint,
      })
    }
    const identity = await readIdentity(folder)
    const roster = await readOwnRoster(options)
    const started = await startOf(options, roster)
    await beginOnce(folder, `${rosterHash(roster).slice(0, 16)}-${options.attempt}`)
    const hall = await openHall(identity, roster, options)
    // Whoever stops has told why already.
    let flushMs = 0
    try {
      const made: Made[] = []
      for (const one of started.keys) {
        onStep(`${one.scheme}: ${roster.invite.kind}`)
        const isLast = one === started.keys.at(-1)
        const key = await makeOne(options, identity, hall, { ...one, isLast })
        if (key !== null) made.push(key)
      }
      const concluded = made.length > 0 ? await conclude(options, started, made) : null
      // Who still waits for our last word gets it, however slow the way is; who has gone does not.
      flushMs =
        concluded?.isDone === false ? patience.graceMs : Math.min(patience.stepMs, FLUSH_MAX_MS)
      return concluded
    } finally {
      await hall.mail.flush(flushMs)
      await hall.close()
    }
  } catch (error) {
    await noteBlames(folder, options, error)
    throw error
  } finally {
    passphrase.fill(0)
  }
}

/** For `causeway signer peers` and the metrics. */
async function noteBlames(folder: string, { now }: CeremonyOptions, error: unknown): Promise<void> {
  if (!(error instanceof BridgeError) || !Array.isArray(error.detail.who)) return
  const book = await BlameBook.open(folder)
  for (const { name, certainty, reason } of error.detail.who as readonly (Blame & {
    readonly name: string
  })[])
    book.note(
      {
        ...{ about: name, by: "a ceremony", kind: kindOf(certainty, reason) },
        ...{ session: "ceremony", detail: reason },
      },
      (now?.() ?? new Date()).getTime(),
    )
  await book.flush()
}

function kindOf(certainty: Blame["certainty"], reason: string): BlameKind {
  if (certainty === "silent") return "silent"
  if (certainty === "claimed") return "accused"
  return reason === TWO_TONGUES ? "equivocation" : "bad-share"
}

/** One key, made and on the disk beside the old one. */
interface Made {
  readonly scheme: SchemeName
  readonly unsealed: Unsealed
  readonly transcript: Transcript
  /** Tells all that this participant uses the new key; true when all have said so. */
  sayDone(): Promise<boolean>
}

/** Null for who dealt a key or witnessed that: nothing of it stays with them. */
async function makeOne(
  options: CeremonyOptions,
  identity: Identity,
  hall: Hall,
  start: KeyStart & { readonly isLast: boolean },
): Promise<Made | null> {
  const { planned, scheme, isLast } = start
  if (planned.statement.kind !== "deal")
    return sitThrough(options, identity, hall, { ...start, keeps: true })
  const dealt = await sitThrough(options, identity, hall, { ...start, keeps: false })
  const { holding, key, record } = dealt.unsealed
  if (holding === null) return null
  options.onStep?.("refreshing what was dealt")
  return sitThrough(options, identity, hall, {
    ...{ scheme, planned: planRefresh(planned, record.head), before: { key, holding } },
    ...{ sessions: dealt.transcript.sessions, keeps: true, isLast },
  })
}

async function sitThrough(
  options: CeremonyOptions,
  identity: Identity,
  hall: Hall,
  start: KeyStart & { readonly keeps: boolean; readonly isLast: boolean },
): Promise<Made> {
  const { folder, passphrase, patience = PATIENCE, onStep = () => {} } = options
  const { scheme, planned, before, sessions, keeps, isLast } = start
  const { statement } = planned
  const { board, place, mail } = hall.enter(statement)
  const isDealer = place === statement.dealer
  if (isDealer) onStep("looking for two safe primes of 2048 bits: a minute or several")
  const primes = isDealer ? (options.primes ?? (await generatePrimes({ safe: true }))) : null
  const devnet = statement.network === "devnet"
  const seated = { statement, place, key: identity.key, board, mail, patience }
  try {
    const unsealed = await holdSession({
      ...{ ...seated, before, primes },
      onStep: (text) => onStep(`${scheme}, epoch ${statement.epoch}: ${text}`),
      keep: async ({ key, holding, record }) => {
        if (!keeps) return
        const binding = holding && bindingOf(key, holding.index)
        const sealed = binding && (await sealShare(holding.share, passphrase, binding, { devnet }))
        await shelve(folder, scheme, sealed, { format: 1, sessions: [...sessions, record] })
      },
    })
    if (keeps) unsealed.holding?.share.fill(0)
    return {
      ...{ scheme, unsealed },
      transcript: { format: 1, sessions: [...sessions, unsealed.record] },
      sayDone: () =>
        takeSeat(seated)
          .say("done", {})
          .then(
            () => true,
            () => false,
          ),
    }
  } catch (error) {
    const isSigned = error instanceof BridgeError && error.detail.undecided !== undefined
    if (isSigned && isLast) throw error
    // Nobody can have gone on: our signature for the last key was never given.
    await unshelve(folder)
    if (!isSigned) throw error
    const { undecided: _, ...detail } = error.detail
    throw new BridgeError("ceremony-aborted", detail, { cause: error })
  } finally {
    before?.holding?.share.fill(0)
  }
}

/** All keys are signed for by all: they take the place of the old ones. */
async function conclude(
  { folder }: CeremonyOptions,
  { roster, manifest: before }: Started,
  made: readonly Made[],
): Promise<Conclusion> {
  for (const { scheme, transcript } of made) await shelveTranscript(folder, scheme, transcript)
  const manifest = manifestAfter(
    roster,
    before,
    made.map(({ unsealed, transcript }) => ({ key: unsealed.key, transcript })),
  )
  await switchTo(folder, manifest)
  const isDone = (await made.at(-1)?.sayDone()) ?? false
  if (isDone) await dropOldShares(folder)
  const heads = made.map(({ scheme, transcript }) => [scheme, transcript.sessions.at(-1)!.head])
  return { manifest, heads: Object.fromEntries(heads), isDone }
}

/** The same bytes at every member: it says nothing that the roster and the transcripts do not. */
export function manifestAfter(
  { invite }: Roster,
  before: Manifest | null,
  made: readonly { readonly key: GroupKey; readonly transcript: Transcript }[],
): Manifest {
  const { statement } = made[0]!.transcript.sessions.at(-1)!
  const said = made.flatMap(({ transcript }) =>
    transcript.sessions.flatMap((session) => session.statement.limits),
  )
  const limits = [...new Set([...(before?.limits ?? []), ...said])]
  const fresh = made.map(({ key }) => [key.scheme, keyText(key)])
  return {
    format: 1,
    network: invite.network,
    devnet: invite.network === "devnet",
    keys: { ...before?.keys, ...Object.fromEntries(fresh) },
    members: namedMembers(statement),
    coordinators:
      invite.coordinators.length > 0 ? invite.coordinators : (before?.coordinators ?? []),
    created: invite.created,
    ...(limits.length > 0 ? { limits } : {}),
  }
}
