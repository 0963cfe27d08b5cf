// The people of the model: users who deposit and burn, rightly and wrongly, and operators who decide.

import { limitsOf } from "../../core/policy.ts"
import type { Problem, Sighting, Transfer } from "../../core/transfer.ts"
import { BURN_MIN } from "./ao.ts"
import { isLasting, type ModelChain } from "./plans.ts"
import { isRecovering } from "./recover.ts"
import { POLICY } from "./rules.ts"
import { changeOf } from "./workers.ts"
import type { World } from "./world.ts"

const USERS = ["ann", "bob", "cem", "dot"]
/** The same on every chain. */
const [DEPOSITS, BURNS] = POLICY.limits as [(typeof POLICY.limits)[0], (typeof POLICY.limits)[0]]

/** As much as the largest deposit. */
const MUCH = DEPOSITS.cap + 5_000_000n

export function deposit(world: World): void {
  const { random } = world
  const { home, ao } = world.pickRoute()
  const user = random.pick(USERS)
  const id = world.name("deposit")
  const what = random.next()
  const problem: Problem | null =
    what < 0.06 ? "ambiguous-recipient" : what < 0.1 ? "no-recipient" : null
  const amount = amountOf(world)
  const sighting: Sighting = {
    id: `${home.name}:${id}:0`,
    ...{ asset: home.kind.asset, source: home.name, target: ao.name },
    amount,
    sender: user,
    recipient: problem === null ? random.pick(USERS) : null,
    refundTo: user,
    forward: {},
    fee: null,
    problem,
  }
  world.truth.set(sighting.id, sighting)
  home.submit({ kind: "deposit", id, sighting })
  world.log(`${user} deposits ${amount}, ${sighting.id}`)
}

function amountOf({ random }: World): bigint {
  const what = random.next()
  if (what < 0.05) return BigInt(random.between(1, 19_000))
  if (what < 0.15) return DEPOSITS.minimum - BigInt(random.between(1, 70_000))
  if (what < 0.2) return DEPOSITS.minimum
  if (what < 0.3) return DEPOSITS.cap + BigInt(random.between(1, 5_000_000))
  return BigInt(random.between(Number(DEPOSITS.minimum), Number(DEPOSITS.cap)))
}

export function burn(world: World): void {
  const { random } = world
  const { ao } = world.pickRoute()
  const rich = USERS.filter((user) => (ao.balances.get(user) ?? 0n) >= BURN_MIN)
  if (rich.length === 0) return
  const user = random.pick(rich)
  const balance = ao.balances.get(user)!
  // Some burn more than passes by itself, nobody more than a signer's caps of a day hold.
  const wanted = random.chance(0.2) ? MUCH : BURNS.cap
  const most = Number(balance < wanted ? balance : wanted)
  const amount = BigInt(random.between(Number(BURN_MIN), most))
  const id = world.name("burn")
  ao.waiting.push({ kind: "burn", id, sender: user, amount, recipient: random.pick(USERS) })
  world.log(`${user} burns ${amount}, ${id}`)
}

/** A user whose deposit was given up with its fork sends it again. */
export function sendAgain(world: World): void {
  const transaction = world.gone.shift()
  if (transaction) world.homeOf(transaction.sighting.source as never).submit(transaction)
}

/** Operators decide about one held transfer: first their signatures, then the change. */
export function* decide(world: World): Generator<undefined, void, unknown> {
  const { random, store, approvals, rules } = world
  const held = [...store.transfers.values()].filter(
    (transfer) =>
      (transfer.state === "held" ||
        (!rules.decidesOnlyHeld && (transfer.state === "signing" || transfer.state === "sent"))) &&
      isOpen(world, transfer),
  )
  if (held.length === 0) return
  const transfer = random.pick(held)
  const { refundFee, dust } = limitsOf(POLICY, transfer)!
  const plans = store.plansOf(transfer.id).map(({ terms }) => terms.chain)
  const mayLandOn = (chain: string) => plans.some((one) => one === chain && isLasting(one))
  const refundable =
    !transfer.refund &&
    transfer.amount - refundFee >= dust &&
    !isUntold(world, transfer) &&
    !(rules.redirectsOnlyUnplanned && mayLandOn(transfer.target))
  const isOwed = transfer.recipient !== null && transfer.amount > transfer.fee
  const payable =
    transfer.refund || (isOwed && !(rules.paysWhereItMayLand && mayLandOn(transfer.source)))
  // What they ordered before, they order again when the books have forgotten it.
  const again = approvals.redirected.has(transfer.id) || approvals.paid.has(transfer.id)
  const wants = again ? approvals.redirected.has(transfer.id) : random.chance(0.5)
  const redirects = refundable && (!payable || wants)
  if (!redirects && !payable) return
  const by = ["olga", "omar"]
  const back = redirects || transfer.refund
  ;(back ? approvals.redirected : approvals.paid).add(transfer.id)
  yield
  store.advance([
    changeOf(
      transfer,
      redirects ? { kind: "Redirected", by, fee: refundFee } : { kind: "Approved", by },
    ),
  ])
  world.decisions.set(transfer.id, (world.decisions.get(transfer.id) ?? 0) + 1)
}

/** Books that came back do not know yet whether it was paid: nobody sends it back. */
function isUntold(world: World, { source, target }: Transfer): boolean {
  return [source, target].some((chain) => isRecovering(world, chain as ModelChain))
}

/** What nobody can decide: too little to send back, or a slot that others hold for good, tried often enough. */
function isOpen({ decisions }: World, { id, reason }: Transfer): boolean {
  if (reason === "not-enough-to-pay-fees") return false
  return reason !== "slot-taken" || (decisions.get(id) ?? 0) < 3
}
