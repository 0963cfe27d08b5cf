// Model signers: each derives every payout again from its own view of the chains, judges it and its terms by the rules of
// the real ones (`mpc/verify.ts`, `chains/*/planning.ts`), and promises it as they do (`mpc/promising.ts`): its journal, and
// what it makes of that, are the real ones on a model disk.

import { attestedKey, sourcesOf } from "../../chains/ao/codec.ts"
import { demandCounted, fateIn as minted } from "../../chains/ao/planning.ts"
import { ANCHOR_LIFE } from "../../chains/arweave/planning.ts"
import { rateMost, type SlotSeen, fateIn as spending } from "../../chains/bitcoin/planning.ts"
import type { Fate, Terms } from "../../chains/chain.ts"
import { fateIn as approved, demandUnpaid } from "../../chains/evm/planning.ts"
import type { ChainName } from "../../core/assets.ts"
import { BridgeError } from "../../core/errors.ts"
import { originOf, type TransferId } from "../../core/ids.ts"
import type { Payout } from "../../core/payout.ts"
import { type Entry, openJournal } from "../../mpc/journal.ts"
import { type Origin, type Plan as Pledge, Pledges } from "../../mpc/pledges.ts"
import { promised } from "../../mpc/promising.ts"
import { type Refusal, refusalOf } from "../../mpc/protocol.ts"
import { decode, encode } from "../../services/store/json.ts"
import { ModelDisk, PowerLoss } from "./disk.ts"
import { HomeView } from "./home.ts"
import { type HomeName, isHome, KINDS } from "./kinds.ts"
import type { SignerLimits } from "./limits.ts"
import { counterOf, type Tallies } from "./locks.ts"
import {
  changeOf,
  contentOf,
  type ModelChain,
  type ModelTerms,
  modelled,
  offerIn,
  type Plan,
  slotsOf,
} from "./plans.ts"
import type { Random } from "./random.ts"
import { POLICY, REWARD_MAX, type Rules } from "./rules.ts"
import type { View } from "./views.ts"

export const SIGNERS = 5
export const THRESHOLD = 3

/** What two operators have signed about held transfers; every signer checks their signatures itself. */
export interface Approvals {
  readonly paid: Set<TransferId>
  readonly redirected: Set<TransferId>
}

export type Answer =
  | { readonly share: true }
  | { readonly share: false; readonly refusals: readonly Refusal[] }

/** What a signer is made of, beside its disk. */
export interface Parts {
  readonly look: (chain: ModelChain) => View
  readonly rules: Rules
  readonly approvals: Approvals
  readonly onShare: (signer: Signer, plan: Plan) => void
  readonly limits: SignerLimits
  readonly now: () => number
  /** What goes wrong with disks. */
  readonly chaos: Random
  /** Whether the power goes in the middle of a write. */
  readonly fails: () => boolean
}

export class Signer {
  readonly name: string
  /** Its endpoints tell it what somebody else wants; it keeps the rules all the same. */
  lied = false
  /** Until when it is held to a part of its caps; milliseconds. */
  newUntilMs = 0
  /** Of one that came back from a backup: until when it promises nothing. */
  restsUntilMs = 0
  #hasLeft = false
  readonly #parts: Parts
  #disk: ModelDisk
  /** What it has counted, which it may find again when it starts. */
  readonly #tallies: Tallies = new Map()
  #pledges: Pledges
  /** By plan, and by how long the journal was then. */
  readonly #rivals = new WeakMap<Plan, { readonly records: number; readonly found: Rivals }>()

  private constructor(name: string, parts: Parts, disk: ModelDisk, pledges: Pledges) {
    this.name = name
    this.#parts = parts
    this.#disk = disk
    this.#pledges = pledges
  }

  /** With the journal that these bytes are. */
  static async seated(name: string, parts: Parts, bytes: Uint8Array): Promise<Signer> {
    const disk = new ModelDisk(bytes, parts.rules.waitsForDisk, parts.fails)
    return new Signer(name, parts, disk, await opened(name, parts, disk))
  }

