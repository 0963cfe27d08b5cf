// Cases at work: opened for what screening holds, judged again when lists change, and carried out when they are decided.
//
// What is to be done follows from where case and transfer stand, so that doing it twice or after a crash does it once.

import { isUndecided } from "../../chains/screening.ts"
import type { Case, CaseEvent } from "../../core/compliance/case.ts"
import { type Decision, decisionOf, HOLD_ALL } from "../../core/compliance/decision.ts"
import { isFromSession } from "../../core/compliance/rules.ts"
import { BridgeError } from "../../core/errors.ts"
import type { TransferId } from "../../core/ids.ts"
import { limitsOf, type Policy } from "../../core/policy.ts"
import { mayLandOn } from "../payout/lasting.ts"
import { advance } from "../store/advance.ts"
import {
  casesIn,
  casesToSettle,
  findCase,
  type StoredCase,
  type Telling,
  tellCase,
} from "../store/cases.ts"
import { latestDecisions, type NewDecision, type Stage } from "../store/decisions.ts"
import { untold } from "../store/recoveries.ts"
import { findTransfer, historyOf, type StoredTransfer } from "../store/transfers.ts"
import { type Desk, judgedBy, OBJECTION } from "./desk.ts"

/** Whoever could still sign in has so long, and then it goes back. */
const LAPSE_MS = 86_400_000

export class Casework {
  readonly #desk: Desk
  readonly #policy: Policy

  constructor(desk: Desk, policy: Policy) {
    this.#desk = desk
    this.#policy = policy
  }

