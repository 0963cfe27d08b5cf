// What can happen next in the small world of two transfers that share a transaction. The rules of batches, refusals and
// deaths are the real ones (`services/payout/batching.ts`), and so are the core's and the signers' (`mpc/claims.ts`).

import { BridgeError } from "../../core/errors.ts"
import type { TransferEvent } from "../../core/transfer.ts"
import { type Refusal, refusalOf } from "../../mpc/protocol.ts"
import { refusedBy } from "../../mpc/tally.ts"
import { givenUp, type letGo, ROUNDS_MAX, type Told } from "../../services/payout/batching.ts"
import { seen } from "../builders.ts"
import {
  afterAll,
  type Move,
  maskIn,
  maskOf,
  membersOf,
  other,
  partsOf,
  place,
  sure,
  told,
  transferAt,
  unordered,
  withoutSession,
  withPlan,
} from "./shared-books.ts"
import { payoutMoves, refusedAfter, sourceMoves } from "./shared-chains.ts"
import { answerOf } from "./shared-signers.ts"
import {
  BOTH,
  IDS,
  isIn,
  LANDED,
  type Mask,
  planName,
  SECOND,
  type Setting,
  type Shared,
  type Signer,
  SOURCE,
  slotOf,
  THRESHOLD,
} from "./shared-world.ts"

const ALL = 100
/** No plan of two is too much here. */
const LIGHT = () => ({ amount: 1n, most: 2n })
const FOR_GOOD = IDS.map((id) => refusalOf(id, new BridgeError("over-cap", {})))

export function* sharedMoves(world: Shared, setting: Setting): Generator<Move> {
  yield* sourceMoves(world, setting)
  yield* watcherMoves(world, setting)
  yield* payoutMoves(world, setting)
  yield* signerMoves(world, setting)
  if (world.session) yield* sessionMoves(world, setting)
  if (world.isPaused) yield sure("people go on", { ...world, isPaused: false })
  else yield* workerMoves(world, setting)
}

function* watcherMoves(world: Shared, setting: Setting): Generator<Move> {
  for (const at of BOTH) {
    const { transfer, isLate } = world.cases[at]!
    const source = world.sources[at]!
    const { state, block, slot } = transfer
    const isGone = source === SOURCE.gone || (block.id !== SECOND.id && source !== SOURCE.first)
    // Once it has a slot, its block is told to be gone once.
    if (isGone && state !== "dropped" && (slot === null || !isLate)) {
      const after = told(world, setting, at, { kind: "Vanished" })
      yield sure(`Vanished ${at}`, { ...after, isPaused: world.isPaused || slot !== null })
    }
    if (state === "dropped" && source === SOURCE.second) {
      const event = { ...seen(transfer as never), block: SECOND } as TransferEvent
      yield sure(`Seen ${at}`, told(world, setting, at, event))
    }
    if (state === "seen" && source === SOURCE.second) {
      const confirmed = told(world, setting, at, { kind: "Confirmed" })
      yield sure(`Confirmed ${at}`, told(confirmed, setting, at, { kind: "Cleared" }))
    }
  }
}

/** Signers answer whoever coordinates: ours, for the plan that it has in hand, or another. */
function* signerMoves(world: Shared, setting: Setting): Generator<Move> {
  const { plans, signers, session } = world
  for (const [n, plan] of plans.entries()) {
    const isSession = session?.plan === n
    if (!isSession && (!setting.isWicked || plan.place !== "nowhere")) continue
    for (const [at, signer] of signers.entries()) {
      if (isSession ? signer.isHeld : (signer.given & (1 << n)) !== 0) continue
      // Of signers that are as one, one is enough.
      if (signers.findIndex((one) => isLike(one, signer)) < at) continue
      const answer = answerOf(world, n, signer, setting)
      if (Array.isArray(answer)) continue
      const next = { ...answer, given: answer.given | (1 << n), isHeld: isSession || signer.isHeld }
      const after = { ...world, signers: signers.with(at, next) }
      const name = `signer ${at} signs ${n}`
      const move = isSession ? sure(name, after) : other(`${name} for another`, after)
      yield { ...move, signed: n }
    }
  }
  if (!setting.isWicked || plans.length >= setting.plans) return
  for (const pays of [1, 2, 3])
    for (const coin of setting.kind === "coins" ? [0, 1] : [0])
      yield other(`another plans ${pays} in ${coin}`, {
        ...world,
        plans: [...plans, { ...FRESH, pays, coin, isOurs: false, isOrdered: false }],
      })
}

const isLike = (one: Signer, other: Signer) =>
  one.journal === other.journal && one.given === other.given && one.isHeld === other.isHeld

const FRESH = { place: "nowhere", kept: 0 } as const

/** Our coordinator has a plan in hand. */
function* sessionMoves(world: Shared, setting: Setting): Generator<Move> {
  const { session, signers, plans } = world
  const { plan: n, stale } = session!
  const ended = withoutSession(world)
  yield other("crash", ended)
  const held = signers.filter(({ isHeld }) => isHeld).length
  if (held >= THRESHOLD) {
    if (setting.rules.recordsWhole && stale !== 0) yield sure(`${n} is stale`, ended)
    else yield sure(`${n} recorded`, recorded(ended, n, stale, setting))
    return
  }
  const answers = signers
    .filter(({ isHeld }) => !isHeld)
    .map((signer) => answerOf(world, n, signer, setting))
  const refused = answers.filter((answer): answer is Refusal[] => Array.isArray(answer))
  const refusals = refusedBy(refused, THRESHOLD - held, 0)
  if (signers.length - refused.length < THRESHOLD && refusals)
    for (const rounds of [0, ROUNDS_MAX]) {
      const reasons = setting.kind === "coins" ? null : givenUp(refusals, rounds)
      if (reasons)
        yield sure(`${n} let go`, afterAll(unordered(ended, n), setting, letGone(reasons)))
      else yield sure(`${n} waits`, ended)
    }
  if (setting.kind === "coins") return
  for (const at of BOTH) {
    if (!isIn(plans[n]!.pays, at)) continue
    const reasons = givenUp([FOR_GOOD[at]!], 0)!
    yield other(`${at} refused`, afterAll(unordered(ended, n), setting, letGone(reasons)))
  }

  function letGone(reasons: Parameters<typeof letGo>[2]): readonly Told[] {
    return setting.rules.letGo(planName(n), membersOf(world, n), reasons)
  }
}

