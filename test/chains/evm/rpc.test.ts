// The connection to an EVM chain: final blocks, deposits found again, and what a signer checks for itself.

import { deepEqual, equal, rejects } from "node:assert/strict"
import { getAddress, Interface, type InterfaceAbi, Wallet } from "ethers"
import { onTestFinished, test } from "vitest"
import { DEVNET } from "../../../chains/evm/finality.ts"
import { toHex } from "../../../chains/evm/hex.ts"
import type { WalletJournal, WalletMemory } from "../../../chains/evm/journal.ts"
import type { Incident } from "../../../chains/evm/panel.ts"
import { connectEvm, type EvmOptions } from "../../../chains/evm/rpc.ts"
import type { GasOptions } from "../../../chains/evm/wallet.ts"
import type { TransferId } from "../../../core/ids.ts"
import { vaultArtifact } from "../../../devnet/evm/contracts.ts"
import { idNumber } from "../builders.ts"
import { account, aProvider } from "./builders.ts"
import { aBurn, aWorld, codec, NATIVE, seal, terms, type World, word } from "./world.ts"

const to = { recipient: word(account(4)), refundTo: account(9) }

function connect(world: World, urls: readonly string[], options: Partial<EvmOptions> = {}) {
  const connection = connectEvm("ethereum", DEVNET, { urls: { rpc: urls } }, world.deployment, {
    ...{ freshMs: 0, ...options },
  })
  onTestFinished(() => connection.close())
  return connection
}

const vault = new Interface(vaultArtifact().abi as InterfaceAbi)
const calldataOf = (name: string, args: readonly unknown[]) => vault.encodeFunctionData(name, args)

/** Passes every call on with its coins, and reverts when that does. */
const forwarderTo = (target: string) => ({
  ...{ abi: [], deployedBytecode: "0x", immutables: [] },
  bytecode: `0x60288060095f395ff3365f5f375f5f365f3473${target.slice(2)}5af16026575f5ffd5b00`,
})

const idOf = (transaction: string, number: number): TransferId =>
  `ethereum:${transaction}:${number}`

test("what is not final is not told", async () => {
  const world = await aWorld()
  const connection = connect(world, [world.chain.url])
  const { transaction, height } = await world.vault.depositNative(account(1), 5n, to)
  const id = idOf(transaction, 1)

  equal(await connection.block(height), null)
  equal(await connection.locate(id), null)
  await world.chain.mine(2)

  const block = await connection.block(height)
  equal((await connection.tip()).id, block!.id)
  const located = await connection.locate(id)
  deepEqual(located!.block, { height, id: block!.id })
  deepEqual(located!.sighting, codec.facts(block!, world.deployment).sightings[0])
})

test("who has a contract deposit is named beside the contract", async () => {
  const world = await aWorld()
  const connection = connect(world, [world.chain.url])
  const contract = await world.chain.deploy(forwarderTo(world.vault.address))
  await world.chain.faucet(account(1), 10n ** 18n)
  const data = calldataOf("depositNative", [[to.recipient, to.refundTo, word("0x")]])
  const { height } = await world.chain.send({
    ...{ from: account(1), to: contract, data, value: 5n },
  })
  const plain = await world.vault.depositNative(account(2), 6n, to)
  await world.chain.mine(2)

  const blocks = [await connection.block(height), await connection.block(plain.height)]
  const sightings = blocks.flatMap((block) => codec.facts(block!, world.deployment).sightings)

  deepEqual(
    sightings.map(({ sender, senders }) => ({ sender, senders })),
    [
      { sender: getAddress(contract), senders: [contract, account(1)].map(getAddress) },
      { sender: getAddress(account(2)), senders: undefined },
    ],
  )
})

test("a deposit is found by its whole identity only", async () => {
  const world = await aWorld()
  const connection = connect(world, [world.chain.url])
  const one = await world.vault.depositNative(account(1), 5n, to)
  const other = await world.vault.depositNative(account(1), 6n, to)
  await world.chain.mine(2)
  const ids: TransferId[] = [
    idOf(other.transaction, 2),
    idOf(one.transaction, 2),
    idOf(`0x${"12".repeat(32)}`, 1),
    idOf(one.transaction, 1),
    `ao-eth:${idNumber(1)}:1`,
    `ethereum:${idNumber(1)}:1`,
  ]

  const located = await connection.locateAll(ids)

  deepEqual(
    located.map((found) => found?.sighting.amount ?? null),
    [6n, null, null, 5n, null, null],
  )
})

