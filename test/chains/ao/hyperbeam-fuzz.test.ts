// Everything that can go wrong with a HyperBEAM node at once, by seed: what was deposited is minted once, what was burned is burned once.
// Measured on a node (test/cases.md): H-1.

import { deepEqual, equal } from "node:assert/strict"
import { beforeAll, beforeEach, test } from "vitest"
import type { AoConnection } from "../../../chains/ao/rpc.ts"
import type { Sealed } from "../../../chains/chain.ts"
import type { TransferId } from "../../../core/ids.ts"
import type { Payout } from "../../../core/payout.ts"
import { TEST_WALLETS } from "../../fixtures/wallets.ts"
import { Random } from "../../simulation/random.ts"
import { aPayout, idNumber } from "../builders.ts"
import { ALICE, anItem, BOB, NODES, nodeWorld, type World } from "./node-world.ts"

/** One seed alone: `SEED=17 npx vitest run test/chains/ao/hyperbeam-fuzz.test.ts`. */
const SEEDS = process.env.SEED
  ? [Number(process.env.SEED)]
  : Array.from({ length: 200 }, (_, n) => n + 1)

let world: World
let deposits = 0

beforeAll(async () => {
  world = await nodeWorld()
  // What burns and transfers of all seeds need.
  await world.own.submit(world.seal([aDeposit(ALICE, 10_000_000n)]))
})

beforeEach(() => {
  world.messenger.suffer({})
  for (const url of NODES) world.faults(url, {})
})

test.each(SEEDS)("seed %i: every mint and every burn counts exactly once", async (seed) => {
  const run = new Run(new Random(seed), world.newest() + 1)
  const before = await run.held()

  for (let step = 0; step < 6; step++) await run.step()
  await run.heal()

  const { sightings, settlements, strays } = await world.facts(run.from)
  const paid = settlements.filter(({ outcome }) => outcome === "paid")
  const after = await run.held()
  deepEqual(strays, [])
  deepEqual(
    paid.flatMap(({ transfers }) => transfers).sort(),
    run.minted.map(({ transfer }) => transfer).sort(),
  )
  deepEqual(sightings.map(({ id }) => id.split(":")[1]).sort(), [...run.burned.keys()].sort())
  equal(new Set(sightings.map(({ id }) => id.split(":")[2])).size, sightings.length)
  for (const who of [ALICE, BOB]) equal(after[who]! - before[who]!, run.change[who])
  const [one] = sightings
  if (one) equal((await world.connect().locate(one.id))?.sighting.amount, one.amount)
})

/** One seed's people, nodes and misfortunes. */
class Run {
  readonly from: number
  readonly minted: Payout[] = []
  /** By the message. */
  readonly burned = new Map<string, bigint>()
  readonly change: Record<string, bigint> = { [ALICE]: 0n, [BOB]: 0n }
  readonly #random: Random
  #connection: AoConnection = world.connect()
  readonly #open: Sealed[] = []
  readonly #items: Uint8Array[] = []

  constructor(random: Random, from: number) {
    this.#random = random
    this.from = from
  }

  async held(): Promise<Record<string, bigint>> {
    const [alice, bob] = [await world.own.balance(ALICE), await world.own.balance(BOB)]
    return { [ALICE]: alice, [BOB]: bob }
  }

  async step(): Promise<void> {
    const random = this.#random
    this.#misfortune()
    switch (random.between(0, 7)) {
      case 0:
      case 1:
        return this.#mint()
      case 2:
        return this.#spend("Burn")
      case 3:
        return this.#spend("Transfer")
      case 4:
        return this.#again()
      case 5:
        return this.#strange()
      case 6:
        // The program ended, and has forgotten what it posted.
        this.#connection = world.connect()
        return this.#handIn()
      default:
        return this.#handIn()
    }
  }

