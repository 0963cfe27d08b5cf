// JSON-RPC as Bitcoin Core speaks it: who may call, batches, versions, names, codes, amounts.

import { deepEqual, equal, match, rejects } from "node:assert/strict"
import { describe, test } from "vitest"
import { aDevnet, hexOf, NOBODY, needsDevnet, oneRegtest } from "./regtest.ts"

const aRegtest = oneRegtest()

const GENESIS = "0f9188f13cb7b2c71f2a335e3a4fc328bf5beb436012afca590b1a11466e2206"
const UNKNOWN = "ab".repeat(32)

describe("who may call", () => {
  test("nobody without user and password", async () => {
    const { post } = await aRegtest()

    const { status } = await post('{"method":"getblockcount"}', {})

    equal(status, 401)
  })

  test("nobody with the wrong password", async () => {
    const { post } = await aRegtest()
    const authorization = `Basic ${Buffer.from("__cookie__:1").toString("base64")}`

    const { status } = await post('{"method":"getblockcount"}', { authorization })

    equal(status, 401)
  })

  test("nobody by GET", async () => {
    const { url } = await aRegtest()

    const { status } = await fetch(new URL(url).origin)

    equal(status, 405)
  })
})

describe("a call", () => {
  test("gets result, error and its own id back", async () => {
    const { post } = await aRegtest()

    const { status, text } = await post('{"method":"getblockhash","params":[0],"id":"a"}')

    equal(status, 200)
    deepEqual(JSON.parse(text), { result: GENESIS, error: null, id: "a" })
  })

  test("may name its arguments", async () => {
    const { post } = await aRegtest()

    const { text } = await post('{"method":"getblockhash","params":{"height":0},"id":1}')

    equal(JSON.parse(text).result, GENESIS)
  })

  test("of version 2 gets no error beside a result, and failures with status 200", async () => {
    const { post } = await aRegtest()

    const good = await post('{"jsonrpc":"2.0","method":"getblockhash","params":[0],"id":1}')
    const bad = await post('{"jsonrpc":"2.0","method":"nothing","id":2}')

    deepEqual(JSON.parse(good.text), { jsonrpc: "2.0", result: GENESIS, id: 1 })
    equal(bad.status, 200)
    equal(JSON.parse(bad.text).error.code, -32601)
  })

  test("fails as a whole when it is no JSON", async () => {
    const { post } = await aRegtest()

    const { status, text } = await post("{")

    equal(status, 500)
    equal(JSON.parse(text).error.code, -32700)
  })

  test("of an unknown method has status 404", async () => {
    const { post } = await aRegtest()

    const { status, text } = await post('{"method":"nothing","id":1}')

    equal(status, 404)
    equal(JSON.parse(text).error.code, -32601)
  })
})

test("a batch is answered in order, each call on its own", async () => {
  const { post } = await aRegtest()
  const calls = [
    { method: "getblockhash", params: [0], id: 1 },
    { method: "getblockhash", params: [1_000_000], id: 2 },
    { method: "nothing", id: 3 },
  ]

  const { status, text } = await post(JSON.stringify(calls))

  equal(status, 200)
  const replies = JSON.parse(text)
  deepEqual(
    replies.map(({ id }: { id: number }) => id),
    [1, 2, 3],
  )
  equal(replies[0].result, GENESIS)
  equal(replies[1].error.code, -8)
  equal(replies[2].error.code, -32601)
})

