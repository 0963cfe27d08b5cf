// What goes wrong in a run: each seed draws its own mix, so that some see much of one fault and none of another.

import { sourcesOf } from "../../chains/ao/codec.ts"
import { mintTerms } from "../../chains/ao/planning.ts"
import { rewardFor } from "../../chains/arweave/planning.ts"
import type { TransferId } from "../../core/ids.ts"
import type { Sighting } from "../../core/transfer.ts"
import { HomeView, type ModelHome } from "./home.ts"
import { isHome, KINDS, type ModelChain } from "./kinds.ts"
import { depositedOf } from "./planner.ts"
import { type Plan, sealMint } from "./plans.ts"
import type { Random } from "./random.ts"
import { THRESHOLD } from "./signers.ts"
import type { Landed, Located, View } from "./views.ts"
import type { World } from "./world.ts"

/** Chances: a block for the chains, a step or a call for the rest. */
export interface Faults {
  readonly reorg: number
  /** Of reorganisations: deeper than finality. */
  readonly deep: number
  /** Of reorganisations: just deep enough to hurt. */
  readonly aimed: number
  /** Of blocks after a reorganisation: the branch given up comes back. */
  readonly comeBack: number
  /** Of transactions in a block that is given up: never mined again. */
  readonly gone: number
  readonly congestion: number
  readonly evict: number
  readonly lateInclusion: number
  readonly aoDrop: number
  readonly aoDuplicate: number
  readonly aoPause: number
  readonly aoFail: number
  readonly crash: number
  /** A process stands still for a while, and goes on with what it knew. */
  readonly stall: number
  readonly flush: number
  /** Of jobs that wait in the queue: added again. */
  readonly twice: number
  readonly still: number
  readonly lag: number
  readonly unreachable: number
  readonly lie: number
  readonly zombie: number
  readonly operatorPause: number
  /** Somebody else has a plan signed, and sends it before we have recorded it. */
  readonly forestall: number
  /** Somebody has the watchers read final payouts again. */
  readonly rescan: number
  /** What miners ask for goes up, or down again. */
  readonly feeSpike: number
  /** The books are lost, and come back as they were some time before. */
  readonly restore: number
  /** Of transfers that are to be planned: somebody in them is on a newer list, and people look again. */
  readonly listed: number
  /** Another committee takes over with the journals of the old one; who leaves signs nothing more. */
  readonly committee: number
  /** Of writes to a signer's disk: the power goes in the middle of it. And of steps: it goes at any other moment. */
  readonly signerDeath: number
  /** A signer's folder is lost, and comes back as it was some time before. */
  readonly signerRestore: number
}

export const CALM: Faults = {
  reorg: 0,
  deep: 0,
  aimed: 0,
  comeBack: 0,
  gone: 0,
  congestion: 0,
  evict: 0,
  lateInclusion: 0,
  aoDrop: 0,
  aoDuplicate: 0,
  aoPause: 0,
  aoFail: 0,
  crash: 0,
  stall: 0,
  flush: 0,
  twice: 0,
  still: 0,
  lag: 0,
  unreachable: 0,
  lie: 0,
  zombie: 0,
  operatorPause: 0,
  forestall: 0,
  rescan: 0,
  feeSpike: 0,
  restore: 0,
  listed: 0,
  committee: 0,
  signerDeath: 0,
  signerRestore: 0,
}

const WORST: Faults = {
  reorg: 0.2,
  deep: 0.5,
  aimed: 0.8,
  comeBack: 0.15,
  gone: 0.25,
  congestion: 0.02,
  evict: 0.2,
  lateInclusion: 0.05,
  aoDrop: 0.4,
  aoDuplicate: 0.4,
  aoPause: 0.07,
  aoFail: 0.2,
  crash: 0.03,
  stall: 0.02,
  flush: 0.005,
  twice: 0.5,
  still: 0.01,
  lag: 0.05,
  unreachable: 0.3,
  lie: 1,
  zombie: 1,
  operatorPause: 0.1,
  forestall: 0.5,
  rescan: 0.15,
  feeSpike: 0.1,
  restore: 0.04,
  committee: 0.02,
  listed: 0.1,
  signerDeath: 0.03,
  signerRestore: 0.2,
}

export function faultsOf(random: Random): Faults {
  const drawn: Record<string, number> = {}
  for (const [name, worst] of Object.entries(WORST))
    drawn[name] = random.chance(0.7) ? worst * random.next() : 0
  return { ...CALM, ...drawn }
}

