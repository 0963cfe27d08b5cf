// Endpoints that lag, freeze, deny, lie, fail or hang, each beside an honest one on the same chain.

import { deepEqual, equal, notEqual, ok, rejects } from "node:assert/strict"
import { describe, test } from "vitest"
import type { Faults } from "../../../devnet/bitcoin/view.ts"
import { aDevnet, BTC, clientOf, NOBODY, needsDevnet, satoshisOf } from "./regtest.ts"

interface BlockJson {
  hash: string
  tx: { txid: string; hex: string; vout: { value: number }[] }[]
}

async function aPair(faults: Faults) {
  const world = await aDevnet()
  const { wallet, coins } = await world.funded(2)
  const tx = wallet.sign({ spend: [coins[0]!], pay: [{ to: NOBODY, value: BTC - 1000n }] })
  await world.send(tx)
  const [block] = await world.mine(2)
  const view = await world.devnet.view(faults)
  return { ...world, wallet, coins, tx, block: block!, view, other: clientOf(view.url) }
}

describe("an endpoint", () => {
  test("that lags shows an older tip, and what came later as waiting", async (context) => {
    needsDevnet(context)
    const { rpc, other, tx, block, coins } = await aPair({ lagBlocks: 2 })
    const height = await rpc<number>("getblockcount")

    equal(await other.rpc("getblockcount"), height - 2)
    await rejects(other.rpc("getblock", block), { code: -5 })
    await rejects(other.rpc("getblockhash", height), { code: -8 })
    deepEqual(await other.rpc("getrawmempool"), [tx.id])
    equal(await rpc("gettxout", coins[0]!.txid, coins[0]!.vout), null)
    ok(await other.rpc("gettxout", coins[0]!.txid, coins[0]!.vout, false))
  })

  test("that is frozen stays on its tip, even when that is abandoned", async (context) => {
    needsDevnet(context)
    const { devnet, rpc, other } = await aPair({ frozen: true })
    const tip = await rpc("getbestblockhash")

    devnet.fork(2)

    notEqual(await rpc("getbestblockhash"), tip)
    equal(await other.rpc("getbestblockhash"), tip)
    const { confirmations } = await other.rpc<{ confirmations: number }>("getblockheader", tip)
    equal(confirmations, 1)
  })

  test("that denies a transaction shows it nowhere", async (context) => {
    needsDevnet(context)
    const { view, other, tx, block } = await aPair({})
    view.setFaults({ deny: [tx.id] })

    await rejects(other.rpc("getrawtransaction", tx.id), { code: -5 })
    equal(await other.rpc("gettxout", tx.id, 0), null)
    const { tx: told } = await other.rpc<BlockJson>("getblock", block, 2)
    equal(told.length, 1)
  })

  test("that lies tells another amount under the same id", async (context) => {
    needsDevnet(context)
    const { view, other, rpc, tx, block } = await aPair({})
    view.setFaults({ lie: { [tx.id]: { vout: 0, value: 5n * BTC } } })

    const lied = await other.rpc<BlockJson>("getblock", block, 2)
    const honest = await rpc<BlockJson>("getblock", block, 2)

    equal(lied.hash, honest.hash)
    equal(lied.tx[1]?.txid, honest.tx[1]?.txid)
    equal(satoshisOf(lied.tx[1]!.vout[0]!.value), 5n * BTC)
    equal(satoshisOf(honest.tx[1]!.vout[0]!.value), BTC - 1000n)
    equal((await other.rpc<{ value: number }>("gettxout", tx.id, 0)).value, 5)
  })

  test("that fails does so as often as it was told, for the method it was told", async (context) => {
    needsDevnet(context)
    const { other } = await aPair({ fail: { status: 503, method: "getblockcount", times: 2 } })
    const status = async (method: string) =>
      (await other.post(JSON.stringify({ method, id: 1 }))).status

    equal(await status("getbestblockhash"), 200)
    equal(await status("getblockcount"), 503)
    equal(await status("getblockcount"), 503)
    equal(await status("getblockcount"), 200)
  })

  test("that hangs never answers, and is mended by a command", async (context) => {
    needsDevnet(context)
    const { other, view } = await aPair({ hang: true })
    const { username, password, origin } = new URL(other.url)
    const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`
    const asked = fetch(`${origin}/`, {
      method: "POST",
      headers: { authorization },
      body: '{"method":"getblockcount"}',
      signal: AbortSignal.timeout(200),
    })

    await rejects(asked, { name: "TimeoutError" })
    const mended = await fetch(`${origin}/devnet/faults`, {
      method: "POST",
      headers: { authorization },
      body: "{}",
    })

    equal(mended.status, 200)
    ok((await other.rpc<number>("getblockcount")) > 0)
    await view.stop()
  })
})

describe("a command over HTTP", () => {
  test("does what the method of the same name does", async (context) => {
    needsDevnet(context)
    const { devnet, rpc } = await aDevnet()
    const { username, password, origin } = new URL(devnet.url)
    const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`
    const command = async (name: string, body: object) => {
      const init = { method: "POST", headers: { authorization }, body: JSON.stringify(body) }
      return (await (await fetch(`${origin}/devnet/${name}`, init)).json()) as {
        height: number
        txid: string
        url: string
        error?: string
      }
    }

    equal((await command("mine", { n: 3 })).height, 3)
    const { txid } = await command("faucet", { address: NOBODY, satoshis: `${BTC}` })
    deepEqual(await rpc("getrawmempool"), [txid])
    await command("fee-rate", { satoshisPerKvb: "2000" })
    equal((await rpc<{ feerate: number }>("estimatesmartfee", 2)).feerate, 0.00002)
    equal((await command("evict", { id: txid })).error, undefined)
    deepEqual(await rpc("getrawmempool"), [])
    const { height } = await command("mine", { n: 1 })
    equal((await command("fork", { depth: 2 })).height, height + 1)
    const { url } = await command("view", { lagBlocks: 1 })
    equal(await clientOf(url).rpc("getblockcount"), height)
  })

  test("is refused with words when it is none, or its body is wrong", async (context) => {
    needsDevnet(context)
    const { devnet } = await aDevnet()
    const { username, password, origin } = new URL(devnet.url)
    const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`
    const command = (name: string, body: string, headers: Record<string, string>) =>
      fetch(`${origin}/devnet/${name}`, { method: "POST", headers, body })

    equal((await command("mine", '{"n":0}', { authorization })).status, 400)
    equal((await command("nothing", "{}", { authorization })).status, 400)
    equal((await command("mine", "{}", {})).status, 401)
    equal(devnet.height, 0)
  })

  test("lets blocks come by themselves, and stops them", async (context) => {
    needsDevnet(context)
    const { devnet } = await aDevnet({ blockTimeMs: 5 })
    while (devnet.height < 3) await new Promise((resolve) => setImmediate(resolve))

    devnet.setBlockTime(null)
    const { height } = devnet
    devnet.mine()

    equal(devnet.height, height + 1)
  })
})
