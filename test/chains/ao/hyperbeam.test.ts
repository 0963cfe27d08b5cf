// The bridge on HyperBEAM nodes that forget, repeat themselves, break off and lie: the rules of a sender and of a watcher there.
// Measured on a node (test/cases.md): H-1, H-2, H-3, H-4, H-5, H-8, H-10, H-42, H-43, H-44, H-47, H-48, H-50, H-62, H-63, H-66.

import { deepEqual, equal, ok, rejects } from "node:assert/strict"
import { beforeAll, beforeEach, describe, test } from "vitest"
import { aoCodec } from "../../../chains/ao/codec.ts"
import { decode, encode, idOf, signByEthereum, targetOf } from "../../../chains/ao/item.ts"
import { moduleOf, spawnProcess } from "../../../chains/ao/spawn.ts"
import { textOf, utf8 } from "../../../chains/bytes.ts"
import type { TransferId } from "../../../core/ids.ts"
import type { Payout } from "../../../core/payout.ts"
import { TEST_WALLETS } from "../../fixtures/wallets.ts"
import { aPayout, idNumber, deployment as keys } from "../builders.ts"
import { ALICE, anItem, NODES, nodeWorld, type World } from "./node-world.ts"

let world: World
let deposits = 0

beforeAll(async () => {
  world = await nodeWorld()
})
beforeEach(() => {
  world.messenger.suffer({})
  for (const url of NODES) world.faults(url, {})
})

function aMint(changes: Partial<Payout> = {}): Payout {
  deposits += 1
  const transfer: TransferId = `arweave:${idNumber(deposits)}:0`
  return aPayout("ao", { transfer, recipient: ALICE, amount: 1_000n, ...changes })
}

/** Alice has so much more than before. */
async function gain(act: () => Promise<unknown>): Promise<bigint> {
  const before = await world.own.balance(ALICE)
  await act()
  return (await world.own.balance(ALICE)) - before
}

const burnTags = { Action: "Burn", Recipient: idNumber(70), Quantity: "100" }

