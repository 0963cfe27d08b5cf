// Bitcoin through every real part: a regtest node, addresses of one's own, FROST signatures of every input, wBTC on AO.

import { randomBytes } from "node:crypto"
import { pino } from "pino"
import { beforeAll, expect, test, vi } from "vitest"
import { vaultAddress } from "../../chains/bitcoin/deposit.ts"
import { CHAIN_OF } from "../../chains/index.ts"
import { rsaWallet } from "../../devnet/arweave/wallet.ts"
import { bitcoinWallet } from "../../devnet/bitcoin/wallet.ts"
import type { BitcoinHome } from "../../devnet/bitcoin-home.ts"
import { openBridge } from "../../sdk/bridge.ts"
import { type TokenWallet, tokenWallet } from "../../sdk/tokens.ts"
import { readServicesConfig } from "../../services/config.ts"
import { lookAfter } from "../../services/payout/broadcast.ts"
import { openDatabase } from "../../services/store/database.ts"
import { newNotes } from "../../services/store/notes.ts"
import { TEST_WALLETS } from "../fixtures/wallets.ts"
import { signersRestarted } from "./operators.ts"
import { PATIENT, preparedFolder, type Scene, startScene } from "./scene.ts"

/** What a burn and a refund cost (`devnet/terms.ts`, written out), and when a deposit's coin may be spent. */
const BURN_FEE = 10_000n
const REFUND_FEE = 10_000n
const DEEP = 6

let scene: Scene
let bitcoin: BitcoinHome
beforeAll(async () => {
  scene = await startScene({ assets: ["AR", "BTC"], folder: await preparedFolder(["taproot"]) })
  bitcoin = scene.network.bitcoin!
  return () => scene.close()
})

/** A fresh address on Bitcoin that nobody has paid yet. */
const stranger = () => bitcoinWallet(randomBytes(32)).address

const account = rsaWallet(TEST_WALLETS.alice).address

function alice(): TokenWallet {
  const { places } = scene.network
  const ao = { ...places.ao, gatewayUrl: places.arweaveUrl }
  return tokenWallet(TEST_WALLETS.alice, account, ao, places.tokens.BTC!)
}

/** Pays the deposit address of an account; the id of the transfer, whose transaction waits for a block. */
async function deposit(amount: bigint, refundTo = stranger()) {
  const { address } = await scene.api.depositAddress({ recipient: account, refundTo })
  used.add(address)
  const txid = await bitcoin.faucet(address, amount)
  const raw = await bitcoin.rpc<string>("getrawtransaction", txid)
  const { vout } = await bitcoin.rpc<{ vout: { scriptPubKey: { address?: string } }[] }>(
    "decoderawtransaction",
    raw,
  )
  const index = vout.findIndex(({ scriptPubKey }) => scriptPubKey.address === address)
  return { id: `bitcoin:${txid}:${index}`, txid, refundTo }
}

/** What addresses hold by the node's own list of unspent outputs; in one question, as Core scans for one at a time. */
async function received(...addresses: readonly string[]): Promise<bigint> {
  const { total_amount } = await bitcoin.rpc<{ total_amount: number }>(
    "scantxoutset",
    "start",
    addresses.map((address) => `addr(${address})`),
  )
  return BigInt(Math.round(total_amount * 1e8))
}

/** Waits until a payout has reached the node, and mines it deep enough. */
async function paidOut(id: string) {
  const { transaction } = await scene.reaches(id, "sent", "paid")
  await vi.waitFor(async () => bitcoin.rpc("getrawtransaction", transaction), PATIENT)
  await bitcoin.mine(DEEP)
  return scene.reaches(id, "paid")
}

/** Deep enough for any sum, and for its coin to be spent. */
async function finalDeposit(amount: bigint) {
  const made = await deposit(amount)
  await bitcoin.mine(DEEP)
  await scene.reaches(made.id, "paid")
  return made
}

/** The books say what the group holds, at the vault and at every deposit address, to the last satoshi. */
async function booksBalance(): Promise<void> {
  const key = Buffer.from(scene.network.deployment.vaults!.bitcoin!.key, "hex")
  const custody = await received(vaultAddress({ network: "devnet", key }), ...used)
  const books = (await scene.api.ledger()).BTC
  expect(books).toMatchObject({ balanced: true, custody: `${custody}` })
}

