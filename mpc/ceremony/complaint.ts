// A dispute over a share: the receiver shows what one dealer sent it, and everybody sees who is right.

import { z } from "zod"
import { isDealt } from "../schemes/frost/generation.ts"
import type { FrostKey, FrostName } from "../schemes/frost/key.ts"
import { isDealtIn } from "../schemes/frost/renewal.ts"
import type { RsaKey } from "../schemes/rsa/key.ts"
import { isDealtBy, isShareOf } from "../schemes/rsa/renewal.ts"
import type { GroupKey } from "../schemes/scheme.ts"
import { keyAfter } from "./outcome.ts"
import type { Heard } from "./said.ts"
import { openRevealed, type Sealed } from "./sealing.ts"
import {
  dealerIndex,
  foundingOf,
  type Place,
  renewalOf,
  type Statement,
  sessionOf,
} from "./statement.ts"
import type { Blame, Complaint } from "./trouble.ts"

/** What a sealed share is bound to. */
export function shareContext(statement: Statement, from: Place, to: Place): string {
  return `${sessionOf(statement)} deal ${from} ${to}`
}

const sealedShape = z.strictObject({
  enc: z.string().regex(/^[A-Za-z0-9_-]{43}$/),
  ciphertext: z.string().regex(/^[A-Za-z0-9_-]{1,8192}$/),
})

/** Null for what no dealer sends. */
export function readSealed(body: unknown): Sealed | null {
  const read = sealedShape.safeParse(body)
  return read.success ? read.data : null
}

/**
 * The dealer, when its share is wrong; the accuser, when it is right or nothing of this is shown. `sent`
 * is signed by the dealer: whoever calls this has checked that.
 */
export async function settle(
  statement: Statement,
  before: GroupKey | null,
  heard: Heard,
  accuser: Place,
  { sent, revealed }: Complaint,
): Promise<Blame> {
  const slot = heard.get(accuser)?.slots[sent.from]
  const guilty = (place: Place, reason: string): Blame => ({ place, certainty: "proven", reason })
  if (sent.step !== "deal" || sent.to !== accuser || !slot)
    return guilty(accuser, "it accuses without a share to show")
  const sealed = readSealed(sent.body)
  if (sealed === null) return guilty(sent.from, "it sent something that is no share")
  const context = shareContext(statement, sent.from, accuser)
  const { isKey, share } = await openRevealed({ slot, revealed }, sealed, context)
  if (!isKey) return guilty(accuser, "it shows a key that is not its own")
  const isRight =
    share !== null &&
    (await fits(statement, before, heard, { from: sent.from, to: accuser, share }))
  return isRight
    ? guilty(accuser, "the share that it complains of is right")
    : guilty(sent.from, "it dealt a wrong share")
}

interface Sent {
  readonly from: Place
  readonly to: Place
  readonly share: Uint8Array
}

async function fits(
  statement: Statement,
  before: GroupKey | null,
  heard: Heard,
  { from, to, share }: Sent,
): Promise<boolean> {
  const index = statement.participants[to - 1]!.after
  if (index === null) return false
  const { kind, scheme } = statement
  const said = heard.get(from)
  if (kind === "generate") {
    const announcement = said?.announcement ?? new Uint8Array()
    return isDealt(
      scheme as FrostName,
      foundingOf(statement),
      { from, bytes: announcement },
      index,
      share,
    )
  }
  if (kind === "deal") {
    const key = await keyAfter(statement, null, heard)
    return isShareOf(key as RsaKey, index, share)
  }
  const dealing = { from: dealerIndex(statement, from), commitments: said?.commitments ?? [] }
  const renewal = renewalOf(statement)
  return scheme === "rsa"
    ? isDealtBy(before as RsaKey, renewal, dealing, index, share)
    : isDealtIn(before as FrostKey, renewal, dealing, index, share)
}