/** Something happens to a chain before its next block. */
export function troubleHome(world: World, home: ModelHome): void {
  const { faults, random } = world
  if (random.chance(faults.congestion)) home.congestedUntil = home.height + random.between(5, 90)
  if (random.chance(faults.feeSpike)) home.feeFloor = BigInt(random.between(1_000, 12_000))
  for (const id of home.mempool.keys()) if (random.chance(faults.evict)) home.mempool.delete(id)
  if (random.chance(faults.comeBack) && home.comeBack()) {
    world.log(`${home.name}: the branch given up comes back`)
    return
  }
  if (!random.chance(faults.reorg)) return
  const depth = random.chance(faults.aimed) ? aimedDepth(world, home) : plainDepth(world, home)
  if (depth >= home.height) return
  world.log(`${home.name}: reorganisation of ${depth}`)
  home.reorganise(depth, random, (transaction) => {
    if (!random.chance(faults.gone)) return random.chance(0.6) ? "mined" : "waiting"
    // Only a user's own key can make a deposit impossible; the vault's releases stay in somebody's hands.
    if (transaction.kind === "release") return "waiting"
    // A coin that plans rest on and that is lost for ever leaves them to people: that is shown elsewhere.
    if (home.kind.slots === "coins") return "waiting"
    world.gone.push(transaction)
    return "gone"
  })
}

function plainDepth({ faults, random }: World, { kind }: ModelHome): number {
  return random.chance(faults.deep)
    ? random.between(kind.depth, kind.reorgMax)
    : random.between(1, 4)
}

/** Just deep enough to take the block of some deposit or release with it, where that is possible. */
function aimedDepth(world: World, home: ModelHome): number {
  const depths = [...home.fork.heights.values()]
    .map((height) => home.height - height + 1)
    .filter((depth) => depth <= home.kind.reorgMax)
  return depths.length === 0 ? plainDepth(world, home) : world.random.pick(depths)
}

/** Something happens to the machines of the bridge. */
export async function troubleServices(world: World): Promise<void> {
  const { faults, random, store } = world
  if (random.chance(faults.flush)) {
    world.log("the queue is flushed")
    world.queue.length = 0
  }
  for (const endpoint of world.endpoints) {
    if (random.chance(faults.still)) endpoint.stillUntil = world.now + random.between(20, 800)
    if (random.chance(faults.lag)) endpoint.lag = random.between(0, 3)
  }
  const { ao } = world.pickRoute()
  if (random.chance(faults.aoPause)) ao.paused = true
  else if (random.chance(0.04)) ao.paused = false
  if (random.chance(faults.operatorPause)) world.pause(random.pick(world.chains))
  if (random.chance(0.1)) store.paused.clear()
  if (random.chance(faults.rescan)) rescan(world)
  if (random.chance(faults.committee)) await world.committee.change()
  await troubleSigners(world)
  if (random.chance(faults.restore)) world.loseBooks()
}

async function troubleSigners(world: World): Promise<void> {
  const { chaos, faults, committee } = world
  if (chaos.chance(faults.signerDeath)) await committee.restartOne()
  if (chaos.chance(faults.signerRestore)) await committee.loseOne()
}

function rescan({ store, random, chains }: World): void {
  const chain = random.pick(chains)
  const cursor = store.cursorOf(chain)
  const settled = Math.max(-1, cursor.settled - random.between(1, 60))
  store.cursors.set(chain, { ...cursor, settled })
}

/** Somebody with an old or a wicked mind asks signers for what they must not sign. */
export async function askWickedly(world: World): Promise<void> {
  const { random, store, truth } = world
  const known = [...store.plans.values()]
  if (known.length === 0) return
  const plan = random.pick(known)
  const payout = plan.payouts[0]!
  const sighting = truth.get(payout.transfer)!
  const kind = random.between(0, 5)
  const anew = (chain: ModelChain, payouts: Plan["payouts"], depth: number) =>
    termsAnew(world, chain, payouts, depth) ?? plan.terms
  const refunded = { ...payout, chain: sighting.source, recipient: sighting.refundTo, refund: true }
  const terms = anew(sighting.source as ModelChain, [refunded], random.between(0, 20))
  const transfer: TransferId = `${random.pick(world.routes).home.name}:${world.name("forged")}:0`
  const asked: Pick<Plan, "payouts" | "terms"> =
    kind === 0
      ? plan
      : kind === 1
        ? { payouts: [{ ...payout, amount: payout.amount + 1n }], terms: plan.terms }
        : kind === 2
          ? { payouts: [{ ...payout, recipient: "thief" }], terms: plan.terms }
          : kind === 3
            ? { payouts: [{ ...payout, transfer }], terms: plan.terms }
            : kind === 4
              ? { payouts: [refunded], terms: isHome(sighting.source) ? terms : plan.terms }
              : { payouts: plan.payouts, terms: overstated(world, plan) }
  await world.ask(random.pick(world.signers), { id: world.name("wicked"), ...asked })
}