  /** Opens the case of a transfer that screening holds; nothing when there is one already. Safe to repeat. */
  async open(id: TransferId): Promise<void> {
    const { sql } = this.#desk
    const [transfer, found] = [await findTransfer(sql, id), await findCase(sql, id)]
    if (transfer?.state !== "held" || !transfer.reason?.startsWith("screening-")) return
    if (found && !isOver(found)) return
    // A case that is over is of what came before, unless its order has not been carried out yet.
    if (found && !(await isStoppedAgain(this.#desk, found, transfer))) return
    const known = (await latestDecisions(sql, [id])).get(id)
    const latest = known ?? (await this.#decided(transfer, "again"))
    const decision = stopping(latest.decision, transfer)
    const atMs = this.#desk.now()
    const event: CaseEvent = {
      ...{ kind: "Opened", transfer: id, atMs, decision },
      parties: [...new Set(latest.record.facts.parties.map(({ key }) => key))],
      ...{ evidence: latest.digest, lapsesMs: this.#lapseOf(decision, atMs) },
    }
    await this.tell(id, event, { judgedBy: judgedBy(latest) })
    await this.settle(id)
  }

  /** Tells a case something, and has it in the audit log before anything follows from it. */
  async tell(id: TransferId, event: CaseEvent, telling: Telling = {}): Promise<Case> {
    const { audit, sql } = this.#desk
    const { after, effects } = await tellCase(sql, id, event, telling)
    const by = "by" in event ? event.by : "policy"
    const data = { transfer: id, event: event.kind, by, state: after.state, version: after.version }
    const due = effects.flatMap((one) => (one.kind === "report" ? [one.dueMs] : []))
    await audit.append("case", event.atMs, { ...data, ...(due[0] && { reportDueMs: due[0] }) })
    return after
  }

  /** Carries out what a case has come to, as far as it can be now. */
  async settle(id: TransferId): Promise<void> {
    const { sql } = this.#desk
    let found = await findCase(sql, id)
    const nowMs = this.#desk.now()
    if (found?.state === "open" && found.lapsesMs !== null && found.lapsesMs <= nowMs) {
      await this.tell(id, { kind: "Lapsed", atMs: nowMs })
      found = await findCase(sql, id)
    }
    const transfer = await findTransfer(sql, id)
    if (!found || transfer?.state !== "held") return
    // Books that came back from a backup may not know that it was paid: it waits until they do.
    const goesBack = found.state === "returning" || found.state === "returned"
    if (goesBack && (await untold(sql, [transfer.source, transfer.target])) !== null) return
    if (found.state === "returning") await this.#screenRefund(found, transfer)
    const now = await findCase(sql, id)
    if (now?.state === "returned") await this.#refund(now, transfer)
    if (now?.state === "released") await this.#release(now, transfer)
  }

  /** All cases that wait for nobody; returns how many there were. */
  async settleAll(): Promise<number> {
    const ids = await casesToSettle(this.#desk.sql, this.#desk.now())
    for (const id of ids) await this.settle(id)
    return ids.length
  }

  /** Judges anew what was judged by another policy or other lists: who is delisted is heard of by officers. */
  async judgeAgain(): Promise<number> {
    const { sql } = this.#desk
    const now = await this.#desk.judgedBy()
    const stale = (await casesIn(sql, ["open", "frozen"], 1_000)).filter(
      (one) => one.judgedBy !== now,
    )
    for (const found of stale) {
      const transfer = await findTransfer(sql, found.transfer)
      if (!transfer) continue
      const made = await this.#decided(transfer, "again")
      if (isUndecided(made.decision, "bridge")) continue
      await this.tellAgain(found, made)
    }
    return stale.length
  }

  /** What was decided anew about a case; what signers objected to is theirs to take back, and not ours. */
  async tellAgain({ transfer, decision }: StoredCase, made: NewDecision): Promise<void> {
    const objections = decision.reasons.filter(({ rule }) => rule === OBJECTION)
    const event: CaseEvent = {
      ...{ kind: "Rescreened", atMs: this.#desk.now(), evidence: made.digest },
      decision: decisionOf([...made.decision.reasons, ...objections]),
    }
    await this.tell(transfer, event, { judgedBy: judgedBy(made) })
  }

  async #screenRefund(found: StoredCase, transfer: StoredTransfer): Promise<void> {
    const made = await this.#decided(transfer, "refund")
    // It waits for a policy with fresh lists, and is looked at again.
    if (isUndecided(made.decision, "refund")) return
    const trouble = await this.#troubleWith(transfer)
    const decision = trouble
      ? decisionOf([
          ...made.decision.reasons,
          { rule: trouble, about: transfer.refundTo || "nobody", effects: HOLD_ALL },
        ])
      : made.decision
    await this.tell(
      found.transfer,
      {
        ...{ kind: "Rescreened", atMs: this.#desk.now() },
        ...{ decision, evidence: made.digest },
      },
      { version: found.version, judgedBy: judgedBy(made) },
    )
  }

  /** Why it cannot go back, whoever may have it. */
  async #troubleWith(transfer: StoredTransfer): Promise<string | null> {
    if (transfer.refundTo === "") return "refund.names-nobody"
    const limits = limitsOf(this.#policy, transfer)
    const left = transfer.amount - (limits?.refundFee ?? 0n)
    if (!limits || left <= 0n || left < limits.dust) return "refund.too-small"
    // What was planned where slots outlive plans may still land there.
    const landing = (await mayLandOn(this.#desk.sql, [transfer.id]))(transfer.id)
    return landing.has(transfer.target) ? "refund.payout-may-land" : null
  }

  async #refund(found: StoredCase, { id, version, ...transfer }: StoredTransfer): Promise<void> {
    const fee = limitsOf(this.#policy, transfer)?.refundFee ?? 0n
    const event = { kind: "Redirected", by: byOf(found), fee } as const
    await advance(this.#desk.sql, [{ transfer: id, key: `Redirected:${version}`, version, event }])
  }

  async #release(found: StoredCase, { id, version }: StoredTransfer): Promise<void> {
    const event = { kind: "Approved", by: byOf(found) } as const
    await advance(this.#desk.sql, [{ transfer: id, key: `Approved:${version}`, version, event }])
  }

  async #decided(transfer: StoredTransfer, stage: Stage): Promise<NewDecision> {
    const made = (await this.#desk.decide([transfer], stage)).get(transfer.id)
    if (!made) throw new BridgeError("assertion", { claim: "what is judged has a decision" })
    await advance(this.#desk.sql, [], { decisions: [made] })
    return made
  }

  /** Only what a session could mend lapses; nobody forgets the rest. */
  #lapseOf({ reasons, bridge }: Decision, atMs: number): number | null {
    const document = this.#desk.shelf.at(atMs)?.book.document
    const isMendable = reasons
      .filter(({ effects }) => effects.bridge)
      .every(({ rule }) => {
        const known = document?.rules.find(({ id }) => id === rule)
        return known !== undefined && isFromSession(known)
      })
    return bridge === "hold" && isMendable ? atMs + LAPSE_MS : null
  }
}

function isOver({ state }: Case): boolean {
  return state === "released" || state === "returned"
}

/** Whether a transfer was let go by its last case, and was held anew after that. */
async function isStoppedAgain(
  { sql }: Desk,
  { state }: StoredCase,
  { id }: StoredTransfer,
): Promise<boolean> {
  const history = await historyOf(sql, id)
  const kinds = history.map(({ event }) => event.kind)
  return kinds.lastIndexOf(state === "released" ? "Approved" : "Redirected") > 0
    ? kinds.lastIndexOf("Flagged") >
        kinds.lastIndexOf(state === "released" ? "Approved" : "Redirected")
    : false
}

/** A case needs a reason: signers may have refused what we and all votes allowed. */
function stopping(decision: Decision, { reason }: StoredTransfer): Decision {
  if (decision.bridge !== "allow") return decision
  const effects = { bridge: "hold" } as const
  return decisionOf([
    ...decision.reasons,
    { rule: OBJECTION, about: `the signers: ${reason}`, effects },
  ])
}

function byOf({ resolved }: Case): readonly string[] {
  return resolved && resolved.by.length > 0 ? resolved.by : ["policy"]
}
