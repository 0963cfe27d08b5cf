// What the local Bitcoin node remembers: everything it ever said, over restarts and sudden death.

import { deepEqual, equal, ok, rejects } from "node:assert/strict"
import { spawn } from "node:child_process"
import { once } from "node:events"
import { appendFile, readFile, stat, writeFile } from "node:fs/promises"
import path from "node:path"
import { createInterface } from "node:readline"
import { onTestFinished, test, vi } from "vitest"
import { startBitcoin } from "../../../devnet/bitcoin/index.ts"
import { aDevnet, aFolder, aWallet, BTC, clientOf, NOBODY, needsDevnet } from "./regtest.ts"

test("a restart gives back the same chain, coins and mempool, at the same address", async (context) => {
  needsDevnet(context)
  const { devnet, folder, rpc, send, mine, funded } = await aDevnet()
  const { wallet, coins } = await funded(4)
  const paying = (i: number, fee: bigint) =>
    wallet.sign({ spend: [coins[i]!], pay: [{ to: NOBODY, value: BTC - fee }] })
  const ids = [await send(paying(0, 1000n)), await send(paying(1, 1000n))]
  await mine(3)
  devnet.fork(3, { pending: [ids[1]!] })
  await rpc("invalidateblock", await rpc("getbestblockhash"))
  await send(paying(2, 1000n))
  await send(paying(2, 9000n))
  devnet.evict(await send(paying(3, 1000n)))
  const calls = [
    ["getblockchaininfo"],
    ["getchaintips"],
    ["getrawmempool", true],
    ["getmempoolinfo"],
    ["getrawtransaction", ids[0], 2],
    ["gettxout", ids[0], 0],
    ["getblock", await rpc("getbestblockhash"), 3],
    ["scantxoutset", "start", [`addr(${wallet.address})`]],
  ] as const
  const read = () => Promise.all(calls.map(([method, ...params]) => rpc(method, ...params)))
  const before = await read()
  await devnet.stop()

  const again = await aDevnet({ folder, port: devnet.port })

  equal(again.devnet.url, devnet.url)
  // The client may still hold connections that ended with the first node.
  deepEqual(await vi.waitUntil(() => read().catch(() => null)), before)
})

test("a killed node has lost nothing that it had answered", async (context) => {
  needsDevnet(context)
  const first = await aDevnet()
  const { folder } = first
  const { wallet, coins } = await first.funded(20)
  await first.devnet.stop()
  const txs = coins.map((coin) =>
    wallet.sign({ spend: [coin], pay: [{ to: NOBODY, value: BTC - 1000n }] }),
  )

  const { child, url } = await aNodeProcess(folder, 10)
  const client = clientOf(url)
  const accepted: string[] = []
  const sending = txs.map(async (tx) => {
    const id = await client.send(tx).catch(() => null)
    if (id !== null) accepted.push(id)
    if (accepted.length === 10) child.kill("SIGKILL")
  })
  await Promise.all([...sending, once(child, "exit")])
  const { rpc, mine, devnet } = await aDevnet({ folder })
  devnet.stall(true)

  ok(accepted.length >= 10)
  for (const id of accepted)
    equal((await rpc<{ txid: string }>("getrawtransaction", id, 1)).txid, id)
  await mine(1)
  deepEqual(await rpc("getrawmempool"), [])
})

test("a last line that was cut off is forgotten, and the log goes on behind it", async (context) => {
  needsDevnet(context)
  const folder = await aFolder()
  const file = path.join(folder, "bitcoin.jsonl")
  const first = await startBitcoin({ folder })
  first.mine(2)
  await first.stop()
  const whole = await readFile(file, "utf8")

  await appendFile(file, whole.trimEnd().split("\n").at(-1)!.slice(0, -9))
  const second = await startBitcoin({ folder })
  equal(second.height, 2)
  second.mine()
  await second.stop()

  const third = await startBitcoin({ folder })
  equal(third.height, 3)
  await third.stop()
})

test("a log with a damaged line in the middle is not read", async (context) => {
  needsDevnet(context)
  const folder = await aFolder()
  const file = path.join(folder, "bitcoin.jsonl")
  const node = await startBitcoin({ folder })
  node.mine(3)
  await node.stop()
  const lines = (await readFile(file, "utf8")).split("\n")

  await writeFile(file, [lines[0], "{", ...lines.slice(2)].join("\n"))

  await rejects(startBitcoin({ folder }), { code: "journal-damaged", message: /line 2/ })
})

test("the password is in a file that nobody else may read", async (context) => {
  needsDevnet(context)
  const { devnet, folder } = await aDevnet()
  const { username, password } = new URL(devnet.url)
  const file = path.join(folder, ".cookie")

  equal(await readFile(file, "utf8"), `${username}:${password}`)
  equal((await stat(file)).mode & 0o077, 0)
})

test("the faucet pays what it has mined, and mines when it has too little", async (context) => {
  needsDevnet(context)
  const { devnet, rpc } = await aDevnet()
  const { address } = aWallet("p2wpkh")

  const first = devnet.faucet(address, 3n * BTC)
  const second = devnet.faucet(address, 70n * BTC)
  devnet.mine()

  equal((await rpc<{ value: number }>("gettxout", first, 0)).value, 3)
  equal((await rpc<{ value: number }>("gettxout", second, 0)).value, 70)
  await rejects(async () => devnet.faucet("nobody", BTC), { code: "bad-address" })
  await rejects(async () => devnet.faucet(address, 1n), { code: "bad-amount" })
})

async function aNodeProcess(folder: string, blockTimeMs: number) {
  const script = path.join(import.meta.dirname, "node-process.ts")
  const args = ["--import", "tsx", script, folder, `${blockTimeMs}`]
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] })
  onTestFinished(() => {
    child.kill("SIGKILL")
  })
  const lines = createInterface({ input: child.stdout })
  const ended = once(child, "exit").then(() => Promise.reject(new Error("the node did not start")))
  ended.catch(() => {})
  const [url] = (await Promise.race([once(lines, "line"), ended])) as [string]
  return { child, url }
}
