// What a participant announces in the first step, as everybody reads it.

import { z } from "zod"
import type { Envelope } from "./envelope.ts"
import type { Place } from "./statement.ts"
import { Trouble } from "./trouble.ts"

export interface Said {
  /** By dealer: the key that this receiver's share is sealed to, base64url. */
  readonly slots: Readonly<Record<Place, string>>
  /** Of a dealer of a new key without a dealer (`generate`). */
  readonly announcement: Uint8Array | null
  /** Of a dealer of a renewal. */
  readonly commitments: readonly Uint8Array[] | null
  /** Of the dealer of a new key (`deal`): the key's canonical bytes. */
  readonly key: Uint8Array | null
}

export type Heard = ReadonlyMap<Place, Said>

const bytes = z
  .string()
  .regex(/^[A-Za-z0-9_-]+$/)
  .transform((text) => Uint8Array.from(Buffer.from(text, "base64url")))

const shape = z.strictObject({
  slots: z.record(z.string().regex(/^[1-9][0-9]*$/), z.string().regex(/^[A-Za-z0-9_-]{43}$/)),
  announcement: bytes.nullable(),
  commitments: z.array(bytes).max(128).nullable(),
  key: bytes.nullable(),
})

export function saidBody({ slots, announcement, commitments, key }: Said): unknown {
  return {
    slots,
    announcement: announcement && text(announcement),
    commitments: commitments?.map(text) ?? null,
    key: key && text(key),
  }
}

/** Throws `Trouble` that names whoever announced something else. */
export function readSaid(envelopes: readonly Envelope[]): Heard {
  return new Map(
    envelopes.map(({ from, body }) => {
      const read = shape.safeParse(body)
      if (read.success) return [from, read.data as Said]
      const reason = "the announcement is malformed"
      throw new Trouble(reason, [{ place: from, certainty: "seen", reason }])
    }),
  )
}

function text(raw: Uint8Array): string {
  return Buffer.from(raw).toString("base64url")
}
