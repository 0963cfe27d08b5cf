// The gas wallet on a real chain: what was handed in gets into a block, once, whatever happens meanwhile.

import { deepEqual, equal, ok, rejects } from "node:assert/strict"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import path from "node:path"
import { schnorr } from "@noble/curves/secp256k1.js"
import { Interface } from "ethers"
import { onTestFinished, test } from "vitest"
import { fileJournal, type WalletJournal } from "../../../chains/evm/journal.ts"
import { evmNode } from "../../../chains/evm/node.ts"
import { type Incident, Panel } from "../../../chains/evm/panel.ts"
import { GasWallet } from "../../../chains/evm/wallet.ts"
import { openHttp } from "../../../chains/http.ts"
import { BridgeError } from "../../../core/errors.ts"
import { account, aProvider, CHAIN_ID, type Provider } from "./builders.ts"
import { aBurn, aWorld as aVault, codec, seal, terms, type World as Vault, word } from "./world.ts"

const GWEI = 10n ** 9n
const KEY = `0x${"42".repeat(32)}`
const RULES = {
  ...{ slotsMax: 8, patience: 2 },
  caps: { max: 500n * GWEI, tipMin: GWEI, tipMax: 3n * GWEI },
}

interface World extends Vault {
  readonly file: string
  readonly providers: readonly Provider[]
  readonly incidents: Incident[]
  /** What was left at each look, wei. */
  readonly left: bigint[]
  /** A wallet with the memory of the one before. */
  open(journal?: WalletJournal): Promise<GasWallet>
  paid(number: number): Promise<boolean>
}

/** A vault with money, and a wallet behind two providers. */
async function aWorld(rules = RULES): Promise<World> {
  const vault = await aVault()
  const { chain } = vault
  const to = { recipient: word(account(4)), refundTo: account(9) }
  await vault.vault.depositNative(account(99), 10n ** 18n, to)
  const folder = mkdtempSync(path.join(tmpdir(), "causeway-gas-"))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const file = path.join(folder, "wallet.json")
  const providers = [await aProvider(chain), await aProvider(chain)]
  const http = openHttp({ timeoutMs: 2_000, atOnce: 8, pipelining: 1 })
  onTestFinished(() => http.close())
  const incidents: Incident[] = []
  const left: bigint[] = []
  const open = (journal = fileJournal(file)) =>
    GasWallet.open({
      ...{ key: KEY, chainId: BigInt(CHAIN_ID), journal, rules, balanceMin: GWEI },
      left: (wei) => left.push(wei),
      panel: new Panel({
        nodes: providers.map(({ url }) => evmNode(url, BigInt(CHAIN_ID), http)),
        ...{ quorum: 2, report: (incident) => incidents.push(incident) },
      }),
    })
  await chain.faucet((await open()).address, 10n ** 19n)
  const paid = async (number: number) =>
    (await chain.rpc("eth_getBalance", account(number), "latest")) !== "0x0"
  return { ...vault, file, providers, incidents, left, open, paid }
}

const nonceOf = async ({ chain }: World, { address }: GasWallet) =>
  Number(await chain.rpc("eth_getTransactionCount", address, "latest"))

const pool = async ({ chain }: World) =>
  (await chain.rpc<{ pending: string }>("txpool_status")).pending

test("what is handed in is paid, and handed in again it is nothing", async () => {
  const world = await aWorld()
  const wallet = await world.open()
  const one = seal(world, [aBurn(1)])

  await Promise.all([1, 2, 3].map(() => wallet.hand(one, world.side.vault)))
  await wallet.hand(seal(world, [aBurn(2), aBurn(3)]), world.side.vault)
  await wallet.turn()
  await wallet.hand(one, world.side.vault)

  deepEqual([await world.paid(1), await world.paid(2), await world.paid(3)], [true, true, true])
  equal(await nonceOf(world, wallet), 2)
  equal(wallet.slots.length, 0)
  deepEqual(world.incidents, [])
})

