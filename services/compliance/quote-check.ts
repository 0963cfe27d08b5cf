// Whether somebody may bridge, asked before they pay: the decision, and why in a word that gives nothing away.

import { keyOf, partiesOf } from "../../chains/party.ts"
import { factsOf, judge, type Screened } from "../../chains/screening.ts"
import { type Decision, decisionOf, type Reason } from "../../core/compliance/decision.ts"
import type { PolicyDocument } from "../../core/compliance/document.ts"
import { isFromSession } from "../../core/compliance/rules.ts"
import type { Sighting } from "../../core/transfer.ts"
import { sessionsOf } from "../store/sessions.ts"
import type { Desk } from "./desk.ts"
import type { Found } from "./whereabouts.ts"

/** What a person may be told: which list or place it was is for officers. */
export type ReasonClass =
  | "sanctions"
  | "region"
  | "network"
  | "terms"
  | "limits"
  | "paused"
  | "unavailable"

export interface Checked {
  readonly decision: Decision
  /** Of everything that is not allowed in the scope of bridging. */
  readonly classes: readonly ReasonClass[]
  /** Of what keeps a reward away. */
  readonly rewardClasses: readonly ReasonClass[]
}

/** Nothing is over a limit of which no amount is said (0). */
export type Wish = Screened & Pick<Sighting, "amount">

/**
 * Judges a wish as its deposit would be judged now, by the session of its parties. Where there is none, the place
 * that the request itself comes from is believed when it speaks against it.
 */
export async function checkWish(desk: Desk, wish: Wish, found: Found): Promise<Checked> {
  await desk.shelf.refresh()
  const nowMs = desk.now()
  const standing = desk.shelf.at(nowMs)
  const sessions = await sessionsOf(
    desk.sql,
    partiesOf(wish).map(({ key }) => key),
  )
  const [session = null] = [...sessions.values()].sort((a, b) => b.untilMs - a.untilMs)
  const value = { usdCents: await desk.usdCentsOf(wish), recentUsdCents: null }
  const own = judge(standing, factsOf(wish, session, [], value), nowMs)
  const here = {
    ...{ by: keyOf(wish.sender), untilMs: nowMs + 1, terms: null, statements: [] },
    ...{ places: found.places, networks: found.networks },
  }
  const document = standing?.book.document ?? null
  const seen = judge(standing, factsOf(wish, here, [], value), nowMs).reasons.filter((reason) =>
    isOfPlace(document, reason),
  )
  const decision = decisionOf([...own.reasons, ...seen])
  return {
    decision,
    classes: classesOf(document, decision, "bridge"),
    rewardClasses: classesOf(document, decision, "reward"),
  }
}

export function classesOf(
  document: PolicyDocument | null,
  { reasons }: Decision,
  scope: "bridge" | "refund" | "reward",
): readonly ReasonClass[] {
  const found = reasons.filter(({ effects }) => effects[scope])
  return [...new Set(found.map((reason) => classOf(document, reason)))]
}

function isOfPlace(document: PolicyDocument | null, { rule }: Reason): boolean {
  const known = document?.rules.find(({ id }) => id === rule)
  return known !== undefined && isFromSession(known) && classOfKind(known.when.kind) !== "terms"
}

function classOf(document: PolicyDocument | null, { rule }: Reason): ReasonClass {
  const known = document?.rules.find(({ id }) => id === rule)
  return known ? classOfKind(known.when.kind) : "unavailable"
}

function classOfKind(kind: PolicyDocument["rules"][number]["when"]["kind"]): ReasonClass {
  switch (kind) {
    case "listed":
    case "same-key":
    case "answered":
      return "sanctions"
    case "place":
    case "place-unknown":
    case "place-disputed":
      return "region"
    case "network":
      return "network"
    case "no-session":
    case "terms":
    case "unstated":
      return "terms"
    case "over":
    case "recent-over":
    case "unpriced":
      return "limits"
    case "paused":
      return "paused"
    case "unanswered":
      return "unavailable"
  }
}
