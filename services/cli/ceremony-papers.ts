// The papers of a ceremony: its invitation, each participant's card, the roster that all compare, and transcripts.

import { randomBytes } from "node:crypto"
import { mkdir, readFile, writeFile } from "node:fs/promises"
import { join as joined } from "node:path"
import { parseArgs } from "node:util"
import { BridgeError } from "../../core/errors.ts"
import { type Attestation, checkAttestation, readManifest } from "../../mpc/ceremony/attest.ts"
import { type Verified, verifyTranscript } from "../../mpc/ceremony/replay.ts"
import {
  type Card,
  type Invite,
  inviteHash,
  makeRoster,
  planSession,
  ROLES,
  type Role,
  type Roster,
  readCard,
  readInvite,
  rosterHash,
  signCard,
} from "../../mpc/ceremony/roster.ts"
import {
  namedMembers,
  ROSTER_FILE,
  readIdentity,
  readTranscript,
} from "../../mpc/ceremony/start.ts"
import type { Kind } from "../../mpc/ceremony/statement.ts"
import { fingerprintOf, newIdentity } from "../../mpc/certificate.ts"
import { FILES } from "../../mpc/config.ts"
import { schemesOf } from "../../mpc/manifest.ts"
import type { SchemeName } from "../../mpc/schemes/scheme.ts"
import type { Terminal } from "./commands.ts"

const DAY_MS = 86_400_000

export async function invite(words: readonly string[], terminal: Terminal): Promise<number> {
  const { values } = parseArgs({
    args: [...words],
    options: {
      kind: { type: "string" },
      network: { type: "string" },
      group: { type: "string" },
      schemes: { type: "string" },
      threshold: { type: "string" },
      parties: { type: "string" },
      coordinator: { type: "string", multiple: true },
      folder: { type: "string" },
      days: { type: "string", default: "14" },
      out: { type: "string", default: "invite.json" },
      json: { type: "boolean" },
    },
  })
  const kind = needed(values.kind, "--kind") as Kind
  const isNew = kind === "generate" || kind === "deal"
  const before = isNew ? null : await groupIn(needed(values.folder, "--folder"))
  const now = new Date()
  const coordinators = await Promise.all((values.coordinator ?? []).map(coordinatorOf))
  const invitation = readInvite(
    {
      format: 1,
      kind,
      network: before?.network ?? needed(values.network, "--network"),
      group: before?.group ?? needed(values.group, "--group"),
      schemes: before?.schemes ?? needed(values.schemes, "--schemes").split(","),
      threshold: Number(values.threshold ?? before?.threshold),
      parties: Number(values.parties ?? before?.parties),
      coordinators,
      previous: before?.previous ?? {},
      nonce: randomBytes(32).toString("hex"),
      created: now.toISOString(),
      expires: new Date(now.getTime() + Number(values.days) * DAY_MS).toISOString(),
    },
    "invitation",
  )
  await writeFile(values.out, `${JSON.stringify(invitation, null, 2)}\n`)
  const hash = inviteHash(invitation)
  if (values.json) terminal.out(JSON.stringify({ ok: true, file: values.out, hash }))
  else
    terminal.out(
      [
        `${values.out}: ${describeInvite(invitation)}`,
        `Send it to all participants, who answer it by ${invitation.expires}:`,
        `  causeway ceremony join ${values.out} --folder DIR --name NAME --address HOST:PORT \\`,
        "    --operator WHO --hosting WHERE --custody HOW",
      ].join("\n"),
    )
  return 0
}

/** For whoever is no participant: the coordinator's services, whose certificate the invitation names. */
export async function identity(words: readonly string[], terminal: Terminal): Promise<number> {
  const { values } = parseArgs({
    args: [...words],
    options: { folder: { type: "string" }, name: { type: "string" }, json: { type: "boolean" } },
  })
  const folder = needed(values.folder, "--folder")
  const isNew = await makeIdentity(folder, needed(values.name, "--name"))
  const { certificate } = await readIdentity(folder)
  const fingerprint = fingerprintOf(certificate)
  const file = joined(folder, FILES.certificate)
  if (values.json) terminal.out(JSON.stringify({ ok: true, file, fingerprint, isNew }))
  else
    terminal.out(
      [
        isNew ? `A new identity is in ${folder}.` : `The identity in ${folder} stays.`,
        `Its fingerprint:\n  ${spaced(fingerprint)}`,
        `Give ${file} to whoever invites, and never ${FILES.identity}.`,
      ].join("\n"),
    )
  return 0
}

