// Who signs in a run, and what becomes of them: they take over from each other, and lose what they wrote.

import { REST_HOURS } from "../../mpc/rest.ts"
import { LyingView } from "./faults.ts"
import type { Promises } from "./invariants.ts"
import type { ModelChain, Plan } from "./plans.ts"
import { type Parts, SIGNERS, Signer, THRESHOLD } from "./signers.ts"
import type { View } from "./views.ts"
import type { World } from "./world.ts"

/** Steps after which a copy lacks enough to be worth a loss. */
const OLD = 1_500

interface SignerCopy {
  readonly at: number
  readonly signer: Signer
  readonly bytes: Uint8Array
  readonly promises: Promises
}

export class Committee {
  readonly #world: World
  readonly #hasLiar: boolean
  /** In a part of the runs, as books are not lost in these. */
  readonly #mayForget: boolean
  signers: readonly Signer[] = []
  /** The folder of a signer as it was some time ago. */
  #copy: SignerCopy | null = null
  /** A signer came back from a backup. */
  hasForgotten = false

  /** `hasLiar`: the endpoints of one of them lie. */
  constructor(world: World, hasLiar: boolean) {
    this.#world = world
    this.#hasLiar = hasLiar
    this.#mayForget = world.chaos.chance(world.rules.forgetful)
  }

  /** Before the first step. */
  async start(): Promise<void> {
    const seats = Array.from({ length: SIGNERS }, (_, index) => index)
    this.signers = await Promise.all(
      seats.map((index) => this.#signer(index, index === 0 && this.#hasLiar)),
    )
  }

  /** One of them dies, and is there again. */
  async restartOne(): Promise<void> {
    await this.#world.chaos.pick(this.signers).restart()
  }

  /**
   * A signer's folder of some time before takes the place of one that was lost. One in a run: two that have forgotten are
   * more than a quorum can do without; and not beside books that came back, which would have forgotten with it.
   */
  async loseOne(): Promise<void> {
    const { store, chaos, audit, log, now, nowMs } = this.#world
    const copy = this.#copy
    if (!this.#mayForget || store.restorations > 0 || this.hasForgotten) return
    if (copy === null || !this.signers.includes(copy.signer)) {
      const signer = chaos.pick(this.signers)
      const promises = audit.promisesOf(signer)
      this.#copy = { at: now, signer, bytes: signer.backup(), promises }
      return
    }
    if (now - copy.at < OLD) return
    log(`${copy.signer.name} comes back from a backup`)
    await copy.signer.restored(copy.bytes)
    audit.restored(copy.signer, copy.promises, nowMs + REST_HOURS * 3_600_000)
    this.hasForgotten = true
  }

  /** New members take over what old ones knew by their journals; who has left gives nothing any more. */
  async change(): Promise<void> {
    const { random, chaos, audit, log, nowMs } = this.#world
    const leaving = random.shuffled(this.signers)
    log("the committee changes")
    const heirs: Signer[] = []
    for (const [at, signer] of leaving.entries()) {
      const heir = await signer.succeeded(`signer-${this.#world.name("seat")}-${at}`)
      // A quorum of them is not new, or nothing large would be paid meanwhile.
      if (at < SIGNERS - THRESHOLD) heir.newUntilMs = nowMs + chaos.between(10, 300) * 60_000
      heirs.push(audit.succeeded(signer, heir))
    }
    this.signers = heirs
  }

  async #signer(index: number, lies: boolean): Promise<Signer> {
    const world = this.#world
    const { rules, approvals, limits, chaos } = world
    const own = world.ownEndpoints()
    world.endpoints.push(...own.values())
    const look = (chain: ModelChain): View => {
      const view = own.get(chain)!.look(world.now)
      return lies && !world.isCalm ? new LyingView(view) : view
    }
    const parts: Parts = {
      ...{ look, rules, approvals, limits, chaos },
      onShare: (signer: Signer, plan: Plan) => world.audit.signed(signer, plan),
      now: () => world.nowMs,
      fails: () => chaos.chance(world.faults.signerDeath),
    }
    const signer = await Signer.seated(`signer-${index}`, parts, new Uint8Array())
    signer.lied = lies
    return signer
  }
}
