// What the API tells about rewards: campaigns and their tasks, an account's points with their reasons, closed epochs.

import { z } from "zod"
import { ACTIONS } from "../../core/compliance/decision.ts"
import { REASONS } from "../../core/rewards/sybil.ts"
import { amount, digest, type Told, time } from "./words.ts"

const campaignId = z.string().regex(/^[a-z0-9][a-z0-9-]{0,31}$/)
const account = z.string().regex(/^([A-Za-z0-9_-]{43}|0x[0-9a-fA-F]{40})$/)
const whole = z.number().int().nonnegative()
const times = z.string().regex(/^(0|[1-9][0-9]*)$/)

export const rewardEpoch = z
  .object({
    epoch: whole,
    state: z.enum(["pending", "active"]).meta({
      description:
        "`pending` until `activeAt`: anybody may make it again, and operators take it back.",
    }),
    hash: digest.meta({ description: "SHA-256 of the artifact's canonical JSON." }),
    root: digest.nullable(),
    events: digest.meta({ description: "SHA-256 of the events file." }),
    closedAt: time,
    activeAt: time,
  })
  .meta({ id: "RewardEpoch" })

export const rewardTask = z
  .object({
    id: z.string(),
    title: z.string(),
    kind: z.string(),
    asset: z.string(),
    min: amount.meta({ description: "A full minimum, base units." }),
    points: amount.meta({ description: "For each full minimum." }),
    repeat: whole.meta({ description: "So many full minimums count for one person." }),
    cap: amount.meta({ description: "Of one person in one day." }),
    from: time,
    until: time,
    needs: z.array(z.string()),
  })
  .meta({ id: "RewardTask" })

export const campaign = z
  .object({
    id: campaignId,
    rules: digest,
    asOf: z.string(),
    authority: z.string(),
    state: z.enum(["running", "frozen", "killed"]),
    starts: time,
    ends: time,
    epochSeconds: whole,
    epochs: z.array(rewardEpoch),
    allocation: amount,
    accrues: z.boolean().meta({ description: "What is held earns a share of a curve." }),
    tasks: z.array(rewardTask),
    accounts: whole,
    leaders: z.array(z.object({ account: z.string(), total: amount, rank: whole })),
  })
  .meta({ id: "Campaign" })

export const campaigns = z.object({
  campaigns: z.array(campaign),
  terms: z.string().nullable().meta({
    description: "Version of the terms that one signs in on; null where nobody can.",
  }),
})

/** Base units of the campaign's token. */
export const accountPoints = z
  .object({
    campaign: campaignId,
    account,
    total: amount,
    rank: whole.nullable(),
    standing: z.enum(ACTIONS).meta({
      description:
        "What compliance says for rewards: `allow`; `hold` until the wallet signs in; `reject`, none; `block`, frozen.",
    }),
    weight: whole.meta({
      description: "Basis points of what counts; 10,000 unless a verdict says less.",
    }),
    earned: amount,
    waiting: amount.meta({ description: "Until the wallet signs in, before its deadline." }),
    returned: amount,
    frozen: amount,
    lines: z
      .array(z.object({ reason: z.string(), times: times.nullable(), amount }))
      .meta({ description: "One for each reason: a task's id, or `accrual`." }),
    tasks: z.array(
      z.object({
        id: z.string(),
        done: times.meta({ description: "Full minimums done." }),
        given: times.meta({ description: "Of which points were given." }),
      }),
    ),
    claim: z
      .object({
        epoch: whole,
        index: whole,
        amount,
        proof: z.array(digest),
        root: digest,
      })
      .nullable()
      .meta({
        description:
          "By the newest epoch that counts; the amount is cumulative. Null also for who may have no rewards now.",
      }),
    held: z.object({ epoch: whole, until: time }).nullable().meta({
      description:
        "The campaign's token holds this account's claims of the roots up to this epoch's, at most until then: it may have no rewards now. What it was given is not lost.",
    }),
    at: time.nullable(),
  })
  .meta({ id: "AccountPoints" })

export const clusters = z.object({
  clusters: z.array(
    z
      .object({
        evidence: digest.meta({ description: "Of the whole cluster: what verdicts name." }),
        foundAt: time,
        person: account,
        accounts: z.array(account),
        counts: z.union([whole, z.literal("hold")]).meta({
          description: "Basis points of what its accounts earn; `hold` until people have looked.",
        }),
        isSelfReported: z.boolean(),
        appeals: z
          .array(account)
          .meta({ description: "Of its accounts, those that say it is wrong." }),
        heard: z.array(account).meta({
          description:
            "Of its accounts, those whose appeal was granted: they are joined to nobody.",
        }),
        edges: z.array(
          z.object({
            accounts: z.array(account),
            reason: z.enum(REASONS),
            by: z.string().nullable().meta({
              description: "What both have in common; null for a place that both signed in from.",
            }),
          }),
        ),
      })
      .meta({ id: "RewardCluster" }),
  ),
})

export const clustersQuery = z.object({
  campaign: campaignId.optional(),
  account: account.optional(),
})

export const accountPath = z.object({ address: account })
export const campaignQuery = z.object({ campaign: campaignId.optional() })
export const epochPath = z.object({
  epoch: z
    .string()
    .regex(/^[1-9][0-9]{0,4}$/)
    .transform(Number),
})

export const evidenceWish = z.object({
  campaign: campaignId,
  task: campaignId,
  account,
  issuer: z.string().max(64),
  note: z.string().min(1).max(500),
  signature: z.string().regex(/^[A-Za-z0-9_-]{86}$/),
})
export const evidenceTaken = z.object({ taken: z.boolean() })

export const rewardOrderWish = z.object({
  order: z.string().max(400),
  operator: z.string().max(64),
  signature: z.string().max(128),
})
export const rewardOrderAnswer = z.object({
  given: z.array(z.string()),
  needed: whole,
  done: z.boolean(),
})

export type AccountPoints = Told<typeof accountPoints>
export type ClusterView = Told<typeof clusters>["clusters"][number]
export type CampaignView = Told<typeof campaign>
export type RewardEpochView = Told<typeof rewardEpoch>
export type RewardOrderAnswer = Told<typeof rewardOrderAnswer>