  /** All goes well, and what is open is handed in until it has its slot. */
  async heal(): Promise<void> {
    world.messenger.suffer({})
    for (const url of NODES) world.faults(url, {})
    await this.#handIn()
    await world.messenger.idle()
    equal(this.#open.length, 0)
  }

  /** Bursts that leave no node unharmed for a while. */
  #misfortune(): void {
    const random = this.#random
    const some = () => (random.between(0, 2) === 0 ? random.between(0, 3) : 0)
    const counts = {
      crash: some(),
      deny: some(),
      garble: some(),
      pretend: some(),
      repush: some(),
      duplicate: some(),
    }
    world.messenger.suffer({ ...counts, reverse: random.between(0, 1) === 0 })
    for (const url of NODES)
      world.faults(url, {
        ...(random.between(0, 3) === 0 && { lagSlots: random.between(0, 2) }),
        ...(random.between(0, 3) === 0 && { lagResults: random.between(0, 2) }),
        ...(random.between(0, 4) === 0 && { fail: { status: 500, times: random.between(0, 5) } }),
      })
  }

  async #mint(): Promise<void> {
    const random = this.#random
    const payouts = Array.from({ length: 1 + random.between(0, 2) }, () =>
      aDeposit(random.between(0, 1) === 0 ? ALICE : BOB, BigInt(random.between(1, 1_000))),
    )
    const sealed = world.seal(payouts)
    this.#open.push(sealed)
    this.#items.push(sealed.raw)
    this.minted.push(...payouts)
    for (const { recipient, amount } of payouts) this.#moves(recipient, amount)
    await this.#handIn()
  }

  /** What fails is tried again later, as the services do. */
  async #handIn(): Promise<void> {
    for (const sealed of [...this.#open])
      try {
        await this.#connection.submit(sealed)
        this.#open.splice(this.#open.indexOf(sealed), 1)
      } catch (error) {
        equal((error as { code?: string }).code, "rpc-unavailable")
      }
  }

  /** Alice's own message, which her wallet hands in until a node shows it; perhaps more often. */
  async #spend(action: "Burn" | "Transfer"): Promise<void> {
    const amount = BigInt(50 + this.#random.between(0, 99))
    const recipient = action === "Burn" ? idNumber(70) : BOB
    const tags = { Action: action, Recipient: recipient, Quantity: `${amount}` }
    const { raw, id } = await anItem(world.token, tags)
    this.#items.push(raw)
    while (!world.schedule.byItem.has(id)) await this.#post(raw)
    for (let n = this.#random.between(0, 2); n > 0; n--) await this.#post(raw)
    this.#moves(ALICE, -amount)
    if (action === "Burn") this.burned.set(id, amount)
    else this.#moves(BOB, amount)
  }

  #moves(account: string, amount: bigint): void {
    this.change[account] = this.change[account]! + amount
  }

  /** Anybody posts anything again, or has a slot pushed again. */
  async #again(): Promise<void> {
    const random = this.#random
    const raw = this.#items[random.between(0, Math.max(0, this.#items.length - 1))]
    if (raw) for (let n = 0; n < 2; n++) await this.#post(raw)
    await world.get(`push?slot=${random.between(0, world.newest())}`, NODES[1]!).catch(() => {})
  }

  /** Messages that want to be what they are not. */
  async #strange(): Promise<void> {
    const from = `${world.newest()}`
    const burn = { Action: "Burn", Recipient: idNumber(70), Quantity: "60" }
    const kinds: [string, string][][] = [
      [...Object.entries(burn), ["quantity", "9000"]],
      [...Object.entries(burn), ["From-Process", ALICE]],
      [...Object.entries(burn), ["ao-types", 'quantity="integer"']],
      [
        ["Action", "Transfer"],
        ["Recipient", BOB],
        ["Quantity", "1"],
        ["committers", ALICE],
      ],
      [
        ["Action", "Mint"],
        ["From-Process", world.deployment.vault],
      ],
      [["slot", from]],
      [
        ["path", "push"],
        ["method", "POST"],
      ],
    ]
    const wallet = TEST_WALLETS.dave
    const { raw } = await anItem(world.token, this.#random.pick(kinds), { wallet })
    await this.#post(raw)
  }

  async #post(raw: Uint8Array): Promise<void> {
    const url = NODES[this.#random.between(0, 1)]!
    const path = this.#random.between(0, 3) === 0 ? "schedule" : "push"
    await world.post(raw, `${world.token}~process@1.0/${path}`, url).catch(() => {})
  }
}

function aDeposit(recipient: string, amount: bigint): Payout {
  deposits += 1
  const transfer: TransferId = `arweave:${idNumber(100_000 + deposits)}:0`
  return aPayout("ao", { transfer, recipient, amount })
}
