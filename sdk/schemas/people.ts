// What people ask of the bridge: a deposit address, a claim, may I; who they are; what operators order.

import { z } from "zod"
import { CHAINS } from "../../core/assets.ts"
import { ACTIONS } from "../../core/compliance/decision.ts"
import {
  address,
  asset,
  chain,
  count,
  digest,
  type Told,
  time,
  transaction,
  transferId,
} from "./words.ts"

export const addressWish = z.strictObject({
  chain: z.enum(CHAINS).default("bitcoin"),
  recipient: z.string().max(128).meta({ description: "The account on AO." }),
  refundTo: z.string().max(128).meta({ description: "Who gets back what cannot be carried." }),
  index: z.number().int().min(0).max(0xffff_ffff).default(0),
  refundKey: z.string().max(128).nullable().default(null).meta({
    description: "x-only key that may take the deposit back alone after 4,320 blocks.",
  }),
  transaction: transaction
    .optional()
    .meta({ description: "What has paid it already, before it was asked for." }),
})

export const madeAddress = z
  .object({
    chain,
    address: z.string(),
    note: z.string().meta({ description: "From this anybody can compute the address again." }),
  })
  .meta({ id: "DepositAddress" })

export const paidQuery = z.object({
  chain: z.enum(CHAINS).default("bitcoin"),
  after: z
    .string()
    .regex(/^\d{1,18}$/)
    .default("0")
    .meta({ description: "`next` of the last page." }),
  count,
})

export const paidAddresses = z.object({
  notes: z.array(z.object({ note: z.string(), transaction })).meta({
    description: "Each proves itself: the note gives the address, the chain what was paid.",
  }),
  next: z.string().meta({ description: "`after` of the next page, or of what comes later." }),
})

const hex = (min: number, max = min) =>
  z
    .string()
    .regex(new RegExp(`^0x([0-9a-fA-F]{2}){${min},${max}}$`), `${min} bytes, hexadecimal with 0x`)
    .transform((text) => text.toLowerCase())

export const claimWish = z.strictObject({
  chain: z.enum(["ethereum", "bsc"]),
  transaction: hex(32),
  index: z.number().int().min(0).max(99_999).meta({ description: "As `/unattributed` tells it." }),
  to: hex(20),
  signature: hex(1, 240),
})

export const claimed = z.object({
  transfer: transferId.meta({ description: "By which the tokens go back." }),
})

export const orderWish = z.strictObject({
  order: z.string().max(400).meta({ description: "The text that was signed." }),
  operator: z.string().max(64),
  signature: z.string().max(128),
})

export const orderAnswer = z.object({
  given: z.array(z.string()).meta({ description: "Who has given it." }),
  needed: z.number().int(),
  done: z.boolean(),
})

export const proof = z.union([
  z.strictObject({ kind: z.literal("evm"), signature: z.string().max(140) }),
  z.strictObject({
    kind: z.literal("arweave"),
    owner: z.string().max(700),
    signature: z.string().max(700),
  }),
])

export const signInWish = z.strictObject({
  text: z
    .string()
    .max(2_000)
    .meta({ description: "The text of a sign-in, as the wallet showed it." }),
  proof,
})

export const signedIn = z.object({ party: z.string(), until: time })

export const screeningWish = z.strictObject({
  asset,
  direction: z.enum(["in", "out"]).default("in"),
  sender: address,
  recipient: address,
  refundTo: address.optional(),
})

const classes = z.array(
  z.enum(["sanctions", "region", "network", "terms", "limits", "paused", "unavailable"]),
)

export const screened = z
  .object({
    bridge: z.enum(ACTIONS),
    reward: z.enum(ACTIONS),
    classes: classes.meta({ description: "Why it would not be carried." }),
    rewardClasses: classes.meta({ description: "Why it would not be rewarded." }),
    terms: z.string().meta({ description: "The version to sign in on." }),
  })
  .meta({ id: "Screened" })

export const appealWish = z.strictObject({
  transfer: z.string().max(200),
  statement: z.string().min(1).max(4_000),
  document: digest.nullable().default(null),
  account: address,
  proof,
})

export const appealed = z.object({
  transfer: transferId,
  state: z.string(),
  version: z.number().int(),
  appeals: z.number().int(),
})

export const audit = z.object({
  log: z.string(),
  key: z.string().meta({ description: "Ed25519, base64url." }),
  checkpoint: z
    .object({
      n: z.number().int(),
      head: z.string(),
      atMs: z.number().int(),
      signer: z.string(),
      signature: z.string(),
    })
    .nullable(),
})

export type MadeAddress = Told<typeof madeAddress>
export type Screened = Told<typeof screened>
