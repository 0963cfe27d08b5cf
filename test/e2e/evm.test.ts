// Ethereum and BSC through every real part: vaults on two anvils, FROST signatures, a gas wallet, wrapped tokens on AO.

import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { Interface, Wallet } from "ethers"
import { beforeAll, describe, expect, test, vi } from "vitest"
import { parseBridge } from "../../chains/bridge.ts"
import type { Deployment } from "../../chains/chain.ts"
import { ASSETS, type AssetName } from "../../core/assets.ts"
import { rsaWallet } from "../../devnet/arweave/wallet.ts"
import { give } from "../../devnet/homes.ts"
import { type EvmWallet, evmWallet } from "../../sdk/evm.ts"
import { depositEvm } from "../../sdk/examples/deposit-evm.ts"
import { type TokenWallet, tokenWallet } from "../../sdk/tokens.ts"
import { TEST_WALLETS } from "../fixtures/wallets.ts"
import { type Listed, listed } from "./listed.ts"
import { type Moved, movedFrom } from "./moved.ts"
import { PATIENT, preparedFolder, type Scene, startScene } from "./scene.ts"
import { evmWindowWallet } from "./window-wallets.ts"

/** What travels, and what a burn and a refund cost (`devnet/terms.ts`, written out). */
const ROWS = [
  { asset: "ETH", amount: 3n * 10n ** 17n, fee: 5n * 10n ** 14n, refundFee: 5n * 10n ** 14n },
  { asset: "USDC", amount: 250_000_000n, fee: 1_000_000n, refundFee: 1_000_000n },
  { asset: "USDT", amount: 70_000_000n, fee: 1_000_000n, refundFee: 1_000_000n },
  { asset: "BNB", amount: 10n ** 18n, fee: 5n * 10n ** 14n, refundFee: 5n * 10n ** 14n },
  { asset: "USDT-BSC", amount: 9n * 10n ** 18n, fee: 5n * 10n ** 17n, refundFee: 5n * 10n ** 17n },
] as const

type EvmAsset = (typeof ROWS)[number]["asset"]

/** The bridge runs without it, and takes it then. */
const LATER = "USDT"

let scene: Scene
/** As the bridge file names them when all are listed. */
let deployment: Deployment
let listing: Listed
/** BSC: the vault is not that of the start any more. */
let moved: Moved
beforeAll(async () => {
  const assets: AssetName[] = ["AR", ...ROWS.map(({ asset }) => asset)]
  const first = assets.filter((asset) => asset !== LATER)
  scene = await startScene({ assets: first, folder: await preparedFolder(["evm"]) })
  listing = await listed(scene, LATER, async () => {
    moved = await movedFrom(scene, rsaWallet(TEST_WALLETS.alice).address)
    return moved.after
  })
  const { servicesFolder } = scene.network
  const text = await readFile(join(servicesFolder, "bridge.json"), "utf8")
  deployment = parseBridge(JSON.parse(text)).deployment
  return () => scene.close()
})

const vaultOn = (chain: "ethereum" | "bsc") => deployment.vaults![chain]!

interface Person {
  readonly account: string
  readonly home: EvmWallet
  readonly held: TokenWallet
}

/** Somebody with a new key on the asset's home chain, some coins for gas, and `amount` of the asset. */
async function somebody(asset: EvmAsset, amount: bigint): Promise<Person> {
  const { places, evm } = scene.network
  const chain = ASSETS[asset].home
  const { chainId, vault, former, contracts } = vaultOn(chain)
  const { rpcUrl } = places.evm[chain]!
  const token = contracts[asset]!
  const at = { chain, rpcUrl, chainId, vault, former, token }
  const home = evmWallet(Wallet.createRandom().privateKey, at)
  await evm[chain]!.faucet(home.address, 10n ** 18n)
  await give(evm[chain]!, token, home.address, amount)
  const account = rsaWallet(TEST_WALLETS.alice).address
  const ao = { ...places.ao, gatewayUrl: places.arweaveUrl }
  return {
    account,
    home,
    held: tokenWallet(TEST_WALLETS.alice, account, ao, deployment.tokens[asset]!),
  }
}

/** The books say what the vault holds and what is in circulation. */
async function booksBalance(asset: EvmAsset): Promise<void> {
  const { evm } = scene.network
  const chain = ASSETS[asset].home
  const { vault, contracts } = vaultOn(chain)
  const books = (await scene.api.ledger())[asset]
  expect(books).toMatchObject({ balanced: true, pending: "0" })
  const own = await evm[chain]!.rpc<string>("eth_getBalance", vault, "latest")
  const held = await evm[chain]!.rpc<string>(
    "eth_call",
    { to: contracts[asset], data: `0x70a08231${vault.slice(2).padStart(64, "0")}` },
    "latest",
  )
  expect(books?.custody).toBe(String(BigInt(/^0x0+$/.test(contracts[asset]!) ? own : held)))
}

