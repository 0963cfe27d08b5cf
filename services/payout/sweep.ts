// Moves deposits to the vault in time: a plan that pays nobody, signed by the group like any other.

import type { Sealed } from "../../chains/chain.ts"
import { BridgeError } from "../../core/errors.ts"
import type { Log } from "../log.ts"
import { isPaused } from "../store/controls.ts"
import type { Plan } from "../store/plans.ts"
import { dropSweep, keepSweep, keepSweepSigned, openSweeps } from "../store/sweeps.ts"
import { othersOf } from "./plan.ts"
import { type Signing, tellingOf } from "./sign.ts"

/** A sweep that has no signature by then is given up: its coins are free again for whatever comes. */
const UNSIGNED_MAX_MS = 600_000

/**
 * One look: signs what has no signature yet, sends what was signed, replaces what others outbid, and plans what
 * is due. Safe to run anywhere, any number of times.
 */
export async function sweep(signing: Signing, nowMs = Date.now()): Promise<void> {
  const { sql, chain, connection } = signing
  if (!connection.sweep || (await isPaused(sql, chain.name, "out"))) return
  for (const plans of (await openSweeps(sql, chain.name)).values())
    await lookAt(signing, plans, nowMs)
  await planSweep(signing, null)
}

/** Sweeps that spend the same first: the newest is the one to bring on, and one of them lands. */
async function lookAt(signing: Signing, plans: readonly Plan[], nowMs: number): Promise<void> {
  const { sql, connection } = signing
  const newest = plans.at(-1)!
  const { terms, raw, transaction } = newest
  const fate = await connection.fate([], terms)
  // What it was to move is elsewhere for good; what landed its watcher closes.
  if (fate === "dead") for (const { id } of plans) await dropSweep(sql, id)
  if (fate !== "open") return
  if (raw === null || transaction === null) await signAgain(signing, newest, nowMs)
  else if (await connection.isOutbid?.([], terms)) await planSweep(signing, newest)
  else await send(signing, newest.id, { id: transaction, raw })
}

async function planSweep(signing: Signing, replaced: Plan | null): Promise<void> {
  const { sql, chain, connection, deployment } = signing
  const { turn, ...others } = await othersOf(signing)
  const terms = await connection.sweep!({ ...others, replaced: replaced?.terms ?? null })
  if (terms === null) return
  const { messages, slot } = chain.codec.build([], terms, deployment)
  const plan = {
    // Not by its bytes: those of a plan that was given up may be planned again.
    id: `${chain.name}-sweep-${turn}`,
    ...{ chain: chain.name, terms, attempt: 0, messages, turn, sweep: slot! },
  }
  await keepSweep(sql, plan)
  await sign(signing, plan)
}

async function signAgain(signing: Signing, plan: Plan, nowMs: number): Promise<void> {
  if (nowMs - plan.plannedAt.getTime() < UNSIGNED_MAX_MS) return sign(signing, plan)
  signing.log.warn({ plan: plan.id }, "a sweep that nobody signed is given up")
  await dropSweep(signing.sql, plan.id)
}

type Signable = Pick<Plan, "id" | "terms" | "messages">

async function sign(signing: Signing, { id, terms, messages }: Signable): Promise<void> {
  const { sql, chain, cluster, deployment, log } = signing
  try {
    const { signatures } = await cluster.sign({
      ...{ chain: chain.name, scheme: chain.scheme, transfers: [], terms, messages },
      keys: chain.codec.build([], terms, deployment).keys,
      telling: tellingOf(signing),
    })
    const sealed = chain.codec.seal([], terms, deployment, signatures)
    await keepSweepSigned(sql, { plan: id, transaction: sealed.id, raw: sealed.raw })
    await send(signing, id, sealed)
  } catch (error) {
    wait(log, id, error)
  }
}

async function send({ connection, log }: Signing, plan: string, sealed: Sealed): Promise<void> {
  await connection.submit(sealed).catch((error: unknown) => wait(log, plan, error))
}

/** It is tried again at the next look; what is not worth another is thrown. */
function wait(log: Log, plan: string, error: unknown): void {
  if (!(error instanceof BridgeError) || error.remedy === "halt") throw error
  log.warn({ plan, error: String(error) }, "a sweep waits")
}