describe("Bitcoin Core's codes", () => {
  test.each<[what: string, code: number, method: string, params: unknown[]]>([
    ["a height beyond the tip", -8, "getblockhash", [1_000_000]],
    ["a height that is text", -3, "getblockhash", ["0"]],
    ["an unknown block", -5, "getblock", [UNKNOWN]],
    ["an unknown header", -5, "getblockheader", [UNKNOWN]],
    ["a hash that is too short", -8, "getblock", ["ab"]],
    ["an unknown transaction", -5, "getrawtransaction", [UNKNOWN]],
    ["an unknown entry of the mempool", -5, "getmempoolentry", [UNKNOWN]],
    ["no address", -5, "generatetoaddress", [1, "nobody"]],
    [
      "an address of another network",
      -5,
      "generatetoaddress",
      [1, "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"],
    ],
    ["an unknown block to invalidate", -5, "invalidateblock", [UNKNOWN]],
    ["bytes that are no transaction", -22, "sendrawtransaction", ["00"]],
    ["bytes that are no block", -22, "submitblock", ["00"]],
  ])("%s", async (_, code, method, params) => {
    const { rpc } = await aRegtest()

    await rejects(rpc(method, ...params), { code })
  })
})

test("amounts are numbers of bitcoin with eight places", async () => {
  const { post, mine, rpc } = await aRegtest()
  const [hash] = await mine(1)
  const { tx } = await rpc<{ tx: string[] }>("getblock", hash)

  const { text } = await post(
    JSON.stringify({ method: "gettxout", params: [tx[0], 0, false], id: 1 }),
  )

  match(text, /"value":\d+\.\d{8},/)
})

test("an output that nobody has is null", async () => {
  const { rpc } = await aRegtest()

  equal(await rpc("gettxout", UNKNOWN, 0), null)
})

test("addresses are told from what looks like them", async () => {
  const { rpc } = await aRegtest()
  const judge = async (address: string) =>
    (await rpc<{ isvalid: boolean }>("validateaddress", address)).isvalid

  equal(await judge(NOBODY), true)
  equal(await judge(NOBODY.toUpperCase()), true)
  equal(await judge(`${NOBODY.slice(0, -1)}${NOBODY.endsWith("q") ? "p" : "q"}`), false)
  equal(await judge(NOBODY.slice(0, -1).concat(NOBODY.at(-1)!.toUpperCase())), /\d$/.test(NOBODY))
  equal(await judge("bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"), false)
})

test("fees are estimated once somebody has told the node, and not before", async (context) => {
  needsDevnet(context)
  const { rpc, devnet } = await aDevnet()

  const before = await rpc<{ errors?: string[] }>("estimatesmartfee", 6)
  devnet.setFeeRate(12_340n)
  const after = await rpc<{ feerate: number }>("estimatesmartfee", 6)

  equal(before.errors?.length, 1)
  equal(after.feerate, 0.0001234)
})

test("the node says that it is regtest, and what it asks of transactions", async () => {
  const { rpc } = await aRegtest()

  const chain = await rpc<{ chain: string; blocks: number }>("getblockchaininfo")
  const network = await rpc<{ relayfee: number; version: number }>("getnetworkinfo")
  const mempool = await rpc<{ minrelaytxfee: number }>("getmempoolinfo")

  equal(chain.chain, "regtest")
  equal(chain.blocks, await rpc("getblockcount"))
  equal(network.relayfee, mempool.minrelaytxfee)
})

test("decoding a transaction gives back what it says", async () => {
  const { rpc, funded } = await aRegtest()
  const { wallet, coins } = await funded(1)
  const tx = wallet.sign({ spend: coins, pay: [{ to: NOBODY, value: 50_000n }], locktime: 7 })

  const decoded = await rpc<{
    txid: string
    hash: string
    vsize: number
    locktime: number
    vout: { value: number; scriptPubKey: { address: string; type: string } }[]
  }>("decoderawtransaction", hexOf(tx))

  equal(decoded.txid, tx.id)
  equal(decoded.hash, tx.hash)
  equal(decoded.vsize, 111)
  equal(decoded.locktime, 7)
  equal(decoded.vout[0]?.value, 0.0005)
  equal(decoded.vout[0]?.scriptPubKey.address, NOBODY)
  equal(decoded.vout[0]?.scriptPubKey.type, "witness_v1_taproot")
})
