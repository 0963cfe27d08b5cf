// What most requests read, each kind once for all who ask for it at one time.

import { assetsOf } from "../../chains/served.ts"
import type { AssetName } from "../../core/assets.ts"
import type { TransferId } from "../../core/ids.ts"
import type { Balances } from "../../core/ledger.ts"
import { type BlockRead, heads, whenRead } from "../store/blocks.ts"
import { type Pause, pauses } from "../store/controls.ts"
import type { Sql } from "../store/database.ts"
import { delaysOf } from "../store/delays.ts"
import { type Holdback, holdbacksOf } from "../store/holdbacks.ts"
import { decode, encode } from "../store/json.ts"
import { balancesNow } from "../store/ledger.ts"
import { transactionsOf } from "../store/plans.ts"
import { type Broadcast, broadcastsOf, type StoredSigning, signingsOf } from "../store/signings.ts"
import {
  type HistoryLine,
  historiesOf,
  isOpen,
  type Of,
  type Page,
  type StoredTransfer,
  transfersById,
  transfersOfTransactions,
  transfersPage,
} from "../store/transfers.ts"
import { unbackedNow } from "../store/unbacked.ts"
import type { Api } from "./context.ts"
import { screeningsOf } from "./screening-view.ts"
import { together, togetherOne } from "./together.ts"

export type Reads = ReturnType<typeof readsOf>

/** How far each chain has been read, and what is stopped. */
export interface ChainsNow {
  readonly heads: Awaited<ReturnType<typeof heads>>
  readonly pauses: readonly Pause[]
}

/** What was done to have a plan signed and sent. */
export interface PlanStory {
  readonly transaction: string | null
  readonly signings: readonly StoredSigning[]
  readonly broadcasts: readonly Broadcast[]
}

export async function chainsNow(sql: Sql): Promise<ChainsNow> {
  const [read, stopped] = await Promise.all([heads(sql), pauses(sql)])
  return { heads: read, pauses: stopped }
}

/** The four accounts of each asset that is carried, and how much of it its chain has taken back. */
export async function booksNow({
  sql,
  deployment,
}: Pick<Api, "sql" | "deployment">): Promise<
  ReadonlyMap<AssetName, Balances & { readonly unbacked: bigint }>
> {
  const unbacked = await unbackedNow(sql)
  const rows = assetsOf(deployment).map(async (asset) => {
    const balances = await balancesNow(sql, asset)
    return [asset, { ...balances, unbacked: unbacked.get(asset) ?? 0n }] as const
  })
  return new Map(await Promise.all(rows))
}

export function readsOf({ deployment, ...api }: Pick<Api, "sql" | "lookups" | "deployment">) {
  const sql = api.lookups ?? api.sql
  const reasons = together<StoredTransfer, { failure: string | null; holdback: Holdback | null }>(
    async (transfers) => {
      const ids = transfers.map(({ id }) => id)
      const [delays, held] = await Promise.all([delaysOf(sql, transfers), holdbacksOf(sql, ids)])
      return ({ id }) => ({ failure: delays.get(id) ?? null, holdback: held.get(id) ?? null })
    },
  )
  const pages = together<string, readonly StoredTransfer[]>(async (asked) => {
    const read = async (text: string) => {
      const { of, page } = decode(text) as { of: Of; page: Page }
      return [text, await transfersPage(sql, of, page)] as const
    }
    const found = new Map(await Promise.all(asked.map(read)))
    return (text) => found.get(text) ?? []
  })
  return {
    chains: togetherOne(() => chainsNow(sql)),
    /** The books, asset by asset. */
    books: togetherOne(() => booksNow({ sql, deployment })),
    transfer: together<TransferId, StoredTransfer | null>(async (ids) => {
      const found = await transfersById(sql, ids)
      return (id) => found.get(id) ?? null
    }),
    /** Every event of a transfer, first to last. */
    history: together<TransferId, readonly HistoryLine[]>(async (ids) => {
      const found = await historiesOf(sql, ids)
      return (id) => found.get(id) ?? []
    }),
    /** One page of a list. */
    page: (of: Of, page: Page) => pages(JSON.stringify(encode({ of, page }))),
    /** All that one transaction of a source chain began. */
    begunBy: together<string, readonly StoredTransfer[]>(async (transactions) => {
      const found = await transfersOfTransactions(sql, transactions)
      return (transaction) => found.get(transaction) ?? []
    }),
    screening: together<TransferId, ReturnType<Awaited<ReturnType<typeof screeningsOf>>>>((ids) =>
      screeningsOf(sql, ids),
    ),
    /** Why it was not brought on yet, and until when it is held back; nothing of what is over. */
    reasons: async (transfer: StoredTransfer) =>
      isOpen(transfer) ? reasons(transfer) : { failure: null, holdback: null },
    /** When the block of a transfer was read. */
    block: together<StoredTransfer, BlockRead | null>(async (transfers) => {
      const refs = transfers.map(({ source, block }) => ({ chain: source, block }))
      const found = await whenRead(sql, refs)
      return ({ source, block }) => found(source, block)
    }),
    plan: together<string, PlanStory>(async (ids) => {
      const [transactions, signings, broadcasts] = await Promise.all([
        transactionsOf(sql, ids),
        signingsOf(sql, ids),
        broadcastsOf(sql, ids),
      ])
      return (id) => ({
        transaction: transactions.get(id) ?? null,
        signings: signings.filter(({ plan }) => plan === id),
        broadcasts: broadcasts.filter(({ plan }) => plan === id),
      })
    }),
  }
}