/** Deposit addresses that somebody asked for. */
const used = new Set<string>()

test("BTC goes into AO in full, and comes back less the fee, to the last satoshi", async () => {
  const { quote } = openBridge(scene.network.apiUrl)
  const before = await alice().wrappedBalance()
  const wish = { asset: "BTC", amount: 5_000_000n } as const
  // None is given before the first block was read.
  const { quote: into } = await vi.waitFor(
    () => quote({ ...wish, direction: "in", recipient: account }),
    PATIENT,
  )
  const { id } = await deposit(5_000_000n)
  await bitcoin.mine(DEEP)

  const minted = await scene.reaches(id, "paid")

  expect(minted).toMatchObject({ asset: "BTC", arrives: "5000000", recipient: account })
  expect([into.fee, into.arrives]).toEqual([minted.fee, minted.arrives])
  // Twentieths of a bitcoin need one more than the least.
  expect(into.rules.confirmations).toBe(3)
  expect(await alice().wrappedBalance()).toBe(before + 5_000_000n)

  const home = stranger()
  const { quote: out } = await quote({ ...wish, direction: "out", recipient: home })
  const burn = await alice().burn(5_000_000n, home)
  expect(burn.fee).toBe(BURN_FEE)
  const released = await paidOut(burn.transfer)
  // Whatever the miners took: nobody but the bridge pays them.
  expect([out.fee, out.arrives]).toEqual([released.fee, `${await received(home)}`])
  expect(released).toMatchObject({ asset: "BTC", arrives: "4990000", recipient: home })
  expect(await received(home)).toBe(4_990_000n)
  await booksBalance()
})

test("burns that wait together are paid by one transaction, and share its fee", async () => {
  await finalDeposit(6_000_000n)
  const homes = [stranger(), stranger(), stranger()]
  // Whoever comes back finds all of them final at once: the slots behind them make the last one so.
  await scene.network.killServices()
  const burns = []
  for (const home of homes) burns.push(await alice().burn(1_000_000n, home))
  for (const _ of homes) await alice().send(1n, rsaWallet(TEST_WALLETS.bob).address)
  await scene.network.startServices()

  const paid = []
  for (const { transfer } of burns) paid.push(await paidOut(transfer))
  expect(new Set(paid.map(({ transaction }) => transaction)).size).toBe(1)

  for (const home of homes) expect(await received(home)).toBe(1_000_000n - BURN_FEE)
  await booksBalance()
})

test("a deposit of less than the least goes back to where it was to go, less the fee", async () => {
  const { id, refundTo } = await deposit(15_000n)
  await bitcoin.mine(DEEP)

  const refunded = await paidOut(id)

  expect(refunded).toMatchObject({ refund: true, reason: "below-minimum" })
  expect(await received(refundTo)).toBe(15_000n - REFUND_FEE)
  await booksBalance()
})

// Case 102.
test("services that die while they pay pay once", async () => {
  await finalDeposit(3_000_000n)
  const home = stranger()
  const burn = await alice().burn(2_000_000n, home)
  await scene.reaches(burn.transfer, "ready", "signing", "sent")
  await scene.network.killServices()
  await scene.network.startServices()
  await scene.reaches(burn.transfer, "signing", "sent")
  await scene.network.killServices()
  await scene.network.startServices()

  await paidOut(burn.transfer)

  expect(await received(home)).toBe(2_000_000n - BURN_FEE)
  await booksBalance()
})

test("a payment to the vault that names nobody waits for people, and goes back to nobody", async () => {
  const key = Buffer.from(scene.network.deployment.vaults!.bitcoin!.key, "hex")
  const txid = await bitcoin.faucet(vaultAddress({ network: "devnet", key }), 500_000n)
  await bitcoin.mine(DEEP)

  const ids = [0, 1].map((index) => `bitcoin:${txid}:${index}`)
  const held = await vi.waitFor(async () => {
    const found = await Promise.all(ids.map((id) => scene.api.transfer(id)))
    const [one] = found.filter((transfer) => transfer?.state === "held")
    expect(one).toBeDefined()
    return one!
  }, PATIENT)

  expect(held).toMatchObject({ reason: "no-recipient", refund: false, amount: "500000" })
})

