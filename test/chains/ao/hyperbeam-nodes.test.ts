// HyperBEAM nodes beside each other: how many are believed, how far apart they may be, and what people are told of them.

import { deepEqual, equal, ok, rejects } from "node:assert/strict"
import { beforeAll, beforeEach, describe, test } from "vitest"
import { aoCodec } from "../../../chains/ao/codec.ts"
import { connectLedger } from "../../../chains/ao/rpc.ts"
import { aPayout, deployment as keys } from "../builders.ts"
import { ALICE, anItem, BOB, NODES, nodeWorld, type World } from "./node-world.ts"

let world: World

beforeAll(async () => {
  world = await nodeWorld()
})
beforeEach(() => {
  for (const url of NODES) world.faults(url, {})
})

const aMint = () => aPayout("ao", { recipient: ALICE })

test("nodes say whom the token obeys, and the number of its next proposal", async () => {
  await world.post((await anItem(world.token, { Action: "Tick" })).raw)

  const stands = { present: keys.vault, terms: { number: "0" } }
  deepEqual(await world.connect().handover!(), stands)
})

describe("a node", () => {
  test("alone is not believed: a connection wants two", () => {
    for (const node of [[NODES[0]!], [NODES[0]!, NODES[0]!]])
      try {
        connectLedger(aoCodec, { urls: { node } }, world.deployment)
        ok(false, "it was believed")
      } catch (error) {
        equal((error as { code?: string }).code, "bad-config")
      }
  })

  test("is spoken to as a node, or as units, and not as both", () => {
    const urls = { node: NODES, mu: ["http://mu"], su: ["http://su"], cu: ["http://cu"] }
    try {
      connectLedger(aoCodec, { urls }, world.deployment)
      ok(false, "it was taken")
    } catch (error) {
      equal((error as { code?: string }).code, "bad-config")
    }
  })

  test("that is behind sets the pace; one far behind is another world", async () => {
    await world.post((await anItem(world.token, { Action: "Tick" })).raw)
    world.faults(NODES[1]!, { lagSlots: 1 })
    equal((await world.connect().tip()).height, world.newest() - 1)

    for (let n = 0; n < 120; n++)
      await world.post((await anItem(world.token, { Action: "Tick" })).raw)
    world.faults(NODES[1]!, { lagSlots: 110 })

    await rejects(world.connect().tip(), { code: "rpc-disagrees" })
  })

  test("that does not know the process, or fails, is not there", async () => {
    // 500 for any process that it has no store of.
    world.faults(NODES[0]!, { fail: { status: 500 } })

    await rejects(world.connect().tip(), { code: "rpc-unavailable" })
  })

  test("tells people its version, its height, and whether it agrees", async () => {
    await world.own.submit(world.seal([aMint()]))
    world.faults(NODES[1]!, { lie: true })
    const reports = await world.connect().reports!()

    equal(reports.length, 2)
    deepEqual(
      reports.map(({ height }) => height),
      [world.newest(), world.newest()],
    )
    ok(reports.every(({ version }) => version === "local units 1"))
    // Of two that say different things nobody knows which is right.
    deepEqual(
      reports.map(({ agrees }) => agrees),
      [false, false],
    )
    world.faults(NODES[1]!, { fail: { status: 503 } })
    const [, down] = await world.connect().reports!()
    deepEqual([down?.height, down?.agrees, down?.problem !== null], [null, null, true])
  })

  test("makes a slot come when nobody writes, by a key of nobody's", async () => {
    const before = world.newest()

    await world.own.tick()

    equal(world.newest(), before + 1)
    const { owner } = world.schedule.processes.get(world.token)!.slots.at(-1)!.item
    ok(![ALICE, BOB, keys.vault].includes(owner))
  })
})
