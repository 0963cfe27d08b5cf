// A token that would not let the vault pay is told to people before a payout fails by it.

import { deepEqual } from "node:assert/strict"
import { Interface } from "ethers"
import { onTestFinished, test } from "vitest"
import { DEVNET } from "../../../chains/evm/finality.ts"
import type { Incident } from "../../../chains/evm/panel.ts"
import { connectEvm } from "../../../chains/evm/rpc.ts"
import { account, aProvider } from "./builders.ts"
import { aWorld, type World, word } from "./world.ts"

const to = { recipient: word(account(4)), refundTo: account(9) }

/** What people hear after a turn of a connection through these providers. */
async function heard({ deployment }: World, urls: readonly string[]): Promise<readonly string[]> {
  const incidents: Incident[] = []
  const connection = connectEvm("ethereum", DEVNET, { urls: { rpc: urls } }, deployment, {
    report: (incident) => incidents.push(incident),
  })
  onTestFinished(() => connection.close())
  await connection.turn()
  await connection.turn()
  return incidents.flatMap(({ kind, words }) => (kind === "frozen" ? [words] : []))
}

// Case 67.
test("a token that has frozen the vault is told once, and only while it holds money of the vault", async () => {
  const world = await aWorld({ USDC: "blacklist", USDT: "usdt" })
  const { chain, vault, side } = world
  const { USDC, USDT } = side.contracts
  const listed = (is: boolean) =>
    chain.send({ to: USDC!, data: TOKEN.encodeFunctionData("list", [side.vault, is]) })

  await listed(true)
  deepEqual(await heard(world, [chain.url]), [])
  await listed(false)
  for (const token of [USDC!, USDT!]) await vault.depositToken(token, account(1), 70n, to)
  deepEqual(await heard(world, [chain.url]), [])

  await listed(true)
  const words = [`${USDC} would not let the vault pay`]
  deepEqual(await heard(world, [chain.url]), words)
  // One provider that says otherwise changes nothing.
  const liar = await aProvider(chain, ({ method, result }) =>
    method === "eth_call" ? `0x${"0".repeat(64)}` : result,
  )
  deepEqual(await heard(world, [chain.url, liar.url, (await aProvider(chain)).url]), words)
})

const TOKEN = new Interface(["function list(address account, bool listed)"])
