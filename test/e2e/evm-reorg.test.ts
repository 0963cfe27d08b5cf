// Blocks of an EVM chain that others take the place of: before they are final, and after, which must not be.

import { Wallet } from "ethers"
import { beforeAll, expect, test } from "vitest"
import { ASSETS } from "../../core/assets.ts"
import { rsaWallet } from "../../devnet/arweave/wallet.ts"
import { evmWallet } from "../../sdk/evm.ts"
import { tokenWallet } from "../../sdk/tokens.ts"
import { TEST_WALLETS } from "../fixtures/wallets.ts"
import { PATIENT, preparedFolder, type Scene, startScene } from "./scene.ts"

const AMOUNT = 2n * 10n ** 17n
/** More than it takes for a block on Ethereum to be final. */
const FINAL = 6

let scene: Scene
beforeAll(async () => {
  scene = await startScene({ assets: ["AR", "ETH", "BNB"], folder: await preparedFolder(["evm"]) })
  // From here on a block comes with each transaction, and on command.
  await ethereum().rpc("evm_setAutomine", true)
  return () => scene.close()
})

const ethereum = () => scene.network.evm.ethereum!

/** Somebody new, with some of the chain's own coin. */
async function somebody(asset: "ETH" | "BNB") {
  const { places, evm } = scene.network
  const chain = ASSETS[asset].home as "ethereum" | "bsc"
  const { rpcUrl, chainId, vault, contracts } = places.evm[chain]!
  const at = { chain, rpcUrl, chainId, vault, token: contracts[asset]! }
  const home = evmWallet(Wallet.createRandom().privateKey, at)
  await evm[chain]!.faucet(home.address, 10n ** 18n)
  const account = rsaWallet(TEST_WALLETS.alice).address
  const ao = { ...places.ao, gatewayUrl: places.arweaveUrl }
  const held = tokenWallet(TEST_WALLETS.alice, account, ao, places.tokens[asset]!)
  return { home, account, held }
}

const receiptOf = (transaction: string) =>
  ethereum().rpc<{ blockHash: string } | null>("eth_getTransactionReceipt", transaction)

// Case 26.
test("a deposit whose block is replaced before it is final is never minted", async () => {
  const { home, account, held } = await somebody("ETH")
  const before = await held.wrappedBalance()
  const lost = await home.deposit(AMOUNT, account)
  await ethereum().mine(2)

  await ethereum().reorg(3)
  expect(await receiptOf(lost.transaction)).toBeNull()

  // What is deposited after it takes its number, and is another deposit all the same.
  const other = await somebody("ETH")
  const marker = await other.home.deposit(AMOUNT + 1n, account)
  await ethereum().mine(FINAL)
  await scene.reaches(marker.transfer, "paid")
  expect(await scene.api.transfer(lost.transfer)).toBeNull()
  expect(await held.wrappedBalance()).toBe(before + AMOUNT + 1n)
  home.close()
  other.home.close()
})

// Case 26.
test("a deposit that is mined again in another block is minted once", async () => {
  const { home, account, held } = await somebody("ETH")
  const before = await held.wrappedBalance()
  const deposit = await home.deposit(AMOUNT, account)
  const first = await receiptOf(deposit.transaction)
  const raw = await ethereum().rpc<string>("eth_getRawTransactionByHash", deposit.transaction)
  await ethereum().mine(2)

  await ethereum().reorg(3, [[raw, 2]])
  expect((await receiptOf(deposit.transaction))?.blockHash).not.toBe(first?.blockHash)
  await ethereum().mine(FINAL)

  await scene.reaches(deposit.transfer, "paid")
  await ethereum().mine(FINAL)
  expect(await held.wrappedBalance()).toBe(before + AMOUNT)
  expect((await scene.api.ledger()).ETH).toMatchObject({ balanced: true, pending: "0" })
  home.close()
})

// Case 27.
test("a reorganisation of final blocks stops that chain both ways, and no other", async () => {
  const { home, account, held } = await somebody("ETH")
  const burner = await somebody("ETH")
  const { transfer: gone } = await home.deposit(AMOUNT, account)
  await ethereum().mine(FINAL)
  await scene.reaches(gone, "paid")
  // What nobody had read as final could be replaced without a word.
  const final = await ethereum().rpc<{ number: string }>("eth_getBlockByNumber", "finalized", false)
  await expect
    .poll(async () => (await scene.api.health()).heights.ethereum, PATIENT)
    .toBe(Number(final.number))

  await ethereum().reorg(2 * FINAL)
  // What takes the place of final blocks is final some day, or nobody can say what is gone.
  await ethereum().mine(FINAL)

  const reason = "finality-broken"
  await expect
    .poll(async () => (await scene.api.health()).pauses, PATIENT)
    .toMatchObject([
      { chain: "ethereum", direction: "in", reason },
      { chain: "ethereum", direction: "out", reason },
    ])
  // Nobody has started anything anew.
  await expect.poll(async () => (await scene.api.ledger()).ETH?.unbacked, PATIENT).toBe(`${AMOUNT}`)
  const burn = await held.burn(AMOUNT / 2n, burner.home.address)
  const waits = await scene.reaches(burn.transfer, "ready")
  await expect
    .poll(async () => (await scene.api.transfer(burn.transfer))?.waiting, PATIENT)
    .toMatchObject({ for: "the end of a pause", rule: reason })
  expect(waits.transaction).toBeNull()

  const bnb = await somebody("BNB")
  const rest = await bnb.held.wrappedBalance()
  const { transfer } = await bnb.home.deposit(AMOUNT, account)
  await scene.reaches(transfer, "paid")
  expect(await bnb.held.wrappedBalance()).toBe(rest + AMOUNT)
  const back = await bnb.held.burn(AMOUNT, bnb.home.address)
  await scene.reaches(back.transfer, "paid")
  expect((await scene.api.transfer(burn.transfer))?.state).toBe("ready")
  for (const one of [home, burner.home, bnb.home]) one.close()
})
