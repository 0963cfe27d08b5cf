// What the local Arweave node remembers: everything it ever said, over restarts and sudden death.

import { deepEqual, equal, ok, rejects } from "node:assert/strict"
import { spawn } from "node:child_process"
import { once } from "node:events"
import { appendFile, mkdtemp, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import path from "node:path"
import { createInterface } from "node:readline"
import { onTestFinished, test, vi } from "vitest"
import { startArweave } from "../../devnet/arweave/index.ts"
import { secp256k1Wallet } from "../../devnet/arweave/wallet.ts"
import { AR, alice, aWorld, bob, carol } from "./arweave-builders.ts"

test("a restart gives back the same chain, balances, mempool and data, on the same port", async () => {
  const first = await aWorld()
  const { folder, send } = first
  first.node.setPrice({ winstonPerByte: 100n })
  const mined = await send(alice, { target: bob.address, quantity: AR, data: "hello", reward: AR })
  first.node.mine(5)
  first.node.fork(2)
  const overspends = await send(bob, { target: alice.address, quantity: 60n * AR })
  const dropped = await send(bob, { target: alice.address, quantity: 60n * AR })
  first.node.mine(1)
  const waits = await send(alice, { target: carol.address, quantity: 1n })
  const paths = [
    "/info",
    "/recent",
    "/tx_anchor",
    "/tx/pending",
    "/price/0",
    `/tx/${mined.id}`,
    `/tx/${mined.id}/status`,
    `/${mined.id}`,
    `/tx/${overspends.id}/status`,
    `/tx/${dropped.id}`,
    `/tx/${waits.id}`,
    `/wallet/${alice.address}/balance`,
    `/wallet/${alice.address}/last_tx`,
    ...Array.from({ length: 8 }, (_, height) => `/block/height/${height}`),
  ]
  const read = () => Promise.all(paths.map((path) => first.get(path)))
  const before = await read()
  await first.node.stop()

  await aWorld({ folder, port: first.node.port })

  // The client may still hold connections that ended with the first node.
  deepEqual(await vi.waitUntil(() => read().catch(() => null)), before)
})

test("a killed node has lost nothing that it had answered", async () => {
  const folder = await aFolder()
  const wallet = secp256k1Wallet(Buffer.alloc(32, 5))
  const before = await startArweave({ folder })
  before.faucet(wallet.address, AR)
  const [anchor] = before.mine()
  await before.stop()
  const drafts = Array.from({ length: 60 }, (_, i) =>
    wallet.sign({ anchor: anchor!, reward: 4_000_000n + BigInt(i) }),
  )
  const txs = await Promise.all(drafts)

  const { child, url } = await aNodeProcess(folder, 10)
  const tip = JSON.parse(await (await fetch(`${url}/block/current`)).text())
  const accepted: string[] = []
  const posting = txs.map(async (tx) => {
    const init = { method: "POST", body: JSON.stringify(tx) }
    const response = await fetch(`${url}/tx`, init).catch(() => null)
    if (response?.status === 200) accepted.push(tx.id)
    if (accepted.length === 30) child.kill("SIGKILL")
  })
  await Promise.all([...posting, once(child, "exit")])
  const { get, node } = await aWorld({ folder })

  ok(accepted.length >= 30)
  const found = await Promise.all(accepted.map((id) => get(`/tx/${id}`)))
  for (const { status } of found) ok(status === 200 || status === 202)
  deepEqual(JSON.parse((await get(`/block/height/${tip.height}`)).text), tip)
  node.mine()
  equal((await get("/tx/pending")).text, "[]")
  const paid = await Promise.all(
    txs.map(async ({ id, reward }) =>
      (await get(`/tx/${id}/status`)).status === 200 ? BigInt(reward) : 0n,
    ),
  )
  equal(node.balance(wallet.address), AR - paid.reduce((sum, fee) => sum + fee, 0n))
})

test("a last line that was cut off is forgotten, and the log goes on behind it", async () => {
  const folder = await aFolder()
  const file = path.join(folder, "arweave.jsonl")
  const first = await startArweave({ folder })
  first.mine(2)
  await first.stop()
  const whole = await readFile(file, "utf8")

  await appendFile(file, whole.trimEnd().split("\n").at(-1)!.slice(0, -9))
  const second = await startArweave({ folder })
  equal(second.height, 2)
  second.mine()
  await second.stop()

  const lines = (await readFile(file, "utf8")).trimEnd().split("\n")
  equal(lines.length, whole.trimEnd().split("\n").length + 1)
  const third = await startArweave({ folder })
  equal(third.height, 3)
  await third.stop()
})

test("a log with a damaged line in the middle is not read", async () => {
  const folder = await aFolder()
  const file = path.join(folder, "arweave.jsonl")
  const node = await startArweave({ folder })
  node.mine(2)
  await node.stop()
  const lines = (await readFile(file, "utf8")).split("\n")

  await writeFile(file, [lines[0], "{", ...lines.slice(2)].join("\n"))

  await rejects(startArweave({ folder }), { code: "journal-damaged", message: /line 2/ })
})

async function aFolder(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), "causeway-arweave-"))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

async function aNodeProcess(folder: string, blockTimeMs: number) {
  const script = path.join(import.meta.dirname, "arweave-process.ts")
  const args = ["--import", "tsx", script, folder, `${blockTimeMs}`]
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] })
  onTestFinished(async () => {
    const gone = child.exitCode ?? child.signalCode ?? once(child, "exit")
    child.kill("SIGKILL")
    await gone
  })
  const lines = createInterface({ input: child.stdout })
  const ended = once(child, "exit").then(() => Promise.reject(new Error("the node did not start")))
  ended.catch(() => {})
  const [url] = (await Promise.race([once(lines, "line"), ended])) as [string]
  return { child, url }
}
