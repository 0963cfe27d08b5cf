// The connection to PostgreSQL: whole numbers come out as bigint, jsonb as the values that went in.

import postgres from "postgres"
import { ARRAYS } from "./arrays.ts"
import { decode, encode } from "./json.ts"
import { lastingPool, type Telling } from "./pool.ts"

type Types = { bigint: bigint; numeric: bigint; json: object }

/** A pool of connections. `int8` and `numeric` columns read as bigint, `timestamptz` as Date. */
export type Sql = postgres.Sql<Types>

/** Where a query can be asked: the pool, or a transaction of it. */
export type Queries = postgres.ISql<Types>

/** A statement that is sent when it is awaited (or by `inOrder`). */
export type Statement = postgres.PendingQuery<postgres.Row[]>

/** Sends statements in one go, each to run when the one before is done; throws the first failure. */
export async function inOrder(statements: readonly Statement[]): Promise<void> {
  await Promise.all(statements.map((statement) => statement.execute()))
}

export interface PoolOptions {
  readonly connections?: number
  /**
   * A statement is planned once for a connection, and again when its tables were analyzed: for lookups by a key, which
   * cost a third that way. Every other statement is planned for what it asks.
   */
  readonly keepsPlans?: boolean
}

/** Opens a pool lazily; a server that comes back is found again. `close` it with `database.end()`. */
export function openDatabase(url: string, options: PoolOptions = {}): Sql {
  return lastingPool((telling) => pool(url, options, telling))
}

function pool(
  url: string,
  { connections = 10, keepsPlans = false }: PoolOptions,
  telling: Telling,
): Sql {
  return postgres(url, {
    ...telling,
    max: connections,
    onnotice: () => {},
    fetch_types: false,
    types: {
      ...ARRAYS,
      bigint: postgres.BigInt,
      numeric: {
        to: 1700,
        from: [1700],
        serialize: (whole: bigint) => `${whole}`,
        parse: (text: string) => BigInt(text),
      },
      json: {
        to: 3802,
        from: [114, 3802],
        serialize: (value: object) => JSON.stringify(encode(value)),
        parse: (text: string) => decode(text) as object,
      },
    },
    connection: {
      application_name: "causeway",
      // A plan made while a table was small must not be kept for when it is large.
      plan_cache_mode: keepsPlans ? "force_generic_plan" : "force_custom_plan",
      // Locks of a process that froze or was cut off.
      idle_in_transaction_session_timeout: 30_000,
    },
  })
}
