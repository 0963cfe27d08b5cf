// What compliance officers ask and get, and what an attestor says to coordinators: each request signed.

import { z } from "zod"
import { ASSET_NAMES } from "../../core/assets.ts"
import { ACTS } from "../../core/compliance/attestation.ts"
import { digest, time, transferId } from "./words.ts"

/** The newest past decisions that a draft is tried on. */
const PAST_MAX = 100_000

export const CASE_STATES = ["open", "returning", "frozen", "released", "returned"] as const
const caseState = z.enum(CASE_STATES)
const version = z.number().int().positive()
const key = z.string().min(1).max(500)

export const proposalWish = z.strictObject({
  version: version.meta({ description: "Of the case as the officer saw it." }),
  resolution: z.enum(["release", "return", "freeze", "unfreeze"]),
  authority: z.string().min(1).max(500).meta({ description: "What it rests on." }),
})

export const evidenceWish = z.strictObject({
  version,
  digest,
  about: z.string().min(1).max(500),
})

export const trialWish = z.strictObject({
  document: z.unknown(),
  last: z.number().int().positive().max(PAST_MAX).default(10_000),
})

export const casePath = z.object({ id: z.string().max(200) })
export const casesQuery = z.object({ state: caseState.optional() })
export const searchQuery = z.object({
  address: z.string().max(400).optional(),
  transaction: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,128}$/)
    .optional(),
})

/** As `core/compliance/case.ts` has it. */
const heldCase = z
  .looseObject({
    transfer: transferId,
    round: z.number().int(),
    state: caseState,
    version,
    openedMs: z.number(),
    lapsesMs: z.number().nullable(),
  })
  .meta({ id: "Case" })

export const cases = z.object({ cases: z.array(heldCase) })

export const caseReport = z
  .object({
    transfer: z.looseObject({ id: transferId, state: z.string() }),
    case: z.looseObject({ round: z.number().int(), state: caseState, version, opened: time }),
    findings: z.array(
      z.object({
        rule: z.string(),
        authority: z.string(),
        about: z.string(),
        effects: z.string(),
      }),
    ),
    evidence: z.array(
      z.object({ digest: z.string(), by: z.string(), about: z.string(), at: time }),
    ),
    history: z.array(z.object({ at: time, event: z.string(), by: z.string(), says: z.string() })),
    decisions: z.array(z.looseObject({ at: time, stage: z.string(), digest: z.string() })),
  })
  .meta({ id: "CaseReport" })

export const proposed = z.object({ state: caseState, version, proposals: z.number().int() })
export const evidenceTaken = z.object({ state: caseState, version })
export const decisions = z.object({
  decisions: z.array(z.looseObject({ stage: z.string(), digest: z.string() })),
})
export const lists = z.object({
  lists: z.array(z.looseObject({ count: z.number().int() })),
  problems: z.record(z.string(), z.unknown()),
})
export const policies = z.object({
  versions: z.array(z.looseObject({})),
  inForce: z.string().nullable(),
  problem: z.unknown(),
})
export const trial = z.object({ changes: z.array(z.unknown()), run: z.looseObject({}) })
export const searched = z.object({
  key: z.string().nullable(),
  lists: z.array(z.unknown()),
  transfers: z.array(z.object({ id: transferId, case: caseState.nullable() })),
})

export const attestationWish = z.strictObject({
  deeds: z
    .array(
      z.strictObject({
        deposit: z.string().max(200),
        asset: z.enum(ASSET_NAMES),
        amount: z.string().regex(/^(0|[1-9][0-9]{0,77})$/),
        sources: z.array(key).max(10_000),
        recipient: key,
        act: z.enum(ACTS),
        policy: digest,
      }),
    )
    .max(100),
})

export const attestations = z.object({
  attestations: z.array(
    z.object({
      attestation: z.looseObject({ deposit: z.string(), act: z.enum(ACTS) }),
      attestor: z.string(),
      signature: z.string(),
    }),
  ),
})
