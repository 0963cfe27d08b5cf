// The connection to AO against local units on the real aos, and their misbehaving views.

import { deepEqual, equal, ok, rejects, throws } from "node:assert/strict"
import { describe, onTestFinished, test } from "vitest"
import { aoCodec } from "../../../chains/ao/codec.ts"
import { connectLedger } from "../../../chains/ao/rpc.ts"
import type { TransferId } from "../../../core/ids.ts"
import { deployment, idNumber } from "../builders.ts"
import { ALICE, AR, aMint, aToken, HOME, LOCKS, useUnits } from "./builders.ts"

useUnits()

const NOTHING = { sightings: [], settlements: [], strays: [] }

describe("a slot", () => {
  test("has the hash chain of the slot below it as its parent, from the first on", async () => {
    const { connection, token } = await aToken()

    const [first, second] = [await connection.block(0), await connection.block(1)]

    equal(first!.items[0]!.message.id, token)
    equal(first!.parent, "")
    equal(second!.parent, first!.id)
  })

  test("that does not exist yet is null", async () => {
    const { connection, at } = await aToken()

    equal((await connection.block(at))!.id, (await connection.tip()).id)
    equal(await connection.block(at + 1), null)
    equal(await connection.block(-1), null)
  })

  // Case 94.
  test("comes when nobody writes, by a tick, and means nothing", async () => {
    const { connection, facts, at } = await aToken()

    await connection.tick()
    await connection.tick()

    equal((await connection.tip()).height, at + 2)
    for (const slot of [at + 1, at + 2]) deepEqual(await facts(slot), NOTHING)
    deepEqual((await connection.block(at + 2))!.items[0]!.result.messages, [])
  })

  // Case 93.
  test("is read once and in order, over any number of pages", async () => {
    const { connection, connect, units } = await aToken()
    await Promise.all(Array.from({ length: 110 }, () => connection.tick()))
    const reader = connect([units])

    const tip = await reader.tip()
    const slots = Array.from({ length: tip.height + 1 }, (_, slot) => slot)
    const blocks = await Promise.all(slots.map((slot) => reader.block(slot)))

    ok(tip.height > 110)
    for (const [slot, block] of blocks.entries())
      equal(block!.parent, blocks[slot - 1]?.id ?? "", `${slot}`)
    const ids = blocks.map((block) => block!.items[0]!.message.id)
    equal(new Set(ids).size, ids.length)
  })
})

test("the token says whom it obeys, and the number of its next proposal", async () => {
  const { connection } = await aToken()

  const stands = { present: deployment.vault, terms: { number: "0" } }
  deepEqual(await connection.handover!(), stands)
})