test("a further token is carried by a bridge that runs, after one command that was run until it said so", () => {
  expect(listing.states).toEqual([
    ...["approve", "approve", "approve", "propose", "wait", "wait", "reload", "listed", "listed"],
  ])
  expect([...listing.processes]).toEqual([deployment.tokens[LATER]])
  expect(String(listing.refusal)).toMatch("its code is not what these sources make of the listing")
})

test("what a vault took that the bridge has left arrives, and its money is in the one that pays now", async () => {
  const { former = [], vault, contracts } = vaultOn("bsc")
  const paid = await scene.reaches(moved.transfer, "paid")
  const held = (of: string) => scene.network.evm.bsc!.rpc<string>("eth_getBalance", of, "latest")

  expect(paid).toMatchObject({ asset: "BNB", arrives: `${moved.amount}` })
  expect(BigInt(await held(former[0]!.vault))).toBe(0n)
  expect(BigInt(await held(vault))).toBe(moved.amount)
  expect(Object.keys(contracts)).toEqual(["BNB", "USDT-BSC"])
})

describe.each(ROWS)("$asset", ({ asset, amount, fee }) => {
  test("goes into AO in full, and comes back less the fee, to the last unit", async () => {
    const { account, home, held } = await somebody(asset, amount)
    const before = await held.wrappedBalance()

    const deposit = await home.deposit(amount, account)
    const minted = await scene.reaches(deposit.transfer, "paid")
    expect(minted).toMatchObject({ asset, arrives: `${amount}`, recipient: account })
    expect(await held.wrappedBalance()).toBe(before + amount)

    const rest = await home.balance()
    const burn = await held.burn(amount, home.address)
    expect(burn.fee).toBe(fee)
    const released = await scene.reaches(burn.transfer, "paid")
    expect(released).toMatchObject({ asset, arrives: `${amount - fee}`, recipient: home.address })
    expect(await home.balance()).toBe(rest + amount - fee)
    expect(await held.wrappedBalance()).toBe(before)
    await booksBalance(asset)
    home.close()
  })
})

test("the client's example deposits with a browser's wallet and with a key, tokens and coins", async () => {
  const { rpcUrl, chainId, contracts } = scene.network.places.evm.ethereum!
  const node = scene.network.evm.ethereum!
  const keys = [Wallet.createRandom(), Wallet.createRandom()] as const
  for (const { address } of keys) await node.faucet(address, 10n ** 18n)
  await give(node, contracts.USDC!, keys[0].address, 5_000_000n)
  const account = rsaWallet(TEST_WALLETS.bob).address
  const wallet = evmWindowWallet(keys[0].privateKey, rpcUrl, chainId)
  const key = { key: keys[1].privateKey, rpcUrl }

  const [tokens, coins] = await Promise.all([
    depositEvm(scene.network.apiUrl, wallet, "USDC", 5_000_000n, account),
    depositEvm(scene.network.apiUrl, key, "ETH", 10n ** 17n, account),
  ])

  expect([tokens.arrived, coins.arrived]).toEqual([5_000_000n, 10n ** 17n])
  expect(await scene.reaches(tokens.transfer, "paid")).toMatchObject({ recipient: account })
})

test("a deposit for what can hold nothing goes back to its sender, less the fee", async () => {
  const [{ asset, amount, refundFee }] = ROWS
  const { home } = await somebody(asset, amount)
  // The token's own process: nobody could move there what it holds.
  const { transfer } = await home.deposit(amount, scene.network.places.tokens[asset]!)
  const rest = await home.balance()

  const refunded = await scene.reaches(transfer, "paid")

  expect(refunded).toMatchObject({ refund: true, reason: "bad-recipient" })
  expect(await home.balance()).toBe(rest + amount - refundFee)
  await booksBalance(asset)
  home.close()
})

test("a deposit of less than the least goes back or stays on record, and is never minted", async () => {
  const { account, home, held } = await somebody("USDC", 1_500_000n)
  const before = await held.wrappedBalance()
  const { transfer } = await home.deposit(1_500_000n, account)

  const refunded = await scene.reaches(transfer, "paid")

  expect(refunded).toMatchObject({ refund: true, reason: "below-minimum" })
  expect(await home.balance()).toBe(500_000n)
  expect(await held.wrappedBalance()).toBe(before)
  home.close()
})

