// What the gas wallet decides: each nonce is used once, no gap stays, and nothing costs more than its cap.

import { deepEqual, equal, ok } from "node:assert/strict"
import fc from "fast-check"
import { describe, test } from "vitest"
import { betterThan, type FeeCaps, type Fees, offerFor } from "../../../chains/evm/fees.ts"
import {
  type Attempt,
  type Job,
  type Order,
  ordersFor,
  type Slot,
  type WalletRules,
  type WalletView,
} from "../../../chains/evm/nonces.ts"
import { assert } from "../../../core/assert.ts"

const GWEI = 10n ** 9n
const caps: FeeCaps = { max: 100n * GWEI, tipMin: GWEI / 100n, tipMax: 3n * GWEI }
const rules: WalletRules = { caps, slotsMax: 4, patience: 3 }
const offer: Fees = { max: 20n * GWEI, tip: GWEI }

const aJob = (n: number): Job => ({ id: `job ${n}`, to: "0x12", data: "0x", gas: 100n })
const anAttempt = (n: number, changes: Partial<Attempt> = {}): Attempt => ({
  ...{ hash: `0x${n}`, raw: `raw ${n}`, fees: offer, height: 100, ...changes },
})
const aSlot = (nonce: number, changes: Partial<Slot> = {}): Slot => ({
  ...{ nonce, job: aJob(nonce), attempts: [anAttempt(nonce)], ...changes },
})
const aView = (changes: Partial<WalletView> = {}): WalletView => ({
  ...{ mined: 5, height: 101, known: new Set(["0x5", "0x6", "0x7"]), offer, ...changes },
})

const shortOf = (order: Order) => {
  if (order.kind === "send") return `send ${order.nonce} ${order.job?.id ?? "nothing"}`
  return order.kind === "alarm" ? "alarm" : `${order.kind} ${order.slot.nonce}`
}
const orders = (slots: Slot[], waiting: Job[], view: Partial<WalletView> = {}) =>
  ordersFor(slots, waiting, aView(view), rules).map(shortOf)

describe("orders", () => {
  test("a job gets the next nonce, after the blocks and after what we remember", () => {
    deepEqual(orders([], [aJob(1)]), ["send 5 job 1"])
    deepEqual(orders([aSlot(5), aSlot(6)], [aJob(1), aJob(2)]), ["send 7 job 1", "send 8 job 2"])
  })

  test("no more wait at one time than allowed", () => {
    deepEqual(orders([aSlot(5), aSlot(6), aSlot(7)], [1, 2, 3].map(aJob)), ["send 8 job 1"])
  })

  test("what is behind us is done with", () => {
    deepEqual(orders([aSlot(4), aSlot(5)], []), ["done 4"])
  })

  // Case 71.
  test("a nonce that nobody remembers is filled, with a job when one waits", () => {
    deepEqual(orders([aSlot(7)], []), ["send 5 nothing", "send 6 nothing"])
    deepEqual(orders([aSlot(7)], [aJob(1)]), ["send 5 job 1", "send 6 nothing"])
  })

  // Case 71.
  test("what no provider knows is sent again as it is", () => {
    deepEqual(orders([aSlot(5), aSlot(6)], [], { known: new Set(["0x6"]) }), ["repeat 5"])
  })

  // Case 73.
  test("only the lowest nonce can be stuck, and is offered more for after a while", () => {
    deepEqual(orders([aSlot(5), aSlot(6)], [], { height: 102 }), [])
    const found = ordersFor([aSlot(5), aSlot(6)], [], aView({ height: 103 }), rules)
    deepEqual(found.map(shortOf), ["replace 5"])
    const [order] = found
    assert(order?.kind === "replace", "it is replaced")
    ok(order.fees.max * 10n >= offer.max * 11n && order.fees.tip * 10n >= offer.tip * 11n)
  })

  // Case 73.
  test("a stuck transaction that the cap allows no more for is told, and kept alive", () => {
    const dear = { max: caps.max, tip: GWEI }
    const slot = aSlot(5, { attempts: [anAttempt(5, { fees: dear })] })

    deepEqual(orders([slot], [], { height: 200, known: new Set() }), ["repeat 5", "alarm"])
  })

  // Case 74.
  test("one that is stuck does not keep new ones from being sent behind it", () => {
    deepEqual(orders([aSlot(5)], [aJob(1)], { height: 103 }), ["replace 5", "send 6 job 1"])
  })

  // Case 7.
  test("while gas costs more than the cap nothing new is sent, and it is told", () => {
    deepEqual(orders([aSlot(5)], [aJob(1)], { offer: null }), ["alarm"])
    deepEqual(orders([aSlot(5)], [], { offer: null }), [])
  })
})

