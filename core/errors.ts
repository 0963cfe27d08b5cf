// Every way the bridge can be refused, each with the one thing to do about it.

/** What the loop that catches an error does: try later, refuse the request, hold the transfer, or stop. */
export type Remedy = "retry" | "refuse" | "hold" | "halt"

export const REMEDIES = {
  // what people send us
  "bad-amount": "refuse",
  "bad-address": "refuse",
  "bad-id": "refuse",
  "bad-request": "refuse",
  "bad-config": "refuse",
  "bad-signature": "refuse",
  "not-found": "refuse",
  "not-supported": "refuse",
  "unfit-token": "refuse",
  "too-many-requests": "retry",
  // what a transfer can be held for
  "below-minimum": "hold",
  "over-cap": "hold",
  "no-recipient": "hold",
  "bad-recipient": "hold",
  "ambiguous-recipient": "hold",
  unattributed: "hold",
  "not-enough-to-pay-fees": "hold",
  // what the bridge's policy says of its parties: people look, it goes back, it is frozen
  "screening-hold": "hold",
  "screening-reject": "hold",
  "screening-block": "hold",
  // what the machine refuses itself
  "illegal-move": "refuse",
  "stale-version": "retry",
  paused: "retry",
  // what the world does
  "rpc-unavailable": "retry",
  "rpc-disagrees": "hold",
  "not-yet": "retry",
  // The watcher pauses that chain; the others go on.
  "finality-broken": "retry",
  "process-stuck": "retry",
  "payout-refused": "hold",
  "database-unavailable": "retry",
  "aos-unavailable": "refuse",
  "child-died": "halt",
  // signing
  "signer-refused": "retry",
  "signer-unreachable": "retry",
  "quorum-missing": "retry",
  outdated: "refuse",
  "nonces-gone": "retry",
  "slot-taken": "hold",
  "share-locked": "refuse",
  "bad-key": "refuse",
  "bad-dealing": "refuse",
  "ceremony-aborted": "refuse",
  "bad-transcript": "refuse",
  "journal-damaged": "halt",
  "journal-unwritable": "halt",
  "constant-time-missing": "halt",
  // what must never be
  "double-payout": "halt",
  "ledger-unbalanced": "halt",
  assertion: "halt",
} as const satisfies Record<string, Remedy>

export type ErrorCode = keyof typeof REMEDIES

/** The bridge's only error: a code from the table, and the facts that a reader needs to act on it. */
export class BridgeError extends Error {
  readonly code: ErrorCode
  readonly detail: Readonly<Record<string, unknown>>

  constructor(code: ErrorCode, detail: Record<string, unknown> = {}, options?: ErrorOptions) {
    super(`${code}${sentence(detail)}`, options)
    this.name = "BridgeError"
    this.code = code
    this.detail = detail
  }

  get remedy(): Remedy {
    return REMEDIES[this.code]
  }
}

/** The error as one of ours; a foreign failure halts, because nobody has thought about it yet. */
export function remedyOf(error: unknown): Remedy {
  return error instanceof BridgeError ? error.remedy : "halt"
}

function sentence(detail: Record<string, unknown>): string {
  const words = Object.entries(detail)
    .map(([key, value]) => `${key} ${String(value)}`)
    .filter((word) => !word.includes("[object Object]"))
  return words.length ? `: ${words.join(", ")}` : ""
}