test("a payout has landed when the vault has paid its number, and is open until then", async () => {
  const world = await aWorld()
  const connection = connect(world, [world.chain.url])
  await world.vault.depositNative(account(1), 10n ** 18n, to)
  const payouts = [aBurn(1), aBurn(2)]
  await world.chain.mine(2)
  await connection.vet(payouts, terms, {})
  equal(await connection.fate(payouts, terms), "open")

  await world.chain.send({ to: world.side.vault, data: toHex(seal(world, payouts).raw) })
  await world.chain.mine(2)

  equal(await connection.fate(payouts, terms), "landed")
  equal(await connection.fate([...payouts, aBurn(3)], terms), "open")
  // Case 52: what has been paid is not signed again.
  await rejects(connection.vet([aBurn(3), aBurn(2)], terms, {}), { code: "signer-refused" })
  equal(await connection.held(NATIVE), 10n ** 18n - 2_003n)
})

test("a signer signs nothing that the vault could not pay, nor under odd terms", async () => {
  const world = await aWorld({ USDC: "usdc" })
  const connection = connect(world, [world.chain.url])
  await world.vault.depositNative(account(1), 2_010n, to)
  await world.chain.mine(2)

  await connection.vet([aBurn(1), aBurn(2)], terms, {})
  await rejects(connection.vet([aBurn(1), aBurn(2), aBurn(3)], terms, {}), {
    code: "signer-refused",
  })
  await rejects(connection.vet([aBurn(1, { asset: "USDC" })], terms, {}), {
    code: "signer-refused",
  })
  await rejects(connection.vet([aBurn(1)], { more: "1" }, {}), { code: "bad-request" })
})

test("all that was ever deposited is counted by token, and counted on from there", async () => {
  const world = await aWorld({ USDC: "usdc", USDT: "fee" })
  const { USDC, USDT } = world.side.contracts
  const connection = connect(world, [world.chain.url])
  await world.vault.depositNative(account(1), 5n, to)
  await world.vault.depositToken(USDC!, account(1), 7n, to)
  await world.vault.depositToken(USDT!, account(1), 1_000n, to)
  await world.chain.mine(2)
  const first = await connection.deposited()
  await world.vault.depositNative(account(1), 6n, to)
  await world.chain.mine(2)

  const then = await connection.deposited()

  deepEqual(
    [...first],
    [
      ["ETH", 5n],
      ["USDC", 7n],
      ["USDT", 990n],
    ],
  )
  deepEqual(
    [...then],
    [
      ["ETH", 11n],
      ["USDC", 7n],
      ["USDT", 990n],
    ],
  )
})

test("what providers do wrong while others are enough is reported, not thrown", async () => {
  const world = await aWorld()
  await world.vault.depositNative(account(1), 5n, to)
  await world.chain.mine(2)
  const liar = await aProvider(world.chain, ({ method, result }) =>
    method === "eth_call" ? word("0x09") : result,
  )
  const others = [await aProvider(world.chain), await aProvider(world.chain)]
  const incidents: Incident[] = []
  const connection = connect(world, [liar.url, ...others.map(({ url }) => url)], {
    report: (incident) => incidents.push(incident),
  })

  equal(await connection.fate([aBurn(1)], terms), "open")
  deepEqual(
    new Set(incidents.map(({ kind, url }) => `${kind} ${url}`)),
    new Set([`disagrees ${liar.url}`]),
  )
})

test("without providers, or with a minority for a quorum, nothing is read", async () => {
  const world = await aWorld()
  const urls = [world.chain.url, "http://127.0.0.1:1", "http://127.0.0.1:2"]

  for (const [list, quorum] of [[[], null] as const, [urls, 1] as const, [urls, 4] as const])
    await rejects(async () => connect(world, list, { quorum }), { code: "bad-config" })
})

test("only a connection with a gas wallet hands in, and looks after what it has sent", async () => {
  const world = await aWorld()
  await world.vault.depositNative(account(99), 10n ** 18n, to)
  const sealed = seal(world, [aBurn(1)])
  const poor = connect(world, [world.chain.url])
  await rejects(poor.submit(sealed), { code: "not-supported" })
  await poor.turn()
  const gas: GasOptions = {
    ...{ key: `0x${"42".repeat(32)}`, journal: inMemory(), balanceMin: 0n },
    rules: {
      ...{ slotsMax: 4, patience: 2 },
      caps: { max: 10n ** 12n, tipMin: 10n ** 9n, tipMax: 10n ** 9n },
    },
  }
  await world.chain.faucet(new Wallet(gas.key).address, 10n ** 18n)
  const rich = connect(world, [world.chain.url], { gas })
  await world.chain.rpc("evm_setAutomine", false)

  await Promise.all([rich.submit(sealed), rich.submit(sealed)])
  await world.chain.rpc("anvil_dropAllTransactions")
  await rich.turn()
  await world.chain.mine(3)

  equal(await rich.fate([aBurn(1)], terms), "landed")
})

function inMemory(): WalletJournal {
  let memory: WalletMemory = { slots: [], waiting: [] }
  return {
    load: async () => memory,
    save: async (next) => {
      memory = next
    },
  }
}
