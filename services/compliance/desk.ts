// Where the services judge: policy, lists and sessions in, a decision with its record and a row of the audit log out.

import { partiesOf } from "../../chains/party.ts"
import type { PolicyShelf, Standing } from "../../chains/policy-shelf.ts"
import { factsOf, judge } from "../../chains/screening.ts"
import { seals } from "../../chains/seals.ts"
import type { AssetName } from "../../core/assets.ts"
import {
  type Decision,
  decisionOf,
  type Effects,
  type Reason,
} from "../../core/compliance/decision.ts"
import { digestOfRecord, recordOf } from "../../core/compliance/evidence.ts"
import type { Facts, Session } from "../../core/compliance/facts.ts"
import { tallyOf, type Vote } from "../../core/compliance/votes.ts"
import { usdCentsOf, usdCentsOfAll, type Value } from "../../core/compliance/worth.ts"
import { type Prices, WINDOW_MS, type Worth } from "../../core/governor.ts"
import type { TransferId } from "../../core/ids.ts"
import type { Transfer } from "../../core/transfer.ts"
import { casesOf, type StoredCase } from "../store/cases.ts"
import type { Sql } from "../store/database.ts"
import type { NewDecision, Stage } from "../store/decisions.ts"
import { movedBefore } from "../store/moved.ts"
import { sessionsOf } from "../store/sessions.ts"
import type { AuditTrail } from "./audit-trail.ts"
import type { Providers } from "./providers.ts"

export interface DeskParts {
  readonly sql: Sql
  readonly shelf: PolicyShelf
  readonly audit: AuditTrail
  /** Other sources that name who is listed. */
  readonly providers: Providers
  /** What assets are worth (`chains/prices.ts`), and how the bridge bounds that; without either, rules of amounts wait. */
  readonly prices: () => Promise<Prices>
  readonly worth: Worth | null
  /** SHA-256 of each file of places, by its source. */
  readonly placeFiles: () => Readonly<Record<string, string>>
  readonly now: () => number
}

/** A signer's objection holds, and is for people to settle: it may have a newer list, or a wrong one. */
const VETO: Effects = { bridge: "hold", refund: "hold" }
export const OBJECTION = "signer.objects"

export class Desk {
  readonly #parts: DeskParts

  constructor(parts: DeskParts) {
    this.#parts = parts
  }

  get sql(): Sql {
    return this.#parts.sql
  }

  get shelf(): PolicyShelf {
    return this.#parts.shelf
  }

  get audit(): AuditTrail {
    return this.#parts.audit
  }

  now(): number {
    return this.#parts.now()
  }