// Case 71.
test("a crash after signing, before anything was sent, is made good by the next start", async () => {
  const world = await aWorld()
  const wallet = await world.open()
  for (const provider of world.providers)
    provider.manner = ({ method, result }) => {
      // The chain never hears of it: the machine has died.
      if (method === "eth_sendRawTransaction") throw new Error("cut")
      return result
    }
  await world.chain.rpc("evm_setAutomine", false)
  await wallet.hand(seal(world, [aBurn(1)]), world.side.vault)
  const remembered = JSON.parse(readFileSync(world.file, "utf8")).slots
  await dropped(world, remembered[0].attempts[0].hash)

  for (const provider of world.providers) provider.manner = ({ result }) => result
  const again = await world.open()
  await again.turn()
  await world.chain.mine()
  await again.turn()

  equal(await world.paid(1), true)
  equal(await nonceOf(world, again), 1)
  equal(again.slots.length, 0)
})

// Case 71.
test("a transaction that nodes have dropped is sent again, and those behind it follow", async () => {
  const world = await aWorld()
  const wallet = await world.open()
  await world.chain.rpc("evm_setAutomine", false)
  for (const n of [1, 2, 3]) await wallet.hand(seal(world, [aBurn(n)]), world.side.vault)
  const [first] = [...wallet.slots].sort((a, b) => a.nonce - b.nonce)
  await dropped(world, first!.attempts[0]!.hash)

  await wallet.turn()
  await world.chain.mine()
  await wallet.turn()

  deepEqual([await world.paid(1), await world.paid(2), await world.paid(3)], [true, true, true])
  equal(await nonceOf(world, wallet), 3)
})

// Case 73.
test("a transaction that waits too long is replaced at the same nonce, by a better offer", async () => {
  const world = await aWorld()
  const wallet = await world.open()
  await world.chain.rpc("evm_setAutomine", false)
  await wallet.hand(seal(world, [aBurn(1)]), world.side.vault)
  const [slot] = wallet.slots
  // Empty blocks of a chain whose price has risen.
  await world.chain.rpc("anvil_dropTransaction", slot!.attempts[0]!.hash)
  await world.chain.mine(3)
  await wallet.turn()
  await world.chain.mine()

  const [replaced] = wallet.slots
  equal(replaced!.nonce, slot!.nonce)
  const [old, better] = replaced!.attempts
  ok(better!.fees.max * 10n >= old!.fees.max * 11n)
  equal(await world.paid(1), true)
  await wallet.turn()
  equal(wallet.slots.length, 0)
})

// Case 7.
test("nothing is sent while gas costs more than the cap, and all of it afterwards", async () => {
  const caps = { max: 5n * GWEI, tipMin: GWEI, tipMax: 3n * GWEI }
  const world = await aWorld({ ...RULES, caps })
  const wallet = await world.open()
  await world.chain.rpc("anvil_setNextBlockBaseFeePerGas", `0x${(50n * GWEI).toString(16)}`)
  await world.chain.mine()

  await wallet.hand(seal(world, [aBurn(1)]), world.side.vault)

  equal(await nonceOf(world, wallet), 0)
  equal(wallet.slots.length, 0)
  ok(world.incidents.some(({ kind }) => kind === "wallet"))
  await world.chain.rpc("anvil_setNextBlockBaseFeePerGas", `0x${GWEI.toString(16)}`)
  await world.chain.mine()
  // Another life remembers what waits.
  await (await world.open()).turn()
  equal(await world.paid(1), true)
})

test("an answer that is lost sends nothing twice", async () => {
  const world = await aWorld()
  const wallet = await world.open()
  for (const provider of world.providers)
    provider.manner = ({ method, result }) => {
      if (method === "eth_sendRawTransaction") throw new Error("the answer is lost")
      return result
    }

  await wallet.hand(seal(world, [aBurn(1)]), world.side.vault)
  await wallet.turn()
  await wallet.turn()

  equal(await world.paid(1), true)
  equal(await nonceOf(world, wallet), 1)
})

test("a memory that is lost leaves no gap and pays nothing twice", async () => {
  const world = await aWorld()
  const wallet = await world.open()
  await world.chain.rpc("evm_setAutomine", false)
  const payouts = [1, 2].map((n) => seal(world, [aBurn(n)]))
  for (const sealed of payouts) await wallet.hand(sealed, world.side.vault)
  const [first] = [...wallet.slots].sort((a, b) => a.nonce - b.nonce)
  await dropped(world, first!.attempts[0]!.hash)
  rmSync(world.file)

  const again = await world.open()
  for (let n = 0; n < 6; n += 1) {
    for (const sealed of payouts) await again.hand(sealed, world.side.vault)
    await world.chain.mine()
  }
  await again.turn()

  deepEqual([await world.paid(1), await world.paid(2)], [true, true])
  equal(again.slots.length, 0)
  equal(await pool(world), "0x0")
})