// Cases 88, 90 and 91.
describe("a mint that is handed in", () => {
  test.each([
    ["an answer that is no HTTP, after it was scheduled", { crash: 1 }, 1],
    ["a failure in plain words, after it was scheduled", { deny: 1 }, 1],
    ["an answer that is no HTTP, and no slot", { garble: 1 }, 1],
    ["success and a slot's number, but no slot", { pretend: 1 }, 1],
    ["success on one node and noise on the other", { pretend: 1, garble: 1 }, 2],
  ])("is looked for in the listing after %s", async (_, misfortune, tries) => {
    // Rule 1: an error is an unknown outcome, and success is no proof.
    const connection = world.connect()
    const sealed = world.seal([aMint()])
    world.messenger.suffer(misfortune)

    const gained = await gain(async () => {
      for (let n = 1; n < tries; n++)
        await rejects(connection.submit(sealed), { code: "rpc-unavailable" })
      await connection.submit(sealed)
    })

    equal(gained, 1_000n)
    equal(world.schedule.byItem.get(sealed.id)?.length, 1)
  })

  test("is not posted again once the listing shows it", async () => {
    const sealed = world.seal([aMint()])
    await world.connect().submit(sealed)

    await world.connect().submit(sealed)
    await world.own.submit(sealed)

    equal(world.schedule.byItem.get(sealed.id)?.length, 1)
  })

  test("three times by anybody has three slots and is minted once", async () => {
    // Rule 2: nothing there knows an item again.
    const payout = aMint()
    const { raw, id } = world.seal([payout])
    const from = world.newest() + 1

    const gained = await gain(async () => {
      for (let n = 0; n < 3; n++) await world.post(raw)
    })

    equal(world.schedule.byItem.get(id)?.length, 3)
    equal(gained, 1_000n)
    const { settlements, strays } = await world.facts(from)
    deepEqual(
      settlements.map(({ outcome, transaction }) => [outcome, transaction]),
      [["paid", id]],
    )
    deepEqual(strays, [])
  })

  test("by several programs and strangers at once is minted once, whatever they are answered", async () => {
    const sealed = world.seal([aMint()])
    const others = Array.from({ length: 4 }, () => world.seal([aMint()]))
    const from = world.newest() + 1
    world.messenger.suffer({ crash: 2, garble: 2, pretend: 1, repush: 3 })
    const programs = Array.from({ length: 3 }, () => world.connect())
    const posts = () => Array.from({ length: 3 }, () => world.post(sealed.raw))

    const gained = await gain(async () => {
      await Promise.allSettled([
        ...programs.map((one) => one.submit(sealed)),
        ...posts(),
        ...others.map((one) => world.own.submit(one)),
        ...posts(),
      ])
      // What got no slot in the crowd is handed in again: the same bytes.
      for (const one of [sealed, ...others]) await world.own.submit(one)
    })

    equal(gained, 5_000n)
    const { settlements, strays } = await world.facts(from)
    const paid = settlements.filter(({ outcome }) => outcome === "paid")
    deepEqual(
      paid.map(({ transaction }) => transaction).sort(),
      [sealed, ...others].map(({ id }) => id).sort(),
    )
    deepEqual(strays, [])
  })

  test("in another item for the same transfer is told as minted before", async () => {
    const payout = aMint()
    await world.own.submit(world.seal([payout], 0))

    const gained = await gain(() => world.own.submit(world.seal([payout], 1)))

    equal(gained, 0n)
    const { settlements } = await world.facts(world.newest())
    deepEqual(
      settlements.map(({ reason }) => reason),
      ["already-minted"],
    )
  })

  test("whose key is none of RSA-4096 is refused before it is posted, and by the node", async () => {
    // Rule 10: other kinds of items are 500 with nothing in it.
    const fields = {
      target: targetOf(world.token),
      anchor: utf8("a".repeat(32)),
      tags: [],
      data: utf8(""),
    }
    const item = signByEthereum(new Uint8Array(32).fill(7), fields)
    const sealed = { id: idOf(item.signature), raw: encode(item) }
    const before = world.newest()

    await rejects(world.own.submit(sealed), { code: "payout-refused" })

    deepEqual(await world.post(sealed.raw), { status: 500, body: "" })
    equal(world.newest(), before)
  })

  test("that no node takes stays open, and fate knows it once it has landed", async () => {
    const payout = aMint()
    const connection = world.connect()
    const sealed = world.seal([payout])
    const terms = { attempt: "0", "attested:arweave": "1" }
    world.messenger.suffer({ garble: 9 })

    await rejects(connection.submit(sealed), { code: "rpc-unavailable" })
    equal(await connection.fate([payout], terms), "open")
    world.messenger.suffer({})
    await connection.submit(sealed)
    await connection.block((await connection.tip()).height)

    equal(await connection.fate([payout], terms), "landed")
    equal(await world.connect().fate([payout], terms), "open")
  })
})