  /** Whoever sits on this seat from now on: with its journal, and its eyes on the chains. It answers nobody itself any more. */
  async succeeded(name: string): Promise<Signer> {
    this.#hasLeft = true
    const bytes = this.#parts.rules.journalsAreHandedOver ? this.#disk.copy() : NOTHING
    const heir = await Signer.seated(name, this.#parts, bytes)
    heir.lied = this.lied
    heir.restsUntilMs = this.restsUntilMs
    return heir
  }

  /** It is dead, and there again: with what its disk kept. */
  async restart(): Promise<void> {
    const { chaos, rules } = this.#parts
    this.#disk.crash(chaos)
    if (chaos.chance(0.5)) this.#tallies.clear()
    if (rules.reread) this.#disk.replace(await misread(this.#disk.copy(), rules.reread))
    this.#pledges = await opened(this.name, this.#parts, this.#disk)
  }

  /** Its journal, as a backup takes it along. */
  backup(): Uint8Array {
    return this.#disk.copy()
  }

  /** It has lost its disk, and has another with what a backup took along; as long as promises may be forgotten, it rests. */
  async restored(backup: Uint8Array): Promise<void> {
    const { rules, now } = this.#parts
    this.#disk = new ModelDisk(backup, rules.waitsForDisk, this.#parts.fails)
    this.#pledges = await opened(this.name, this.#parts, this.#disk)
    this.restsUntilMs = now() + rules.restHours * 3_600_000
  }

  /**
   * A share of the signature under a plan, or what is wrong with it: as `mpc/verify.ts` and `mpc/signing.ts` go about it.
   * Null: it died over it, or has left.
   */
  async sign(plan: Plan): Promise<Answer | null> {
    if (this.#hasLeft) return null
    if (this.#parts.now() < this.restsUntilMs) return { share: false, refusals: [RESTING] }
    const origins = new Map<TransferId, Origin>()
    const rows = plan.payouts.map((payout) => this.#owed(payout, origins))
    const refused = rows.flatMap((row) => ("code" in row ? [row] : []))
    const found = refused.length > 0 ? refused : await this.#refusalsOf(plan, rows as Payout[])
    if (found.length > 0) return { share: false, refusals: found }
    try {
      const refusals = await this.#promise(plan, origins)
      if (refusals.length > 0) return { share: false, refusals }
    } catch (error) {
      if (!(error instanceof BridgeError) || error.code !== "journal-unwritable") throw error
      await this.restart()
      return null
    }
    // Somebody else sits there by now, with the journal as it was.
    if (this.#hasLeft) return null
    this.#parts.onShare(this, plan)
    return { share: true }
  }

  /** Whether it ever helped to pay it, by its journal. */
  isPromised(transfer: TransferId): boolean {
    return this.#pledges.isPromised(transfer)
  }

  /** Whether another plan of it was signed here that may still land. */
  holdsElsewhere(plan: Plan, transfer: TransferId): boolean {
    const rival = this.#rivalsOf(plan).find((one) => one.transfer === transfer)
    return rival !== undefined && (rival.plan === null || this.#fateOf(rival.plan) !== "dead")
  }

  /** Each with the plan that holds it, of that transfer alone: whoever spent its coin may have left out others. */
  #rivalsOf(plan: Plan): Rivals {
    const { records } = this.#pledges
    const known = this.#rivals.get(plan)
    if (known?.records === records) return known.found
    const found = this.#pledges.rivals(pledgeOf(plan)).map(({ transfer, plan: held }) => {
      const own = held && { payouts: held.payouts.filter((one) => one.transfer === transfer) }
      return { transfer, plan: own && planOf(own.payouts, held.terms) }
    })
    this.#rivals.set(plan, { records, found })
    return found
  }

  async #promise(
    plan: Plan,
    origins: ReadonlyMap<TransferId, Origin>,
  ): Promise<readonly Refusal[]> {
    const { rules, limits, now } = this.#parts
    if (!rules.journals) return []
    const own = {
      ...{ pledges: this.#pledges, ...rules.heeded(limits), now },
      newcomer: { untilMs: this.newUntilMs, percent: rules.newcomerPercent },
      fateOf: async (_: string, payouts: readonly Payout[], terms: Terms) =>
        rules.rivalFate(this.#fateOf(planOf(payouts, terms))),
    }
    return promised(own, { ...pledgeOf(plan), origins })
  }

  #fateOf(plan: Plan): Fate {
    return fateOf(plan, this.#parts.look(plan.terms.chain), this.#parts.rules)
  }

  /** What this signer finds that a transfer is owed, by its own view of the chain that it comes from. */
  #owed({ transfer, refund }: Payout, origins: Map<TransferId, Origin>): Payout | Refusal {
    const { look, rules, approvals } = this.#parts
    const view = look(modelled(originOf(transfer).chain))
    const found = view.locate(transfer)
    if (found) origins.set(transfer, { sender: found.sighting.sender, atMs: found.atMs })
    const { paid, redirected } = approvals
    try {
      const located = found && { ...found, tip: view.tip }
      return rules.owed(POLICY, { id: transfer, refund }, located, {
        isReturned: () => redirected.has(transfer),
        isApproved: paid.has(transfer),
      })
    } catch (error) {
      return refusalOf(transfer, error)
    }
  }

  async #refusalsOf(plan: Plan, payouts: readonly Payout[]): Promise<readonly Refusal[]> {
    try {
      await this.#vet(plan)
      const isSame = plan.payouts.every((one, at) => contentOf(one) === contentOf(payouts[at]!))
      if (this.#parts.rules.derivesPayouts && !isSame)
        throw new BridgeError("signer-refused", { derives: "another message" })
      return []
    } catch (error) {
      return [refusalOf(null, error)]
    }
  }

  async #vet(plan: Plan): Promise<void> {
    const { terms, payouts } = plan
    const view = this.#parts.look(terms.chain)
    switch (terms.kind) {
      case "attempt": {
        const transfers = payouts.map(({ transfer }) => transfer)
        if (isHome(terms.chain)) demandUnpaid(transfers, usedBy(plan, view))
        else await this.#vetLocks(plan)
        break
      }
      case "coins":
        this.#vetCoins(plan, view)
        break
      case "anchor": {
        const { reward, anchor } = terms
        const isCanonical = view.at(anchor.height)?.id === anchor.id
        const price = view.price!
        const seen = { tip: view.tip.height, isCanonical, price, dearest: price }
        const offered = { reward, anchorHeight: anchor.height }
        this.#parts.rules.demandSound(offered, { ...seen, rewardMax: REWARD_MAX })
      }
    }
  }

  /** Whoever lies to us about deposits shows more of them than there are. */
  async #vetLocks({ terms, payouts }: Plan): Promise<void> {
    const { look, rules } = this.#parts
    if (terms.kind !== "attempt" || this.lied) return
    for (const chain of sourcesOf(payouts)) {
      const stated = terms.terms[attestedKey(chain)]
      if (stated === undefined)
        throw new BridgeError("bad-request", { missing: `locks of ${chain}` })
      const home = chain as HomeName
      const counted = await counterOf(home, look, this.#tallies)([home])
      demandCounted(chain, BigInt(stated), rules.counted(counted[KINDS[home].asset] ?? 0n))
    }
  }

  /** Whether every coin is ours, unspent, and worth what is signed; whoever lies to us shows no coins. */
  #vetCoins(plan: Plan, view: View): void {
    const { terms } = plan
    if (terms.kind !== "coins" || !this.#parts.rules.checksCoins) return
    const refuse = (reason: string) => new BridgeError("signer-refused", { reason })
    if (changeOf(plan) === null || offerIn(plan) > rateMost(0n)) throw refuse("fee")
    const isThere = view instanceof HomeView && terms.coins.every((coin) => view.hasCoin(coin))
    if (!isThere) throw refuse("no such coin")
  }
}

type Rivals = readonly { readonly transfer: TransferId; readonly plan: Plan | null }[]

const NOTHING = new Uint8Array()
/** As `mpc/answering.ts` has it. */
const RESTING = refusalOf(null, new BridgeError("not-yet", { reason: "restored from a backup" }))

/** What the disk says, as often as the power goes over it. */
async function opened(name: string, { chaos }: Parts, disk: ModelDisk): Promise<Pledges> {
  for (;;)
    try {
      return await Pledges.open(name, true, disk.open)
    } catch (error) {
      if (!(error instanceof PowerLoss)) throw error
      disk.crash(chaos)
    }
}

/** The journal of a signer that misreads what is in it. */
async function misread(bytes: Uint8Array, reread: (entry: Entry) => Entry): Promise<Uint8Array> {
  const [old, fresh] = [bytes, NOTHING].map((one) => new ModelDisk(one, true, () => false))
  const entries: Entry[] = []
  await openJournal("", (entry) => entries.push(reread(entry)), old!.open)
  const journal = await openJournal("", () => {}, fresh!.open)
  for (const entry of entries) await journal.append(entry)
  return fresh!.copy()
}

/** A plan as a journal knows it: its terms are text. */
function pledgeOf(plan: Plan): Pledge {
  const known = PLEDGES.get(plan)
  if (known) return known
  const { terms, payouts } = plan
  const model = JSON.stringify(encode(terms))
  const chain = terms.chain as ChainName
  const pledge = { chain, payouts, terms: { model }, slots: slotsOf(plan) }
  PLEDGES.set(plan, pledge)
  return pledge
}

/** Every signer is asked for the same. */
const PLEDGES = new WeakMap<Plan, Pledge>()

function planOf(payouts: readonly Payout[], { model }: Terms): Plan {
  return { id: "of the journal", payouts, terms: decode(model!) as ModelTerms }
}

/** Whether a plan can provably never land, by the rule of its chain. */
export function isDead(plan: Plan, view: View, rules: Pick<Rules, "isExpired" | "deathDepth">) {
  return fateOf(plan, view, rules) === "dead"
}

/** What became of a plan, by the rule of its chain and one view of it. */
function fateOf(
  plan: Plan,
  view: View,
  { isExpired, deathDepth }: Pick<Rules, "isExpired" | "deathDepth">,
): Fate {
  const { terms, payouts } = plan
  switch (terms.kind) {
    case "attempt":
      return isHome(terms.chain)
        ? approved(usedBy(plan, view), true)
        : minted(usedBy(plan, view), false)
    case "coins":
      if (!(view instanceof HomeView)) return "open"
      return spending(slotSeen(terms.coins[0]!.point, payouts, view), view.tip.height, deathDepth)
    case "anchor": {
      const isLanded = payouts.some(({ transfer }) => {
        const landed = view.payoutsOf(transfer)
        return landed.some(({ height }) => isWithin(height, terms.anchor.height))
      })
      if (isLanded) return "landed"
      return isExpired(view.tip.height, terms.anchor.height) ? "dead" : "open"
    }
  }
}

/** Where a release can be that is anchored there. */
function isWithin(height: number, anchor: number): boolean {
  return height > anchor && height <= anchor + ANCHOR_LIFE
}

function usedBy({ payouts }: Plan, view: View): readonly boolean[] {
  return payouts.map(({ transfer }) => view.payoutsOf(transfer).length > 0)
}

function slotSeen(point: string, payouts: readonly Payout[], view: HomeView): SlotSeen {
  const spent = view.spender(point)
  const paid = new Set(spent?.release.rows.map(({ transfer }) => transfer))
  const isPaid = payouts.every(({ transfer }) => paid.has(transfer))
  return { spent: spent && { height: spent.height, isPaid }, ruledOut: view.ruledOut(point) }
}