test("what the vault does not take now waits, and what it never takes is refused", async () => {
  const world = await aWorld()
  const wallet = await world.open()
  const { chain, side, deployment } = world
  const { messages } = codec.build([aBurn(1)], terms, deployment)
  const stranger = schnorr.sign(messages[0]!, new Uint8Array(32).fill(9))
  const forged = codec.seal([aBurn(1)], terms, deployment, [stranger])
  const dear = seal(world, [aBurn(2, { amount: 2n ** 101n })])
  await rejects(wallet.hand(forged, side.vault), { code: "payout-refused" })
  await rejects(wallet.hand(dear, side.vault), { code: "not-yet" })

  await chain.rpc("anvil_setCode", account(3), "0xfe")
  await rejects(wallet.hand(seal(world, [aBurn(3)]), side.vault), { code: "payout-refused" })
  // In a batch, only all of them together are nothing.
  await rejects(wallet.hand(seal(world, [aBurn(3), dearOne]), side.vault), { code: "not-yet" })
  await wallet.hand(seal(world, [aBurn(3), aBurn(4)]), side.vault)
  equal(await world.paid(4), true)

  const guardian = `0x${"6a".repeat(20)}`
  await chain.faucet(guardian, 10n ** 18n)
  const pause = new Interface(["function pause()"]).encodeFunctionData("pause")
  await chain.send({ from: guardian, to: side.vault, data: pause })
  await rejects(wallet.hand(seal(world, [aBurn(5)]), side.vault), { code: "not-yet" })
  equal(await nonceOf(world, wallet), 1)
})

const dearOne = aBurn(6, { amount: 2n ** 101n })

// Case 75.
test("a payout that reverts on the chain is told, and not tried for ever", async () => {
  const world = await aWorld()
  const wallet = await world.open()
  const { chain, side } = world
  await chain.rpc("evm_setAutomine", false)
  const one = seal(world, [aBurn(1)])
  await wallet.hand(one, side.vault)
  await chain.rpc("anvil_setCode", account(1), "0xfe")
  await chain.mine()

  await wallet.turn()
  await wallet.turn()

  equal(wallet.slots.length, 0)
  equal(await nonceOf(world, wallet), 1)
  ok(world.incidents.some(({ words }) => words.includes("reverted")))
  await rejects(wallet.hand(one, side.vault), { code: "payout-refused" })
  await chain.rpc("anvil_setCode", account(1), "0x")
  await wallet.hand(one, side.vault)
  await chain.mine()
  equal(await world.paid(1), true)
})

test("a journal that cannot be read stops the wallet before it signs anything", async () => {
  const world = await aWorld()
  writeFileSync(world.file, '{"slots":[{"nonce":1}]}')

  await rejects(world.open(), { code: "journal-damaged" })
})

test("what cannot be remembered is not sent", async () => {
  const world = await aWorld()
  const journal = fileJournal(world.file)
  const forgetful: WalletJournal = {
    ...journal,
    save: (memory) =>
      memory.slots.length > 0
        ? Promise.reject(new BridgeError("journal-unwritable"))
        : journal.save(memory),
  }

  const wallet = await world.open(forgetful)
  const handed = wallet.hand(seal(world, [aBurn(1)]), world.side.vault)

  await rejects(handed, { code: "journal-unwritable" })
  await rejects(wallet.turn(), { code: "journal-unwritable" })
  equal(await world.paid(1), false)
  await (await world.open()).turn()
  equal(await world.paid(1), true)
})

test("a wallet that runs dry is told, and goes on where it was when it has money", async () => {
  const world = await aWorld()
  const wallet = await world.open()
  await world.chain.rpc("anvil_setBalance", wallet.address, "0x1")

  await wallet.hand(seal(world, [aBurn(1)]), world.side.vault)

  equal(await world.paid(1), false)
  ok(world.incidents.some(({ words }) => words.includes("gas money")))
  equal(world.left.at(-1), 1n)
  await world.chain.faucet(wallet.address, 10n ** 18n)
  await wallet.turn()
  equal(await world.paid(1), true)
})

async function dropped({ chain }: World, hash: string): Promise<void> {
  await chain.rpc("anvil_dropTransaction", hash)
}
