// How a signer says that it is, to other members, coordinators and its operator.

import { z } from "zod"
import { CHAINS, type ChainName } from "../core/assets.ts"
import { BridgeError } from "../core/errors.ts"
import { SCHEMES, type SchemeName } from "./schemes/scheme.ts"

export interface PausedStop {
  readonly chain: ChainName
  readonly direction: "in" | "out"
  readonly reason: string
  readonly until: string
}

/** `GET /health`. */
export interface Health {
  readonly index: number
  readonly version: number
  /** SHA-256 of the canonical bytes of each group key: all members report the same. */
  readonly keys: Readonly<Partial<Record<SchemeName, string>>>
  /** Requests under way. */
  readonly busy: number
  readonly journalRecords: number
  /** Height of each chain as this signer's own endpoints tell it; null while they do not. */
  readonly tips: Readonly<Partial<Record<ChainName, number | null>>>
  /** Chains whose providers disagree: it signs nothing that rests on them until its operator has looked. */
  readonly halted?: readonly ChainName[] | undefined
  /** What people have stopped, with why and until when they mean it to last. */
  readonly paused?: readonly PausedStop[] | undefined
  /** Incidents of providers that lie in its folder. */
  readonly incidents?: number | undefined
}

const chain = z.enum(CHAINS)

const health = z.object({
  index: z.number().int().positive(),
  version: z.number().int().positive(),
  keys: z.partialRecord(z.enum(SCHEMES), z.string().regex(/^[0-9a-f]{64}$/)),
  busy: z.number().int().nonnegative(),
  journalRecords: z.number().int().nonnegative(),
  tips: z.partialRecord(chain, z.number().int().nonnegative().nullable()),
  // Signers of before say nothing of it.
  paused: z
    .array(
      z.object({
        ...{ chain, direction: z.enum(["in", "out"]) },
        ...{ reason: z.string().max(64), until: z.string().max(40) },
      }),
    )
    .max(4 * CHAINS.length)
    .optional(),
  halted: z.array(chain).max(CHAINS.length).optional(),
  incidents: z.number().int().nonnegative().optional(),
})

/** Throws `bad-request`. */
export function readHealth(body: unknown): Health {
  const result = health.safeParse(body)
  if (result.success) return result.data
  throw new BridgeError("bad-request", { problems: z.prettifyError(result.error).slice(0, 500) })
}
