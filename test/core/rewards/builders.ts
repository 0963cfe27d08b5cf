// Campaigns and events with everything filled in; a test names only what matters to it.

import { createHash } from "node:crypto"
import type { Action } from "../../../core/compliance/decision.ts"
import type { Hashes } from "../../../core/rewards/artifact.ts"
import type { Campaign, Predicate, Task, TaskRules } from "../../../core/rewards/campaign.ts"
import { AO_CURVE } from "../../../core/rewards/curve.ts"
import {
  inOrder,
  OFFICE,
  type Place,
  type RewardEvent,
  type RewardFact,
} from "../../../core/rewards/event.ts"
import { anId } from "../../builders.ts"

/** 1 November 2026, and epochs of ten days. */
export const START = 1_793_491_200
export const DAY = 86_400
export const EPOCH = 10 * DAY
export const AR = 10n ** 12n
export const POINT = 10n ** 12n

export const hashes: Hashes = {
  hash: (text) => createHash("sha256").update(text).digest("hex"),
  sha256: (bytes) => createHash("sha256").update(bytes).digest(),
}

export const people = { ada: anId("ada"), bob: anId("bob"), eve: anId("eve"), zoe: anId("zoe") }
export type Name = keyof typeof people

/** Ten epochs of ten days, no tasks and no curve: a test adds what it is about. */
export function aCampaign(parts: Partial<Campaign> = {}): Campaign {
  return {
    ...{ id: "taox", version: 1, asOf: "2026-11-01", authority: "a test" },
    ...{ startS: START, epochS: EPOCH, epochs: 10, pendingS: EPOCH, challengeS: 3 * DAY },
    allocation: 10n ** 30n,
    ...{ tasks: null, accrual: null, issuers: {} },
    ...parts,
  }
}

export function accrual(rows = { AR: { price: 5_000_000n, yield: 40_000n } }): Campaign["accrual"] {
  const tables = [{ fromEpoch: 1, source: "a test", rows }]
  return { curve: { ...AO_CURVE, startS: START }, part: [2n, 3n], tables }
}

/** A task with caps that nobody reaches. */
export function aTask(predicate: Predicate, parts: Partial<Task> = {}): Task {
  return {
    ...{ id: predicate.kind, title: predicate.kind, predicate, points: POINT },
    ...{ repeat: 1_000_000, cap: 10n ** 24n, window: [START, START + 10 * EPOCH], needs: [] },
    ...parts,
  }
}

export function tasks(list: readonly Task[], parts: Partial<TaskRules> = {}): TaskRules {
  const none = 10n ** 24n
  return { budget: none, personMax: none, dayMax: none, whole: { AR: AR }, list, ...parts }
}

type Rest<Fact> = Fact extends { readonly kind: infer Kind }
  ? { readonly kind: Kind } & Partial<Omit<Fact, "kind">>
  : never

let number = 0

/** An event at so many days after the start; amounts are in AR. */
export function at(days: number, fact: Rest<RewardFact> & Partial<Place>): RewardEvent {
  number += 1
  const isOffice = ["terms", "standing", "verdict", "external"].includes(fact.kind)
  const place = {
    atS: START + Math.round(days * DAY),
    chain: isOffice ? OFFICE : "ao",
    ...{ block: number, index: 0 },
  }
  const transfer = { transfer: `arweave:${anId(`t${number}`)}:0` }
  const defaults = {
    mint: { ...transfer, source: "arweave", sender: people.ada, referrer: null },
    ...{ burn: transfer, refund: transfer, move: { message: anId(`m${number}`) } },
    ...{ terms: { version: "1" }, standing: { epoch: null, evidence: hashes.hash(`${number}`) } },
    verdict: { person: "one", weight: 10_000, evidence: hashes.hash(`${number}`) },
    external: { issuer: "shop", note: "", signature: "" },
  }[fact.kind]
  const all = { ...place, account: people.ada, asset: "AR", amount: AR, ...defaults, ...fact }
  if (isOffice) return without(all, "asset", "amount") as unknown as RewardEvent
  return all as RewardEvent
}

export const mint = (days: number, account: string, amount: bigint, more = {}) =>
  at(days, { kind: "mint", account, amount, ...more })
export const burn = (days: number, account: string, amount: bigint, more = {}) =>
  at(days, { kind: "burn", account, amount, ...more })
export const move = (days: number, account: string, to: string, amount: bigint) =>
  at(days, { kind: "move", account, to, amount })
export const says = (days: number, account: string, action: Action, epoch: number | null = null) =>
  at(days, { kind: "standing", account, action, epoch })

export function sorted(events: readonly RewardEvent[]): readonly RewardEvent[] {
  return [...events].sort(inOrder)
}

function without<Value extends object>(value: Value, ...names: readonly string[]) {
  return Object.fromEntries(Object.entries(value).filter(([name]) => !names.includes(name)))
}
