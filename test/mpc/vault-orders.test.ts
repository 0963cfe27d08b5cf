// Orders to a vault that operators approve, each at their own signer: it opens again, and takes another token.

import { readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { Interface, type InterfaceAbi } from "ethers"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { readOrder } from "../../chains/evm/order.ts"
import type { EvmConnection } from "../../chains/evm/rpc.ts"
import type { VaultCalls } from "../../chains/vault.ts"
import { tokenArtifact, vaultArtifact } from "../../devnet/evm/contracts.ts"
import { deployVault } from "../../devnet/evm/vault.ts"
import { approveOrder, withdrawOrder } from "../../mpc/vault-orders.ts"
import { run as evm } from "../../services/cli/evm.ts"
import { run as signer } from "../../services/cli/signer.ts"
import { account, groupKey } from "../chains/evm/builders.ts"
import { NATIVE, word } from "../chains/evm/world.ts"
import { GUARDIAN, told, VaultTown } from "./vault-town.ts"

const abi = new Interface(vaultArtifact().abi as InterfaceAbi)
const refused = { code: "signer-refused", detail: { refusals: [{ transfer: null }] } }

let town: VaultTown
let services: string

beforeAll(async () => {
  town = await VaultTown.open()
  services = await town.services()
  await town.chain.faucet(GUARDIAN, 10n ** 18n)
})

afterAll(() => town.close())

/** What one operator writes down for all. */
async function written(...what: readonly string[]): Promise<string> {
  const file = join(services, `order-${what[0]}.json`)
  await told(signer, [
    ...["order", "ethereum", ...what],
    ...["--folder", town.folderOf(1), "--out", file],
  ])
  return file
}

const approve = (file: string, index: number) =>
  told(signer, ["approve", file, "--folder", town.folderOf(index)])

async function proposed(file: string): Promise<VaultCalls> {
  const out = join(services, "calls.json")
  await told(evm, ["propose", file, "--folder", services, "--out", out])
  return JSON.parse(await readFile(out, "utf8")) as VaultCalls
}

/** An order to open counts only when it was proposed in a later second than the pause. */
async function paused(): Promise<void> {
  await town.send(abi.encodeFunctionData("pause"), GUARDIAN)
  await town.chain.rpc("evm_increaseTime", 1)
}

async function carriedOut({ propose, execute, delayS }: VaultCalls): Promise<void> {
  await town.send(propose)
  await expect(town.send(execute)).rejects.toMatchObject({ code: "bad-request" })
  await town.chain.rpc("evm_increaseTime", delayS + 1)
  await town.send(execute)
}

describe("a vault that its guardian has paused", () => {
  let file: string

  // Cases 121 and 132: whoever can pause can't resume, and what operators did not approve is not signed, whoever asks.
  test("is not opened as long as fewer operators than the threshold have approved it", async () => {
    await paused()
    await expect(town.deposit()).rejects.toMatchObject({ code: "bad-request" })
    file = await written("--unpause")
    await expect(proposed(file)).rejects.toMatchObject(refused)

    await approve(file, 1)

    await expect(proposed(file)).rejects.toMatchObject(refused)
    expect(await told(signer, ["orders", "--folder", town.folderOf(1)])).toMatchObject({
      approved: ["ethereum-0"],
    })
  })

  test("is not opened when an operator has thought better of it", async () => {
    await approve(file, 2)
    await told(signer, ["withdraw", file, "--folder", town.folderOf(2)])

    await expect(proposed(file)).rejects.toMatchObject(refused)
  })

  test("opens by an order that enough of them approved, once its delay is over", async () => {
    await approve(file, 3)

    await carriedOut(await proposed(file))

    await town.deposit()
  })

  test("is opened by no former order", async () => {
    await paused()

    await expect(proposed(file)).rejects.toMatchObject({ code: "stale-version" })
    await expect(approve(file, 1)).rejects.toMatchObject({ code: "stale-version" })

    const again = await written("--unpause")
    for (const index of [1, 2]) await approve(again, index)
    await carriedOut(await proposed(again))
  })
})

describe("a token that the vault does not take", () => {
  const usdc = () => ({
    token: town.usdc,
    deposit: () => town.vault.depositToken(town.usdc, account(5), 1_000n, to),
  })
  const to = { recipient: word(account(4)), refundTo: account(9) }

  test("is taken when the group has listed it", async () => {
    const { token, deposit } = usdc()
    await expect(deposit()).rejects.toMatchObject({ code: "bad-request" })
    const file = await written("--limit", `USDC=${token}:1000000/86400`)
    for (const index of [2, 3]) await approve(file, index)

    await carriedOut(await proposed(file))

    await deposit()
    expect(await town.vault.tokenBalance(token, town.vault.address)).toBe(1_000n)
  })

  test("is not listed by operators who approved different limits", async () => {
    const { token } = usdc()
    const file = await written("--limit", `USDC=${token}:1000000/86400`)
    await approve(file, 1)
    for (const [index, limit] of [
      [3, "5000000"],
      [2, "9000000"],
    ] as const)
      await approve(await written("--limit", `USDC=${token}:${limit}/86400`), index)

    await expect(proposed(file)).rejects.toThrow("another message")
  })
})

describe("before a token is listed", () => {
  const HOLDER = account(31)
  const made = async (name: string, ...args: readonly unknown[]) => {
    const contract = await town.chain.deploy(tokenArtifact(name), args)
    await town.vault.mintToken(contract, HOLDER, 1_000_000n)
    await town.chain.mine(2)
    return contract
  }
  const call = async (token: string, name: string, ...args: readonly unknown[]) => {
    const calls = new Interface(["function list(address, bool)", "function stop(bool)"])
    await town.chain.send({ to: token, data: calls.encodeFunctionData(name, args) })
    await town.chain.mine(2)
    return token
  }
  const coded = async (code: string) => {
    const contract = account(32)
    await town.chain.rpc("anvil_setCode", contract, code)
    await town.chain.mine(2)
    return contract
  }
  const vet = (contract: string, decimals: number) =>
    town.connection.newcomers!.vet({ contract, decimals })

  test("its name is told, and that somebody who holds it could move it whole", async () => {
    const contract = await made("SilentToken")

    expect(await vet(contract, 6)).toEqual({ symbol: "USDT", moves: "whole" })
  })

  // Case 67.
  test.each<[string, number, () => Promise<string>]>([
    ["there is no contract", 6, async () => account(33)],
    ["other decimals", 6, () => made("RevertingToken")],
    ["less than what is sent arrives", 18, () => made("FeeToken")],
    [
      "does not move to the vault",
      6,
      async () => call(await made("BlacklistToken"), "list", town.vault.address, true),
    ],
    [
      "does not move to the vault",
      18,
      async () => call(await made("RevertingToken"), "stop", true),
    ],
    // Whatever it is asked it answers 18; and nothing.
    ["keeps a part", 18, () => coded(`0x601260005260206000f3`)],
    ["change by themselves", 0, () => coded(`0x60206000f3`)],
  ])("one of which it is seen that %s is refused", async (reason, decimals, token) => {
    const refusal = { code: "unfit-token", message: expect.stringContaining(reason) }

    await expect(vet(await token(), decimals)).rejects.toMatchObject(refusal)
  })

  test("nobody's signer signs for one that its own bridge file does not name", async () => {
    const token = await made("Token", "USD Coin", "USDC", 6)
    const file = await written("--limit", `USDC=${token}:1000000/86400`)
    await expect(approve(file, 1)).rejects.toThrow("names no such token")

    // Operators who were made to approve it by hand are not obeyed either.
    const order = readOrder(JSON.parse(await readFile(file, "utf8")))
    for (const index of [1, 2, 3]) await approveOrder(town.folderOf(index), order)
    await expect(proposed(file)).rejects.toMatchObject({ code: "signer-refused" })
    for (const index of [1, 2, 3]) await withdrawOrder(town.folderOf(index), order)
  })
})

describe("a vault that is to take over", () => {
  const key = () => town.deployment.vaults!.ethereum!.key
  const migrating = (to: string) => written("--migrate", `ETH=${to}`)
  const held = () => (town.connection as EvmConnection).held(NATIVE)
  const notSigned = { code: "signer-refused" }

  test("gets all of a coin seven days after enough operators approved it, and the former pays it no more", async () => {
    const { address } = await deployVault(town.chain, { key: key(), guardian: account(78) })
    await town.chain.mine(2)
    const file = await migrating(address)
    for (const index of [1, 2]) await approve(file, index)
    const before = await held()

    const calls = await proposed(file)
    await town.send(calls.propose)
    expect(calls.delayS).toBe(7 * 86_400)
    await town.chain.rpc("evm_increaseTime", 6 * 86_400)
    await expect(town.send(calls.execute)).rejects.toMatchObject({ code: "bad-request" })
    await town.chain.rpc("evm_increaseTime", 86_401)
    await town.send(calls.execute)

    expect(BigInt(await town.chain.rpc("eth_getBalance", address, "latest"))).toBe(before)
    expect(await held()).toBe(0n)
    await expect(town.deposit()).rejects.toMatchObject({ code: "bad-request" })
  })

  //
  test("gets nothing unless it refuses a forged release: one that is paused shows nothing", async () => {
    const { address } = await deployVault(town.chain, { key: key(), guardian: GUARDIAN })
    const data = abi.encodeFunctionData("pause")
    await town.chain.rpc("eth_sendTransaction", { from: GUARDIAN, to: address, data })
    await town.chain.mine(2)
    const file = await migrating(address)

    await expect(approve(file, 1)).rejects.toThrow("a forged release")

    const order = readOrder(JSON.parse(await readFile(file, "utf8")))
    for (const index of [1, 2, 3]) await approveOrder(town.folderOf(index), order)
    await expect(proposed(file)).rejects.toMatchObject(notSigned)
    for (const index of [1, 2, 3]) await withdrawOrder(town.folderOf(index), order)
  })

  test("gets nothing when the guardian has cancelled that meanwhile", async () => {
    const { address } = await deployVault(town.chain, { key: key() })
    await town.chain.mine(2)
    const file = await migrating(address)
    for (const index of [2, 3]) await approve(file, index)
    const { propose, execute } = await proposed(file)
    const { number } = JSON.parse(await readFile(file, "utf8")) as { number: number }
    await town.send(propose)

    await town.send(abi.encodeFunctionData("cancel", [number]), GUARDIAN)

    await town.chain.rpc("evm_increaseTime", 8 * 86_400)
    await expect(town.send(execute)).rejects.toMatchObject({ code: "bad-request" })
  })

  test.each<[string, string, () => Promise<string>]>([
    ["somebody's account", "not the same vault", async () => account(6)],
    [
      "another contract",
      "not the same vault",
      () => town.chain.deploy(tokenArtifact("Token"), ["USD Coin", "USDC", 6]),
    ],
    [
      "with another council",
      "not the same vault",
      async () => (await deployVault(town.chain, { key: key(), council: account(8) })).address,
    ],
    [
      "under another key",
      "obeys another key",
      async () => (await deployVault(town.chain, { key: groupKey })).address,
    ],
  ])(
    "is none when it is %s: no operator can approve it, and no signer signs",
    async (_, reason, made) => {
      const address = await made()
      await town.chain.mine(2)
      const file = await migrating(address)

      await expect(approve(file, 1)).rejects.toThrow(reason)

      // Operators who were made to approve it by hand are not obeyed either.
      const order = readOrder(JSON.parse(await readFile(file, "utf8")))
      for (const index of [1, 2, 3]) await approveOrder(town.folderOf(index), order)
      await expect(proposed(file)).rejects.toMatchObject(notSigned)
      for (const index of [1, 2, 3]) await withdrawOrder(town.folderOf(index), order)
    },
  )
})

describe("an order is refused", () => {
  test.each([
    ["to another vault", { vault: account(3) }, "bad-request"],
    ["with a window that is over at once", { windowS: 0 }, "bad-request"],
    ["that lists more than the vault can count", { capacity: `1${"0".repeat(62)}` }, "bad-request"],
    ["with a word too many", { note: "please" }, "bad-request"],
    ["of an operation that is not the next", { number: 900 }, "stale-version"],
  ])("%s", async (_, change, code) => {
    const file = await written("--limit", `ETH=native:5/86400`)
    await approve(file, 1)
    const order = JSON.parse(await readFile(file, "utf8")) as object
    await writeFile(file, JSON.stringify({ ...order, ...change }))

    await expect(approve(file, 1)).rejects.toMatchObject({ code })
    await expect(proposed(file)).rejects.toMatchObject({ code })
  })
})
