// Providers that lie, leave out, lag, limit, fail and fork: what a reader of several makes of them.

import { deepEqual, equal, ok, rejects } from "node:assert/strict"
import { afterAll, beforeAll, describe, test } from "vitest"
import { eventIn } from "../../../chains/evm/events.ts"
import { startEvm } from "../../../devnet/evm/index.ts"
import {
  aChain,
  account,
  aReading,
  CHAIN_ID,
  type Manner,
  type Passing,
  Refused,
} from "./builders.ts"
import {
  ALL,
  DEPOSITS,
  type Filled,
  fifth,
  filled,
  forge,
  hex,
  invent,
  lag,
  limit,
  numbersIn,
  omit,
  type RpcLog,
  readAll,
  through,
} from "./manners.ts"

let world: Filled

beforeAll(async () => {
  world = await filled(await startEvm({ chainId: CHAIN_ID }), DEPOSITS)
})

afterAll(() => world.chain.stop())

describe("of three providers", () => {
  test("that are good, every deposit is read once and in order, and nobody is complained of", async () => {
    const { reader, incidents, heads } = await through(world, [null, null, null])

    const blocks = await readAll(reader)

    deepEqual(numbersIn(blocks), ALL)
    deepEqual(incidents, [])
    equal(blocks.at(-1)!.id, (await heads.final()).id)
    for (const [n, { height, parent }] of blocks.entries()) {
      equal(height, n)
      if (n > 0) equal(parent, blocks[n - 1]!.id)
    }
  })

  test("one or two leave logs out: none is missed, and it is told who", async () => {
    for (const liars of [1, 2]) {
      const manners = [0, 1, 2].map((n) => (n < liars ? omit(fifth) : null))
      const { reader, incidents, providers } = await through(world, manners)

      deepEqual(numbersIn(await readAll(reader)), ALL)
      deepEqual(
        new Set(incidents.map(({ kind, url }) => `${kind} ${url}`)),
        new Set(providers.slice(0, liars).map(({ url }) => `omits ${url}`)),
      )
    }
  })

  // Case 41: what does not agree with the receipts' root is no deposit at all.
  test("one forges amounts in logs and receipts, and is not believed", async () => {
    const { reader, incidents, providers } = await through(world, [forge, null, null])

    const blocks = await readAll(reader)

    const amounts = blocks.flatMap(({ logs }) =>
      logs.map(eventIn).flatMap((one) => (one?.name === "deposited" ? [one.value.amount] : [])),
    )
    deepEqual(amounts.map(Number), ALL)
    for (const { url } of incidents) equal(url, providers[0]!.url)
  })

  test("two forge receipts alike: a majority cannot make up a deposit either", async () => {
    const { reader } = await through(world, [forge, forge, null])

    deepEqual(numbersIn(await readAll(reader)), ALL)
  })

  test("all forge: nothing is read", async () => {
    const { reader } = await through(world, [forge, forge, forge])

    await rejects(readAll(reader), { code: "rpc-disagrees" })
  })

  test("one makes up deposits: they are none", async () => {
    const { reader, incidents, providers } = await through(world, [invent, null, null])

    deepEqual(numbersIn(await readAll(reader)), ALL)
    deepEqual(new Set(incidents.map(({ kind }) => kind)), new Set(["invents"]))
    equal(incidents[0]!.url, providers[0]!.url)
  })

  // Case 43.
  test("one is dead and one lags: the reader goes as far as two are", async () => {
    const lateHead = await world.chain.rpc("eth_getBlockByNumber", "0xa", false)
    const late: Manner = (passing) => {
      const { method, params } = passing
      const isHead = method === "eth_getBlockByNumber" && params[0] === "finalized"
      return isHead ? lateHead : lag(6)(passing)
    }
    const { reader, providers, incidents } = await through(world, [null, null, late])
    providers[0]!.status = 503

    const blocks = await readAll(reader)

    equal(blocks.at(-1)!.height, 10)
    ok(incidents.some(({ kind, url }) => kind === "unavailable" && url === providers[0]!.url))
    ok(incidents.some(({ kind, url }) => kind === "lags" && url === providers[2]!.url))
  })

  test("one never answers: it costs its time limit once, and then it is left alone", async () => {
    const { reader, providers } = await through(world, [null, null, null], 0, 2_000)
    providers[1]!.status = "silent"

    deepEqual(numbersIn(await readAll(reader)), ALL)

    ok(providers[1]!.asked.length < 5, `${providers[1]!.asked.length} calls`)
  })

  test("two are dead: nothing is concluded", async () => {
    const { reader, providers } = await through(world, [null, null, null])
    for (const provider of providers.slice(1)) provider.status = 503

    await rejects(reader.block(1), { code: "rpc-unavailable" })
  })

  test("all refuse more than three receipts at once: fewer are asked for", async () => {
    const fewer: Manner = ({ method, count, result }) =>
      method === "eth_getBlockReceipts" && count > 3 ? new Refused("response too large") : result
    const { reader } = await through(world, [fewer, fewer, fewer])

    deepEqual(numbersIn(await readAll(reader)), ALL)
  })

  test("all take ten blocks at once: smaller questions are asked", async () => {
    const { reader, providers } = await through(world, [limit(10), limit(10), limit(10)])

    deepEqual(numbersIn(await readAll(reader)), ALL)
    const asked = providers[0]!.asked.filter(({ method }) => method === "eth_getLogs")
    ok(asked.length < 25, `${asked.length} questions`)
  })

  // Case 16: withheld by all, it is missed by its number.
  test("all leave out a deposit: the reader stops at the gap", async () => {
    for (const which of [fifth, ({ blockNumber }: RpcLog) => Number(blockNumber) > 25]) {
      const { reader } = await through(world, [omit(which), omit(which), omit(which)])

      await rejects(readAll(reader), { code: "rpc-disagrees" })
      await rejects(reader.scan(0, 30), { code: "rpc-disagrees" })
    }
  })

  // Case 44.
  test("one answers with other blocks than those that were asked for", async () => {
    const other = await world.chain.rpc("eth_getBlockByNumber", "0x3", false)
    const wrong: Manner = ({ method, params, result }) =>
      method === "eth_getBlockByNumber" && params[0] !== "finalized" ? other : result
    const { reader, incidents, providers } = await through(world, [wrong, null, null])

    deepEqual(numbersIn(await readAll(reader)), ALL)
    for (const { url } of incidents) equal(url, providers[0]!.url)
    ok(incidents.length > 0)
    const alone = aReading([providers[0]!.url], account(1))
    await rejects(alone.panel.headers([4]), { code: "rpc-unavailable" })
  })

  // Case 44.
  test("one answers with blocks of another chain, whose hashes are right", async () => {
    const elsewhere = await aChain()
    await elsewhere.mine(40)
    const other = new Map<unknown, unknown>()
    for (let height = 0; height <= 40; height += 1) {
      const number = hex(height)
      other.set(number, await elsewhere.rpc("eth_getBlockByNumber", number, false))
    }
    const wrong: Manner = ({ method, params, result }) =>
      method === "eth_getBlockByNumber" ? (other.get(params[0]) ?? result) : result
    const { reader, incidents, providers } = await through(world, [wrong, null, null])

    deepEqual(numbersIn(await readAll(reader)), ALL)
    for (const { url } of incidents) equal(url, providers[0]!.url)
    const two = await through(world, [wrong, null])
    await rejects(two.reader.block(1), { code: "rpc-disagrees" })

    // Alone, with the right head: what is below it must lead to it.
    const { number } = await world.chain.rpc<{ number: string }>(
      ...(["eth_getBlockByNumber", "finalized", false] as const),
    )
    other.delete(number)
    const alone = aReading([providers[0]!.url], account(1))
    await rejects(alone.reader.block(1), { code: "rpc-disagrees" })
  })

  // Case 44.
  test("one says another hash than its header has", async () => {
    const wrong: Manner = ({ method, result }) =>
      method === "eth_getBlockByNumber"
        ? { ...(result as object), hash: `0x${"12".repeat(32)}` }
        : result
    const { reader } = await through(world, [wrong, null, null])

    deepEqual(numbersIn(await readAll(reader)), ALL)
  })

  test("one says that another sent a transaction: a quorum says who did", async () => {
    const lie: Manner = ({ method, result }) =>
      method === "eth_getTransactionByHash"
        ? { ...(result as object), from: `0x${"66".repeat(20)}` }
        : result
    const { reader } = await through(world, [lie, null, null])
    const alone = await through(world, [lie, null])

    const logs = (await readAll(reader)).flatMap((block) => block.logs)
    const origins = logs.flatMap(({ origin }) => origin ?? [])

    deepEqual(
      origins,
      ALL.map((n) => account(n % 3)),
    )
    await rejects(readAll(alone.reader), { code: "rpc-disagrees" })
  })

  test("one names other transactions: a quorum names them", async () => {
    const rename: Manner = ({ method, result }: Passing) =>
      method === "eth_getLogs" || method === "eth_getBlockByHash"
        ? JSON.parse(
            JSON.stringify(result).replaceAll(
              /"transactionHash":"0x.{64}"/g,
              `"transactionHash":"0x${"77".repeat(32)}"`,
            ),
          )
        : result
    const { reader } = await through(world, [rename, null, omit(() => true)])

    const blocks = await readAll(reader)

    const named = blocks.flatMap(({ logs }) => logs.map(({ transaction }) => transaction))
    const list = await world.chain.rpc<{ transactionHash: string }[]>("eth_getLogs", {
      ...{ address: world.vault.address, fromBlock: "0x0", toBlock: "latest" },
    })
    deepEqual(
      named,
      list.map(({ transactionHash }) => transactionHash),
    )
  })

  // Case 48.
  test("one is on another chain, at the start or suddenly: the reader refuses", async () => {
    let isElsewhere = false
    const elsewhere: Manner = ({ method, result }) =>
      method === "eth_chainId" && isElsewhere ? "0x38" : result
    const { reader } = await through(world, [elsewhere, null, null], 0)
    ok(await reader.block(1))

    isElsewhere = true

    await rejects(reader.block(2), { code: "bad-config" })
  })

  // Case 47.
  test("all are overloaded for a while: nothing is lost once they are not", async () => {
    const { reader, providers } = await through(world, [null, null, null])
    for (const provider of providers) provider.status = 429
    await rejects(reader.block(1), { code: "rpc-unavailable" })

    for (const provider of providers) provider.status = null

    deepEqual(numbersIn(await readAll(reader)), ALL)
  })

  test("none has the state of old blocks: the numbers of the deposits tell", async () => {
    const { hash } = await world.chain.rpc<{ hash: string }>(
      ...(["eth_getBlockByNumber", "finalized", false] as const),
    )
    const young: Manner = ({ method, params, result }) => {
      const { blockHash } = Object(params[1]) as { blockHash?: string }
      return method === "eth_call" && blockHash !== hash ? new Refused("missing trie node") : result
    }
    const { reader } = await through(world, [young, young, young])

    deepEqual(numbersIn(await readAll(reader)), ALL)
  })
})
