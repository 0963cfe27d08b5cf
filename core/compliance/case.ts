// The life of held money: evidence, a clock, two people, an appeal, a way back; what is not in CASE_MOVES can't happen.

import { unreachable } from "../assert.ts"
import { BridgeError } from "../errors.ts"
import { type Decision, decisionOf, type Reason } from "./decision.ts"

/**
 * open: nothing moves, people look. returning: it is to go back, once its refund has been screened. frozen: nobody
 * touches it, not even to give it back. released, returned: over.
 */
export type CaseState = "open" | "returning" | "frozen" | "released" | "returned"

/** release: it goes on to its recipient. return: it goes back. freeze: it stays, and is reported. */
export type Resolution = "release" | "return" | "freeze" | "unfreeze"

export type CaseEvent =
  | {
      readonly kind: "Opened"
      readonly transfer: string
      readonly atMs: number
      readonly decision: Decision
      /** Keys of all parties: they may appeal. */
      readonly parties: readonly string[]
      /** Digest of what it was decided from. */
      readonly evidence: string
      /** When it lapses and goes back by itself; null: it waits for people for as long as it takes. */
      readonly lapsesMs: number | null
    }
  | { readonly kind: "EvidenceAdded"; readonly atMs: number; readonly evidence: Evidence }
  /** Signed by a party's wallet, which was checked by whoever tells this. */
  | {
      readonly kind: "Appealed"
      readonly atMs: number
      readonly by: string
      readonly statement: string
      /** Digest of a document, or null. */
      readonly document: string | null
    }
  /** One officer, signed. `authority` is what it rests on: a licence's number, a delisting, a document. */
  | {
      readonly kind: "Proposed"
      readonly atMs: number
      readonly by: string
      readonly resolution: Resolution
      readonly authority: string
    }
  /** The same facts, or newer ones, by newer lists or another policy. */
  | {
      readonly kind: "Rescreened"
      readonly atMs: number
      readonly decision: Decision
      readonly evidence: string
    }
  | { readonly kind: "Lapsed"; readonly atMs: number }

export type CaseEventKind = CaseEvent["kind"]

export interface Evidence {
  readonly digest: string
  readonly by: string
  readonly about: string
}

export interface Case {
  readonly transfer: string
  readonly state: CaseState
  /** Counts the events applied; an officer signs for one version. */
  readonly version: number
  readonly openedMs: number
  readonly lapsesMs: number | null
  /** As it was decided last. */
  readonly decision: Decision
  readonly parties: readonly string[]
  readonly evidence: readonly (Evidence & { readonly atMs: number })[]
  readonly appeals: readonly Extract<CaseEvent, { kind: "Appealed" }>[]
  /** Open proposals; whatever else happens makes them void, because they were made without knowing it (`standing`). */
  readonly proposals: readonly Extract<CaseEvent, { kind: "Proposed" }>[]
  /** What ended it or froze it, and by whom (nobody: by the policy); null while people look. */
  readonly resolved: {
    readonly resolution: Resolution
    readonly by: readonly string[]
    readonly authority: string
    readonly atMs: number
  } | null
  /** What officers unfroze it by, and the blocking rules that it answers; null when there is no such thing. */
  readonly licence: { readonly authority: string; readonly rules: readonly string[] } | null
  /** By when its authority must know of what was blocked or rejected; null when nothing was. */
  readonly reportDueMs: number | null
}

/** An order, written in the same commit as the change. */
export type CaseEffect =
  | { readonly kind: "release" }
  /** Evaluate the refund scope anew, against the refund address, and tell `Rescreened`. */
  | { readonly kind: "screen-refund" }
  | { readonly kind: "refund" }
  | { readonly kind: "freeze" }
  | { readonly kind: "report"; readonly dueMs: number }
  | { readonly kind: "tell-officers"; readonly why: string }

export interface CaseStep {
  readonly after: Case
  readonly effects: readonly CaseEffect[]
}

/** Which events may happen in which state; where they lead is for `stepCase`. */
export const CASE_MOVES: Readonly<Record<CaseState, readonly CaseEventKind[]>> = {
  open: ["EvidenceAdded", "Appealed", "Proposed", "Rescreened", "Lapsed"],
  returning: ["EvidenceAdded", "Appealed", "Proposed", "Rescreened"],
  frozen: ["EvidenceAdded", "Appealed", "Proposed", "Rescreened"],
  released: [],
  returned: [],
}

/** Whatever makes a decision milder takes two officers; one can make it harder. */
export const OFFICERS_NEEDED: Readonly<Record<Resolution, number>> = {
  release: 2,
  return: 2,
  unfreeze: 2,
  freeze: 1,
}

