// What the API tells about the bridge itself: how it is, its books, what is stopped and limited.

import { z } from "zod"
import {
  amount,
  asset,
  balance,
  chain,
  direction,
  height,
  heights,
  ms,
  state,
  type Told,
  time,
} from "./words.ts"

export const pauseView = z
  .object({
    chain,
    direction: direction.meta({ description: "`in`: what comes from it. `out`: payouts to it." }),
    reason: z.string(),
    by: z.string(),
    since: time,
    until: time
      .nullable()
      .meta({ description: "When whoever paused means it to end; people end it." }),
    order: z.string().nullable().meta({
      description: "The order of a key that gave it, which signers obey too: `lift` ends it.",
    }),
  })
  .meta({ id: "Pause" })

export const health = z
  .object({
    ok: z.boolean().meta({ description: "Nothing is paused, and every chain has been read." }),
    heights,
    pauses: z.array(pauseView),
    backlog: z.array(z.object({ kind: z.string(), chain, count: z.number().int(), oldest: time })),
    underWay: z.array(z.object({ state, source: chain, count: z.number().int() })),
    incidents: z
      .array(z.object({ chain, count: z.number().int(), last: time }))
      .meta({ description: "Times in the last 24 hours that providers of a chain disagreed." }),
    heartbeats: z.array(
      z.object({
        scheme: z.string(),
        period: z.number().int(),
        signers: z.array(z.number().int()),
        at: time,
      }),
    ),
  })
  .meta({ id: "Health" })

export const ledgerStatus = z
  .object({
    custody: balance,
    supply: balance,
    pending: balance,
    fees: balance,
    balanced: z.boolean().meta({ description: "custody = supply + pending + fees." }),
    unbacked: balance.optional().meta({
      description:
        "Part of custody that its chain has taken back after it was paid for; 0 but after a reorganisation of final blocks. Left out of figures of the past.",
    }),
  })
  .meta({ id: "Ledger" })

export const ledger = z.partialRecord(asset, ledgerStatus)

/** Custody against supply of one asset, as of named blocks. */
export const reserve = z
  .object({
    asset,
    decimals: z.number().int(),
    home: chain,
    ledger: chain,
    ...ledgerStatus.shape,
    heights: z.object({ home: height.nullable(), ledger: height.nullable() }).meta({
      description: "The books are of everything up to these.",
    }),
    at: time,
  })
  .meta({ id: "Reserve" })

export const reserves = z.object({ reserves: z.array(reserve) })

export const reserveHistory = z.object({
  asset,
  decimals: z.number().int(),
  points: z
    .array(
      z.object({
        at: time,
        ...{ custody: balance, supply: balance, pending: balance, fees: balance },
        heights: z.object({ home: height.nullable(), ledger: height.nullable() }),
      }),
    )
    .meta({ description: "Oldest first, for a chart." }),
})

export const reservePath = z.object({ asset })
export const reserveQuery = z.object({
  from: time.optional().meta({ description: "30 days ago when left out." }),
  to: time.optional(),
})

export const feeView = z
  .object({
    heightMin: height.meta({ description: "For transfers in blocks of the source from here on." }),
    flat: amount,
    basisPoints: amount.meta({ description: "Of the amount, in hundredths of a per cent." }),
  })
  .meta({ id: "Fee" })

/** One way of one asset: what it costs, what goes through, and what is left of the day. */
export const route = z
  .object({
    asset,
    decimals: z.number().int(),
    source: chain,
    target: chain,
    minimum: amount,
    cap: amount.meta({ description: "The most that one transfer may carry without people." }),
    refundFee: amount,
    dust: amount,
    fee: feeView,
    feesToCome: z.array(feeView).meta({ description: "Published already, in force later." }),
    confirmations: z.number().int(),
    payoutConfirmations: z.number().int(),
    closed: z
      .object({ reason: z.string(), since: time, until: time.nullable() })
      .nullable()
      .meta({ description: "Why nothing goes this way just now; null: it is open." }),
    day: z
      .object({
        limit: amount,
        used: amount.meta({ description: "Paid or planned in the last 24 hours." }),
        left: amount,
        large: amount.meta({ description: "From so much on, of one party in a day, it waits." }),
        delayMs: ms.meta({ description: "How long what is large waits." }),
        freesAt: time.nullable().meta({ description: "When the oldest of it leaves the window." }),
      })
      .nullable()
      .meta({ description: "Of what is paid to `target`; null: no limit of a day." }),
  })
  .meta({ id: "Route" })

export const controls = z
  .object({
    quoteKey: z.string().nullable().meta({
      description:
        "Ed25519, base64url: what quotes are signed with. Compare it with what the operator publishes.",
    }),
    heights,
    pauses: z.array(pauseView),
    routes: z.array(route),
  })
  .meta({ id: "Controls" })

export type PauseView = Told<typeof pauseView>
export type Health = Told<typeof health>
export type LedgerStatus = Told<typeof ledgerStatus>
export type Reserve = Told<typeof reserve>
export type ReserveHistory = Told<typeof reserveHistory>
export type Route = Told<typeof route>
export type Controls = Told<typeof controls>
