// A signer's answer in the small world of two transfers that share a transaction: it signs a plan as a whole, or refuses.

import { BridgeError } from "../../core/errors.ts"
import { ClaimIndex } from "../../mpc/claims.ts"
import { type Refusal, refusalOf } from "../../mpc/protocol.ts"
import {
  BOTH,
  IDS,
  isIn,
  type Journal,
  journalOf,
  LANDED,
  type Mask,
  type Place,
  type Setting,
  type Shared,
  type Signer,
  SOURCE,
  slotOf,
} from "./shared-world.ts"

/** The signer with what it promises by it, or why it does not. */
export function answerOf(
  world: Shared,
  n: number,
  signer: Signer,
  setting: Setting,
): Signer | Refusal[] {
  const refused = [...unclear(world, n, setting), ...unsound(world, n, setting)]
  if (refused.length > 0) return refused
  const journal = promisedIn(signer, n, world, setting)
  if (journal !== null) return journal === signer.journal ? signer : { ...signer, journal }
  return TAKEN
}

/** Made once: there are many. */
const NOT_YET = IDS.map((id) => refusalOf(id, new BridgeError("not-yet", {})))
const UNSOUND = [refusalOf(null, new BridgeError("signer-refused", {}))]
const TAKEN = [refusalOf(IDS[0]!, new BridgeError("slot-taken", {}))]

/** Each that is in no block, or not deep enough. */
function unclear({ plans, sources }: Shared, n: number, { rules, isCapped }: Setting): Refusal[] {
  const { pays } = plans[n]!
  const members = BOTH.filter((at) => isIn(pays, at))
  const looked = rules.looksAtEach ? members : members.slice(0, 1)
  const isDeep = (at: Place) => sources[at] === SOURCE.first || sources[at] === SOURCE.second
  const refused = looked.filter((at) => !isDeep(at) || (isCapped && pays === 3))
  return refused.map((at) => NOT_YET[at]!)
}

/** What the payout chain says against the plan as a whole. */
function unsound({ plans, landed, coins }: Shared, n: number, { kind }: Setting): Refusal[] {
  const { pays, coin } = plans[n]!
  // A token says by itself what it has minted.
  const isPaid = kind === "approval" && BOTH.some((at) => isIn(pays, at) && landed[at] !== 0)
  const isSpent = kind === "coins" && coins[coin]!.landed !== LANDED.not
  return isPaid || isSpent ? UNSOUND : []
}

/** The signer's own rule at work: its journal after it has signed, or null when it refuses. */
function promisedIn(
  { journal, given }: Signer,
  n: number,
  world: Shared,
  setting: Setting,
): Journal | null {
  const { rules } = setting
  const { pays, coin } = world.plans[n]!
  const index = indexOf(journal, setting)
  const claims = BOTH.filter((at) => isIn(pays, at)).map((at) => ({
    ...{ at, transfer: IDS[at]!, slot: slotOf(setting, coin), payout: "p" },
  }))
  const rivals = claims.filter((claim) => index.refusal(claim)?.reason === "other-slot")
  for (const { at, transfer } of rivals) {
    const held = journal.rows[at]!.held!
    const old = rules.asksOfEach ? 1 << at : lastWith(world, given, at, held)
    if (rules.demandsDeadSlot && !isDead(world, held, old)) {
      if (rules.promisesWhole) return null
      continue
    }
    index.release(transfer, slotOf(setting, held))
  }
  const free = claims.filter((claim) => index.refusal(claim) === null)
  if (free.length === 0 || (rules.promisesWhole && free.length < claims.length)) return null
  const taken = new Set(free.map(({ at }) => at))
  return journalOf(
    journal.rows.map(({ held, dead }, at) => {
      if (!taken.has(at as Place)) return { held, dead }
      return { held: coin, dead: held === null || held === coin ? dead : dead | (1 << held) }
    }),
  )
}

function indexOf({ rows }: Journal, setting: Setting): ClaimIndex {
  const index = new ClaimIndex()
  for (const [at, { held, dead }] of rows.entries()) {
    const claim = (coin: number) => ({
      ...{ kind: "claim", transfer: IDS[at]!, slot: slotOf(setting, coin), payout: "p" },
    })
    for (const coin of BOTH) {
      if (!isIn(dead, coin)) continue
      index.replay(claim(coin) as never)
      index.replay({ ...claim(coin), kind: "release" } as never)
    }
    if (held !== null) index.replay(claim(held) as never)
  }
  return index
}

/** Something else has spent it for good, and paid not all of these. */
function isDead({ coins, plans }: Shared, coin: number, whom: Mask): boolean {
  const { landed, by } = coins[coin]!
  if (landed === LANDED.ruledOut) return true
  const isFinal = landed === LANDED.final || landed === LANDED.told
  return isFinal && (plans[by]!.pays & whom) !== whom
}

/** The plan that a journal remembers of a transfer: the last. */
function lastWith({ plans }: Shared, given: number, at: Place, coin: number): Mask {
  const known = plans.findLast(
    (plan, n) => (given & (1 << n)) !== 0 && plan.coin === coin && isIn(plan.pays, at),
  )
  return known?.pays ?? 1 << at
}