describe("a burn", () => {
  test("pushed again by anybody is the one burn of its slot", async () => {
    // Rule 4: each push sends the outbox again, under new ids.
    await world.own.submit(world.seal([aMint()]))
    const burn = await anItem(world.token, burnTags)
    const from = world.newest() + 1
    await world.post(burn.raw)

    for (let n = 0; n < 3; n++) equal((await world.get(`push?slot=${from}`)).status, 200)
    await world.post((await anItem(world.token, { slot: `${from}` })).raw)
    await world.messenger.idle()

    const { sightings } = await world.facts(from)
    deepEqual(
      sightings.map(({ amount, sender }) => [amount, sender]),
      [[100n, ALICE]],
    )
    equal(world.newest(), from)
  })

  test("is found by its number in a history that nobody has read before", async () => {
    await world.own.submit(world.seal([aMint({ amount: 10_000n })]))
    const ids: TransferId[] = []
    for (let n = 0; n < 6; n++) {
      const from = world.newest() + 1
      await world.post((await anItem(world.token, burnTags)).raw)
      for (let k = 0; k < n; k++)
        await world.post((await anItem(world.token, { Action: "Tick" })).raw)
      ids.push((await world.facts(from)).sightings[0]!.id)
    }

    for (const id of ids) {
      const located = await world.connect().locate(id)
      equal(located?.sighting.amount, 100n)
    }
    equal(await world.connect().locate(`ao:${idNumber(1)}:1`), null)
    equal(await world.connect().locate(`ao:${idNumber(1)}:999`), null)
  })

  test("is what one node alone says of nobody", async () => {
    await world.own.submit(world.seal([aMint()]))
    await world.post((await anItem(world.token, burnTags)).raw)
    world.faults(NODES[1]!, { lie: true })
    const reader = world.connect()
    const { height } = await reader.tip()

    // Of two nobody knows which is right: people are told what each has said.
    await rejects(reader.block(height), ({ code, detail }) => {
      const from = detail.said.map((one: { from: string }) => one.from)
      deepEqual([code, detail.slot, from], ["rpc-disagrees", height, NODES])
      return /http:\/\/one says .*; http:\/\/two says /.test(detail.answers)
    })
  })

  test("of a wallet is checked by its signature, whatever the message says of itself", async () => {
    await world.own.submit(world.seal([aMint()]))
    const { raw } = await anItem(world.token, { ...burnTags, "From-Uncommitted": idNumber(3) })
    await world.post(raw)
    const slot = world.newest()
    equal((await world.facts(slot)).sightings.length, 1)

    for (const url of NODES)
      world.faults(url, {
        tamper: { item: (item) => ({ ...item, signature: turned(item.signature) }) },
      })

    await rejects(world.connect().block(slot), { code: "rpc-disagrees" })
  })

  test("of a process is known by the nodes that agree, and by nothing else", async () => {
    const pool = await aPool(world)
    await world.own.submit(world.seal([aMint({ recipient: pool })]))
    const from = world.newest() + 1
    const go = await anItem(pool, { Action: "Go" })
    await world.post(go.raw, `${pool}~process@1.0/push`)
    await world.messenger.idle()
    // Anybody has it sent once more. Notices of mint and burn have slots of the pool too.
    const { slots } = world.schedule.processes.get(pool)!
    const slot = slots.findIndex(({ item }) => item.id === go.id)
    await world.http.get(`${NODES[0]}/${pool}~process@1.0/push?slot=${slot}`)
    await world.messenger.idle()

    const { sightings } = await world.facts(from)

    deepEqual(
      sightings.map(({ sender, amount }) => [sender, amount]),
      [[pool, 100n]],
    )
    equal(world.newest(), from + 1)
  })

  test.each<[string, [string, string]]>([
    ["a doubled tag", ["quantity", "900"]],
    ["a value like a list", ["Max-Fee", '"1", "900"']],
    ["a type given twice", ["Type", "Process"]],
  ])("of %s is none, whatever a node says that the token said", async (_, odd) => {
    await world.own.submit(world.seal([aMint()]))
    const tags: [string, string][] = [["Type", "Message"], ...Object.entries(burnTags), odd]
    const { id, raw } = await anItem(world.token, tags)
    await world.post(raw)
    const from = world.newest()
    deepEqual((await world.facts(from)).sightings, [])

    const notice = { "Burn-Id": `ao:${id}:99`, "Message-Id": id, Sender: ALICE, Fee: "30" }
    const all = { ...notice, ...burnTags, "Target-Chain": "arweave" }
    const Tags = Object.entries({ ...all, Action: "Burn-Notice" }).map(([name, value]) => ({
      name,
      value,
    }))
    for (const url of NODES)
      world.faults(url, {
        tamper: { result: (result) => ({ ...result, Messages: [{ Target: keys.vault, Tags }] }) },
      })

    await rejects(world.connect().block(from), { code: "rpc-disagrees" })
  })
})

