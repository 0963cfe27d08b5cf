// What the API tells about transfers: where each stands and what it waits for, what happened, and what pays it.

import { z } from "zod"
import { EVENTS } from "../../core/transfer.ts"
import {
  address,
  amount,
  asset,
  chain,
  count,
  cursor,
  height,
  ms,
  state,
  type Told,
  time,
  transaction,
  transferId,
} from "./words.ts"

/** Why nothing happens just now. Never left out of a state that lasts. */
export const waiting = z
  .object({
    for: z.string().meta({ example: "5 more blocks on arweave" }),
    rule: z.string().meta({ example: "final at 10 confirmations" }),
    since: time,
    until: time.nullable().meta({
      description:
        "When it should be over: by the rule, as whoever paused planned it, or at the pace that the chain aims at; " +
        "null when people or another event decide.",
    }),
    evidence: z.string().meta({ description: "Where at this API the reason can be looked at." }),
    releaseAt: time
      .optional()
      .meta({ description: "Until when limits hold it back; it goes on by itself then." }),
    failure: z.string().nullable().meta({
      description: "Error code of the last attempt to bring it on; null when none failed.",
    }),
    etaMs: ms.nullable(),
  })
  .meta({ id: "Waiting" })

/** Whether it is rewarded (`pending`: until its owner signs in), and the case that it waits on. */
export const screeningView = z
  .object({
    reward: z.enum(["counts", "pending", "none", "frozen"]),
    case: z
      .object({
        state: z.enum(["open", "returning", "frozen", "released", "returned"]),
        opened: time,
        lapses: time.nullable(),
        appeals: z.number().int(),
      })
      .nullable(),
  })
  .meta({ id: "ScreeningView" })

const brief = {
  id: transferId,
  /** Lists are paged by it. */
  number: z
    .string()
    .meta({ description: "Counts transfers in the order in which they were seen." }),
  version: z.number().int().meta({ description: "Counts the transfer's changes." }),
  state,
  asset,
  decimals: z.number().int(),
  source: chain,
  target: chain,
  amount,
  fee: amount,
  arrives: amount.meta({ description: "What the recipient gets." }),
  sender: z.string(),
  recipient: z.string().nullable(),
  refund: z.boolean().meta({ description: "It goes back to `refundTo`." }),
  reason: z
    .string()
    .nullable()
    .meta({ description: "Why it is held, goes back, or was planned again, in one word." }),
  transaction: transaction.nullable().meta({ description: "What pays it, once signed." }),
  block: z.object({ height, id: z.string() }),
  confirmations: z.object({ have: z.number().int(), need: z.number().int() }),
  changedAt: time,
  links: z
    .object({ source: z.url().nullable(), payout: z.url().nullable() })
    .meta({ description: "Public explorers; null where a network has none." }),
  waiting: waiting.nullable(),
}

/** One of a list. */
export const transferBrief = z.object(brief).meta({ id: "TransferBrief" })

export const transferStatus = z
  .object({
    ...brief,
    refundTo: z.string(),
    screening: screeningView.nullable(),
    history: z.array(
      z.object({
        at: time,
        event: z.enum(EVENTS as readonly [(typeof EVENTS)[number]]),
        detail: z.record(z.string(), z.unknown()),
      }),
    ),
  })
  .meta({ id: "Transfer" })

export const transferPage = z.object({
  transfers: z.array(transferBrief),
  next: z.string().nullable().meta({ description: "`cursor` of the next page; null: no more." }),
})

export const transferQuery = z.object({
  address: address.optional().meta({ description: "Whoever sent it or is to receive it." }),
  tx: transaction.optional().meta({
    description: "What began it, on its source chain. Unknown: 404, and up to where we have read.",
  }),
  state: state.optional(),
  count,
  cursor,
})

/** Whatever it is: one that is no id is refused as such. */
export const transferPath = z.object({
  id: z.string().max(300).meta({ description: "A transfer: `chain:transaction:index`." }),
})

export const payout = z.object({
  chain,
  transaction,
  raw: z.string().meta({ description: "The signed bytes, base64url." }),
})

/** What has one payout of an EVM chain paid, whoever hands it in. Amounts are text, bytes hexadecimal with 0x. */
export const approval = z
  .object({
    chain,
    chainId: z.number().int(),
    vault: z.string(),
    root: z.string(),
    release: z.object({
      kind: z.number().int(),
      token: z.string(),
      to: z.string(),
      amount,
      number: z.string(),
      id: z.string(),
    }),
    proof: z.array(z.string()),
    signature: z.object({ rx: z.string(), ry: z.string(), s: z.string() }),
    calldata: z.string(),
  })
  .meta({ id: "Approval" })

export const unattributed = z.object({
  transfers: z.array(
    z.object({
      chain,
      asset,
      transaction,
      index: z.number().int(),
      height,
      sender: z.string(),
      amount,
      transfer: transferId
        .nullable()
        .meta({ description: "By which it goes back, once its sender has claimed it." }),
    }),
  ),
  deposits: z
    .array(
      z.object({
        id: transferId.meta({ description: "Of the transfer that it will be." }),
        chain,
        token: z.string().meta({ description: "The contract." }),
        height,
        sender: z.string(),
        refundTo: z.string(),
        amount,
      }),
    )
    .meta({
      description:
        "Deposits of tokens that a vault takes and the bridge does not carry yet. They are kept, and count as soon as it does.",
    }),
})

export type Waiting = Told<typeof waiting>
export type ScreeningView = Told<typeof screeningView>
export type TransferBrief = Told<typeof transferBrief>
export type TransferStatus = Told<typeof transferStatus>
export type TransferPage = Told<typeof transferPage>
export type Approval = Told<typeof approval>
