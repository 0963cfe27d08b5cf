// What a participant brings to a ceremony from its folder, with everything that can be wrong found beforehand.

import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { BridgeError } from "../../core/errors.ts"
import { checkIdentity, fingerprintOf, type Identity } from "../certificate.ts"
import { FILES, shareFile } from "../config.ts"
import { bindingOf, openShare, readShare } from "../keyshare.ts"
import { type Manifest, parseManifest, schemesOf } from "../manifest.ts"
import { PROTOCOL_VERSION } from "../protocol.ts"
import type { Holding, SchemeName } from "../schemes/scheme.ts"
import type { Before } from "./making.ts"
import type { SessionRecord, Transcript } from "./record.ts"
import { type Verified, verifyTranscript } from "./replay.ts"
import {
  type Planned,
  planRefresh,
  planSession,
  type Roster,
  readRoster,
  rosterHash,
} from "./roster.ts"
import type { CeremonyOptions } from "./run.ts"
import { transcriptFile } from "./shelf.ts"
import type { Place, Statement } from "./statement.ts"

export const ROSTER_FILE = "roster.json"

/** The identity of a folder; throws `bad-config`. */
export async function readIdentity(folder: string): Promise<Identity> {
  const read = (file: string) =>
    readFile(join(folder, file), "utf8").catch(() => {
      throw new BridgeError("bad-config", { file, problems: "missing: `causeway ceremony join`" })
    })
  const identity = { certificate: await read(FILES.certificate), key: await read(FILES.identity) }
  checkIdentity(identity)
  return identity
}

/** A folder's transcript of one key, replayed; null when there is none. Throws `bad-transcript`. */
export async function readTranscript(
  folder: string,
  scheme: SchemeName,
): Promise<{ readonly transcript: Transcript; readonly verified: Verified } | null> {
  const text = await readFile(join(folder, transcriptFile(scheme)), "utf8").catch(() => null)
  if (text === null) return null
  const transcript = jsonOf(text, transcriptFile(scheme)) as Transcript
  return { transcript, verified: await verifyTranscript(transcript) }
}

export function jsonOf(text: string, file: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new BridgeError("bad-config", { file, problems: "not JSON" })
  }
}

export async function readOwnRoster({ folder, hash }: CeremonyOptions): Promise<Roster> {
  const text = await readFile(join(folder, ROSTER_FILE), "utf8").catch(() => {
    const problems = "missing: `causeway ceremony verify` makes it"
    throw new BridgeError("bad-config", { file: ROSTER_FILE, problems })
  })
  const roster = readRoster(jsonOf(text, ROSTER_FILE), ROSTER_FILE)
  const own = rosterHash(roster)
  if (own !== hash.replaceAll(/\s/g, "").toLowerCase())
    throw new BridgeError("bad-config", {
      file: ROSTER_FILE,
      problems: `its hash is ${own}: not the one that was given`,
    })
  return roster
}

/** One key's session, and what this participant brings to it. */
export interface KeyStart {
  readonly scheme: SchemeName
  readonly planned: Planned
  readonly before: Before | null
  readonly sessions: readonly SessionRecord[]
}

export interface Started {
  readonly roster: Roster
  readonly manifest: Manifest | null
  readonly keys: readonly KeyStart[]
}

/** Everything that can be wrong is found here, before anybody is talked to. */
export async function startOf(options: CeremonyOptions, roster: Roster): Promise<Started> {
  const { folder, attempt } = options
  const { invite } = roster
  const now = options.now?.() ?? new Date()
  if (now.getTime() >= Date.parse(invite.expires))
    throw new BridgeError("bad-config", { problems: `the invitation expired at ${invite.expires}` })
  const manifest = await readFile(join(folder, FILES.manifest), "utf8")
    .then((text) => parseManifest(jsonOf(text, FILES.manifest)))
    .catch((error) => {
      if (error instanceof BridgeError) throw error
      return null
    })
  const isNew = invite.kind === "generate" || invite.kind === "deal"
  const software = `causeway protocol ${PROTOCOL_VERSION}`
  const keys: KeyStart[] = []
  for (const scheme of invite.schemes) {
    const known = await readTranscript(folder, scheme)
    if (isNew && known)
      throw new BridgeError("bad-config", {
        scheme,
        problems: "this folder has such a key already",
      })
    if (!isNew && known?.verified.head !== invite.previous[scheme])
      throw new BridgeError("bad-config", {
        scheme,
        problems: "the transcript in this folder is not the one that the invitation goes on from",
      })
    const last = known?.verified ?? null
    const planned = planSession(roster, scheme, last, { attempt, software })
    const holding = known && (await ownShare(options, planned, known.verified))
    const before = known && { key: known.verified.key, holding }
    keys.push({ scheme, planned, before, sessions: known?.transcript.sessions ?? [] })
  }
  if (manifest) checkManifest(manifest, roster, keys)
  return { roster, manifest, keys }
}

/** A group's keys belong to the same members, so what changes members changes all keys at once. */
function checkManifest(manifest: Manifest, { invite }: Roster, keys: readonly KeyStart[]): void {
  const problems = (reason: string) => new BridgeError("bad-config", { problems: reason })
  if (manifest.network !== invite.network) throw problems("the manifest is of another network")
  const all = schemesOf(manifest)
  if (invite.kind === "reshare" && !all.every((scheme) => invite.schemes.includes(scheme)))
    throw problems(`a new committee takes over all keys: ${all.join(", ")}`)
  if (invite.kind === "reshare") return
  const members = namedMembers(finalOf(keys[0]!).statement)
  const isSame =
    members.length === manifest.members.length &&
    members.every(({ certificate }, at) => certificate === manifest.members[at]!.certificate)
  if (!isSame) throw problems("the members are not those of the manifest")
}

function finalOf({ planned }: KeyStart): Planned {
  return planned.statement.kind === "deal" ? planRefresh(planned, "0".repeat(64)) : planned
}

export function namedMembers({ participants }: Statement) {
  return participants
    .filter(({ after }) => after !== null)
    .sort((a, b) => a.after! - b.after!)
    .map(({ name, certificate, after }) => ({ index: after!, name, certificate }))
}

/** This participant's share as it was, opened; null for who has none in the session. */
async function ownShare(
  { folder, passphrase }: CeremonyOptions,
  { statement }: Planned,
  { key }: Verified,
): Promise<Holding | null> {
  const { certificate } = await readIdentity(folder)
  const place = placeOf(statement, certificate)
  const index = place === null ? null : statement.participants[place - 1]!.before
  if (index === null) return null
  const sealed = await readShare(join(folder, shareFile(statement.scheme)))
  const devnet = statement.network === "devnet"
  const share = await openShare(sealed, passphrase, bindingOf(key, index), { devnet })
  return { key, index, share }
}

export function placeOf({ participants }: Statement, certificate: string): Place | null {
  const pin = fingerprintOf(certificate)
  const at = participants.findIndex((one) => fingerprintOf(one.certificate) === pin)
  return at < 0 ? null : at + 1
}