describe("a mint", () => {
  test("is seen as paid in its slot, and by the token's balance and memory", async () => {
    const { connection, mint, facts, at } = await aToken()
    const payouts = [aMint(), aMint()]
    const terms = await connection.terms(payouts, 0, LOCKS)
    const before = await connection.balance(ALICE)
    equal(await connection.fate(payouts, terms), "open")

    const { id } = await mint(payouts)

    const [settlement] = (await facts(at + 1))!.settlements
    deepEqual([settlement!.transaction, settlement!.outcome], [id, "paid"])
    deepEqual(
      settlement!.transfers,
      payouts.map(({ transfer }) => transfer),
    )
    equal(await connection.fate(payouts, terms), "landed")
    equal(await connection.fate([...payouts, aMint()], terms), "open")
    equal((await connection.balance(ALICE)) - before, 20n * AR)
    equal(await connection.balance(idNumber(77)), 0n)
  })

  // Cases 88 and 106.
  test("that was accepted and got no slot is sent again: the same item, minted once", async () => {
    const { connection, units, facts, seal, at } = await aToken()
    const payouts = [aMint()]
    const before = await connection.balance(ALICE)
    const sealed = seal(payouts, await connection.terms(payouts, 0, LOCKS))
    units.suffer({ swallow: 1 })

    await connection.submit(sealed)
    equal((await connection.tip()).height, at)
    for (let n = 0; n < 5; n += 1) await connection.submit(sealed)

    equal((await connection.tip()).height, at + 1)
    equal((await facts(at + 1))!.settlements[0]!.transaction, sealed.id)
    equal((await connection.balance(ALICE)) - before, 10n * AR)
  })

  // Case 90.
  test("that the scheduler gives two slots is paid in one of them", async () => {
    const { connection, units, facts, mint, at } = await aToken()
    const before = await connection.balance(ALICE)
    units.suffer({ twice: 1 })

    await mint([aMint()])

    equal((await connection.tip()).height, at + 2)
    const both = [(await facts(at + 1))!, (await facts(at + 2))!]
    deepEqual(
      both.flatMap(({ settlements }) => settlements.map(({ outcome }) => outcome)),
      ["paid"],
    )
    equal((await connection.balance(ALICE)) - before, 10n * AR)
  })

  test("of more than was deposited is refused by the token, whoever signed it", async () => {
    const { connection, facts, seal, at } = await aToken()
    const payouts = [aMint({ amount: LOCKS.AR })]

    await connection.submit(seal(payouts, await connection.terms(payouts, 0, LOCKS)))

    const [settlement] = (await facts(at + 1))!.settlements
    deepEqual([settlement!.outcome, settlement!.reason], ["refused", "over-attested"])
  })

  test("on terms that a signer did not count itself is refused by it", async () => {
    const { connection } = await aToken()
    const payouts = [aMint()]
    const terms = await connection.terms(payouts, 0, LOCKS)

    await connection.vet(payouts, terms, LOCKS)

    const less = { AR: LOCKS.AR - 1n }
    await rejects(connection.vet(payouts, terms, less), { code: "signer-refused" })
    await rejects(connection.vet(payouts, terms, {}), { code: "signer-refused" })
    await rejects(connection.vet(payouts, { attempt: "0" }, LOCKS), { code: "bad-request" })
    await rejects(connection.terms(payouts, 0, {}), { code: "bad-request" })
  })

  test("with a forged signature is refused for good before it is sent", async () => {
    const { connection, deployment, at } = await aToken()
    const payouts = [aMint()]
    const terms = await connection.terms(payouts, 0, LOCKS)

    const forged = aoCodec.seal(payouts, terms, deployment, [new Uint8Array(512).fill(1)])

    await rejects(connection.submit(forged), { code: "payout-refused" })
    equal((await connection.tip()).height, at)
  })
})

/** Alice burns 2 of what was minted to her. */
async function aBurn() {
  const world = await aToken()
  await world.mint([aMint()])
  const message = await world.burn(2n * AR, { "X-Order": "7" })
  const slot = world.at + 2
  const [sighting] = (await world.facts(slot))!.sightings
  return { ...world, message, slot, sighting: sighting! }
}

describe("a burn", () => {
  test("is located by its id, with its slot and the newest one", async () => {
    const { connection, sighting, message, slot } = await aBurn()
    await connection.tick()

    const located = await connection.locate(sighting.id)

    deepEqual(located!.sighting, sighting)
    deepEqual([sighting.sender, sighting.recipient], [ALICE, HOME])
    deepEqual([sighting.amount, sighting.forward], [2n * AR, { "X-Order": "7" }])
    ok(sighting.id.startsWith(`ao:${message}:`))
    equal(located!.block.height, slot)
    equal(located!.tip.height, slot + 1)
  })

  test("is not what any other id or message says", async () => {
    const { connection, sighting, message, say } = await aBurn()
    const refused = await say({ Action: "Burn", Quantity: "-5", Recipient: HOME })
    const wrong: TransferId[] = [
      `ao:${message}:9999`,
      `ao:${refused}:2`,
      `ao:${idNumber(1)}:1`,
      "ao:short:1",
      sighting.id.replace("ao:", "arweave:") as TransferId,
    ]

    const located = await connection.locateAll([...wrong, sighting.id])

    deepEqual(located.slice(0, -1), [null, null, null, null, null])
    deepEqual(located.at(-1)!.sighting, sighting)
  })

  // Case 90.
  test("whose message got two slots counts once", async () => {
    const { mint, units, burn, facts, connection, at } = await aToken()
    await mint([aMint()])
    units.suffer({ twice: 1 })
    await burn(2n * AR)

    const both = [(await facts(at + 2))!, (await facts(at + 3))!]

    const sightings = both.flatMap(({ sightings }) => sightings)
    equal(sightings.length, 1)
    equal((await connection.locate(sightings[0]!.id))!.block.height, at + 2)
  })
})

