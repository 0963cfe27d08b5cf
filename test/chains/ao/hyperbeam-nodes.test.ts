// HyperBEAM nodes beside each other: how many are believed, how far apart they may be, and what people are told of them.
// Measured on a node (test/cases.md): H-9, H-68.

import { deepEqual, equal, ok, rejects, throws } from "node:assert/strict"
import { beforeAll, beforeEach, describe, test } from "vitest"
import { aoCodec } from "../../../chains/ao/codec.ts"
import { heldIn } from "../../../chains/ao/holdings.ts"
import { connectLedger } from "../../../chains/ao/rpc.ts"
import { aPayout, idNumber, deployment as keys } from "../builders.ts"
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

    const slots = `${NODES[0]} at ${world.newest()}, ${NODES[1]} at ${world.newest() - 110}`
    await rejects(world.connect().tip(), {
      code: "rpc-disagrees",
      detail: { slots, why: "a node is behind" },
    })
  })

  test("that does not know the process, or fails, is not there", async () => {
    // 500 for any process that it has no store of.
    world.faults(NODES[0]!, { fail: { status: 500 } })
    await rejects(world.connect().tip(), { code: "rpc-unavailable" })

    // It knows the process, and shows -1 for its newest slot.
    world.faults(NODES[0]!, { lagSlots: 1_000_000 })
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

  test("is asked what a token states of one slot, of its supply and of all balances", async () => {
    const to = (amount: bigint, n: number) =>
      aPayout("ao", { transfer: `arweave:${idNumber(900 + n)}:0`, recipient: BOB, amount })
    const { stated } = world.own
    const before = (await stated!(world.newest()))!
    await world.own.submit(world.seal([to(700n, 1)]))
    const slot = world.newest()
    await world.own.submit(world.seal([to(5n, 2)]))

    const after = { supply: before.supply + 700n, held: before.held + 700n }
    // Bare at first, and out of a cache in another shape.
    for (let n = 0; n < 2; n++) deepEqual(await stated!(slot), after)
    world.faults(NODES[1]!, {
      tamper: { result: (told) => ({ ...told, state: { supply: "1", balances: {} } }) },
    })
    await rejects(world.connect().stated!(slot), { code: "rpc-disagrees" })
  })

  test("adds keys of its own to a map of balances, and nothing but accounts is counted", () => {
    const balances = { [ALICE]: "12", [BOB]: "0", status: 200, commitments: { [keys.vault]: "9" } }
    const of = (json: unknown, status = 200) => heldIn({ status, body: JSON.stringify(json) }, "x")

    equal(of(balances), 12n)
    equal(of({ "ao-result": "body", body: balances, status: 200 }), 12n)
    equal(of({}, 404), 0n)
    for (const odd of [1e3, "-1", "1.0e3", "", null])
      throws(() => of({ [ALICE]: odd }), { code: "rpc-unavailable" }, `${odd}`)
    throws(() => of({ [ALICE]: "12" }, 500), { code: "rpc-unavailable" })
  })

  test("makes a slot come when nobody writes, by a key of nobody's", async () => {
    const before = world.newest()

    await world.own.tick()

    equal(world.newest(), before + 1)
    const { owner } = world.schedule.processes.get(world.token)!.slots.at(-1)!.item
    ok(![ALICE, BOB, keys.vault].includes(owner))
  })
})
