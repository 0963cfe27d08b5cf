// Takes the signed orders of operators, and carries out what two of them have given; a pause takes one key.

import type { Deployment } from "../../chains/chain.ts"
import { seals } from "../../chains/seals.ts"
import { BridgeError } from "../../core/errors.ts"
import {
  demandShort,
  isGiven,
  OPERATORS_NEEDED,
  type Operator,
  type Order,
  type PauseWish,
  parseOrder,
  pauseText,
  type SignedOrder,
  stopsOf,
} from "../../core/orders.ts"
import { limitsOf, type Policy } from "../../core/policy.ts"
import { orderWish } from "../../sdk/schemas/people.ts"
import { ROUTES } from "../../sdk/schemas/routes.ts"
import { mayLandOn } from "../payout/lasting.ts"
import { advance } from "../store/advance.ts"
import { lift, pause, pauses, resume } from "../store/controls.ts"
import type { Sql } from "../store/database.ts"
import { giveOrder, isGivenBefore, standingPauses, stoppingOrders } from "../store/orders.ts"
import { untold } from "../store/recoveries.ts"
import { findTransfer } from "../store/transfers.ts"
import { parsed, type Server, serve } from "./serving.ts"

export interface Ordering {
  readonly sql: Sql
  readonly deployment: Deployment
  readonly policy: Policy
  readonly operators: readonly Operator[]
  /** Whose keys pause, and do nothing else; operators may pause too. */
  readonly pausers?: readonly Operator[]
}

/** What two operators decide. */
type Decided = Exclude<Order, { kind: "pause" }>

/** An operator's signed order; nobody else's is taken. */
export function orderRoutes(server: Server, ordering: Ordering): void {
  serve(server, ROUTES.orders, async ({ body }) => takeOrder(ordering, body))
}

/**
 * Takes one operator's signed order and carries it out when enough have given it. Throws `bad-signature`,
 * `bad-request`, `not-found`, `stale-version` when what it is about has moved on, and `not-yet` for what would be sent back
 * while books that came back from a backup learn what was paid.
 */
export async function takeOrder(
  ordering: Ordering,
  json: unknown,
): Promise<{ readonly given: readonly string[]; readonly needed: number; readonly done: boolean }> {
  const wish = parsed(orderWish, json)
  const order = parseOrder(wish.order)
  const signed = { ...wish, body: wish.order }
  if (order.kind === "pause") return takePause(ordering, order, signed)
  demandGenuine(ordering, signed)
  await demandPossible(ordering, order)
  const given = await giveOrder(ordering.sql, signed)
  // Those who have left the list meanwhile no longer count.
  const counted = given.filter((name) => ordering.operators.some((one) => one.name === name))
  const done = counted.length >= OPERATORS_NEEDED
  if (done) await carryOut(ordering, order, counted)
  return { given: counted, needed: OPERATORS_NEEDED, done }
}

/**
 * One key stops a chain, an asset or everything, at once. The same order again does nothing: it may not undo what
 * operators resumed.
 */
async function takePause(ordering: Ordering, wish: PauseWish, order: SignedOrder) {
  const { sql, pausers = [], operators } = ordering
  demandGenuine({ ...ordering, operators: [...operators, ...pausers] }, order)
  demandShort(Date.parse(wish.until), Date.now())
  if (!(await isGivenBefore(sql, order))) {
    // Twice at once, or after a crash in between, is one pause.
    await pauseBy(sql, wish, order.body, order.operator)
    await giveOrder(sql, order)
  }
  return { given: [order.operator], needed: 1, done: true }
}

async function pauseBy(sql: Sql, wish: PauseWish, given: string, by: string): Promise<void> {
  const { reason, until } = wish
  for (const stop of stopsOf(wish))
    await pause(sql, { ...stop, ...{ reason, by, given, until: new Date(until) } })
}

function demandGenuine({ deployment, operators }: Ordering, order: SignedOrder): void {
  if (!isGiven(deployment, operators, order, seals.verify))
    throw new BridgeError("bad-signature", { operator: order.operator })
}

/** Whether the order could be carried out now: an operator should not hear of it only from the second one. */
async function demandPossible({ sql, policy }: Ordering, order: Decided): Promise<void> {
  if (order.kind === "resume") {
    const held = (await pauses(sql)).find(
      ({ chain, direction }) => chain === order.chain && direction === order.direction,
    )
    if (!held) throw new BridgeError("not-found", { pause: `${order.chain} ${order.direction}` })
    if (held.since.toISOString() !== order.since)
      throw new BridgeError("stale-version", { since: held.since.toISOString() })
    // The signers have heard that one too: what ends it must reach them.
    if (held.given !== null)
      throw new BridgeError("bad-request", { given: held.given, see: `lift ${held.given}` })
    return
  }
  if (order.kind === "lift") {
    const given = pauseText(order.pause)
    const isKnown = (await stoppingOrders(sql)).some(({ body }) => body === given)
    if (!isKnown) throw new BridgeError("not-found", { given })
    return
  }
  const transfer = await findTransfer(sql, order.transfer)
  if (!transfer) throw new BridgeError("not-found", { transfer: order.transfer })
  if (transfer.version !== order.version)
    throw new BridgeError("stale-version", { version: transfer.version })
  if (transfer.state !== "held")
    throw new BridgeError("bad-request", { state: transfer.state, needed: "held" })
  // Officers decide about these, in their case.
  if (transfer.reason?.startsWith("screening-"))
    throw new BridgeError("bad-request", { reason: transfer.reason, see: "its case" })
  // What was planned where slots outlive plans may still land there: it is paid there, or nowhere.
  const landing = (await mayLandOn(sql, [order.transfer]))(order.transfer)
  const back = order.kind === "refund" || transfer.refund
  if (landing.has(back ? transfer.target : transfer.source))
    throw new BridgeError("slot-taken", { transfer: order.transfer })
  if (order.kind === "approve") return
  // It may have been paid, and the books have forgotten it.
  const learning = await untold(sql, [transfer.source, transfer.target])
  if (learning !== null)
    throw new BridgeError("not-yet", { chain: learning, why: "what was paid is being learned" })
  if (transfer.refundTo === "")
    throw new BridgeError("bad-request", { refundTo: "nobody is named" })
  if (!limitsOf(policy, transfer)) throw new BridgeError("not-supported", { asset: transfer.asset })
}

async function carryOut({ sql, policy }: Ordering, order: Decided, by: readonly string[]) {
  if (order.kind === "resume") {
    await resume(sql, { chain: order.chain, direction: order.direction, by: by.join(", ") })
    return
  }
  if (order.kind === "lift") {
    const given = pauseText(order.pause)
    await lift(sql, given, by.join(", "))
    // Where it stood in front of another one, that one holds now.
    for (const { body, operator } of await standingPauses(sql, given)) {
      const other = parseOrder(body)
      if (other.kind === "pause") await pauseBy(sql, other, body, operator)
    }
    return
  }
  const { transfer, version, kind } = order
  const known = await findTransfer(sql, transfer)
  const fee = known ? (limitsOf(policy, known)?.refundFee ?? 0n) : 0n
  const [outcome] = await advance(sql, [
    kind === "approve"
      ? { transfer, key: `Approved:${version}`, version, event: { kind: "Approved", by } }
      : { transfer, key: `Redirected:${version}`, version, event: { kind: "Redirected", by, fee } },
  ])
  if (outcome?.kind === "refused") throw outcome.error
  if (outcome?.kind === "stale") throw new BridgeError("stale-version", { transfer, version })
}
