// An attestor's word: what somebody who sees sessions would do with a deed, signed for signers who do not see them.

import { createPrivateKey, randomBytes } from "node:crypto"
import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { kinOf } from "../../chains/party.ts"
import { judge } from "../../chains/screening.ts"
import { seals, signWith } from "../../chains/seals.ts"
import type { AssetName } from "../../core/assets.ts"
import { ASSETS, isLedger } from "../../core/assets.ts"
import { attest, type Deed, type SignedAttestation } from "../../core/compliance/attestation.ts"
import { canonical, type Json } from "../../core/compliance/canonical.ts"
import { actionFor } from "../../core/compliance/evaluate.ts"
import type { Facts, Session } from "../../core/compliance/facts.ts"
import { INPUT_NAMES } from "../../core/compliance/presets.ts"
import type { Sign } from "../../core/compliance/seals.ts"
import { BridgeError } from "../../core/errors.ts"
import { originOf } from "../../core/ids.ts"
import { sessionsOf } from "../store/sessions.ts"
import type { Desk } from "./desk.ts"

export interface Attestor {
  readonly name: string
  readonly sign: Sign
}

/** Throws `bad-config` for a key that is missing or damaged. */
export async function attestorIn(
  folder: string,
  { name, key }: { readonly name: string; readonly key: string },
): Promise<Attestor> {
  try {
    const jwk = JSON.parse(await readFile(join(folder, key), "utf8"))
    return { name, sign: signWith(createPrivateKey({ format: "jwk", key: jwk })) }
  } catch {
    // The cause could quote the file.
    throw new BridgeError("bad-config", { attestor: key, reason: "no Ed25519 key" })
  }
}

/**
 * What this attestor makes of each deed, by its own sessions, lists and policy; good for a quarter of an hour. A deed
 * under another policy than its own gets no word. Where somebody is stays here: only its hash is signed.
 */
export async function attestTo(
  desk: Desk,
  { name, sign }: Attestor,
  deeds: readonly Deed[],
): Promise<readonly SignedAttestation[]> {
  await desk.shelf.refresh()
  const issuedMs = desk.now()
  const standing = desk.shelf.at(issuedMs)
  if (!standing) return []
  const own = deeds.filter(({ policy }) => policy === standing.policy)
  const sessions = await sessionsOf(
    desk.sql,
    own.flatMap((deed) => [...deed.sources, deed.recipient]),
  )
  const known = own.map((deed) => factsIn(deed, sessions))
  const answers = await desk.answersAbout(known)
  const values = await Promise.all(own.map(valued(desk)))
  const made = own.map((deed, at) => {
    const seen = { ...known[at]!, usdCents: values[at]! }
    const facts = { ...seen, answers: [...seen.answers, ...answers[at]!] }
    const decision = actionFor(judge(standing, facts, issuedMs), deed.act)
    const evidence = seals.hash(canonical(facts as unknown as Json))
    const nonce = randomBytes(16).toString("base64url")
    const found = { decision, lists: standing.listsHash, evidence, issuedMs, nonce }
    return attest(deed, found, name, sign)
  })
  await desk.audit.append("attestations", issuedMs, {
    rows: made.map(({ attestation: { deposit, act, decision, evidence } }) => {
      return { deposit, act, decision, evidence }
    }),
  })
  return made
}

/** By its amount as it arrives; what the same people moved before is for those who see their transfers. */
function valued(desk: Desk) {
  return ({ asset, amount }: Deed) =>
    desk.usdCentsOf({ asset: asset as AssetName, amount: BigInt(amount) })
}

/** Of the deed's own words: whoever signs in the end knows whether they are true. */
function factsIn(deed: Deed, sessions: ReadonlyMap<string, Session>): Facts {
  const { home, wrapped } = ASSETS[deed.asset as AssetName]
  const isExit = isLedger(originOf(deed.deposit).chain)
  const known = [...deed.sources, deed.recipient].flatMap((key) => sessions.get(key) ?? [])
  const [session = null] = known.sort((a, b) => b.untilMs - a.untilMs)
  return {
    direction: isExit ? "out" : "in",
    asset: deed.asset,
    chains: isExit ? [wrapped.ledger, home] : [home, wrapped.ledger],
    ...{ usdCents: null, recentUsdCents: null, session },
    parties: [
      ...deed.sources.map((key) => ({ role: "sender" as const, key, kin: kinOf(key) })),
      { role: "recipient", key: deed.recipient, kin: kinOf(deed.recipient) },
    ],
    answers: [{ source: INPUT_NAMES, said: "clear", about: "input" }],
  }
}