export async function join(words: readonly string[], terminal: Terminal): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...words],
    allowPositionals: true,
    options: {
      folder: { type: "string" },
      name: { type: "string" },
      address: { type: "string" },
      operator: { type: "string" },
      hosting: { type: "string" },
      custody: { type: "string" },
      role: { type: "string", default: "member" },
      out: { type: "string" },
      json: { type: "boolean" },
    },
  })
  const folder = needed(values.folder, "--folder")
  const name = needed(values.name, "--name")
  const role = ROLES.find((one) => one === values.role)
  if (!role) throw new BridgeError("bad-request", { role: values.role, known: ROLES.join(", ") })
  const invitation = readInvite(await jsonFile(positionals[0], "INVITE"), positionals[0]!)
  const isNew = await makeIdentity(folder, name)
  const identity = await readIdentity(folder)
  const card = signCard(identity, {
    invite: inviteHash(invitation),
    role: role as Role,
    name,
    address: needed(values.address, "--address"),
    operator: needed(values.operator, "--operator"),
    hosting: needed(values.hosting, "--hosting"),
    custody: needed(values.custody, "--custody"),
  })
  const file = values.out ?? `card-${name.replaceAll(" ", "-")}.json`
  await writeFile(file, `${JSON.stringify(card, null, 2)}\n`)
  const fingerprint = fingerprintOf(card.certificate)
  if (values.json) terminal.out(JSON.stringify({ ok: true, file, fingerprint, isNew }))
  else
    terminal.out(
      [
        `You join: ${describeInvite(invitation)}`,
        isNew ? `A new identity is in ${folder}.` : `The identity in ${folder} is used.`,
        `Your fingerprint, for the others to hear from you:\n  ${spaced(fingerprint)}`,
        `Send ${file} to all participants, and never ${FILES.identity}.`,
      ].join("\n"),
    )
  return 0
}

/** Of an invitation and cards: makes the roster. Of a transcript, and attestations: replays it. */
export async function verify(words: readonly string[], terminal: Terminal): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...words],
    allowPositionals: true,
    options: { folder: { type: "string" }, json: { type: "boolean" } },
  })
  const [first, ...rest] = positionals
  const json = await jsonFile(first, "FILE")
  const more = await Promise.all(rest.map(async (file) => ({ file, json: await jsonFile(file) })))
  if (typeof json === "object" && json !== null && "sessions" in json) {
    const verified = await verifyTranscript(json)
    const members = namedMembers(verified.statement)
    const attested = more.map((one) => checkAttestation(one.json, members))
    const mine = attested.filter((one) => one.heads[verified.key.scheme] === verified.head)
    if (values.json) terminal.out(JSON.stringify({ ok: true, ...transcriptJson(verified, mine) }))
    else terminal.out(transcriptText(verified, mine))
    return 0
  }
  const folder = needed(values.folder, "--folder")
  const invitation = readInvite(json, first!)
  const cards = more.map((one) => readCard(one.json, one.file))
  const roster = makeRoster(invitation, cards, new Date())
  await checkPlans(folder, roster)
  await writeFile(joined(folder, ROSTER_FILE), `${JSON.stringify(roster, null, 2)}\n`)
  const hash = rosterHash(roster)
  if (values.json)
    terminal.out(JSON.stringify({ ok: true, hash, participants: roster.cards.map(cardJson) }))
  else terminal.out(rosterText(roster, hash))
  return 0
}

/** Whether every session of the roster can be held, found out before people come together for it. */
async function checkPlans(folder: string, roster: Roster): Promise<void> {
  for (const scheme of roster.invite.schemes) {
    const known = await readTranscript(folder, scheme)
    // A newcomer has no transcript yet; it gets one before the ceremony is run.
    if (known === null && roster.invite.previous[scheme]) continue
    planSession(roster, scheme, known?.verified ?? null, { attempt: 1, software: "verify" })
  }
}

async function makeIdentity(folder: string, name: string): Promise<boolean> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const identity = newIdentity(name, { now: new Date() })
  try {
    const flag = "wx" as const
    await writeFile(joined(folder, FILES.identity), identity.key, { mode: 0o600, flag })
    await writeFile(joined(folder, FILES.certificate), identity.certificate, { flag })
    return true
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return false
    throw error
  }
}

