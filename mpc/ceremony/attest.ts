// A member's word, after a ceremony, that it replayed the transcripts, holds its shares, and controls its own key.

import { createPrivateKey, sign, verify } from "node:crypto"
import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { z } from "zod"
import { BridgeError } from "../../core/errors.ts"
import { fingerprintOf } from "../certificate.ts"
import { FILES, shareFile } from "../config.ts"
import { bindingOf, openShare, readShare } from "../keyshare.ts"
import { type Manifest, type Member, parseManifest } from "../manifest.ts"
import { schemeOf } from "../schemes/index.ts"
import { SCHEMES, type SchemeName } from "../schemes/scheme.ts"
import { canonical } from "./canonical.ts"
import { keyOf } from "./envelope.ts"
import { type Proofs, proveKeys } from "./proof.ts"
import type { Transcript } from "./record.ts"
import { verifyTranscript } from "./replay.ts"
import { readRoster, rosterHash } from "./roster.ts"
import { manifestAfter } from "./run.ts"
import {
  dropOldShares,
  finishSwitch,
  shelved,
  shelveTranscript,
  switchTo,
  transcriptFile,
} from "./shelf.ts"
import { jsonOf, ROSTER_FILE, readIdentity } from "./start.ts"

export interface Attestation {
  readonly format: 1
  /** What all participants signed, of each key. */
  readonly heads: Readonly<Partial<Record<SchemeName, string>>>
  readonly index: number
  readonly name: string
  /** ISO 8601, UTC. */
  readonly at: string
  /** What somebody else chose, so that this can't have been signed before (requirement R-13). */
  readonly challenge: string
  /** By the member's identity, over all of the above. */
  readonly signature: string
}

const shape: z.ZodType<Attestation> = z.strictObject({
  format: z.literal(1),
  heads: z.partialRecord(z.enum(SCHEMES), z.string().regex(/^[0-9a-f]{64}$/)),
  index: z.number().int().min(1),
  name: z.string().max(64),
  at: z.iso.datetime(),
  challenge: z.string().max(200),
  signature: z.string().regex(/^[A-Za-z0-9_-]{86}$/),
})

/**
 * Replays the transcripts, opens the shares, and signs. `finished` are transcripts of other participants:
 * with them, shares that were left waiting are put in use. `others` are attestations of other members: with
 * those of all, old shares that were kept aside are overwritten and removed (`isDone`). Throws
 * `bad-transcript`, `share-locked`, `bad-config`. The passphrase is wiped.
 */
export async function attest(options: {
  readonly folder: string
  readonly passphrase: Uint8Array
  readonly finished: readonly unknown[]
  readonly others: readonly unknown[]
  readonly challenge: string
  readonly now: Date
}): Promise<{
  readonly attestation: Attestation
  readonly proofs: Proofs
  readonly isDone: boolean
}> {
  const { folder, passphrase, challenge, now } = options
  try {
    await finishSwitch(folder)
    await takeUp(folder, options.finished)
    const { certificate, key: ownKey } = await readIdentity(folder)
    const manifest = await readManifest(folder)
    const member = manifest.members.find(
      (one) => fingerprintOf(one.certificate) === fingerprintOf(certificate),
    )
    if (!member) throw new BridgeError("bad-config", { problems: "not a member of the manifest" })
    const proofs = await proveKeys(folder, manifest)
    for (const { key } of Object.values(proofs)) {
      const sealed = await readShare(join(folder, shareFile(key.scheme)))
      const { devnet } = manifest
      const share = await openShare(sealed, passphrase, bindingOf(key, member.index), { devnet })
      // To open it is to check it against the key.
      const signer = await schemeOf(key.scheme).open({ key, index: member.index, share })
      await signer.close()
    }
    const heads = Object.fromEntries(Object.entries(proofs).map(([name, { head }]) => [name, head]))
    const { index, name } = member
    const unsigned = { format: 1 as const, heads, index, name, at: now.toISOString(), challenge }
    const signature = sign(null, bytesOf(unsigned), createPrivateKey(ownKey))
    const attestation = { ...unsigned, signature: signature.toString("base64url") }
    const said = options.others.map((one) => checkAttestation(one, manifest.members))
    const isDone = manifest.members.every((one) =>
      [...said, attestation].some(
        (word) => word.index === one.index && canonical(word.heads) === canonical(heads),
      ),
    )
    if (isDone) await dropOldShares(folder)
    return { attestation, proofs, isDone }
  } finally {
    passphrase.fill(0)
  }
}

/** Throws `bad-config` for what is not an attestation that one of these members signed. */
export function checkAttestation(
  json: unknown,
  members: readonly Pick<Member, "index" | "certificate">[],
): Attestation {
  const read = shape.safeParse(json)
  if (!read.success) throw new BridgeError("bad-config", { problems: z.prettifyError(read.error) })
  const { signature, ...rest } = read.data
  const member = members.find(({ index }) => index === rest.index)
  const isSigned =
    member !== undefined &&
    verify(null, bytesOf(rest), keyOf(member.certificate), Buffer.from(signature, "base64url"))
  if (!isSigned)
    throw new BridgeError("bad-config", { problems: `no member signed it: ${rest.name}` })
  return read.data
}

export async function readManifest(folder: string): Promise<Manifest> {
  const text = await readFile(join(folder, FILES.manifest), "utf8").catch(() => {
    throw new BridgeError("bad-config", { file: FILES.manifest, problems: "missing" })
  })
  return parseManifest(jsonOf(text, FILES.manifest))
}

/** Puts waiting shares in use, when the finished transcript of each is among `finished`. */
async function takeUp(folder: string, finished: readonly unknown[]): Promise<void> {
  const waiting = await shelved(folder)
  if (waiting.length === 0) return
  const made = []
  for (const scheme of waiting) {
    const text = await readFile(join(folder, `${transcriptFile(scheme)}.next`), "utf8")
    const own = jsonOf(text, transcriptFile(scheme)) as Transcript
    const head = own.sessions.at(-1)!.head
    const whole = (finished as readonly Transcript[]).find(
      (one) => one?.sessions?.at?.(-1)?.head === head,
    )
    if (!whole)
      throw new BridgeError("bad-transcript", {
        scheme,
        reason: "new shares wait, and the finished transcript of their session was not given",
      })
    const { key } = await verifyTranscript(whole)
    await shelveTranscript(folder, scheme, whole)
    made.push({ key, transcript: whole })
  }
  const text = await readFile(join(folder, ROSTER_FILE), "utf8")
  const roster = readRoster(jsonOf(text, ROSTER_FILE), ROSTER_FILE)
  const { statement } = made[0]!.transcript.sessions.at(-1)!
  if (statement.roster !== rosterHash(roster) || roster.invite.schemes.length !== waiting.length)
    throw new BridgeError("bad-config", { file: ROSTER_FILE, problems: "of another ceremony" })
  const before = await readManifest(folder).catch(() => null)
  await switchTo(folder, manifestAfter(roster, before, made))
}

function bytesOf(unsigned: Omit<Attestation, "signature">): Buffer {
  return Buffer.from(`causeway/ceremony/attestation/v1\n${canonical(unsigned)}`)
}