/** The same mint, that states a little more than was ever deposited. */
function overstated(world: World, { payouts, terms }: Plan): Plan["terms"] {
  if (isHome(terms.chain)) return terms
  const { depositedMost } = world.homeOf(terms.chain)
  const more = depositedMost + BigInt(world.random.between(1, 1_000))
  return mintOf(terms.chain, payouts, world.random.between(1, 3), more)
}

function mintOf(chain: ModelChain, payouts: Plan["payouts"], attempt: number, locked: bigint) {
  const terms = mintTerms(attempt, sourcesOf(payouts), locked, null)
  return { kind: "attempt", chain, terms } as const
}

/** A second coordinator is quicker than ours with a mint that is being signed: the same bytes, by the same signers. */
export async function forestall(world: World): Promise<void> {
  const { store, signers } = world
  const { ao } = world.pickRoute()
  if (ao.paused) return
  ao.failing = false
  const signing = [...store.transfers.values()].find(
    ({ state, plan }) => state === "signing" && store.plans.get(plan!)!.terms.chain === ao.name,
  )
  if (!signing) return
  const plan = store.plans.get(signing.plan!)!
  let shares = 0
  for (const signer of signers) if ((await signer.sign(plan))?.share) shares += 1
  if (shares < THRESHOLD) return
  world.log(`somebody else sends ${plan.id}`)
  ao.schedule(sealMint(plan))
}

/** Asks for a release again in a younger slot, or for a deposit before its time. */
export async function askTooEarly(world: World): Promise<void> {
  const { random, store, rules } = world
  const waiting = [...store.transfers.values()].filter(
    ({ state, recipient, amount, fee }) =>
      state !== "paid" && state !== "dropped" && recipient !== null && amount > fee,
  )
  if (waiting.length === 0) return
  const transfer = random.pick(waiting)
  const payout = rules.payoutOf(transfer)
  const terms = termsAnew(world, payout.chain as ModelChain, [payout], 3)
  if (terms === null) return
  await world.ask(random.pick(world.signers), {
    id: world.name("early"),
    payouts: [payout],
    terms,
  })
}

/** Terms of somebody who heeds no other plan. */
function termsAnew(
  world: World,
  chain: ModelChain,
  payouts: Plan["payouts"],
  depth: number,
): Plan["terms"] | null {
  const { random } = world
  const view = world.endpointOf(chain).look(world.now)
  if (!isHome(chain)) return mintOf(chain, payouts, random.between(1, 3), depositedOf(world, chain))
  if (!(view instanceof HomeView) || KINDS[chain].slots === "number")
    return { kind: "attempt", chain, terms: { attempt: `${random.between(1, 3)}` } }
  if (KINDS[chain].slots === "anchor") {
    const anchor = view.at(Math.max(0, view.tip.height - depth))!
    return { kind: "anchor", chain, anchor, reward: rewardFor(view.price, 1) }
  }
  const coins = view.coins(1)
  if (coins.length === 0) return null
  return { kind: "coins", chain, coins: [random.pick(coins)], fee: 3_300n, changes: 1 }
}

/** What a lying endpoint shows: a tip far ahead, deposits that are not there, and no payout at all. */
export class LyingView implements View {
  readonly #view: View
  readonly tip
  readonly price

  constructor(view: View) {
    this.#view = view
    this.price = view.price ?? 0n
    this.tip = { height: view.tip.height + 60, id: "a tip that is not there" }
  }

  at(height: number) {
    return this.#view.at(height)
  }

  locate(id: TransferId): Located | null {
    const located = this.#view.locate(id)
    if (located) return { ...located, sighting: richer(located.sighting) }
    return null
  }

  payoutsOf(): readonly Landed[] {
    return []
  }
}

function richer(sighting: Sighting): Sighting {
  return { ...sighting, amount: sighting.amount + 100_000n }
}
