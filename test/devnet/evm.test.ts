// The local EVM chain: it comes back as it was, can be reorganised, and leaves nobody behind.

import { deepEqual, equal, notEqual, rejects } from "node:assert/strict"
import { spawn } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import path from "node:path"
import { createInterface } from "node:readline"
import { onTestFinished, test } from "vitest"
import { type EvmDevnet, startEvm } from "../../devnet/evm/index.ts"
import { deployVault } from "../../devnet/evm/vault.ts"
import { account, CHAIN_ID, groupKey } from "../chains/evm/builders.ts"

const to = { recipient: `0x${"11".repeat(32)}`, refundTo: account(7) }

async function started(options: Partial<Parameters<typeof startEvm>[0]> = {}) {
  const chain = await startEvm({ chainId: CHAIN_ID, ...options })
  onTestFinished(() => chain.stop())
  return chain
}

const blockAt = (chain: EvmDevnet, height: number | string) =>
  chain.rpc<{ hash: string; number: string }>(
    "eth_getBlockByNumber",
    ...[typeof height === "number" ? `0x${height.toString(16)}` : height, false],
  )

test("a chain that is stopped comes back at its port, with its blocks and its contracts", async () => {
  const folder = mkdtempSync(path.join(tmpdir(), "causeway-evm-"))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const stateFile = path.join(folder, "chain.json")
  const first = await started({ stateFile })
  const vault = await deployVault(first, { key: groupKey })
  const { height } = await vault.depositNative(account(1), 5n, to)
  const before = await blockAt(first, height)
  await first.stop()

  const again = await started({ stateFile, port: first.port })

  equal(again.url, first.url)
  equal((await blockAt(again, height)).hash, before.hash)
  equal(await again.height(), height)
  const filter = { address: vault.address, fromBlock: "0x0", toBlock: "latest" }
  const logs = await again.rpc<{ topics: string[] }[]>("eth_getLogs", filter)
  equal(logs.filter(({ topics }) => topics[1] === `0x${"1".padStart(64, "0")}`).length, 1)
})

test("finality is two epochs behind, and a reorganisation does not care", async () => {
  const chain = await started({ epochSlots: 2 })
  await chain.mine(10)
  const before = [await blockAt(chain, 4), await blockAt(chain, 5)]

  await chain.reorg(6)

  equal(Number((await blockAt(chain, "finalized")).number), (await chain.height()) - 4)
  equal((await blockAt(chain, 4)).hash, before[0]!.hash)
  notEqual((await blockAt(chain, 5)).hash, before[1]!.hash)
})

test("tokens behave and misbehave as they were asked for", async () => {
  const chain = await started()
  const kinds = { A: "usdc", B: "usdt", C: "fee", D: "blacklist", E: "reverting" } as const
  const vault = await deployVault(chain, { key: groupKey, tokens: kinds })

  for (const token of Object.values(vault.tokens))
    await vault.depositToken(token, account(1), 1_000n, to)

  deepEqual(
    await Promise.all(
      Object.values(vault.tokens).map((it) => vault.tokenBalance(it, vault.address)),
    ),
    [1_000n, 1_000n, 990n, 1_000n, 1_000n],
  )
})

test("a transaction that reverts is told", async () => {
  const chain = await started()
  const vault = await deployVault(chain, { key: groupKey })

  await rejects(chain.send({ to: vault.address, data: "0x12345678" }), { code: "bad-request" })
  await rejects(vault.depositNative(account(1), 0n, to), { code: "bad-request" })
})

test("the program ends with whoever has started it, even when that is killed", async () => {
  const script = path.join(import.meta.dirname, "evm-process.ts")
  const parent = spawn(process.execPath, ["--import", "tsx", script], {
    stdio: ["ignore", "pipe", "inherit"],
  })
  const url = await new Promise<string>((resolve) =>
    createInterface({ input: parent.stdout }).once("line", resolve),
  )
  const isThere = () =>
    fetch(url, { method: "POST", body: "{}" }).then(
      () => true,
      () => false,
    )
  equal(await isThere(), true)

  parent.kill("SIGKILL")

  while (await isThere()) await new Promise((resolve) => setTimeout(resolve, 20))
})

test("a port that is taken is told, not waited for", async () => {
  const chain = await started()

  await rejects(startEvm({ chainId: CHAIN_ID, port: chain.port }), { code: "child-died" })
})