  /** What other sources say, to whoever vouches for more than our lists. */
  answersAbout(all: readonly Pick<Facts, "asset" | "parties">[]): ReturnType<Providers["ask"]> {
    return this.#parts.providers.ask(
      all.map(({ asset, parties }) => ({ asset: asset as AssetName, parties })),
    )
  }

  /** What an amount is worth now, in US cents. */
  async usdCentsOf(flow: { readonly asset: AssetName; readonly amount: bigint }) {
    const { prices, worth } = this.#parts
    return usdCentsOf(flow, await prices(), worth, this.now())
  }

  /** Policy and lists that decisions are made by now, as one text: as `judgedBy` names them in a decision. */
  async judgedBy(): Promise<string> {
    await this.shelf.refresh()
    const standing = this.shelf.at(this.now())
    return `${standing?.policy ?? "none"} ${standing?.listsHash ?? "none"}`
  }

  /**
   * Judges transfers, all by the same policy and lists. The decisions are in the audit log when this resolves; they
   * are to be stored in the commit of what follows from them.
   */
  async decide(
    transfers: readonly Transfer[],
    stage: Stage,
    votes: ReadonlyMap<TransferId, readonly Vote[]> = new Map(),
  ): Promise<ReadonlyMap<TransferId, NewDecision>> {
    if (transfers.length === 0) return new Map()
    const { sql, shelf, audit, providers, placeFiles } = this.#parts
    await shelf.refresh()
    const sessions = await sessionsFor(sql, transfers)
    const cases = await casesOf(
      sql,
      transfers.map(({ id }) => id),
    )
    const answers = await providers.ask(
      transfers.map((one) => ({ asset: one.asset, parties: partiesOf(one) })),
    )
    const nowMs = this.now()
    const standing = shelf.at(nowMs)
    const values = await this.#valuesOf(transfers, standing, nowMs)
    const decided = transfers.map((transfer, at): NewDecision => {
      const { id } = transfer
      const facts = factsOf(transfer, sessions.get(id) ?? null, answers[at], values[at])
      const record = recordOf({
        ...{ transfer: id, atMs: nowMs, policy: standing?.policy ?? "none" },
        ...{ lists: standing?.lists ?? shelf.lists.lists, places: placeFiles(), facts },
        decision: judge(standing, facts, nowMs),
      })
      const cast = votes.get(id) ?? []
      const lists = standing?.listsHash ?? "none"
      const decision = effective(record.decision, cast, cases.get(id) ?? null)
      const digest = digestOfRecord(record, seals.hash)
      return { stage, record, digest, lists, decision, votes: cast }
    })
    await audit.append("decisions", nowMs, { stage, rows: decided.map(rowOf) })
    return new Map(decided.map((one) => [one.record.transfer as TransferId, one]))
  }

  /** The past of the parties is looked through only for a policy that asks for it. */
  async #valuesOf(
    transfers: readonly Transfer[],
    standing: Standing | null,
    nowMs: number,
  ): Promise<readonly Value[]> {
    const { sql, worth } = this.#parts
    const prices = await this.#parts.prices()
    const asks = standing?.book.rules.some(({ when }) => when.kind === "recent-over") ?? false
    const parties = transfers.map((one) => {
      return { id: one.id, keys: partiesOf(one).map(({ key }) => key) }
    })
    const moved = asks ? await movedBefore(sql, parties, nowMs - WINDOW_MS) : null
    return transfers.map((transfer) => ({
      usdCents: usdCentsOf(transfer, prices, worth, nowMs),
      recentUsdCents:
        moved && usdCentsOfAll(moved.get(transfer.id) ?? new Map(), prices, worth, nowMs),
    }))
  }
}

/** What a decision was made by, which is not what others are made by a moment later. */
export function judgedBy({ record, lists }: Pick<NewDecision, "record" | "lists">): string {
  return `${record.policy} ${lists}`
}

/** What follows from a decision: objections of signers added, and what officers have answered left out. */
function effective(decided: Decision, votes: readonly Vote[], found: StoredCase | null): Decision {
  const reasons = [...decided.reasons, ...objectionsIn(votes)]
  const open = reasons.filter((reason) => !isAnswered(reason, found))
  return decisionOf(open)
}

function objectionsIn(votes: readonly Vote[]): readonly Reason[] {
  if (tallyOf(votes, 1).worst === "allow") return []
  return votes
    .filter(({ action }) => action !== "allow")
    .map(({ signer, action }) => ({
      rule: OBJECTION,
      about: `${signer} ${action}`,
      effects: VETO,
    }))
}

/** Officers let a transfer go for all that they knew of then; whatever is new stops it again. */
function isAnswered({ rule, about }: Reason, found: StoredCase | null): boolean {
  if (found?.state !== "released" && found?.state !== "returned") return false
  // What the policy sends back by itself nobody has looked at; its way back is not what it was rejected for.
  return found.decision.reasons.some((one) => one.rule === rule && one.about === about)
}

/** The session that counts for each transfer: of any of its parties, the one that holds longest. */
async function sessionsFor(
  sql: Sql,
  transfers: readonly Transfer[],
): Promise<ReadonlyMap<TransferId, Session>> {
  const keys = new Map(
    transfers.map((transfer) => [transfer.id, partiesOf(transfer).map(({ key }) => key)]),
  )
  const known = await sessionsOf(sql, [...new Set([...keys.values()].flat())])
  return new Map(
    [...keys].flatMap(([id, parties]) => {
      const own = parties.flatMap((key) => known.get(key) ?? [])
      const [longest] = own.sort((a, b) => b.untilMs - a.untilMs)
      return longest ? [[id, longest] as const] : []
    }),
  )
}

/** Nothing personal: what stands in the record can be erased, and the log holds. */
function rowOf({ record, digest, lists, decision }: NewDecision) {
  const { bridge, refund, reward } = decision
  return { transfer: record.transfer, digest, policy: record.policy, lists, bridge, refund, reward }
}
