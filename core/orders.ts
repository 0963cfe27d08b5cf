// What operators may order, two of them together: pay what is held, send it back, end a pause; one key alone may pause.

import { ASSET_NAMES, ASSETS, type AssetName, CHAINS, type ChainName } from "./assets.ts"
import { BridgeError } from "./errors.ts"
import { originOf, type TransferId, transferId } from "./ids.ts"

export interface Operator {
  readonly name: string
  /** Ed25519 public key, base64url of 32 bytes. */
  readonly key: string
}

/** So many different operators must give the same order. */
export const OPERATORS_NEEDED = 2

export type Order =
  | { readonly kind: "approve" | "refund"; readonly transfer: TransferId; readonly version: number }
  | {
      readonly kind: "resume"
      readonly chain: ChainName
      readonly direction: "in" | "out"
      readonly since: string
    }
  | ({ readonly kind: "pause" } & PauseWish)
  /** Ends what one order has paused, wherever it was heard, and for ever: that order never counts again. */
  | { readonly kind: "lift"; readonly pause: PauseWish }

/** A stop of a chain, of an asset (its token on AO, to which and from which all of it goes) or of everything. */
export interface PauseWish {
  readonly what: ChainName | AssetName | "all"
  readonly direction: Direction | "both"
  /** One word, for everybody to read. */
  readonly reason: string
  /** When it is meant to end, as `toISOString` writes it; nothing ends by itself. */
  readonly until: string
}

/** `in`: transfers that come from a chain. `out`: payouts to it. */
export type Direction = "in" | "out"

export interface Stop {
  readonly chain: ChainName
  readonly direction: Direction
}

/** What a pause stops. */
export function stopsOf({ what, direction }: PauseWish): readonly Stop[] {
  const chains = what === "all" ? CHAINS : isAsset(what) ? [ASSETS[what].wrapped.ledger] : [what]
  const directions = direction === "both" ? (["in", "out"] as const) : [direction]
  return chains.flatMap((chain) => directions.map((one) => ({ chain, direction: one })))
}

function isAsset(what: string): what is AssetName {
  return Object.hasOwn(ASSETS, what)
}

/** A pause longer than this is a decision of operators, not of one key. */
const PAUSE_MS_MAX = 7 * 86_400_000

/** Throws `bad-request` for a pause that is meant to be over already, or to last for more than a week. */
export function demandShort(untilMs: number, nowMs: number): void {
  const left = untilMs - nowMs
  if (!(left > 0 && left <= PAUSE_MS_MAX))
    throw new BridgeError("bad-request", { untilMs, allowed: "up to 7 days from now" })
}

export interface SignedOrder {
  /** As `parseOrder` reads it. */
  readonly body: string
  /** Name of the operator. */
  readonly operator: string
  /** Ed25519 over `orderText`, base64url. */
  readonly signature: string
}

/** Of which bridge an order is: no other one takes it. */
export interface OrderedBridge {
  readonly network: string
  readonly vault: string
  /** The vaults that it had before: it is named by its first one for ever, so that orders outlive a change of its key. */
  readonly former?: readonly { readonly vault: string }[] | undefined
}

/** Whether an Ed25519 signature (base64url) of a text fits a key (base64url). */
export type Verify = (key: string, text: string, signature: string) => boolean

/** The text that an operator signs. */
export function orderText(bridge: OrderedBridge, order: string): string {
  return `causeway order\n${bridge.network} ${firstVault(bridge)}\n${order}`
}

/** What a bridge is named by, whatever became of its keys. */
export function firstVault({ vault, former = [] }: Omit<OrderedBridge, "network">): string {
  return former.at(-1)?.vault ?? vault
}

export function pauseText({ what, direction, reason, until }: PauseWish): string {
  return `pause ${what} ${direction} ${reason} ${until}`
}

/**
 * `approve TRANSFER VERSION`, `refund TRANSFER VERSION`, `resume CHAIN in|out SINCE`,
 * `pause CHAIN|ASSET|all in|out|both REASON UNTIL` or `lift` and a whole pause; throws `bad-request`.
 */
export function parseOrder(text: string): Order {
  if (text.startsWith("lift ")) {
    const pause = parseOrder(text.slice(5))
    if (pause.kind === "pause") return { kind: "lift", pause }
  }
  const [kind, what = "", which = "", since = "", ...rest] = text.split(" ")
  if ((kind === "approve" || kind === "refund") && /^[1-9][0-9]{0,8}$/.test(which) && !since)
    return { kind, transfer: transferId(originOf(what)), version: Number(which) }
  const chain = CHAINS.find((name) => name === what)
  if (kind === "resume" && chain && (which === "in" || which === "out") && since && !rest.length)
    return { kind, chain, direction: which, since }
  const [until = "", ...more] = rest
  const isPause = REASON.test(since) && TIME.test(until) && more.length === 0
  const stopped = chain ?? ASSET_NAMES.find((name) => name === what) ?? (what === "all" && what)
  if (kind === "pause" && stopped && isPause)
    if (which === "in" || which === "out" || which === "both")
      return { kind, what: stopped, direction: which, reason: since, until }
  throw new BridgeError("bad-request", { order: text.slice(0, 200) })
}

const REASON = /^[a-z0-9][a-z0-9-]{0,63}$/
const TIME = /^20[0-9]{2}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-5][0-9]\.[0-9]{3}Z$/

/** Whether the operator of that name gave this order to this bridge. */
export function isGiven(
  bridge: OrderedBridge,
  operators: readonly Operator[],
  { body, operator, signature }: SignedOrder,
  verify: Verify,
): boolean {
  const known = operators.find(({ name }) => name === operator)
  return known !== undefined && verify(known.key, orderText(bridge, body), signature)
}

/** The transfers that enough different operators, with different keys, ordered to be paid; what is not genuine is nothing. */
export function approvedBy(
  bridge: OrderedBridge,
  operators: readonly Operator[],
  orders: readonly SignedOrder[],
  verify: Verify,
): ReadonlySet<TransferId> {
  return new Set([...agreedBy(bridge, operators, orders, verify)].flatMap(approvedIn))
}

/** The bodies that enough different operators, with different keys, gave; what is not genuine is nothing. */
export function agreedBy(
  bridge: OrderedBridge,
  operators: readonly Operator[],
  orders: readonly SignedOrder[],
  verify: Verify,
): ReadonlySet<string> {
  const keys = new Map<string, Set<string>>()
  for (const order of orders) {
    if (!isGiven(bridge, operators, order, verify)) continue
    const { key } = operators.find(({ name }) => name === order.operator)!
    keys.set(order.body, (keys.get(order.body) ?? new Set()).add(key))
  }
  const enough = [...keys].filter(([, signers]) => signers.size >= OPERATORS_NEEDED)
  return new Set(enough.map(([body]) => body))
}

function approvedIn(body: string): readonly TransferId[] {
  try {
    const order = parseOrder(body)
    return order.kind === "approve" ? [order.transfer] : []
  } catch (error) {
    // Signed, and no order: it spoils nothing but itself.
    if (error instanceof BridgeError) return []
    throw error
  }
}
