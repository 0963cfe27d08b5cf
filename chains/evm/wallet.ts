// The gas wallet: has signed releases included in blocks, whatever becomes of us meanwhile. It holds no power, only gas.

import { Transaction, Wallet } from "ethers"
import { BridgeError } from "../../core/errors.ts"
import type { Sealed } from "../chain.ts"
import { numberIn, selectorOf } from "./abi.ts"
import { gasOf, lookAt, statusOf, type Trial, tried } from "./account.ts"
import { type Fees, offerFor } from "./fees.ts"
import { toHex } from "./hex.ts"
import type { WalletJournal, WalletMemory } from "./journal.ts"
import {
  type Attempt,
  type Job,
  type Order,
  ordersFor,
  type Slot,
  type WalletRules,
} from "./nonces.ts"
import type { Panel, Said } from "./panel.ts"

export interface GasOptions {
  /** 32 bytes, hex with 0x. */
  readonly key: string
  readonly journal: WalletJournal
  readonly rules: WalletRules
  /** People are told when there is less than this, wei. */
  readonly balanceMin: bigint
  /** Hears what is left, wei, at every look. */
  readonly left?: (wei: bigint) => void
}

export interface WalletOptions extends GasOptions {
  readonly chainId: bigint
  readonly panel: Panel
}

const ALREADY = selectorOf("AlreadyReleased()")
/** What the vault does not do now, and may do later. */
const LATER: ReadonlyMap<string, string> = new Map([
  [selectorOf("IsPaused()"), "the vault is paused"],
  [selectorOf("LimitExceeded(address,uint256)"), "more than the limit lets out now"],
])

/** Null when it is paid already. */
function refusedFor(id: string, data: string): null {
  const selector = data.slice(0, 10)
  if (selector === ALREADY) return null
  const why = LATER.get(selector)
  if (why) throw new BridgeError("not-yet", { payout: id, why })
  throw new BridgeError("payout-refused", { payout: id, reverted: data.slice(0, 74) })
}

/** A transaction's gas is limited to 2^24 by EIP-7825. */
const GAS_MAX = 2n ** 24n

export class GasWallet {
  readonly address: string
  readonly #options: WalletOptions
  readonly #wallet: Wallet
  /** Exactly what the journal holds. */
  #memory: WalletMemory
  #turn: Promise<unknown> = Promise.resolve()

  /** Takes up what the journal remembers. */
  static async open(options: WalletOptions): Promise<GasWallet> {
    return new GasWallet(options, await options.journal.load())
  }

  private constructor(options: WalletOptions, memory: WalletMemory) {
    this.#options = options
    this.#memory = memory
    this.#wallet = new Wallet(options.key)
    this.address = this.#wallet.address.toLowerCase()
  }

