// The connection to AO against local units on the real aos, and their misbehaving views.

import { deepEqual, equal, ok, rejects, throws } from "node:assert/strict"
import { describe, onTestFinished, test } from "vitest"
import { aoCodec } from "../../../chains/ao/codec.ts"
import { connectAo } from "../../../chains/ao/rpc.ts"
import type { TransferId } from "../../../core/ids.ts"
import { idNumber } from "../builders.ts"
import { ALICE, AR, aMint, aToken, HOME, LOCKS, useUnits } from "./builders.ts"

useUnits()

describe("a slot", () => {
  test("has the hash chain of the slot below it as its parent, from the first on", async () => {
    const { connection } = await aToken()

    const [first, second] = [await connection.block(0), await connection.block(1)]

    equal(first!.parent, "")
    equal(second!.parent, first!.id)
    equal((await connection.tip()).id, second!.id)
    equal((await connection.tip()).height, 1)
  })

  test("that does not exist yet is null", async () => {
    const { connection } = await aToken()

    equal(await connection.block(2), null)
    equal(await connection.block(-1), null)
  })

  // Case 93.
  test("is read once and in order, over any number of pages", async () => {
    const { connection } = await aToken()
    await Promise.all(Array.from({ length: 120 }, () => connection.tick()))

    const tip = await connection.tip()
    const slots = Array.from({ length: tip.height + 1 }, (_, slot) => slot)
    const blocks = await Promise.all(slots.map((slot) => connection.block(slot)))

    equal(tip.height, 121)
    for (const [slot, block] of blocks.entries())
      equal(block!.parent, blocks[slot - 1]?.id ?? "", `${slot}`)
    const ids = blocks.map((block) => block!.items[0]!.message.id)
    equal(new Set(ids).size, ids.length)
  })

  test("shows another process's first message to nobody: the wrong process is found out", async () => {
    const { units, connect } = await aToken()
    const strange = connect([units], {}, { tokens: { AR: idNumber(5) } })

    await rejects(strange.tip(), { code: "rpc-unavailable" })
  })

  // Case 94.
  test("comes when nobody writes, by a tick, and means nothing", async () => {
    const { connection, facts } = await aToken()

    await connection.tick()
    await connection.tick()

    equal((await connection.tip()).height, 3)
    for (const slot of [2, 3])
      deepEqual(await facts(slot), { sightings: [], settlements: [], strays: [] })
    deepEqual((await connection.block(3))!.items[0]!.result.messages, [])
  })
})

describe("a mint", () => {
  test("is seen as paid in its slot, and by the token's balance and memory", async () => {
    const { connection, mint, facts } = await aToken()
    const payouts = [aMint(1), aMint(2)]
    const terms = await connection.terms(payouts, 0, LOCKS)
    equal(await connection.fate(payouts, terms), "open")

    const { id } = await mint(payouts)

    const [settlement] = (await facts(2))!.settlements
    deepEqual([settlement!.transaction, settlement!.outcome], [id, "paid"])
    deepEqual(
      settlement!.transfers,
      payouts.map(({ transfer }) => transfer),
    )
    equal(await connection.fate(payouts, terms), "landed")
    equal(await connection.fate([...payouts, aMint(3)], terms), "open")
    equal(await connection.balance(ALICE), 20n * AR)
  })

  // Cases 88 and 106.
  test("that was accepted and got no slot is sent again: the same item, minted once", async () => {
    const { connection, units, facts, seal } = await aToken()
    const payouts = [aMint(1)]
    const sealed = seal(payouts, await connection.terms(payouts, 0, LOCKS))
    units.suffer({ swallow: 1 })

    await connection.submit(sealed)
    equal((await connection.tip()).height, 1)
    for (let n = 0; n < 5; n += 1) await connection.submit(sealed)

    equal((await connection.tip()).height, 2)
    equal((await facts(2))!.settlements[0]!.transaction, sealed.id)
    equal(await connection.balance(ALICE), 10n * AR)
  })

  // Case 90.
  test("that the scheduler gives two slots is paid in one of them", async () => {
    const { connection, units, facts, mint } = await aToken()
    units.suffer({ twice: 1 })

    await mint([aMint(1)])

    equal((await connection.tip()).height, 3)
    const settlements = [...(await facts(2))!.settlements, ...(await facts(3))!.settlements]
    deepEqual(
      settlements.map(({ outcome }) => outcome),
      ["paid"],
    )
    equal(await connection.balance(ALICE), 10n * AR)
  })

  // Case 91, seen from the money: what the token refuses is told with the token's reason.
  test("of more than was deposited is refused by the token", async () => {
    const { connection, facts, seal } = await aToken()
    const payouts = [aMint(1)]

    await connection.submit(seal(payouts, await connection.terms(payouts, 0, { arweave: AR })))

    const [settlement] = (await facts(2))!.settlements
    deepEqual([settlement!.outcome, settlement!.reason], ["refused", "over-attested"])
  })

  test("on terms that a signer did not count itself is refused by it", async () => {
    const { connection } = await aToken()
    const payouts = [aMint(1)]
    const terms = await connection.terms(payouts, 0, LOCKS)

    await connection.vet(payouts, terms, LOCKS)

    await rejects(connection.vet(payouts, terms, { arweave: LOCKS.arweave - 1n }), {
      code: "signer-refused",
    })
    await rejects(connection.vet(payouts, terms, {}), { code: "signer-refused" })
    await rejects(connection.vet(payouts, { attempt: "0" }, LOCKS), { code: "bad-request" })
    await rejects(connection.terms(payouts, 0, {}), { code: "bad-request" })
  })

  test("with a forged signature is refused for good before it is sent", async () => {
    const { connection, deployment } = await aToken()
    const payouts = [aMint(1)]
    const terms = await connection.terms(payouts, 0, LOCKS)

    const forged = aoCodec.seal(payouts, terms, deployment, new Uint8Array(512).fill(1))

    await rejects(connection.submit(forged), { code: "payout-refused" })
    equal((await connection.tip()).height, 1)
  })
})

