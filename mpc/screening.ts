// A signer's own judgement of whom it pays: its copy of the lists, its copy of the policy, and attestors it can check.

import { PolicyShelf, type Standing } from "../chains/policy-shelf.ts"
import { PriceFile } from "../chains/prices.ts"
import {
  actOf,
  codeFor,
  deedOf,
  factsOf,
  isUndecided,
  judge,
  type Screened,
} from "../chains/screening.ts"
import { seals } from "../chains/seals.ts"
import { isLedger } from "../core/assets.ts"
import { type SignedAttestation, type Weighed, weigh } from "../core/compliance/attestation.ts"
import type { Decision } from "../core/compliance/decision.ts"
import { actionFor, isBlind } from "../core/compliance/evaluate.ts"
import type { PolicyRoot } from "../core/compliance/succession.ts"
import type { Vote } from "../core/compliance/votes.ts"
import { usdCentsOf, usdCentsOfAll, type Value } from "../core/compliance/worth.ts"
import { BridgeError } from "../core/errors.ts"
import type { Worth } from "../core/governor.ts"
import type { TransferId } from "../core/ids.ts"
import type { Payout } from "../core/payout.ts"
import type { Sighting } from "../core/transfer.ts"
import type { Attestors } from "./attestors.ts"
import type { BallotRow } from "./ballot.ts"
import { Beside, type MovedBefore, type Sums } from "./moved.ts"

type Amounting = Pick<Sighting, "amount">

/** Hashes of lists by which an attestor may have judged: ours, and those that ours were before. */
const LISTS_REMEMBERED = 2

/** How amounts are weighed: as the bridge bounds what assets are worth, and by what was paid before. */
export interface Valuing {
  readonly worth: Worth | null
  readonly moved: MovedBefore
  /** Whether its journal knows a transfer: then what it moved is counted there. */
  readonly isPromised: (transfer: TransferId) => boolean
}

/** A payout, and the transfer that it pays. */
export interface Paying {
  readonly payout: Payout
  readonly transfer: Screened & Amounting
}

const NO_JOURNAL: Valuing = { worth: null, moved: () => null, isPromised: () => false }

const ALONE = new Beside()

/** What a judgement rests on beside the folder. */
export interface Beyond {
  readonly valuing?: Valuing
  /** Asked for the words that nobody brings; null: nobody is. */
  readonly attestors?: Attestors | null
}

/** `policy/`, `lists/` and `prices.json` of the signer's folder. */
export class Screening {
  readonly #shelf: PolicyShelf
  readonly #prices: PriceFile
  readonly #valuing: Valuing
  readonly #attestors: Attestors | null
  readonly #now: () => number
  #accepted: readonly string[] = []

  private constructor(
    shelf: PolicyShelf,
    prices: PriceFile,
    now: () => number,
    { valuing = NO_JOURNAL, attestors = null }: Beyond,
  ) {
    this.#shelf = shelf
    this.#prices = prices
    this.#valuing = valuing
    this.#attestors = attestors
    this.#now = now
  }

  /** Throws `bad-config` for a policy that does not follow from the root. Without one everything is refused. */
  static async open(
    folder: string,
    root: PolicyRoot,
    now: () => number,
    beyond: Beyond = {},
  ): Promise<Screening> {
    const shelf = await PolicyShelf.open(folder, root)
    return new Screening(shelf, new PriceFile(folder), now, beyond)
  }