  /**
   * Takes calldata for the vault; from then on every `turn` does what is needed for it. To hand in again what
   * waits is a turn, and what has been paid is nothing. Throws `payout-refused` for what the vault would
   * never take, `not-yet` for what it does not take now (paused, over its limit), and as `turn`.
   */
  async hand({ id, raw }: Sealed, vault: string): Promise<void> {
    const isKnown = () =>
      this.#memory.waiting.some((job) => job.id === id) ||
      this.#memory.slots.some(({ job }) => job?.id === id)
    if (!isKnown()) {
      const job = await this.#jobOf(id, vault, toHex(raw))
      if (job === null) return
      await this.#alone(async () => {
        if (!isKnown()) await this.#remember({ waiting: [...this.#memory.waiting, job] })
      })
    }
    await this.turn()
  }

  /** One look at the chain, and what follows from it. Throws `rpc-unavailable` and `journal-unwritable`. */
  turn(): Promise<void> {
    return this.#alone(async () => {
      const view = await this.#look()
      for (const order of ordersFor(this.slots, this.#memory.waiting, view, this.#options.rules))
        await this.#obey(order, view.height)
    })
  }

  /** What waits to be included, by nonce. */
  get slots(): readonly Slot[] {
    return this.#memory.slots
  }

  /** One after the other: two turns at once would use a nonce twice. */
  #alone<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#turn.then(work)
    this.#turn = mine.catch(() => {})
    return mine
  }

  async #obey(order: Order, height: number): Promise<void> {
    const { panel } = this.#options
    switch (order.kind) {
      case "send": {
        const { nonce, job, fees } = order
        return this.#sendNew({ nonce, job, attempts: [] }, fees, height)
      }
      case "replace":
        return this.#sendNew(order.slot, order.fees, height)
      case "repeat":
        return this.#broadcast(order.slot.attempts.at(-1)!)
      case "done":
        return this.#conclude(order.slot)
      case "alarm":
        return panel.report({ kind: "wallet", url: null, words: order.words })
    }
  }

  /** Signs, remembers, sends: whoever dies in between finds it in the journal. */
  async #sendNew(slot: Slot, fees: Fees, height: number): Promise<void> {
    const attempt = this.#signed(slot, fees, height)
    const sent = { ...slot, attempts: [...slot.attempts, attempt] }
    await this.#remember({
      slots: [...this.slots.filter(({ nonce }) => nonce !== slot.nonce), sent],
      waiting: this.#memory.waiting.filter(({ id }) => id !== slot.job?.id),
    })
    await this.#broadcast(attempt)
  }

  #signed({ nonce, job }: Slot, fees: Fees, height: number): Attempt {
    const transaction = Transaction.from({
      ...{ type: 2, chainId: this.#options.chainId, nonce, value: 0n },
      ...{ maxFeePerGas: fees.max, maxPriorityFeePerGas: fees.tip },
      // A filler pays nothing to ourselves.
      ...{ to: job?.to ?? this.address, data: job?.data ?? "0x", gasLimit: job?.gas ?? 21_000n },
    })
    transaction.signature = this.#wallet.signingKey.sign(transaction.unsignedHash)
    return { hash: transaction.hash!, raw: transaction.serialized, fees, height }
  }

  /** To every provider: one that takes it is enough, and the next turn looks whether one has. */
  async #broadcast({ raw, hash }: Attempt): Promise<void> {
    const { panel } = this.#options
    await Promise.all(
      panel.nodes.map((node) =>
        node.rpc.call("eth_sendRawTransaction", raw).catch((error: unknown) => {
          // It is there already, or it is in a block: both are what we want.
          if (/already known|already imported|nonce too low/i.test(String(error))) return
          const words = `${hash} was not taken: ${String(error).slice(0, 300)}`
          panel.report({ kind: "wallet", url: node.url, words })
        }),
      ),
    )
  }

  /** Forgets a nonce that is behind us, and tells what became of it when that is not what we wanted. */
  async #conclude({ nonce, job, attempts }: Slot): Promise<void> {
    const { panel } = this.#options
    const slots = this.slots.filter((slot) => slot.nonce !== nonce)
    if (job === null) return this.#remember({ slots })
    const outcomes = await panel.collect((node) => statusOf(node, attempts))
    const statuses = outcomes.map(({ value }) => value)
    const isOurs = statuses.some((status) => status !== null)
    const { waiting } = this.#memory
    await this.#remember({ slots, waiting: isOurs ? waiting : [job, ...waiting] })
    if (statuses.includes(true)) return
    const tell = (words: string) => panel.report({ kind: "wallet", url: null, words })
    // Not again by itself: whoever planned it looks why, and hands it in once more.
    if (statuses.includes(false))
      return tell(`transaction ${nonce} reverted, and with it ${job.id}`)
    tell(`nonce ${nonce} was used by something that we do not remember`)
  }

  async #look() {
    const { panel, rules, balanceMin } = this.#options
    const hashes = this.slots.flatMap(({ attempts }) => attempts.map(({ hash }) => hash))
    const said = await panel.collect((node) => lookAt(node, this.address, hashes))
    const views = said.map(({ value }) => value)
    // As many as a quorum has seen: one that is ahead of the others alone proves nothing.
    const nth = (values: readonly number[]) => [...values].sort((a, b) => b - a)[panel.quorum - 1]!
    const [least] = views.map(({ balance }) => balance).sort((a, b) => (a < b ? -1 : 1))
    this.#options.left?.(least!)
    if (views.every(({ balance }) => balance < balanceMin))
      panel.report({ kind: "wallet", url: null, words: `${this.address} runs out of gas money` })
    return {
      mined: nth(views.map(({ mined }) => mined)),
      height: nth(views.map(({ height }) => height)),
      known: new Set(views.flatMap(({ known }) => known)),
      offer: middle(views.map(({ history }) => offerFor(history, rules.caps))),
    }
  }

  /** Null for what has nothing left to pay. */
  async #jobOf(id: string, vault: string, calldata: string): Promise<Job | null> {
    const { panel } = this.#options
    const call = { from: this.address, to: vault, data: calldata }
    const said = await panel.collect((node) => tried(node, call))
    const outcome = shared(panel, said, id)
    if (outcome.reverted !== null) return refusedFor(id, outcome.reverted)
    // A batch answers how many of its items it would pay.
    if (outcome.answer !== "0x" && numberIn(outcome.answer.slice(2)) === 0n)
      throw new BridgeError("not-yet", { payout: id, why: "none of it can be paid now" })
    const gas = await panel.first((node) => gasOf(node, call))
    const withMargin = (gas * 6n) / 5n
    return { id, to: vault, data: calldata, gas: withMargin < GAS_MAX ? withMargin : GAS_MAX }
  }

  async #remember(change: Partial<WalletMemory>): Promise<void> {
    const memory = { ...this.#memory, ...change }
    await this.#options.journal.save(memory)
    this.#memory = memory
  }
}

/** Providers that are a block apart may see it differently for a moment. */
function shared(panel: Panel, said: readonly Said<Trial>[], id: string): Trial {
  try {
    return panel.shared(said, (trial) => JSON.stringify(trial), `the call of ${id}`)
  } catch (cause) {
    throw new BridgeError("not-yet", { payout: id, why: "providers see it differently" }, { cause })
  }
}

/** One provider alone moves it neither up nor down; one that asks more than the cap counts as the dearest. */
function middle(offers: readonly (Fees | null)[]): Fees | null {
  const sorted = [...offers].sort((a, b) => (isDearer(a, b) ? 1 : -1))
  return sorted[sorted.length >> 1] ?? null
}

function isDearer(a: Fees | null, b: Fees | null): boolean {
  return a === null || (b !== null && a.max > b.max)
}
