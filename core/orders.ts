// What operators may order, two of them together: pay what is held, send it back, end a pause; one key alone may pause.

import { CHAINS, type ChainName } from "./assets.ts"
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

/** A stop of one direction of a chain. */
export interface PauseWish {
  readonly chain: ChainName
  readonly direction: "in" | "out"
  /** One word, for everybody to read. */
  readonly reason: string
  /** When it is meant to end, as `toISOString` writes it; nothing ends by itself. */
  readonly until: string
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
}

/** Whether an Ed25519 signature (base64url) of a text fits a key (base64url). */
export type Verify = (key: string, text: string, signature: string) => boolean

/** The text that an operator signs. */
export function orderText({ network, vault }: OrderedBridge, order: string): string {
  return `causeway order\n${network} ${vault}\n${order}`
}

export function pauseText({ chain, direction, reason, until }: PauseWish): string {
  return `pause ${chain} ${direction} ${reason} ${until}`
}

/**
 * `approve TRANSFER VERSION`, `refund TRANSFER VERSION`, `resume CHAIN in|out SINCE` or
 * `pause CHAIN in|out REASON UNTIL`; throws `bad-request`.
 */
export function parseOrder(text: string): Order {
  const [kind, what = "", which = "", since = "", ...rest] = text.split(" ")
  if ((kind === "approve" || kind === "refund") && /^[1-9][0-9]{0,8}$/.test(which) && !since)
    return { kind, transfer: transferId(originOf(what)), version: Number(which) }
  const chain = CHAINS.find((name) => name === what)
  if (kind === "resume" && chain && (which === "in" || which === "out") && since && !rest.length)
    return { kind, chain, direction: which, since }
  const [until = "", ...more] = rest
  const isPause = REASON.test(since) && TIME.test(until) && more.length === 0
  if (kind === "pause" && chain && (which === "in" || which === "out") && isPause)
    return { kind, chain, direction: which, reason: since, until }
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
  const keys = new Map<string, Set<string>>()
  for (const order of orders) {
    if (!isGiven(bridge, operators, order, verify)) continue
    const { key } = operators.find(({ name }) => name === order.operator)!
    keys.set(order.body, (keys.get(order.body) ?? new Set()).add(key))
  }
  const enough = [...keys].filter(([, signers]) => signers.size >= OPERATORS_NEEDED)
  return new Set(enough.flatMap(([body]) => approvedIn(body)))
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
