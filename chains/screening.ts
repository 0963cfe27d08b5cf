// What a deposit or burn is judged by, the same at the services and at every signer: facts in, one action out. Pure.

import { isLedger } from "../core/assets.ts"
import type { Deed } from "../core/compliance/attestation.ts"
import {
  type Action,
  type Decision,
  decisionOf,
  HOLD_ALL,
  type Scope,
} from "../core/compliance/decision.ts"
import { evaluate } from "../core/compliance/evaluate.ts"
import type { Answer, Facts, Role, Session } from "../core/compliance/facts.ts"
import { INPUT_NAMES } from "../core/compliance/presets.ts"
import { UNPRICED, type Value } from "../core/compliance/worth.ts"
import type { Payout } from "../core/payout.ts"
import type { Sighting } from "../core/transfer.ts"
import { keyOf, partiesOf } from "./party.ts"
import type { Standing } from "./policy-shelf.ts"

/** A transfer as its chain states it. */
export type Screened = Pick<
  Sighting,
  "asset" | "source" | "target" | "sender" | "senders" | "unnamed" | "recipient" | "refundTo"
>

/** What can be known of a transfer from its chain, and what a session, other sources and prices add. */
export function factsOf(
  transfer: Screened,
  session: Session | "attested" | null,
  answers: readonly Answer[] = [],
  { usdCents, recentUsdCents }: Value = UNPRICED,
): Facts {
  const { asset, source, target, unnamed = 0 } = transfer
  return {
    direction: isLedger(source) ? "out" : "in",
    asset,
    chains: [source, target],
    usdCents,
    recentUsdCents,
    parties: partiesOf(transfer),
    answers: [
      { source: INPUT_NAMES, said: unnamed > 0 ? "none" : "clear", about: "input" },
      ...answers,
    ],
    session,
  }
}

/** Without a policy in force nothing can be decided, and everything is held. */
export function judge(standing: Standing | null, facts: Facts, nowMs: number): Decision {
  if (standing) return evaluate(standing.book, standing.lists, facts, nowMs)
  return decisionOf([{ rule: "data.no-policy", about: "policy", effects: HOLD_ALL }])
}

/**
 * Whether a scope is held only because it could not be decided: no policy in force, a list that is missing or stale.
 * Nobody is suspected of anything then, and it is for better data to end it, not for people.
 */
export function isUndecided(decision: Decision, scope: Scope): boolean {
  const found = decision.reasons.filter(({ effects }) => effects[scope])
  return decision[scope] === "hold" && found.every(({ rule }) => rule.startsWith("data."))
}

export function actOf({ refund, chain }: Pick<Payout, "refund" | "chain">): Deed["act"] {
  if (refund) return "refund"
  return isLedger(chain) ? "mint" : "release"
}

const FROM: readonly Role[] = ["sender", "origin", "input"]

/** What is about to happen, as attestors must have meant it. */
export function deedOf(payout: Payout, transfer: Screened, policy: string): Deed {
  const from = partiesOf(transfer).filter(({ role }) => FROM.includes(role))
  return {
    deposit: payout.transfer,
    asset: payout.asset,
    amount: `${payout.amount}`,
    sources: [...new Set(from.map(({ key }) => key))],
    recipient: keyOf(payout.recipient),
    act: actOf(payout),
    policy,
  }
}

/** The word under which a transfer waits, and a signer refuses; null for what is allowed. */
export function codeFor(action: Action) {
  return action === "allow" ? null : (`screening-${action}` as const)
}
