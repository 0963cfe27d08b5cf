// A signer's own judgement of whom it pays: its copy of the lists, its copy of the policy, and attestors it can check.

import { PolicyShelf, type Standing } from "../chains/policy-shelf.ts"
import { codeFor, deedOf, factsOf, isUndecided, judge, type Screened } from "../chains/screening.ts"
import { seals } from "../chains/seals.ts"
import { type SignedAttestation, type Weighed, weigh } from "../core/compliance/attestation.ts"
import type { Decision } from "../core/compliance/decision.ts"
import { actionFor } from "../core/compliance/evaluate.ts"
import type { PolicyRoot } from "../core/compliance/succession.ts"
import type { Vote } from "../core/compliance/votes.ts"
import { BridgeError } from "../core/errors.ts"
import type { Payout } from "../core/payout.ts"
import type { BallotRow } from "./ballot.ts"

/** Hashes of lists by which an attestor may have judged: ours, and those that ours were before. */
const LISTS_REMEMBERED = 2

/** `policy/` and `lists/` of the signer's folder. */
export class Screening {
  readonly #shelf: PolicyShelf
  readonly #now: () => number
  #accepted: readonly string[] = []

  private constructor(shelf: PolicyShelf, now: () => number) {
    this.#shelf = shelf
    this.#now = now
  }

  /** Throws `bad-config` for a policy that does not follow from the root. Without one everything is refused. */
  static async open(folder: string, root: PolicyRoot, now: () => number): Promise<Screening> {
    return new Screening(await PolicyShelf.open(folder, root), now)
  }

  /** Takes up what the operator has put into the folder. */
  async refresh(): Promise<void> {
    await this.#shelf.refresh()
    const hash = this.#standing()?.listsHash
    if (hash !== undefined && hash !== this.#accepted[0])
      this.#accepted = [hash, ...this.#accepted].slice(0, LISTS_REMEMBERED)
  }

  /** Throws `screening-…` unless the policy allows this very payout, and `not-yet` while that can't be told. */
  demandAllowed(
    payout: Payout,
    transfer: Screened,
    attestations: readonly SignedAttestation[],
  ): void {
    const { decision, weighed } = this.#judged(payout, transfer, attestations)
    // One objection is enough, whatever else is said.
    if (weighed && weighed.vetoes.length > 0)
      throw new BridgeError("screening-hold", { vetoedBy: weighed.vetoes.join(", ") })
    const scope = payout.refund ? "refund" : "bridge"
    if (isUndecided(decision, scope))
      throw new BridgeError("not-yet", { rules: rulesOf(decision, scope) })
    const code = codeFor(decision[scope])
    if (code) throw new BridgeError(code, { rules: rulesOf(decision, scope) })
  }

  /**
   * Whether a transfer that the bridge's terms would carry goes back: because the policy does not let it pass, or
   * because enough attestors, who may know why, vouch for the way back.
   */
  isReturned(
    payout: Payout,
    transfer: Screened,
    attestations: readonly SignedAttestation[],
  ): boolean {
    const { decision, weighed } = this.#judged(payout, transfer, attestations)
    const isStopped = decision.bridge !== "allow" && !isUndecided(decision, "bridge")
    return isStopped || weighed?.action === "allow"
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
    transfer: Screened,
    attestations: readonly SignedAttestation[],
  ): { readonly decision: Decision; readonly weighed: Weighed | null } {
    const nowMs = this.#now()
    const standing = this.#standing()
    const own = attestations.filter(({ attestation }) => attestation.deposit === payout.transfer)
    const weighed =
      standing &&
      weigh(
        own,
        deedOf(payout, transfer, standing.policy),
        new Set(this.#accepted),
        standing.book.document.attestors,
        nowMs,
        seals.verify,
      )
    const session = weighed?.action === "allow" ? "attested" : null
    return { decision: judge(standing, factsOf(transfer, session), nowMs), weighed }
  }
}

function rulesOf({ reasons }: Decision, scope: "bridge" | "refund"): string {
  return reasons
    .filter(({ effects }) => effects[scope])
    .map(({ rule }) => rule)
    .join(", ")
}
