// What a reader keeps for its next start: the same chain as before without its blocks, and never another one.

import { deepEqual, equal, ok } from "node:assert/strict"
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import path from "node:path"
import { onTestFinished, test } from "vitest"
import { noteOf } from "../../../chains/bitcoin/destination.ts"
import { aDestination, keyOf, secretNumber } from "./builders.ts"
import {
  addressOf,
  aRelease,
  aWorld,
  connect,
  deploymentOf,
  factsAt,
  seal,
  through,
  type World,
} from "./world.ts"

const to = aDestination()
const late = aDestination({ index: 7 })

function aFile(): string {
  const folder = mkdtempSync(path.join(tmpdir(), "causeway-memory-"))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  return path.join(folder, "read.jsonl")
}

/** A connection that keeps what it reads, and how many blocks it has fetched. */
async function reader({ chain }: Pick<World, "chain">, memoryFile: string, notes = [to]) {
  let blocks = 0
  const url = await through(chain, (body) => {
    // A raw block is the only answer of this length.
    if (/"result":"[0-9a-f]{162,}"/.test(body)) blocks += 1
    return body
  })
  const connection = connect([url], { memoryFile })
  await connection.learn(notes.map((one) => noteOf(one, "devnet")))
  return { connection, fetched: () => blocks }
}

/** A chain with a deposit, a payout and its change; what it states, block by block. */
async function aLife() {
  const world = await aWorld(to)
  const { chain, connection } = world
  chain.faucet(addressOf(to), 300_000n)
  chain.mine(7)
  const release = aRelease()
  await connection.submit(seal([release], await connection.terms([release], 0, {})))
  chain.mine(3)
  return { ...world, release }
}

async function allOf(connection: World["connection"], height: number) {
  const heights = Array.from({ length: height - 95 + 1 }, (_, n) => 95 + n)
  return Promise.all(heights.map((one) => factsAt({ connection }, one)))
}

test("a reader that starts again states what it stated before, and fetches only what is new", async () => {
  const world = await aLife()
  const { chain } = world
  const file = aFile()
  const first = await reader(world, file)
  const before = await allOf(first.connection, chain.height)
  const funds = await first.connection.funds()
  ok(first.fetched() > 10)
  await first.connection.close()
  chain.mine(1)

  const second = await reader(world, file)
  await second.connection.funds()

  deepEqual(await allOf(second.connection, chain.height - 1), before)
  deepEqual(await second.connection.funds(), funds)
  equal(second.fetched(), 1)
})

test("what was overtaken meanwhile is taken off, and so is what came with it", async () => {
  const world = await aLife()
  const { chain } = world
  const file = aFile()
  const first = await reader(world, file)
  await allOf(first.connection, chain.height)
  await first.connection.close()
  chain.fork(4)

  const second = await reader(world, file)

  deepEqual(
    await allOf(second.connection, chain.height),
    await allOf((await reader(world, aFile())).connection, chain.height),
  )
})

test("a claimed deposit is kept, with the note that whoever claimed it keeps", async () => {
  const world = await aLife()
  const { chain } = world
  const file = aFile()
  const first = await reader(world, file)
  const txid = chain.faucet(addressOf(late), 70_000n)
  chain.mine(3)
  await first.connection.funds()
  await first.connection.claim(noteOf(late, "devnet"), txid)
  const claimed = readFileSync(file, "utf8")
  const funds = await first.connection.funds()
  await first.connection.close()

  const second = await reader(world, file, [to, late])

  deepEqual(await second.connection.funds(), funds)
  equal(second.fetched(), 0)
  await second.connection.close()
  // As whoever died right behind the claim would find it.
  const died = aFile()
  writeFileSync(died, claimed)
  deepEqual(await (await reader(world, died, [to, late])).connection.funds(), funds)
  // Whoever has lost the note and is told it again finds the deposit again.
  const third = await reader(world, file)
  ok((await third.connection.funds()).free < funds.free)
  ok(await third.connection.claim(noteOf(late, "devnet"), txid))
  deepEqual(await third.connection.funds(), funds)
})

test("a file that is cut, damaged, of another vault or lacking is no reason to state anything else", async () => {
  const world = await aLife()
  const { chain } = world
  const file = aFile()
  const first = await reader(world, file)
  const expected = await allOf(first.connection, chain.height)
  await first.connection.close()
  const whole = readFileSync(file, "utf8")
  const [head, ...lines] = whole.split("\n")
  const damages = [
    whole.slice(0, -20),
    `${whole}[1,2`,
    [head, ...lines.slice(2)].join("\n"),
    [head, ...lines.slice(0, 5), "nonsense", ...lines.slice(5)].join("\n"),
    whole.replace(head!, head!.replace(/"key":"../, '"key":"00')),
    "",
  ]
  for (const damage of damages) {
    writeFileSync(file, damage)
    const { connection } = await reader(world, file)
    deepEqual(await allOf(connection, chain.height), expected)
    await connection.close()
    const again = await reader(world, file)
    deepEqual(await allOf(again.connection, chain.height), expected)
    equal(again.fetched(), 0)
    await again.connection.close()
  }
  appendFileSync(file, "\n")
  const other = deploymentOf(keyOf(secretNumber(77)))
  const stranger = connect([chain.url], { memoryFile: file }, other)
  equal((await stranger.funds()).coins, 0)
})
