// Words that every answer of the API is made of: amounts, times, chains, ids, and how it refuses.

import { z } from "zod"
import { ASSET_NAMES, CHAINS } from "../../core/assets.ts"
import { type ErrorCode, REMEDIES } from "../../core/errors.ts"
import { STATES } from "../../core/transfer.ts"

/** What a schema's JSON is, for whoever reads it. */
export type Told<Schema extends z.ZodType> = Frozen<z.output<Schema>>

/** The same, and nothing of it can be written to. */
export type Frozen<Value> = Value extends readonly (infer Item)[]
  ? readonly Frozen<Item>[]
  : Value extends object
    ? { readonly [Key in keyof Value]: Frozen<Value[Key]> }
    : Value

export const amount = z
  .string()
  .regex(/^(0|[1-9][0-9]{0,77})$/)
  .meta({
    ...{ id: "Amount", description: "Whole base units as decimal text." },
    example: "3000000000000",
  })

/** A balance that may be below zero. */
export const balance = z.string().regex(/^(0|-?[1-9][0-9]{0,77})$/)

export const time = z.iso.datetime().meta({
  ...{ id: "Time", description: "ISO 8601, UTC.", example: "2026-11-29T23:00:00.000Z" },
})

export const asset = z.enum(ASSET_NAMES).meta({ id: "Asset" })
export const chain = z.enum(CHAINS).meta({
  ...{ id: "Chain", description: "A home chain, or the ledger of one wrapped token on AO." },
})
export const state = z.enum(STATES as [string, ...string[]] as unknown as typeof STATES).meta({
  ...{ id: "State", description: "Where a transfer stands." },
})
export const direction = z.enum(["in", "out"])

export const transferId = z
  .string()
  .regex(/^[a-z]+(-[a-z]+)*:[A-Za-z0-9_-]{1,128}:(0|[1-9][0-9]{0,15})$/)
  .meta({
    id: "TransferId",
    description: "`chain:transaction:index`: a transaction can begin several transfers.",
    example: "arweave:bCVuuk8zalmx6x0UUBzVYSF_sRgc6DFg1SyxEeNH2o8:0",
  })

export const transaction = z
  .string()
  .regex(/^[A-Za-z0-9_-]{1,128}$/)
  .meta({ description: "A transaction or message id." })

export const address = z.string().min(1).max(128)
export const height = z.number().int().nonnegative()
export const digest = z.string().regex(/^[0-9a-f]{64}$/)
export const ms = z.number().int().nonnegative()

/** Up to which block (on AO: slot) each chain has been read. */
export const heights = z.partialRecord(z.enum(CHAINS), height.nullable()).meta({
  id: "Heights",
  description:
    "The block, on AO the slot, up to which each chain has been read; null before the first.",
})

/** Of a page. */
export const count = z
  .string()
  .regex(/^([1-9][0-9]?|100)$/, "1 to 100")
  .transform(Number)
  .optional()
  .meta({ description: "Rows of the page, 1 to 100; 10 when left out." })
export const cursor = z
  .string()
  .regex(/^[0-9]{1,18}$/, "`next` of the page before")
  .transform(BigInt)
  .optional()
  .meta({ description: "`next` of the page before." })

const CODES = [...Object.keys(REMEDIES), "screening"] as [ErrorCode | "screening"]

export const refusal = z
  .object({
    error: z.object({
      code: z.enum(CODES),
      message: z.string(),
      /** What a reader needs to act on it. */
      detail: z.record(z.string(), z.unknown()),
    }),
  })
  .meta({ id: "Refusal", description: "How the API refuses, always." })

export type Refusal = Told<typeof refusal>