describe("offers", () => {
  const amount = fc.bigInt({ min: 0n, max: 500n * GWEI })

  // Case 8.
  test("without recent tips the least one is offered, not nothing", () => {
    deepEqual(offerFor({ baseFee: 10n * GWEI, tips: [] }, caps), {
      ...{ max: 20n * GWEI + caps.tipMin, tip: caps.tipMin },
    })
  })

  test("an offer gets into the next block and keeps to its caps, or there is none", () => {
    fc.assert(
      fc.property(amount, fc.array(amount, { maxLength: 10 }), (baseFee, tips) => {
        const fees = offerFor({ baseFee, tips }, caps)
        if (fees === null) return ok(baseFee + caps.tipMin > caps.max || tips.length > 0)
        ok(fees.max <= caps.max && fees.max >= baseFee + fees.tip)
        ok(fees.tip >= caps.tipMin && fees.tip <= caps.tipMax)
      }),
    )
  })

  // Case 73.
  test("a better offer is a tenth more in both parts, or there is none", () => {
    fc.assert(
      fc.property(amount, amount, amount, (max, tip, fresh) => {
        const old = { max: max + tip, tip }
        const fees = betterThan(old, { max: fresh, tip: GWEI }, caps)
        if (fees === null) return
        ok(fees.max <= caps.max && fees.max >= fees.tip)
        ok(fees.max * 10n >= old.max * 11n && fees.tip * 10n >= old.tip * 11n)
      }),
    )
  })
})

/** A node's mempool and blocks, which drop what they like, and a wallet that forgets. */
class World {
  mined = 0
  height = 100
  pool = new Map<number, Attempt>()
  done: (string | null)[] = []
  readonly #included = new Set<string>()
  slots = new Map<number, Slot>()
  waiting: Job[]
  #count = 0

  constructor(jobs: number) {
    this.waiting = Array.from({ length: jobs }, (_, n) => aJob(n))
  }

  turn(sends = true) {
    const known = new Set([...this.pool.values()].map(({ hash }) => hash))
    const view: WalletView = { mined: this.mined, height: this.height, known, offer }
    for (const order of ordersFor([...this.slots.values()], this.waiting, view, rules)) {
      if (order.kind === "done") this.#conclude(order.slot)
      if (order.kind === "repeat" && sends) this.#offer(order.slot.nonce)
      if (order.kind !== "send" && order.kind !== "replace") continue
      const slot = order.kind === "send" ? { ...order, attempts: [] } : order.slot
      if (order.kind === "send") this.waiting = this.waiting.filter((job) => job !== order.job)
      this.#count += 1
      const attempt = anAttempt(this.#count, { fees: order.fees, height: this.height })
      this.slots.set(slot.nonce, {
        ...{ nonce: slot.nonce, job: slot.job, attempts: [...slot.attempts, attempt] },
      })
      if (sends) this.#offer(slot.nonce)
    }
  }

  mine() {
    this.height += 1
    const next = this.pool.get(this.mined)
    if (!next) return
    this.pool.delete(this.mined)
    this.#included.add(next.hash)
    this.mined += 1
  }

  /** As the wallet does: a job whose nonce was used by something else waits anew. */
  #conclude({ nonce, job, attempts }: Slot) {
    this.slots.delete(nonce)
    if (attempts.some(({ hash }) => this.#included.has(hash))) this.done.push(job?.id ?? null)
    else if (job) this.waiting.unshift(job)
  }

  #offer(nonce: number) {
    const attempt = this.slots.get(nonce)!.attempts.at(-1)!
    const there = this.pool.get(nonce)
    const isBetter = !there || attempt.fees.max * 10n >= there.fees.max * 11n
    if (nonce >= this.mined && isBetter) this.pool.set(nonce, attempt)
  }
}

// Case 71.
test("whatever is dropped, forgotten or not sent: in the end every job is in a block, once", () => {
  const event = fc.oneof(
    fc.record({ kind: fc.constantFrom("turn", "deaf", "mine") }, { noNullPrototype: true }),
    fc.record({ kind: fc.constant("drop"), nonce: fc.nat(8) }, { noNullPrototype: true }),
  )

  fc.assert(
    fc.property(
      fc.array(event, { maxLength: 40 }),
      fc.integer({ min: 1, max: 8 }),
      (events, jobs) => {
        const world = new World(jobs)
        for (const one of events) {
          if (one.kind === "turn") world.turn()
          // Signed and remembered; then the machine dies before it is sent.
          if (one.kind === "deaf") world.turn(false)
          if (one.kind === "mine") world.mine()
          if (one.kind === "drop" && "nonce" in one) world.pool.delete(one.nonce as number)
        }
        for (let n = 0; n < 40; n += 1) {
          world.turn()
          world.mine()
        }

        deepEqual(
          world.done.filter((id) => id !== null).sort(),
          Array.from({ length: jobs }, (_, n) => `job ${n}`),
        )
        equal(world.waiting.length + world.pool.size, 0)
      },
    ),
  )
})

test("a wallet that has lost its memory goes on: gaps are filled, and what waited there is taken", () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.nat(6), { minLength: 1 }), (nonces) => {
      const world = new World(3)
      // Of another life: in the mempool, unknown to us, some with nothing below them.
      for (const nonce of nonces) world.pool.set(nonce, anAttempt(1_000 + nonce))
      for (let n = 0; n < 60; n += 1) {
        world.turn()
        world.mine()
      }

      equal(world.slots.size + world.waiting.length, 0)
      deepEqual(world.done.filter((id) => id !== null).sort(), ["job 0", "job 1", "job 2"])
    }),
  )
})