const RESOLUTIONS_IN: Readonly<Record<CaseState, readonly Resolution[]>> = {
  open: ["release", "return", "freeze"],
  returning: ["freeze"],
  frozen: ["unfreeze"],
  released: [],
  returned: [],
}

/**
 * Applies one event. Throws `illegal-move` for what the state does not allow: an appeal by a stranger, a release
 * while the newest decision still blocks, a lapse before its time.
 */
export function stepCase(before: Case | null, event: CaseEvent): CaseStep {
  if (event.kind === "Opened") return opened(before, event)
  if (!before || !CASE_MOVES[before.state].includes(event.kind)) return refuse(before, event.kind)
  const next = { ...before, version: before.version + 1, proposals: [] }
  switch (event.kind) {
    case "EvidenceAdded":
      return keep({
        ...next,
        evidence: [...next.evidence, { ...event.evidence, atMs: event.atMs }],
      })
    case "Appealed":
      if (!before.parties.includes(event.by)) return refuse(before, "an appeal by a stranger")
      // Who objects is heard before anything happens by itself.
      return {
        after: { ...next, lapsesMs: null, appeals: [...next.appeals, event] },
        effects: [{ kind: "tell-officers", why: "appeal" }],
      }
    case "Proposed":
      return proposed(before, event)
    case "Rescreened":
      return rescreened({ ...next, proposals: standing(before, event.decision) }, event)
    case "Lapsed":
      if (before.lapsesMs === null || event.atMs < before.lapsesMs)
        return refuse(before, "a lapse before its time")
      return returning({ ...next, lapsesMs: null }, event.atMs)
    default:
      return unreachable(event)
  }
}

/**
 * The end of the tenth business day after `atMs` (31 CFR 501.603, 501.604), UTC. Public holidays are counted as
 * business days: the report is early rather than late.
 */
export function reportDue(atMs: number): number {
  const start = Math.floor(atMs / DAY_MS)
  let day = start
  for (let left = BUSINESS_DAYS; left > 0; ) {
    day += 1
    if (!isWeekend(day)) left -= 1
  }
  return (day + 1) * DAY_MS - 1
}

const DAY_MS = 86_400_000
const BUSINESS_DAYS = 10

/** 1 January 1970 was a Thursday. */
function isWeekend(day: number): boolean {
  const weekday = (day + 4) % 7
  return weekday === 0 || weekday === 6
}

function opened(before: Case | null, event: Extract<CaseEvent, { kind: "Opened" }>): CaseStep {
  const { transfer, atMs, decision, parties, evidence, lapsesMs } = event
  if (before || decision.bridge === "allow") return refuse(before, "Opened")
  const found: Case = {
    transfer,
    state: "open",
    version: 1,
    openedMs: atMs,
    lapsesMs,
    decision,
    parties,
    evidence: [{ digest: evidence, by: "policy", about: "the decision", atMs }],
    appeals: [],
    proposals: [],
    resolved: null,
    licence: null,
    reportDueMs: null,
  }
  return settled(found, atMs)
}

/** Where a decision leads by itself: only harder, or back to people; never to its recipient. */
function settled(found: Case, atMs: number): CaseStep {
  if (blocksIn(found).length > 0) return frozen(found, atMs, whyOf(found.decision.reasons), [])
  if (found.decision.bridge === "reject") return returning(found, atMs)
  return {
    after: { ...found, state: "open" },
    effects: [{ kind: "tell-officers", why: whyOf(found.decision.reasons) }],
  }
}

function rescreened(next: Case, event: Extract<CaseEvent, { kind: "Rescreened" }>): CaseStep {
  const { atMs, decision, evidence } = event
  const found = {
    ...next,
    decision,
    evidence: [
      ...next.evidence,
      { digest: evidence, by: "policy", about: "the decision, made again", atMs },
    ],
  }
  if (blocksIn(found).length > 0)
    return next.state === "frozen"
      ? keep(found)
      : frozen(found, atMs, whyOf(found.decision.reasons), [])
  switch (next.state) {
    case "returning":
      return decisionOf(unlicensed(found)).refund === "allow"
        ? { after: { ...found, state: "returned", proposals: [] }, effects: [{ kind: "refund" }] }
        : reopened(found, "its refund may not be sent")
    case "frozen":
      // What an officer froze stays frozen until officers say otherwise, whatever lists say.
      return next.resolved?.by.length === 0 ? reopened(found, "it is listed no more") : keep(found)
    case "open":
      return keep(found)
    default:
      return refuse(next, "Rescreened")
  }
}

