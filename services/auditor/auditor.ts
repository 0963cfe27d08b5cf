// An outsider's look at the whole bridge: reads the chains, adds up, publishes, and stops what is not explained.

import type { Chain, Connection, Deployment } from "../../chains/chain.ts"
import { assetsOf, startOf } from "../../chains/served.ts"
import { ASSETS, type AssetName, type ChainName, chainsOf, networkOf } from "../../core/assets.ts"
import type { Sign } from "../../core/compliance/seals.ts"
import { BridgeError } from "../../core/errors.ts"
import { orderText, pauseText, type SignedOrder } from "../../core/orders.ts"
import { auditOf, chainOf, type Finding, type Statement } from "../../core/solvency.ts"
import type { Watch } from "../config.ts"
import type { Log } from "../log.ts"
import { isAuditable, type NoteSource, Reading } from "./reading.ts"
import { type Report, reportOf, type SignedReport, signedReport } from "./report.ts"

export interface Key {
  readonly name: string
  /** Ed25519 public key, base64url. */
  readonly key: string
  readonly sign: Sign
}

export interface AuditorParts {
  readonly deployment: Deployment
  readonly chains: Readonly<Partial<Record<ChainName, Chain>>>
  readonly connections: Readonly<Partial<Record<ChainName, Connection>>>
  readonly watch: Readonly<Partial<Record<string, Watch>>>
  /** Of addresses of depositors' own, for the chains that have such; without it they are left out. */
  readonly notes: ((chain: ChainName) => NoteSource) | null
  /** Signs the reports. */
  readonly key: Key
  /** May stop the bridge, and nothing else; null: reports only. */
  readonly pauseKey: Key | null
  /** Hands a signed order to the bridge; throws when it was not taken. */
  readonly order: (order: SignedOrder) => Promise<void>
  readonly publish: (report: SignedReport) => Promise<void>
  readonly log: Log
  readonly now: () => Date
}

/** How long an auditor's pause is meant to last; only operators end it, earlier or later. */
const PAUSE_MS = 24 * 3_600_000

/** The assets of which all that comes and goes can be seen; the others are left out, and every report says so. */
export function auditable(
  deployment: Deployment,
  chains: AuditorParts["chains"],
  hasNotes: boolean,
): readonly AssetName[] {
  const isSeen = (chain: Chain | undefined) => chain !== undefined && isAuditable(chain, hasNotes)
  return assetsOf(deployment).filter((asset) =>
    [ASSETS[asset].home, ASSETS[asset].wrapped.ledger].every((name) => isSeen(chains[name])),
  )
}

/** A function that takes one look; a chain that cannot be read leaves the look without a verdict, never an error. */
export function auditor(parts: AuditorParts): () => Promise<Report> {
  const { deployment, chains, connections, key, log, now } = parts
  const assets = auditable(deployment, chains, parts.notes !== null)
  const leftOut = assetsOf(deployment).filter((asset) => !assets.includes(asset))
  const readings = chainsOf(assets).map((name) => {
    const start = startOf(deployment, name, parts.watch[networkOf(name)]?.heightMin)
    const newNotes = chains[name]!.addressFor ? (parts.notes?.(name) ?? null) : null
    const from = { start, newNotes }
    return { name, reading: new Reading(chains[name]!, connections[name]!, deployment, from) }
  })
  /** Assets that were short at the last look: the home is read before the ledger, and may be a little older. */
  let short: ReadonlySet<string> = new Set()
  /** What was stopped for already, so that operators who resumed are not overruled for the same thing. */
  const stopped = new Map<string, bigint>()

  return async () => {
    const gaps: string[] = []
    for (const { name, reading } of readings) {
      try {
        await reading.turn()
      } catch (error) {
        if (!(error instanceof BridgeError)) throw error
        gaps.push(`${name}: ${error.message}`)
      }
    }
    const statements: Statement[] = []
    for (const { name, reading } of readings) {
      const stated = reading.statement()
      if ("block" in stated) statements.push(stated)
      else
        gaps.push(`${name}: catching up, ${stated.behind ?? "an unknown number of"} blocks behind`)
    }
    const added = gaps.length === 0 ? auditOf(assets, statements) : null
    const audit = added && {
      ...added,
      findings: added.findings.filter((one) => one.kind !== "shortfall" || short.has(one.asset)),
    }
    short = new Set(
      (added?.findings ?? []).flatMap((one) => (one.kind === "shortfall" ? [one.asset] : [])),
    )
    const about = { bridge: deployment, auditor: key.name, leftOut, at: now() }
    const report = reportOf(about, statements, audit, gaps)
    for (const finding of audit?.findings ?? []) await stop(parts, stopped, finding)
    await parts.publish(signedReport(report, key.key, key.sign))
    if (report.verdict !== "whole") log.warn({ verdict: report.verdict, why: report.why }, "audit")
    return report
  }
}

/** What is stopped for once, and by how much it must grow to be stopped for again. */
function causeOf(finding: Finding): readonly [cause: string, missing: bigint] {
  if (finding.kind === "shortfall") return [`shortfall ${finding.asset}`, finding.missing]
  if (finding.kind === "other-supply")
    return [`${finding.asset} ${finding.counted} ${finding.supply} ${finding.held}`, 0n]
  const { transaction, transfer } = finding.outflow
  return [`${chainOf(finding)} ${transaction} ${transfer}`, 0n]
}

/**
 * Both directions of a chain; what the bridge does not take now is sent again at the next look. A shortfall that
 * has grown since is another.
 */
async function stop(
  { deployment, pauseKey, order, log, now }: AuditorParts,
  stopped: Map<string, bigint>,
  finding: Finding,
): Promise<void> {
  const chain = chainOf(finding)
  const reason = finding.kind
  const [cause, missing] = causeOf(finding)
  if (!pauseKey || missing <= (stopped.get(cause) ?? -1n)) return
  const until = new Date(now().getTime() + PAUSE_MS).toISOString()
  try {
    for (const direction of ["out", "in"] as const) {
      const body = pauseText({ what: chain, direction, reason, until })
      const signature = pauseKey.sign(orderText(deployment, body))
      await order({ body, operator: pauseKey.name, signature })
    }
    stopped.set(cause, missing)
    log.error({ chain, reason, until }, "stopped by the auditor")
  } catch (error) {
    log.error({ chain, reason, error: String(error) }, "the bridge did not take the pause")
  }
}
