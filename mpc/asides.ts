// What coordinators tell signers beside asking them to sign: where deposits went, and who was found at fault.

import { z } from "zod"
import { CHAINS, type ChainName } from "../core/assets.ts"
import { read } from "./protocol.ts"
import { PARTIES_MAX } from "./schemes/group.ts"
import type { Index } from "./schemes/scheme.ts"

/** One request tells of at most so many. */
export const NOTES_MAX = 200

/**
 * `POST /notes`: deposits to addresses that are one depositor's own. A signer believes none of it: a note
 * gives an address by the group's key, and its own nodes say whether the transaction paid that.
 */
export interface ToldNotes {
  /** The chain that the deposits came on. */
  readonly chain: ChainName
  readonly notes: readonly { readonly note: string; readonly transaction: string }[]
}

/** How many of the first notes the signer knows now. */
export interface NotesReply {
  readonly known: number
}

/** What a member did that it should not have; the last four are of ceremonies. */
export const BLAME_KINDS = [
  ...([
    "bad-commitment",
    "bad-partial",
    "other-message",
    "outdated",
    "unreachable",
    "slow",
  ] as const),
  ...(["equivocation", "bad-share", "silent", "accused"] as const),
] as const
export type BlameKind = (typeof BLAME_KINDS)[number]

/** `POST /blame`, for people to see: nothing rests on it. */
export interface BlameReport {
  readonly signer: Index
  readonly kind: BlameKind
  readonly session: string
  readonly detail: string
  /** How often since it was told last. */
  readonly count: number
}

const index = z.number().int().positive().max(PARTIES_MAX)

const toldNotes = z.strictObject({
  chain: z.enum(CHAINS),
  notes: z
    .array(
      z.strictObject({
        note: z.string().regex(/^[A-Za-z0-9_-]{1,400}$/),
        transaction: z.string().regex(/^[A-Za-z0-9_-]{1,128}$/),
      }),
    )
    .max(NOTES_MAX),
})
const blameReport = z.strictObject({
  signer: index,
  kind: z.enum(BLAME_KINDS),
  session: z.string().regex(/^[A-Za-z0-9_-]{1,80}$/),
  detail: z.string().max(300),
  count: z.number().int().positive().max(1_000_000),
})
const notesReply = z.object({ known: z.number().int().nonnegative() })

/** Throws `bad-request`. */
export function readToldNotes(body: unknown): ToldNotes {
  return read(toldNotes, body)
}

/** Throws `bad-request`. */
export function readBlame(body: unknown): BlameReport {
  return read(blameReport, body)
}

/** Throws `bad-request`. */
export function readNotesReply(body: unknown): NotesReply {
  return read(notesReply, body)
}
