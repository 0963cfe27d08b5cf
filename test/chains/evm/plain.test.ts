// Tokens that are sent to the vault without being deposited.

import { deepEqual, equal } from "node:assert/strict"
import { Interface } from "ethers"
import fc from "fast-check"
import { onTestFinished, test } from "vitest"
import { DEVNET } from "../../../chains/evm/finality.ts"
import { type PlainTransfer, unexplained } from "../../../chains/evm/plain.ts"
import { connectEvm } from "../../../chains/evm/rpc.ts"
import { account, aProvider } from "./builders.ts"
import { aWorld, checksummed, type World, word } from "./world.ts"

const to = { recipient: word(account(4)), refundTo: account(9) }

function connect({ deployment }: World, urls: readonly string[]) {
  const connection = connectEvm("ethereum", DEVNET, { urls: { rpc: urls } }, deployment, {
    freshMs: 0,
  })
  onTestFinished(() => connection.close())
  return connection
}

async function sendPlainly({ chain, vault, side }: World, amount: bigint) {
  const token = side.contracts.USDC!
  await chain.faucet(account(6), 10n ** 18n)
  await vault.mintToken(token, account(6), amount)
  const data = TOKEN.encodeFunctionData("transfer", [side.vault, amount])
  return chain.send({ from: account(6), to: token, data })
}

// Case 69.
test("a plain transfer to the vault is told with its sender, a deposit is not, and neither is what is not final", async () => {
  const world = await aWorld({ USDC: "usdc" })
  const { chain, vault, side } = world
  const connection = connect(world, [chain.url])
  await vault.depositToken(side.contracts.USDC!, account(1), 70n, to)
  const { transaction, height } = await sendPlainly(world, 33n)
  await vault.depositNative(account(1), 5n, to)
  await chain.mine(2)
  const early = await sendPlainly(world, 44n)

  const [first, ...others] = await connection.unattributed()
  deepEqual(others, [])
  deepEqual(first, {
    ...{ chain: "ethereum", asset: "USDC", transaction, height, index: 0 },
    ...{ sender: checksummed(account(6)), amount: 33n },
  })
  deepEqual(
    (await connection.block(height))!.items.map(({ transaction }) => transaction),
    [],
  )

  await chain.mine(2)
  deepEqual(
    (await connection.unattributed()).map(({ transaction }) => transaction),
    [transaction, early.transaction],
  )
})

// Case 41.
test("what one provider of three makes up or leaves out changes nothing", async () => {
  const world = await aWorld({ USDC: "usdc" })
  const { chain } = world
  const { transaction } = await sendPlainly(world, 33n)
  await chain.mine(2)
  const liar = await aProvider(chain, ({ method, result }) => {
    if (method !== "eth_getLogs" || !Array.isArray(result)) return result
    return result.map((log) => ({ ...log, transactionHash: `0x${"66".repeat(32)}` }))
  })
  const connection = connect(world, [chain.url, liar.url, (await aProvider(chain)).url])

  const told = await connection.unattributed()

  equal(told.length, 1)
  equal(told[0]!.transaction, transaction)
})

test("each deposit explains one transfer of its token and transaction, the nearest before it", () => {
  const transfer = (index: number, token = "a", transaction = "t"): PlainTransfer => ({
    ...{ height: 1, transaction, index, token, from: "f", amount: 1n },
  })
  const told = unexplained(
    [transfer(0), transfer(2), transfer(3, "b"), transfer(5), transfer(2, "a", "u")],
    [
      { transaction: "t", token: "a", index: 4 },
      { transaction: "t", token: "b", index: 1 },
    ],
  )
  deepEqual(told, [transfer(0), transfer(3, "b"), transfer(5), transfer(2, "a", "u")])

  fc.assert(
    fc.property(fc.uniqueArray(fc.nat(50), { maxLength: 20 }), (places) => {
      const transfers = places.map((at) => transfer(2 * at))
      const deposits = places.map((at) => ({ transaction: "t", token: "a", index: 2 * at + 1 }))
      deepEqual(unexplained(transfers, deposits), [])
      equal(unexplained(transfers, deposits.slice(1)).length, Math.min(1, places.length))
    }),
  )
})

const TOKEN = new Interface(["function transfer(address to, uint256 amount)"])