/** All that is being signed goes on, and what the token has said of it before counts; the order is done. */
function recorded(world: Shared, n: number, stale: Mask, setting: Setting): Shared {
  const { place, kept } = world.plans[n]!
  let after = unordered(world, n)
  for (const at of BOTH) {
    const { state, plan } = world.cases[at]!.transfer
    if (plan !== planName(n) || state !== "signing" || isIn(stale, at)) continue
    after = told(after, setting, at, { kind: "Signed", transaction: `by ${planName(n)}` })
  }
  const isLate = place === "over" && setting.rules.hearsBefore
  return isLate ? refusedAfter(after, n, kept, setting) : after
}

function* workerMoves(world: Shared, setting: Setting): Generator<Move> {
  const { plans, cases, session } = world
  for (const at of BOTH)
    if (cases[at]!.transfer.state === "held")
      yield sure(`Approved ${at}`, told(world, setting, at, { kind: "Approved", by: [] }))
  const ready = maskOf((at) => cases[at]!.transfer.state === "ready")
  // Whom a look finds ready: some may become so a moment later.
  for (const mask of setting.isCapped && ready > 0 ? [ready] : partsOf(ready)) {
    const after = plannedAfter(world, mask, setting)
    if (after) yield sure(`planned ${mask}`, after)
  }
  for (const [n, plan] of plans.entries()) {
    if (!plan.isOurs) continue
    const members = membersOf(world, n).filter((one) => one.plan === planName(n))
    const isSent = members.some(({ state }) => state === "sent")
    if (plan.place === "nowhere" && isSent)
      yield sure(`${n} sent`, withPlan(world, n, { place: "mempool" }))
    if (plan.isOrdered && session === null) {
      const isPartlyPaid = members.some(({ state }) => state === "paid")
      if (setting.kind !== "coins" && isPartlyPaid) {
        const gone = setting.rules.letGo(planName(n), membersOf(world, n), new Map())
        yield sure(`${n} let go`, afterAll(unordered(world, n), setting, gone))
      } else yield sure(`${n} in hand`, { ...world, session: { plan: n, stale: 0 } })
    }
    if (setting.kind === "coins") yield* lookAfter(world, n, setting)
  }
}

/** Null: there is no room for more plans, or no coin for them. */
function plannedAfter(world: Shared, mask: Mask, setting: Setting): Shared | null {
  const isAlone = setting.kind === "coins"
  const ready = BOTH.filter((at) => isIn(mask, at)).map((at) => transferAt(world, at))
  const coin = isAlone ? freeCoin(world) : 0
  if (coin === null) return null
  let after = world
  for (const batch of setting.rules.batchesOf(ready, { batchMax: ALL, isAlone, weigh: LIGHT }))
    after = enter(after, setting, maskIn(batch), coin)
  return after.plans.length > setting.plans ? null : after
}

function enter(world: Shared, setting: Setting, pays: Mask, coin: number): Shared {
  const n = world.plans.length
  const plan = { ...FRESH, pays, coin, isOurs: true, isOrdered: true }
  const event = { kind: "Planned", plan: planName(n), slot: slotOf(setting, coin) } as const
  const members = BOTH.filter((at) => isIn(pays, at))
  const fuller: Shared = { ...world, plans: [...world.plans, plan] }
  return members.reduce<Shared>((after, at) => told(after, setting, at, event), fuller)
}

/** One that no plan of the books may still spend. */
function freeCoin({ coins, plans }: Shared): number | null {
  const free = coins.findIndex(({ landed }, coin) => {
    const isTaken = plans.some((plan) => plan.isOurs && plan.coin === coin)
    return landed === LANDED.not && !isTaken
  })
  return free === -1 ? null : free
}

/** A plan of coins: another one in its slot, and the end of its slot. */
function* lookAfter(world: Shared, n: number, setting: Setting): Generator<Move> {
  const { plans, coins } = world
  const { coin, pays } = plans[n]!
  const open = setting.rules.openIn(planName(n), membersOf(world, n))
  const { landed, by } = coins[coin]!
  if (landed === LANDED.not && open.length > 0 && plans.length < setting.plans)
    yield sure(`${n} replaced`, enter(world, setting, maskIn(open), coin))
  if (landed === LANDED.not || landed === LANDED.block) return
  // Of each alone: what used the slot may have paid one of them.
  const paid = landed === LANDED.ruledOut ? 0 : plans[by]!.pays
  const members = membersOf(world, n)
  const dead = members.filter(({ id }) => !isIn(paid & pays, place(id)))
  const isWhole = dead.length > 0 && !setting.rules.buriesEach
  const gone = setting.rules.buried(planName(n), isWhole ? members : dead)
  if (gone.length > 0) yield sure(`${n} buried`, afterAll(world, setting, gone))
}
