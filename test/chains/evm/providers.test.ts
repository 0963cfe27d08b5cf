// Providers that lie, leave out, lag, limit, fail and fork: what a reader of several makes of them.

import { deepEqual, equal, ok, rejects } from "node:assert/strict"
import { afterAll, beforeAll, describe, test } from "vitest"
import { depositCounter, eventIn } from "../../../chains/evm/events.ts"
import type { ProvenBlock, Reader } from "../../../chains/evm/reader.ts"
import { type EvmDevnet, startEvm } from "../../../devnet/evm/index.ts"
import { deployVault, type VaultDevnet } from "../../../devnet/evm/vault.ts"
import {
  aChain,
  account,
  aProvider,
  aReading,
  CHAIN_ID,
  groupKey,
  type Manner,
  type Passing,
  Refused,
} from "./builders.ts"

const DEPOSITS = 30
const to = { recipient: `0x${"11".repeat(32)}`, refundTo: account(7) }

interface World {
  readonly chain: EvmDevnet
  readonly vault: VaultDevnet
}

/** A vault with so many deposits, all of them final. */
async function filled(chain: EvmDevnet, count: number): Promise<World> {
  const vault = await deployVault(chain, { key: groupKey })
  for (let n = 1; n <= count; n += 1) await vault.depositNative(account(n % 3), BigInt(n), to)
  await chain.mine(3)
  return { chain, vault }
}

/** For those who change it. */
async function aWorld(): Promise<World> {
  return filled(await aChain(), 8)
}

/** For those who only read it. */
let world: World

beforeAll(async () => {
  world = await filled(await startEvm({ chainId: CHAIN_ID }), DEPOSITS)
})

afterAll(() => world.chain.stop())

async function through({ chain, vault }: World, manners: readonly (Manner | null)[], freshMs = 50) {
  const providers = await Promise.all(
    manners.map((manner) => aProvider(chain, manner ?? undefined)),
  )
  const urls = providers.map(({ url }) => url)
  return { providers, ...aReading(urls, vault.address, { counter: depositCounter, freshMs }) }
}

/** Every block up to the final head, one after the other as a watcher reads them. */
async function readAll(reader: Reader): Promise<readonly ProvenBlock[]> {
  const blocks: ProvenBlock[] = []
  for (let height = 0; ; height += 1) {
    const block = await reader.block(height)
    if (block === null) return blocks
    blocks.push(block)
  }
}

function numbersIn(blocks: readonly ProvenBlock[]): readonly number[] {
  return blocks
    .flatMap(({ logs }) => logs.map(eventIn))
    .flatMap((event) => (event?.name === "deposited" ? [Number(event.value.number)] : []))
}

const ALL = Array.from({ length: DEPOSITS }, (_, n) => n + 1)

interface RpcLog {
  readonly blockNumber: string
  readonly data: string
}

const omit =
  (which: (log: RpcLog) => boolean): Manner =>
  ({ method, result }) =>
    method === "eth_getLogs" ? (result as RpcLog[]).filter((log) => !which(log)) : result

const fifth = ({ blockNumber }: RpcLog) => Number(blockNumber) % 5 === 0

/** Another amount in every deposit, in logs and receipts alike. */
const forge: Manner = ({ method, result }) =>
  method === "eth_getLogs" || method === "eth_getBlockReceipts"
    ? JSON.parse(
        JSON.stringify(result).replaceAll(/("data":"0x.{62})../g, (_, start) => `${start}ff`),
      )
    : result

/** A deposit more, in every block. */
const invent: Manner = ({ method, params, result }) => {
  if (method !== "eth_getLogs") return result
  const [{ fromBlock, toBlock }] = params as [{ fromBlock: string; toBlock: string }]
  const logs = result as RpcLog[]
  const [log] = logs
  return [...logs, ...[fromBlock, toBlock].map((blockNumber) => ({ ...log, blockNumber }))]
}

const lag =
  (blocks: number): Manner =>
  ({ method, result }) => {
    if (method === "eth_blockNumber") return hex(Number(result) - blocks)
    return result
  }

const limit =
  (span: number): Manner =>
  ({ method, params, result }) => {
    if (method !== "eth_getLogs") return result
    const [{ fromBlock, toBlock }] = params as [{ fromBlock: string; toBlock: string }]
    return Number(toBlock) - Number(fromBlock) >= span ? new Refused("range too large") : result
  }

const hex = (value: number) => `0x${value.toString(16)}`

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

  // Case 16 and evm.md: withheld by all, it is missed by its number.
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
  test("below what is final stops the reader for good", async () => {
    const world = await aWorld()
    const { reader, heads } = await through(world, [null, null, null], 0)
    await readAll(reader)

    await world.chain.reorg(6)
    await world.chain.mine(3)

    await rejects(reader.block(1), { code: "finality-broken" })
    await rejects(heads.final(), { code: "finality-broken" })
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