  /** Takes up what the operator has put into the folder. */
  async refresh(): Promise<void> {
    await Promise.all([this.#shelf.refresh(), this.#prices.refresh()])
    const hash = this.#standing()?.listsHash
    if (hash !== undefined && hash !== this.#accepted[0])
      this.#accepted = [hash, ...this.#accepted].slice(0, LISTS_REMEMBERED)
  }

  /**
   * What a coordinator did not bring: the words about these payouts of each attestor of the policy whose own word is not
   * among `brought`, as far as it is known where to ask, and they answer. What is forged or out of date is not brought.
   */
  async unheard(
    payings: () => readonly Paying[],
    brought: readonly SignedAttestation[],
  ): Promise<readonly SignedAttestation[]> {
    const nowMs = this.#now()
    const standing = this.#standing()
    const attestors = this.#attestors
    const quorum = standing?.book.document.attestors
    if (!attestors || !standing || !quorum) return []
    const rows = payings().map(({ payout, transfer }) => {
      const { vouched, vetoes } = this.#weighed(standing, payout, transfer, brought, nowMs)
      return { deed: deedOf(payout, transfer, standing.policy), heard: [...vouched, ...vetoes] }
    })
    const words = Object.keys(quorum.keys).map((name) => {
      const missing = rows.filter(({ heard }) => !heard.includes(name))
      return attestors.ask(
        name,
        missing.map(({ deed }) => deed),
      )
    })
    return (await Promise.all(words)).flat()
  }

  /**
   * Throws `screening-…` unless the policy allows this very payout, and `not-yet` while that can't be told: by the
   * policy and the lists, or because too few attestors speak of what no chain shows. Their word is not a coordinator's
   * to leave out: where the policy names attestors, and has a rule that acts by what only they see, it is asked for.
   */
  demandAllowed(
    payout: Payout,
    transfer: Screened & Amounting,
    attestations: readonly SignedAttestation[],
    beside: Beside = ALONE,
  ): void {
    const { decision, weighed, standing } = this.#judged(payout, transfer, attestations, beside)
    // One objection is enough, whatever else is said.
    if (weighed && weighed.vetoes.length > 0)
      throw new BridgeError("screening-hold", { vetoedBy: weighed.vetoes.join(", ") })
    const scope = payout.refund ? "refund" : "bridge"
    if (isUndecided(decision, scope))
      throw new BridgeError("not-yet", { rules: rulesOf(decision, scope) })
    const code = codeFor(decision[scope])
    if (code) throw new BridgeError(code, { rules: rulesOf(decision, scope) })
    const attestors = standing?.book.document.attestors
    if (!standing || !attestors || weighed?.action === "allow") return
    const direction = isLedger(transfer.source) ? "out" : "in"
    if (!isBlind(standing.book, direction, scope)) return
    const vouched = weighed?.vouched.join(", ") ?? ""
    throw new BridgeError("not-yet", { reason: "attestors", needed: attestors.needed, vouched })
  }

  /** Counts it for those behind it in the same request; what is promised already is among what the journal has counted. */
  countBeside(beside: Beside, payout: Payout, { sender }: Screened): void {
    const { isPromised } = this.#valuing
    if (!isPromised(payout.transfer)) beside.add({ sender, recipient: payout.recipient }, payout)
  }

  /**
   * Whether a transfer that the bridge's terms would carry goes back: because the policy does not let it pass, or
   * because enough attestors, who may know why, vouch for the way back.
   */
  isReturned(
    payout: Payout,
    transfer: Screened & Amounting,
    attestations: readonly SignedAttestation[],
  ): boolean {
    const { decision, weighed } = this.#judged(payout, transfer, attestations)
    const isStopped = decision.bridge !== "allow" && !isUndecided(decision, "bridge")
    return isStopped || weighed?.action === "allow"
  }

  /** What other members are asked about a payout: nothing that only this one knows. */
  ballotOf(payout: Payout, transfer: Screened & Amounting): BallotRow {
    const { usdCents } = this.#valueOf(payout, transfer, ALONE, this.#now())
    const value = { usdCents, recentUsdCents: null }
    const { session: _, ...facts } = factsOf(transfer, null, [], value)
    return { act: actOf(payout), facts }
  }

  /** Throws `screening-block` for a deposit of somebody who is blocked: its coins are frozen. */
  demandUnfrozen(transfer: Screened): void {
    const nowMs = this.#now()
    const { bridge, refund } = judge(this.#standing(), factsOf(transfer, null), nowMs)
    if (bridge === "block" || refund === "block")
      throw new BridgeError("screening-block", { coinOf: transfer.sender })
  }

  /** What it would do with each, by which policy and lists; null where it cannot tell, which is no objection. */
  async vote(rows: readonly BallotRow[]): Promise<
    Pick<Vote, "policy" | "lists"> & {
      readonly actions: readonly (Vote["action"] | null)[]
    }
  > {
    await this.refresh()
    const standing = this.#standing()
    const nowMs = this.#now()
    // What only a session tells is for attestors, who are asked when it is signed.
    const actions = rows.map(({ act, facts }) => {
      const decision = judge(standing, { ...facts, session: "attested" }, nowMs)
      const scope = act === "mint" || act === "release" ? "bridge" : act
      return isUndecided(decision, scope) ? null : actionFor(decision, act)
    })
    return { policy: standing?.policy ?? "none", lists: standing?.listsHash ?? "none", actions }
  }

  #standing(): Standing | null {
    return this.#shelf.at(this.#now())
  }

  #judged(
    payout: Payout,
    transfer: Screened & Amounting,
    attestations: readonly SignedAttestation[],
    beside: Beside = ALONE,
  ): {
    readonly decision: Decision
    readonly weighed: Weighed | null
    readonly standing: Standing | null
  } {
    const nowMs = this.#now()
    const standing = this.#standing()
    const weighed = standing && this.#weighed(standing, payout, transfer, attestations, nowMs)
    const session = weighed?.action === "allow" ? "attested" : null
    const facts = factsOf(transfer, session, [], this.#valueOf(payout, transfer, beside, nowMs))
    return { decision: judge(standing, facts, nowMs), weighed, standing }
  }

  #weighed(
    { policy, book }: Standing,
    payout: Payout,
    transfer: Screened & Amounting,
    attestations: readonly SignedAttestation[],
    nowMs: number,
  ): Weighed {
    return weigh(
      attestations.filter(({ attestation }) => attestation.deposit === payout.transfer),
      deedOf(payout, transfer, policy),
      new Set(this.#accepted),
      book.document.attestors,
      nowMs,
      seals.verify,
    )
  }

  /** Of what its sender sent and what its recipient got, whichever is worth more. */
  #valueOf(payout: Payout, transfer: Screened & Amounting, beside: Beside, nowMs: number): Value {
    const { worth, moved } = this.#valuing
    const prices = this.#prices.now
    const who = { sender: transfer.sender, recipient: payout.recipient }
    const before = moved(payout.transfer, who, nowMs)
    const centsOf = (sums: Sums) => usdCentsOfAll(sums, prices, worth, nowMs)
    const all = before && beside.with(before, who)
    return {
      usdCents: usdCentsOf(transfer, prices, worth, nowMs),
      recentUsdCents: all && Math.max(centsOf(all.sent), centsOf(all.got)),
    }
  }
}

function rulesOf({ reasons }: Decision, scope: "bridge" | "refund"): string {
  return reasons
    .filter(({ effects }) => effects[scope])
    .map(({ rule }) => rule)
    .join(", ")
}
