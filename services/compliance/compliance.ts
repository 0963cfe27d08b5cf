// All of screening in one process: what it judges by, where it writes down what it judged, and what it does by itself.

import { setTimeout as delay } from "node:timers/promises"
import type { Bridge } from "../../chains/bridge.ts"
import { PolicyShelf } from "../../chains/policy-shelf.ts"
import { PriceFile } from "../../chains/prices.ts"
import { firstVault } from "../../core/orders.ts"
import type { ScreeningSettings } from "../config.ts"
import type { Log } from "../log.ts"
import type { OwnKey } from "../own-key.ts"
import type { Sql } from "../store/database.ts"
import { forgetAddresses } from "../store/sessions.ts"
import { type Attestor, attestorIn } from "./attestor.ts"
import { AuditTrail, auditKeyIn, auditLogOf } from "./audit-trail.ts"
import { Casework } from "./casework.ts"
import { Desk } from "./desk.ts"
import { lookBack } from "./look-back.ts"
import { providersOf } from "./providers.ts"
import { Whereabouts } from "./whereabouts.ts"

export interface Compliance {
  readonly desk: Desk
  readonly casework: Casework
  readonly whereabouts: Whereabouts
  readonly auditKey: OwnKey
  /** When we vouch for others to signers. */
  readonly attestor: Attestor | null
  /** Name of the audit log, which is signed with it. */
  readonly log: string
  readonly settings: ScreeningSettings
  close(): Promise<void>
}

export interface ComplianceParts {
  readonly sql: Sql
  readonly folder: string
  readonly bridge: Bridge
  readonly settings: ScreeningSettings
  /** Of the audit log: processes that share a folder have other names. */
  readonly writer: string
  readonly now?: () => number
}

/** Null for a bridge whose file names no officers. Throws `bad-config`, and `journal-damaged` for a forged log. */
export async function openCompliance(parts: ComplianceParts): Promise<Compliance | null> {
  const { sql, folder, bridge, settings, writer, now = Date.now } = parts
  const { compliance: root, deployment, policy } = bridge
  if (!root) return null
  const shelf = await PolicyShelf.open(folder, root)
  const whereabouts = await Whereabouts.open(folder, settings)
  const auditKey = await auditKeyIn(folder)
  const place = auditLogOf(folder, firstVault(deployment), writer)
  const audit = await AuditTrail.open(place, auditKey, now)
  const providers = providersOf(settings.providers)
  const prices = new PriceFile(folder)
  const desk = new Desk({
    ...{ sql, shelf, audit, providers, now },
    ...{ prices: () => prices.refresh(), worth: policy.governor?.worth ?? null },
    placeFiles: () => whereabouts.files,
  })
  const casework = new Casework(desk, policy)
  const close = () => audit.close()
  const attestor = settings.attestor && (await attestorIn(folder, settings.attestor))
  return { attestor, desk, casework, whereabouts, auditKey, log: place.log, settings, close }
}

/** Between two looks at lists, cases and clocks. */
const PAUSE_MS = 1_000
/** Between two looks at what is personal, and at files of places. */
const PRIVACY_PAUSE_MS = 30_000
/** Tags of addresses can be compared for so long after their month, then never again. */
const TAG_MONTHS = 13

/** Looks after what nobody asks for: newer lists, and cases that are decided or lapse. */
export function lookAfterCases({ desk, casework }: Compliance, log: Log): () => Promise<void> {
  return repeat(PAUSE_MS, log, "cases could not be looked after", async () => {
    await desk.shelf.refresh()
    const past = await lookBack(desk)
    if (past.length > 0) log.error({ past }, "parties of earlier transfers have been listed since")
    await casework.judgeAgain()
    await casework.settleAll()
  })
}

/**
 * Where people sign in: addresses and tags whose time is up are forgotten, and files of places that the settings name
 * anew (`settings` reads them) are taken up without a restart.
 */
export function lookAfterSessions(
  { desk, whereabouts, settings }: Compliance,
  folder: string,
  read: () => Promise<ScreeningSettings>,
  log: Log,
  pauseMs = PRIVACY_PAUSE_MS,
): () => Promise<void> {
  let known = JSON.stringify(settings)
  return repeat(pauseMs, log, "sessions could not be looked after", async () => {
    await forgetAddresses(desk.sql)
    await whereabouts.forgetTags(desk.now(), TAG_MONTHS)
    const fresh = await read()
    const text = JSON.stringify(fresh)
    if (text === known) return
    await whereabouts.reload(folder, fresh)
    known = text
    log.info({ places: whereabouts.files }, "files of places were read anew")
  })
}

/** One look at a time, until it is stopped; what fails is told, and tried again. */
function repeat(
  pauseMs: number,
  log: Log,
  failure: string,
  look: () => Promise<void>,
): () => Promise<void> {
  const stop = new AbortController()
  const running = (async () => {
    while (!stop.signal.aborted) {
      await look().catch((error: unknown) => log.warn({ error: String(error) }, failure))
      await delay(pauseMs, undefined, { signal: stop.signal }).catch(() => {})
    }
  })()
  return async () => {
    stop.abort()
    await running
  }
}
