// `causeway devnet` on an EVM chain: what people type, and what the chain is then.

import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { beforeAll, describe, expect, test } from "vitest"
import { type EvmDevnet, startEvm } from "../../../devnet/evm/index.ts"
import { deployVault, type VaultDevnet } from "../../../devnet/evm/vault.ts"
import { run } from "../../../services/cli/devnet.ts"
import { groupKey } from "../../chains/evm/builders.ts"

const SOMEBODY = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"
let folder: string
let chain: EvmDevnet
let vault: VaultDevnet

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "causeway-devnet-"))
  chain = await startEvm({ chainId: 31_337 })
  vault = await deployVault(chain, { key: groupKey, tokens: { USDC: "usdc" } })
  const contracts = { ETH: `0x${"0".repeat(40)}`, USDC: vault.tokens.USDC }
  const evm = { ethereum: { rpcUrl: chain.url, chainId: chain.chainId, contracts } }
  const network = {
    apiUrl: "http://127.0.0.1:9",
    places: { arweaveUrl: "http://127.0.0.1:9", evm },
  }
  await writeFile(join(folder, "network.json"), JSON.stringify(network))
  return async () => {
    await chain.stop()
    await rm(folder, { recursive: true, force: true })
  }
})

async function devnet(...words: string[]): Promise<string> {
  const said: string[] = []
  const terminal = { out: (text: string) => said.push(text), note() {}, isTty: false }
  await run([...words, "--folder", folder], terminal)
  return said.join("\n")
}

const idAt = async (height: number) =>
  (await chain.rpc<{ hash: string }>("eth_getBlockByNumber", `0x${height.toString(16)}`, false))
    .hash

describe("causeway devnet", () => {
  test("mines as many blocks as it is told", async () => {
    const before = await chain.height()
    const said = await devnet("mine", "ethereum", "2", "--json")
    expect(JSON.parse(said)).toEqual({ ok: true, mined: 2, chain: "ethereum" })
    expect(await chain.height()).toBe(before + 2)
  })

  test("replaces as many blocks as it is told, and no block below", async () => {
    await chain.mine(4)
    const height = await chain.height()
    const before = await Promise.all([height - 3, height - 2, height].map(idAt))

    await devnet("reorg", "ethereum", "3")

    const after = await Promise.all([height - 3, height - 2, height].map(idAt))
    expect(after[0]).toBe(before[0])
    expect(after[1]).not.toBe(before[1])
    expect(after[2]).not.toBe(before[2])
  })

  test("gives coins and tokens by their names, in whole units", async () => {
    expect(await devnet("faucet", "ETH", SOMEBODY, "1.5")).toContain("1.5 ETH more")
    await devnet("faucet", "USDC", SOMEBODY, "250")
    expect(BigInt(await chain.rpc<string>("eth_getBalance", SOMEBODY, "latest"))).toBe(
      15n * 10n ** 17n,
    )
    expect(await vault.tokenBalance(vault.tokens.USDC!, SOMEBODY)).toBe(250_000_000n)
  })

  test.each([
    [["mine", "fantom", "2"], "known arweave, ethereum"],
    [["reorg", "ethereum"], "number missing"],
    [["faucet", "DOGE", SOMEBODY, "1"], "DOGE"],
    [["faucet", "ETH", "0x12", "1"], "bad-address"],
    [["faucet", "BNB", SOMEBODY, "1"], "known arweave, ethereum"],
    [["faucet", "USDC", SOMEBODY, "0.0000001"], "bad-amount"],
  ])("%j is refused in words", async (words, said) => {
    await expect(devnet(...words)).rejects.toThrow(said)
  })
})