/** The group whose keys lie in a folder, for those who renew them. */
async function groupIn(folder: string) {
  const manifest = await readManifest(folder)
  const schemes = schemesOf(manifest)
  const heads: Partial<Record<SchemeName, string>> = {}
  let last: Verified | null = null
  for (const scheme of schemes) {
    const known = await readTranscript(folder, scheme)
    if (!known) throw new BridgeError("bad-transcript", { scheme, reason: "there is none" })
    last = known.verified
    heads[scheme] = known.verified.head
  }
  const { threshold, parties, group } = last!.statement
  return { network: manifest.network, group, schemes, threshold, parties, previous: heads }
}

async function coordinatorOf(text: string) {
  const [name, file] = text.split("=")
  if (!name || !file) throw new BridgeError("bad-request", { coordinator: "NAME=CERTIFICATE.pem" })
  const certificate = await readFile(file, "utf8")
  fingerprintOf(certificate)
  return { name, certificate }
}

function describeInvite({ kind, group, network, schemes, threshold, parties }: Invite): string {
  const acts = { generate: "makes", deal: "is dealt", refresh: "refreshes", reshare: "hands over" }
  const keys = schemes.length === 1 ? "key" : "keys"
  return `${group} on ${network} ${acts[kind]} its ${schemes.join(" and ")} ${keys}, ${threshold} of ${parties}`
}

function rosterText({ invite, cards }: Roster, hash: string): string {
  return [
    describeInvite(invite),
    "",
    ...cards.flatMap((card) => [
      `${card.role}: ${card.name} at ${card.address}`,
      `  operator ${card.operator}; hosting ${card.hosting}; custody ${card.custody}`,
      `  ${spaced(fingerprintOf(card.certificate))}`,
    ]),
    "",
    "Each participant reads its own fingerprint aloud, over a line on which you know its voice, and all",
    "compare. Then all compare the hash of this roster:",
    `  ${spaced(hash)}`,
    "If anything differs, stop. Otherwise all begin at one time:",
    `  causeway ceremony run --folder DIR --roster ${hash}`,
  ].join("\n")
}

function cardJson({ role, name, address, certificate, operator, hosting, custody }: Card) {
  const fingerprint = fingerprintOf(certificate)
  return { role, name, address, fingerprint, operator, hosting, custody }
}

function transcriptJson(verified: Verified, attested: readonly Attestation[]) {
  const { key, statement, head, sessions, limits } = verified
  const { network, group, scheme } = statement
  return {
    ...{ network, group, scheme, epoch: key.epoch, threshold: key.threshold, head, sessions },
    publicKey: Buffer.from(key.publicKey).toString("base64url"),
    members: namedMembers(statement).map(({ index, name, certificate }) => ({
      ...{ index, name, fingerprint: fingerprintOf(certificate) },
    })),
    ...{ limits, attested: attested.map(({ index, at, challenge }) => ({ index, at, challenge })) },
  }
}

function transcriptText(verified: Verified, attested: readonly Attestation[]): string {
  const { key, statement, head, sessions, limits } = verified
  const signedBy = (index: number) => attested.find((one) => one.index === index)
  return [
    `The transcript is whole: every signature, link and test signature in its ${sessions} session${sessions === 1 ? "" : "s"} was checked.`,
    `  group       ${statement.group} on ${statement.network}`,
    `  key         ${statement.scheme}, epoch ${key.epoch}, ${key.threshold} of ${key.parties}`,
    `  public key  ${Buffer.from(key.publicKey).toString("base64url")}`,
    `  head        ${head}`,
    ...namedMembers(statement).map(({ index, name, certificate }) => {
      const word = signedBy(index)
      const said = word ? `; attested ${word.at} ${word.challenge}` : ""
      return `  member ${index}    ${name}, ${fingerprintOf(certificate)}${said}`
    }),
    ...limits.map((limit) => `  limit       ${limit}`),
  ].join("\n")
}

function needed(value: string | undefined, flag: string): string {
  if (value === undefined) throw new BridgeError("bad-request", { missing: flag })
  return value
}

async function jsonFile(file: string | undefined, what = "FILE"): Promise<unknown> {
  const path = needed(file, what)
  const text = await readFile(path, "utf8").catch(() => {
    throw new BridgeError("not-found", { file: path })
  })
  try {
    return JSON.parse(text)
  } catch {
    throw new BridgeError("bad-config", { file: path, problems: "not JSON" })
  }
}

/** In groups of four, to be read aloud. */
function spaced(hash: string): string {
  return hash.match(/.{1,4}/g)!.join(" ")
}
