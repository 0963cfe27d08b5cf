// Reading a final chain: what reorganisations do to it, and looking things up in it.

import { deepEqual, equal, ok, rejects } from "node:assert/strict"
import { describe, test } from "vitest"
import { eventIn } from "../../../chains/evm/events.ts"
import { account, type Manner } from "./builders.ts"
import { ALL, aWorld, fifth, forge, numbersIn, omit, readAll, through, to } from "./manners.ts"

describe("a chain that is reorganised", () => {
  test("above what is final tells nothing false and nothing twice", async () => {
    const world = await aWorld()
    const { reader } = await through(world, [null, null, null], 0)
    const before = numbersIn(await readAll(reader))
    await world.vault.depositNative(account(1), 9n, to)

    await world.chain.reorg(1)
    await world.vault.depositNative(account(2), 10n, to)
    await world.chain.mine(4)

    const blocks = await readAll(reader)
    deepEqual(numbersIn(blocks), [...before, 9])
  })

  // Case 27.
  test("below what is final stops the reader until it is told to forget", async () => {
    const world = await aWorld()
    const { reader, heads } = await through(world, [null, null, null], 0)
    await readAll(reader)

    await world.chain.reorg(6)
    await world.chain.mine(3)

    await rejects(reader.block(1), { code: "finality-broken" })
    await rejects(heads.final(), { code: "finality-broken" })

    heads.forget()
    reader.forget()
    const now = await world.chain.rpc<{ hash: string }>("eth_getBlockByNumber", "0x1", false)
    equal((await reader.block(1))!.id, now.hash)
  })

  // Case 29.
  test("so that it ends lower for a while is waited for", async () => {
    const world = await aWorld()
    const { reader, heads, providers } = await through(world, [null, null, null], 0)
    const before = await heads.final()
    const lower = await world.chain.rpc("eth_getBlockByNumber", "0x5", false)
    const late: Manner = ({ method, params, result }) =>
      method === "eth_getBlockByNumber" && params[0] === "finalized" ? lower : result

    for (const provider of providers) provider.manner = late

    equal((await heads.final()).id, before.id)
    ok(await reader.block(before.height))
    for (const provider of providers) provider.manner = ({ result }) => result
    equal((await heads.final()).id, before.id)
  })
})

describe("looking things up", () => {
  test("one block alone is proven as well, and a transaction leads to it", async () => {
    const world = await aWorld()
    const { reader } = await through(world, [forge, null, null])
    const { transaction, height } = await world.vault.depositNative(account(1), 9n, to)
    await world.chain.mine(3)

    deepEqual([...(await reader.heightsOf(transaction))], [height])
    const block = await reader.single(height)

    deepEqual(
      block!.logs.map((log) => [log.transaction, eventIn(log)!.name]),
      [[transaction, "deposited"]],
    )
    equal((await reader.single(height))!.id, block!.id)
  })

  // Case 30.
  test("a transaction that nobody knows is nowhere; nothing follows from that", async () => {
    const world = await aWorld()
    const { reader } = await through(world, [null, null, null], 0)

    equal((await reader.heightsOf(`0x${"12".repeat(32)}`)).size, 0)
    equal(await reader.single(10_000), null)
  })

  test("a scan tells the same deposits as reading block by block, without the blocks between", async () => {
    const world = await aWorld()
    await world.chain.mine(20)
    const { reader } = await through(world, [null, omit(fifth), null])

    const blocks = await reader.scan(0, await world.chain.height().then((height) => height - 2))

    deepEqual(numbersIn(blocks), ALL.slice(0, 8))
    ok(blocks.every(({ logs }) => logs.length > 0))
    deepEqual(
      numbersIn(await reader.scan(world.vault.height + 3, world.vault.height + 5)),
      [3, 4, 5],
    )
  })
})