/**
 * Proposals that a new look leaves as they were. Lists change every day, and two officers need not be quick: who knew of
 * all that is found now has said what he has said. What only lets go stands also when less is found than he knew of.
 */
function standing({ decision, proposals }: Case, now: Decision): Case["proposals"] {
  const [known, found] = [findingsOf(decision), findingsOf(now)]
  if (found.some((one) => !known.includes(one))) return []
  const isLess = known.some((one) => !found.includes(one))
  return proposals.filter(({ resolution }) => !isLess || LETS_GO.includes(resolution))
}

const LETS_GO: readonly Resolution[] = ["release", "unfreeze"]

/** Of what is about the money: whether its reward counts is nobody's to resolve here. */
function findingsOf({ reasons }: Decision): readonly string[] {
  return reasons.flatMap(({ rule, about, effects: { bridge, refund } }) =>
    bridge || refund ? [`${rule} ${bridge} ${refund} ${about}`] : [],
  )
}

function proposed(before: Case, event: Extract<CaseEvent, { kind: "Proposed" }>): CaseStep {
  const { by, resolution, authority, atMs } = event
  if (!RESOLUTIONS_IN[before.state].includes(resolution)) return refuse(before, resolution)
  // What is listed now is let go by a delisting or a licence, and then first unfrozen.
  if (before.state === "open" && resolution !== "freeze" && blocksIn(before).length > 0)
    return refuse(before, `a ${resolution} of what is blocked`)
  const proposals = [...before.proposals.filter((one) => one.by !== by), event]
  const next = { ...before, version: before.version + 1, proposals }
  const agreed = proposals.filter((one) => one.resolution === resolution).map((one) => one.by)
  if (agreed.length < OFFICERS_NEEDED[resolution]) return keep(next)
  const done = {
    ...next,
    proposals: [],
    resolved: { resolution, by: agreed, authority, atMs },
  }
  switch (resolution) {
    case "release":
      return { after: { ...done, state: "released" }, effects: [{ kind: "release" }] }
    case "return":
      return returning(done, atMs)
    case "freeze":
      return frozen(done, atMs, authority, agreed)
    case "unfreeze": {
      const licence = { authority, rules: blocksIn({ ...before, licence: null }) }
      return reopened({ ...done, licence }, `unfrozen by ${authority}`)
    }
    default:
      return unreachable(resolution)
  }
}

/** Rules that block, in any scope in which money moves, and that no licence answers. */
function blocksIn(found: Pick<Case, "decision" | "licence">): readonly string[] {
  return unlicensed(found)
    .filter(({ effects }) => effects.bridge === "block" || effects.refund === "block")
    .map(({ rule }) => rule)
}

function unlicensed({ decision, licence }: Pick<Case, "decision" | "licence">): readonly Reason[] {
  return decision.reasons.filter(({ rule }) => !licence?.rules.includes(rule))
}

/** A refund has a decision of its own, made when it is about to be sent and not when the money came. */
function returning(found: Case, atMs: number): CaseStep {
  const reportDueMs = found.decision.bridge === "reject" ? reportDue(atMs) : found.reportDueMs
  return {
    after: { ...found, state: "returning", proposals: [], reportDueMs },
    effects: [{ kind: "screen-refund" }, ...reportOf(reportDueMs)],
  }
}

function frozen(found: Case, atMs: number, authority: string, by: readonly string[]): CaseStep {
  const reportDueMs = reportDue(atMs)
  const resolved = { resolution: "freeze", by, authority, atMs } as const
  const stopped = { resolved, licence: null, lapsesMs: null, proposals: [] } as const
  return {
    after: { ...found, ...stopped, state: "frozen", reportDueMs },
    effects: [{ kind: "freeze" }, ...reportOf(reportDueMs)],
  }
}

/** It waits for people again, and no clock runs: they have something to decide. */
function reopened(found: Case, why: string): CaseStep {
  return {
    after: { ...found, state: "open", lapsesMs: null, resolved: null, proposals: [] },
    effects: [{ kind: "tell-officers", why }],
  }
}

function keep(after: Case): CaseStep {
  return { after, effects: [] }
}

function reportOf(dueMs: number | null): readonly CaseEffect[] {
  return dueMs === null ? [] : [{ kind: "report", dueMs }]
}

function whyOf(reasons: readonly Reason[]): string {
  return reasons.map(({ rule }) => rule).join(", ")
}

function refuse(before: Case | null, what: string): never {
  throw new BridgeError("illegal-move", {
    case: before?.transfer ?? "new",
    state: before?.state ?? "none",
    event: what,
  })
}