// Case 102.
test("services that die while they pay pay once", async () => {
  const { asset, amount, fee } = ROWS[3]
  const { account, home, held } = await somebody(asset, amount)
  const deposit = await home.deposit(amount, account)
  await scene.reaches(deposit.transfer, "confirmed", "ready", "signing", "sent", "paid")
  await scene.network.killServices()
  await scene.network.startServices()
  await scene.reaches(deposit.transfer, "paid")
  const rest = await home.balance()

  const burn = await held.burn(amount, home.address)
  await scene.reaches(burn.transfer, "signing", "sent", "paid")
  await scene.network.killServices()
  await scene.network.startServices()

  await scene.reaches(burn.transfer, "paid")
  expect(await home.balance()).toBe(rest + amount - fee)
  await booksBalance(asset)
  home.close()
})

test("who is not paid because our gas wallet is empty hands the release in himself, and is paid once", async () => {
  const { asset, amount, fee } = ROWS[3]
  const { account, home, held } = await somebody(asset, 2n * amount)
  for (const part of [amount, amount])
    await scene.reaches((await home.deposit(part, account)).transfer, "paid")
  const gasKey = await readFile(join(scene.network.servicesFolder, "gas.key"), "utf8")
  const { address: gas } = new Wallet(gasKey.trim())
  const bsc = scene.network.evm.bsc!
  await bsc.rpc("anvil_setBalance", gas, "0x0")
  const burn = await held.burn(amount, home.address)
  await scene.reaches(burn.transfer, "sent")
  const rest = await home.balance()

  const approval = await scene.api.approval(burn.transfer)
  const { transaction, networkFee } = await home.claim(approval!)

  const paid = await scene.reaches(burn.transfer, "paid")
  expect(paid).toMatchObject({ transaction, refund: false })
  expect(await home.balance()).toBe(rest + amount - fee - networkFee)
  await expect(home.claim(approval!)).rejects.toThrow(/AlreadyReleased/)
  await booksBalance(asset)

  // With money again it pays what comes next, and not a second time what was paid.
  await bsc.faucet(gas, 10n ** 20n)
  const next = await held.burn(amount, home.address)
  const before = await home.balance()
  await scene.reaches(next.transfer, "paid")
  expect(await home.balance()).toBe(before + amount - fee)
  await booksBalance(asset)
  home.close()
})

// Case 69.
test("tokens that were sent to the vault without a word go back to whom their sender names, less the fee", async () => {
  const { asset, amount, refundFee } = ROWS[1]
  const { home } = await somebody(asset, amount)
  const { evm, places } = scene.network
  const { vault, contracts } = places.evm.ethereum!
  const data = PLAIN.encodeFunctionData("transfer", [vault, amount])
  await evm.ethereum!.send({ from: home.address, to: contracts[asset]!, data })
  const to = Wallet.createRandom().address

  const one = await vi.waitFor(async () => {
    const { transfers } = await scene.api.unattributed()
    const found = transfers.find(({ sender }) => sender === home.address)
    expect(found).toBeDefined()
    return found!
  }, PATIENT)
  const claim = { transaction: one.transaction, index: one.index, to }
  const signature = await home.signClaim({ ...claim, amount: BigInt(one.amount) })
  const { transfer } = await scene.api.claim({ chain: "ethereum", ...claim, signature })
  const paid = await scene.reaches(transfer, "paid")

  expect(paid).toMatchObject({ asset, refund: true, reason: "unattributed" })
  const balanceOf = `0x70a08231${to.slice(2).toLowerCase().padStart(64, "0")}`
  const call = { to: contracts[asset], data: balanceOf }
  const arrived = await evm.ethereum!.rpc<string>("eth_call", call, "latest")
  expect(BigInt(arrived)).toBe(amount - refundFee)
  await booksBalance(asset)
  home.close()
})

test("two deposits and burns of every asset at once do not disturb each other", async () => {
  await Promise.all(
    ROWS.map(async ({ asset, amount, fee }) => {
      const one = await somebody(asset, 2n * amount)
      const ids = []
      for (const part of [amount, amount])
        ids.push((await one.home.deposit(part, one.account)).transfer)
      await Promise.all(ids.map((id) => scene.reaches(id, "paid")))
      const rest = await one.home.balance()
      const burns = []
      for (const part of [amount, amount]) burns.push(await one.held.burn(part, one.home.address))
      await Promise.all(burns.map(({ transfer }) => scene.reaches(transfer, "paid")))
      expect(await one.home.balance()).toBe(rest + 2n * (amount - fee))
      one.home.close()
    }),
  )
  for (const { asset } of ROWS) await booksBalance(asset)
})

const PLAIN = new Interface(["function transfer(address to, uint256 amount)"])
