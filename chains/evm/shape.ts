// Strict shapes of what JSON-RPC answers: numbers and bytes as hexadecimal texts.

import { z } from "zod"

const lower = (text: string) => text.toLowerCase()

/** A number without leading zeros, as bigint. */
export const quantity = z
  .string()
  .regex(/^0x(0|[1-9a-fA-F][0-9a-fA-F]{0,63})$/)
  .transform(BigInt)

/** A number below 2^53, as number: a height, a place. */
export const index = quantity.refine((value) => value <= Number.MAX_SAFE_INTEGER).transform(Number)

export const hash = z
  .string()
  .regex(/^0x[0-9a-fA-F]{64}$/)
  .transform(lower)

/** In lower case; the checksum's spelling is for people. */
export const address = z
  .string()
  .regex(/^0x[0-9a-fA-F]{40}$/)
  .transform(lower)

/** Any bytes, in lower case. */
export const data = z
  .string()
  .regex(/^0x([0-9a-fA-F]{2})*$/)
  .transform(lower)

/** The 256 bytes of a bloom filter. */
export const bloom = z
  .string()
  .regex(/^0x[0-9a-fA-F]{512}$/)
  .transform(lower)