test("signers that start again know every address that they ever paid for", async () => {
  await finalDeposit(1_000_000n)
  await signersRestarted(scene.network)

  await finalDeposit(1_200_000n)
  await booksBalance()
})

test("a deposit that is replaced before its block is none", async () => {
  const wallet = bitcoinWallet(randomBytes(32))
  const { address } = await scene.api.depositAddress({
    ...{ recipient: account, refundTo: wallet.address, index: 7 },
  })
  const txid = await bitcoin.faucet(wallet.address, 2_000_000n)
  await bitcoin.mine(1)
  const coins = await bitcoin.rpc<{ unspents: { txid: string; vout: number }[] }>(
    ...(["scantxoutset", "start", [`addr(${wallet.address})`]] as const),
  )
  const [coin] = coins.unspents.filter((one) => one.txid === txid)
  const spend = [{ ...coin!, value: 2_000_000n }]
  const first = wallet.sign({ spend, pay: [{ to: address, value: 1_990_000n }] })
  const second = wallet.sign({ spend, pay: [{ to: stranger(), value: 1_900_000n }] })
  await bitcoin.rpc("sendrawtransaction", Buffer.from(first.raw).toString("hex"))
  await bitcoin.rpc("sendrawtransaction", Buffer.from(second.raw).toString("hex"))
  await bitcoin.mine(DEEP)

  // A deposit that came after it has been read, and so has every block before.
  await finalDeposit(1_000_000n)
  expect(await scene.api.transfer(`bitcoin:${first.id}:0`)).toBeNull()
})

test("a deposit whose block is overtaken is dropped, and counts again when it is back", async () => {
  const { id, txid } = await deposit(1_000_000n)
  await bitcoin.mine(1)
  await scene.reaches(id, "seen")
  await bitcoin.fork(1, [txid])
  await scene.reaches(id, "dropped")

  await bitcoin.mine(DEEP)

  expect(await scene.reaches(id, "paid")).toMatchObject({ arrives: "1000000" })
  await booksBalance()
})

// Case 51
test("a payout that others outbid is replaced, signed again by the group, and pays once", async ({
  skip,
}) => {
  // What fees are estimated at nobody can tell a node that is not ours.
  skip(process.env.BITCOIND_URL !== undefined, "only the local node takes this command")
  await finalDeposit(3_000_000n)
  const home = stranger()
  const burn = await alice().burn(2_000_000n, home)
  const { transaction: first } = await scene.reaches(burn.transfer, "sent")
  await vi.waitFor(async () => bitcoin.rpc("getrawtransaction", first), PATIENT)
  await bitcoin.setFeeRate(40_000n)

  await lookAtPayouts()
  const second = await vi.waitFor(async () => {
    const { transaction } = await scene.reaches(burn.transfer, "sent")
    expect(transaction).not.toBe(first)
    return transaction
  }, PATIENT)
  await vi.waitFor(async () => bitcoin.rpc("getmempoolentry", second), PATIENT)
  await bitcoin.setFeeRate(null)

  expect(await paidOut(burn.transfer)).toMatchObject({ transaction: second })
  expect(await received(home)).toBe(2_000_000n - BURN_FEE)
  await booksBalance()
})

/** As the services do by themselves after a while. */
async function lookAtPayouts(): Promise<void> {
  const { bridge, settings } = await readServicesConfig(scene.network.servicesFolder)
  const sql = openDatabase(scene.network.databaseUrl, { connections: 2 })
  const chain = CHAIN_OF.bitcoin!
  const { deployment, policy } = bridge
  const notes = newNotes(sql, "bitcoin")
  const connection = chain.connect(settings.endpoints.bitcoin!, deployment, undefined, notes)
  const log = pino({ level: "silent" })
  try {
    const common = { sql, log, chain, connection, deployment, screen: null }
    await lookAfter({ ...common, sources: {}, fees: policy.fees, limits: policy.limits }, 0)
  } finally {
    await connection.close()
    await sql.end()
  }
}