describe("a message in the listing", () => {
  test("counts by the signature under it, not by From", async () => {
    // Rule 5: anybody can write From-Process, and the listing believes it.
    const data = textOf(decode(world.seal([aMint()]).raw)!.data)!
    const forged = await anItem(
      world.token,
      { Action: "Mint", "From-Process": keys.vault },
      { data },
    )
    const from = world.newest() + 1
    await world.post(forged.raw)

    deepEqual(await world.facts(from), { sightings: [], settlements: [], strays: [] })
  })

  test.each([
    ["signature", (item: { signature: string }) => ({ signature: turned(item.signature) })],
    ["tags", () => ({ tags: [{ name: "Action", value: "Mint" }] })],
    ["data", () => ({ data: "{}" })],
  ])("with another %s than was signed stops the reader", async (what, change) => {
    await world.own.submit(world.seal([aMint()]))
    const from = world.newest()
    for (const url of NODES)
      world.faults(url, { tamper: { item: (item) => ({ ...item, ...change(item) }) } })

    const block = world.connect().block(from)

    // Without the mint's own data there is nothing of ours in it, but the notice of it: a stray.
    if (what === "signature") await rejects(block, { code: "rpc-disagrees" })
    else
      ok(
        aoCodec.facts((await block.catch(() => null)) ?? EMPTY, world.deployment).settlements
          .length === 0,
      )
  })

  test("of another process or slot stops the reader, and a missing one is waited for", async () => {
    await world.post((await anItem(world.token, { Action: "Tick" })).raw)
    const { height } = await world.own.tip()
    for (const url of NODES)
      world.faults(url, { tamper: { item: (item) => ({ ...item, target: idNumber(5) }) } })

    await rejects(world.connect().block(height), { code: "rpc-disagrees" })
  })

  test("that a node has not computed yet is waited for", async () => {
    // 404, `phase: get-schedule`.
    await world.post((await anItem(world.token, { Action: "Tick" })).raw)
    const reader = world.connect()
    const { height } = await reader.tip()
    world.faults(NODES[1]!, { lagResults: 1 })

    equal(await reader.block(height), null)
    world.faults(NODES[1]!, {})
    equal((await reader.block(height))?.height, height)
  })

  test("in an older slot has that slot's result, and not the newest", async () => {
    // Rule 8: `compute/results=N` does not look at N.
    await world.own.submit(world.seal([aMint()]))
    const slot = world.newest()
    await world.post((await anItem(world.token, { Action: "Tick" })).raw)
    const codec = "?require-codec=application/json"

    const { settlements } = await world.facts(slot)
    const trap = await world.get(`compute/results=${slot}${codec}`)

    equal(settlements.length, 1)
    deepEqual(JSON.parse(trap.body).outbox ?? JSON.parse(trap.body).body.outbox, {})
  })

  test("has one result in two shapes", async () => {
    await world.own.submit(world.seal([aMint()]))
    const path = `compute=${world.newest()}/results?require-codec=application/json`

    const [first, second] = [await world.get(path), await world.get(path)].map((one) =>
      JSON.parse(one.body),
    )

    deepEqual([first["ao-result"], second["ao-result"]], [undefined, "body"])
    deepEqual(second.body, first)
    equal((await world.facts(world.newest())).settlements.length, 1)
  })
})

/** A process that burns when it is told to, and numbers what it sends, as processes do. */
function aPool({ http, token }: World): Promise<string> {
  const burn = { target: token, action: "Burn", recipient: idNumber(70), quantity: "100" }
  const fields = Object.entries(burn).map(([name, value]) => `${name} = "${value}"`)
  const script = `function compute(base, one)
    base.results = { outbox = {}, output = { data = "opened" } }
    if one.body.action == "Go" then
      base.results.outbox = { { ${fields}, reference = tostring(one.slot) } }
    end
    return "ok", base
  end`
  const [node, key] = [NODES[0]!, TEST_WALLETS.dave]
  return spawnProcess(http, { node, bundler: node, module: moduleOf(key, script), key })
}

const EMPTY = { chain: "ao" as const, height: 0, id: "", parent: "", timestampMs: 0, items: [] }

/** The same but for its first character, whatever that was. */
function turned(text: string): string {
  return `${text.startsWith("A") ? "B" : "A"}${text.slice(1)}`
}