describe("units", () => {
  async function twoUnits() {
    const world = await aBurn()
    const view = await world.units.view()
    onTestFinished(() => view.stop())
    return { ...world, id: world.sighting.id, view, both: [world.units, view] }
  }

  // Cases 41 and 91.
  test("that compute two results stop the reader", async () => {
    const { connect, both, view, id, slot } = await twoUnits()
    view.setFaults({ lie: true })

    await rejects(connect(both).block(slot), { code: "rpc-disagrees" })
    await rejects(connect(both).locate(id), { code: "rpc-disagrees" })
    equal((await connect(both).block(1))!.height, 1)
  })

  // Case 43.
  test("of which one lags have the older newest slot", async () => {
    const { connect, both, view, id, slot } = await twoUnits()
    view.setFaults({ lagSlots: 1 })
    const connection = connect(both)

    equal((await connection.tip()).height, slot - 1)
    equal(await connection.block(slot), null)
    view.setFaults({})
    equal((await connection.tip()).height, slot)
    ok(await connection.locate(id))
  })

  test("that have not computed a slot yet have no block of it", async () => {
    const { connect, view, id, slot } = await twoUnits()
    view.setFaults({ lagResults: 1 })
    const connection = connect([view])

    equal((await connection.tip()).height, slot)
    equal(await connection.block(slot), null)
    equal(await connection.locate(id), null)
    ok(await connection.block(slot - 1))
    view.setFaults({})
    ok(await connection.block(slot))
  })

  test("that are dead, rude or silent are unavailable, and recover", async () => {
    const { connect, view, id, seal } = await twoUnits()
    const connection = connect([view], { timeoutMs: 300 })
    const payouts = [aMint()]
    const sealed = seal(payouts, await connection.terms(payouts, 0, LOCKS))
    for (const faults of [{ fail: { status: 500 } }, { fail: { status: 429 } }, { hang: true }]) {
      view.setFaults(faults)
      await rejects(connection.tip(), { code: "rpc-unavailable" })
      await rejects(connection.locate(id), { code: "rpc-unavailable" })
      await rejects(connection.balance(ALICE), { code: "rpc-unavailable" })
      await rejects(connection.submit(sealed), { code: "rpc-unavailable" })
    }
    view.setFaults({})
    ok(await connection.locate(id))
    await connection.submit(sealed)
    await view.stop()
    await rejects(connection.tip(), { code: "rpc-unavailable" })
    await rejects(connection.submit(sealed), { code: "rpc-unavailable" })
  })

  test("of which one of three is dead are enough, of two they are not", async () => {
    const { connect, units, view, id } = await twoUnits()
    const third = await units.view({ fail: { status: 500 } })
    onTestFinished(() => third.stop())

    ok(await connect([units, view, third]).locate(id))
    await rejects(connect([units, third]).locate(id), { code: "rpc-unavailable" })
  })

  test("that do not know the token are unavailable", async () => {
    const { units, connect } = await aToken()

    const strange = connect([units], {}, { tokens: { AR: idNumber(5) } })

    await rejects(strange.tip(), { code: "rpc-unavailable" })
  })

  test("that are missing from the configuration are missed at once, by name", () => {
    const connect = () =>
      connectLedger(aoCodec, { urls: { su: ["http://127.0.0.1:1"] } }, deployment)

    throws(connect, { code: "bad-config", message: /mu,cu/ })
  })
})
