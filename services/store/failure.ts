// What PostgreSQL refuses or fails at, as one of our own errors.

import postgres from "postgres"
import { BridgeError, type ErrorCode } from "../../core/errors.ts"

/** Constraints whose breach has a code of its own; any other is a claim that did not hold. */
const CLAIMS: Readonly<Record<string, ErrorCode>> = {
  slot_pays_once: "slot-taken",
  a_transfer_holds_one_slot: "slot-taken",
  a_posting_sums_to_zero: "ledger-unbalanced",
  // Another planner, or another watcher, of the chain was faster: look again.
  a_turn_is_taken_once: "stale-version",
  one_canonical_block_a_height: "stale-version",
  a_block_follows_its_parent: "stale-version",
}

/** The answer of the database, or its failure as a BridgeError. */
export async function answer<T>(query: PromiseLike<T>): Promise<T> {
  try {
    return await query
  } catch (error) {
    throw failureOf(error)
  }
}

/** A lost or crowded server is `database-unavailable`; a broken constraint names its claim. */
export function failureOf(error: unknown): unknown {
  const code = codeOf(error)
  if (code === null || error instanceof BridgeError) return error
  if (error instanceof postgres.PostgresError && code.startsWith("23")) {
    const claim = error.constraint_name ?? error.message
    return new BridgeError(CLAIMS[claim] ?? "assertion", { claim }, { cause: error })
  }
  return isPassing(code)
    ? new BridgeError("database-unavailable", { code }, { cause: error })
    : error
}

/** Two transactions met: the same work succeeds when it is done again. */
export function isCollision(error: unknown): boolean {
  const constraint = error instanceof postgres.PostgresError ? error.constraint_name : undefined
  return (
    ["40001", "40P01"].includes(codeOf(error) ?? "") ||
    // Both inserted the same fact; the second one finds it when it looks again.
    constraint === "a_transfer_is_seen_once" ||
    constraint === "a_fact_counts_once"
  )
}

/** Classes 08 (connection), 53 (resources) and 57 (shutdown), lock time-outs, and the socket's own words. */
function isPassing(code: string): boolean {
  return /^(08|53|57)|^40001$|^40P01$|^55P03$|^25P03$|^E[A-Z]+$|^CONNECT/.test(code)
}

function codeOf(error: unknown): string | null {
  if (!(error instanceof Error) || !("code" in error)) return null
  return typeof error.code === "string" ? error.code : null
}
