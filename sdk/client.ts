// A client of the bridge's HTTP API, for browsers and Node alike.

import type { Health, LedgerStatus } from "./schemas/bridge.ts"
import type { Approval, TransferBrief, TransferStatus } from "./schemas/transfers.ts"

export type { Health, LedgerStatus } from "./schemas/bridge.ts"
export type { Approval, TransferBrief, TransferStatus } from "./schemas/transfers.ts"

/** What the bridge answered when it refused. */
export class ApiError extends Error {
  readonly code: string
  readonly status: number

  constructor(code: string, message: string, status: number) {
    super(message)
    this.name = "ApiError"
    this.code = code
    this.status = status
  }
}

/** A deposit address of one's own. */
export interface DepositAddress {
  readonly chain: string
  readonly address: string
  /** From this anybody can compute the address again. */
  readonly note: string
}

export interface UnattributedTransfer {
  readonly chain: string
  readonly asset: string
  readonly transaction: string
  /** Of the token's log in its block. */
  readonly index: number
  readonly sender: string
  /** Base units. */
  readonly amount: string
  /** By which it goes back, once it is claimed. */
  readonly transfer: string | null
}

/** A deposit of a token that the vault takes and the bridge does not carry yet; it counts as soon as it does. */
export interface UnlistedDeposit {
  readonly id: string
  readonly chain: string
  /** The contract. */
  readonly token: string
  readonly height: number
  readonly sender: string
  readonly refundTo: string
  /** Base units. */
  readonly amount: string
}

export interface BridgeApi {
  /**
   * The deposit address on Bitcoin of an account on AO, made known to the bridge; the same for the same words.
   * What cannot be carried goes back to `refundTo`.
   */
  depositAddress(wish: {
    readonly recipient: string
    readonly refundTo: string
    readonly index?: number
    /** x-only, 64 hexadecimal digits: its owner may take the deposit back alone after 4,320 blocks. */
    readonly refundKey?: string | null
    /** It was paid before by this transaction: the bridge goes back to its block and counts the deposit. */
    readonly transaction?: string
  }): Promise<DepositAddress>
  /**
   * Has tokens paid back that were sent to a vault on Ethereum or BSC without being deposited: `signature` is their
   * sender's (`signClaim` of `sdk/evm.ts`). Tells the transfer that pays them.
   */
  claim(claim: {
    readonly chain: string
    readonly transaction: string
    readonly index: number
    readonly to: string
    readonly signature: string
  }): Promise<{ readonly transfer: string }>
  /** Tokens that came to a vault without being deposited. */
  unattributed(): Promise<{
    readonly transfers: readonly UnattributedTransfer[]
    readonly deposits: readonly UnlistedDeposit[]
  }>
  /** Null while the bridge has not seen it. */
  transfer(id: string): Promise<TransferStatus | null>
  /** What the group has signed for a payout on Ethereum or BSC; null before it has. */
  approval(id: string): Promise<Approval | null>
  transfers(query: { address?: string; count?: number; cursor?: string }): Promise<{
    readonly transfers: readonly TransferBrief[]
    readonly next: string | null
  }>
  ledger(): Promise<Readonly<Record<string, LedgerStatus>>>
  info(): Promise<Readonly<Record<string, unknown>>>
  health(): Promise<Health>
  /** Polls until `isDone`; `onChange` hears of every answer. Rejects when `signal` aborts. */
  follow(
    id: string,
    isDone: (transfer: TransferStatus) => boolean,
    options?: {
      readonly onChange?: (transfer: TransferStatus | null) => void
      readonly pollMs?: number
      readonly signal?: AbortSignal
    },
  ): Promise<TransferStatus>
}

/** `url` is the API's, without a slash at its end. Every call throws `ApiError` for a refusal. */
export function bridgeApi(url: string): BridgeApi {
  const ask = async <Answer>(
    path: string,
    accepts: readonly number[] = [200],
    init?: RequestInit,
  ): Promise<Answer> => {
    const response = await fetch(`${url}${path}`, init)
    const body = (await response.json()) as Answer & { error?: { code: string; message: string } }
    if (accepts.includes(response.status)) return body
    const { code = "unknown", message = `status ${response.status}` } = body.error ?? {}
    throw new ApiError(code, message, response.status)
  }
  const find = <Answer>(path: string) =>
    ask<Answer>(path).catch((error: unknown) => {
      if (error instanceof ApiError && error.code === "not-found") return null
      throw error
    })
  const transfer = (id: string) => find<TransferStatus>(`/transfers/${encodeURIComponent(id)}`)
  return {
    depositAddress: (wish) =>
      ask("/addresses", [200], {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(wish),
      }),
    claim: (claim) =>
      ask("/claims", [200], {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(claim),
      }),
    unattributed: () => ask("/unattributed", [200]),
    transfer,
    approval: (id) => find<Approval>(`/transfers/${encodeURIComponent(id)}/approval`),
    transfers: ({ address, count, cursor }) => {
      const query = new URLSearchParams({
        ...(address && { address }),
        ...(count && { count: String(count) }),
        ...(cursor && { cursor }),
      })
      return ask(`/transfers?${query}`)
    },
    ledger: () => ask("/ledger"),
    info: () => ask("/info"),
    health: () => ask("/health", [200, 503]),
    async follow(id, isDone, { onChange, pollMs = 250, signal } = {}) {
      for (;;) {
        signal?.throwIfAborted()
        const now = await transfer(id)
        onChange?.(now)
        if (now && isDone(now)) return now
        await new Promise((go) => setTimeout(go, pollMs))
      }
    },
  }
}