describe("a burn", () => {
  async function aBurn() {
    const world = await aToken()
    await world.mint([aMint(1)])
    const message = await world.burn(2n * AR, { "X-Order": "7" })
    const [sighting] = (await world.facts(3))!.sightings
    return { ...world, message, sighting: sighting! }
  }

  test("is located by its id, with its slot and the newest one", async () => {
    const { connection, sighting, message } = await aBurn()
    await connection.tick()

    const located = await connection.locate(sighting.id)

    deepEqual(located!.sighting, sighting)
    deepEqual([sighting.sender, sighting.recipient], [ALICE, HOME])
    deepEqual([sighting.amount, sighting.forward], [2n * AR, { "X-Order": "7" }])
    ok(sighting.id.startsWith(`ao:${message}:`))
    equal(located!.block.height, 3)
    equal(located!.tip.height, 4)
  })

  test("is not what any other id or message says", async () => {
    const { connection, sighting, message, say } = await aBurn()
    const refused = await say({ Action: "Burn", Quantity: "-5", Recipient: HOME })
    const wrong: TransferId[] = [
      ...([`ao:${message}:99`, `ao:${refused}:2`, `ao:${idNumber(1)}:1`] as const),
      ...([sighting.id.replace("ao:", "arweave:") as TransferId, "ao:short:1"] as const),
    ]

    deepEqual(
      await connection.locateAll(wrong),
      wrong.map(() => null),
    )
    const found = await connection.locateAll([...wrong, sighting.id])
    deepEqual(found.at(-1)!.sighting, sighting)
  })

  // Case 90.
  test("whose message got two slots counts once", async () => {
    const world = await aToken()
    await world.mint([aMint(1)])
    world.units.suffer({ twice: 1 })
    await world.burn(2n * AR)

    const [one, other] = [(await world.facts(3))!, (await world.facts(4))!]

    equal(one.sightings.length + other.sightings.length, 1)
    const [sighting] = [...one.sightings, ...other.sightings]
    equal((await world.connection.locate(sighting!.id))!.block.height, 3)
  })
})

describe("units", () => {
  async function minted() {
    const world = await aToken()
    await world.mint([aMint(1)])
    const burn = await world.burn(2n * AR)
    const [sighting] = (await world.facts(3))!.sightings
    const view = await world.units.view()
    onTestFinished(() => view.stop())
    return { ...world, burn, id: sighting!.id, view, both: [world.units, view] }
  }

  // Cases 41 and 91.
  test("that compute two results stop the reader", async () => {
    const { connect, both, view, id } = await minted()
    view.setFaults({ lie: true })

    await rejects(connect(both).block(3), { code: "rpc-disagrees" })
    await rejects(connect(both).locate(id), { code: "rpc-disagrees" })
    equal((await connect(both).block(1))!.height, 1)
  })

  // Case 43.
  test("of which one lags have the older newest slot", async () => {
    const { connect, both, view, id } = await minted()
    view.setFaults({ lagSlots: 1 })
    const connection = connect(both)

    equal((await connection.tip()).height, 2)
    equal(await connection.block(3), null)
    view.setFaults({})
    equal((await connection.tip()).height, 3)
    ok(await connection.locate(id))
  })

  test("that have not computed a slot yet have no block of it", async () => {
    const { connect, view, id } = await minted()
    view.setFaults({ lagResults: 1 })
    const connection = connect([view])

    equal((await connection.tip()).height, 3)
    equal(await connection.block(3), null)
    equal(await connection.locate(id), null)
    ok(await connection.block(2))
    view.setFaults({})
    ok(await connection.block(3))
  })

  test("that are dead, rude or silent are unavailable, and recover", async () => {
    const { connect, view, id, seal } = await minted()
    const connection = connect([view], { timeoutMs: 300 })
    const sealed = seal([aMint(5)], await connection.terms([aMint(5)], 0, LOCKS))
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
    const { connect, units, view, id, mint } = await minted()
    const third = await units.view({ fail: { status: 500 } })
    onTestFinished(() => third.stop())

    ok(await connect([units, view, third]).locate(id))
    await rejects(connect([units, third]).locate(id), { code: "rpc-unavailable" })
    await mint([aMint(7)])
  })

  test("that are missing from the configuration are missed at once, by name", async () => {
    const { deployment } = await aToken()

    const connect = () => connectAo({ urls: { su: ["http://127.0.0.1:1"] } }, deployment)

    throws(connect, { code: "bad-config", message: /mu,cu/ })
  })
})
