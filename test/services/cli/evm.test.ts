// `causeway evm deploy` and `evm check`: a vault that is as it was meant to be, and every way in which one is not.

import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Wallet } from "ethers"
import { beforeAll, expect, test } from "vitest"
import { parseBridge } from "../../../chains/bridge.ts"
import { type EvmDevnet, startEvm } from "../../../devnet/evm/index.ts"
import { deployVault } from "../../../devnet/evm/vault.ts"
import { newIdentity } from "../../../mpc/certificate.ts"
import { schemeOf } from "../../../mpc/schemes/index.ts"
import { hexOf } from "../../../mpc/schemes/scheme.ts"
import { run } from "../../../services/cli/evm.ts"
import { account, groupKey } from "../../chains/evm/builders.ts"
import { aFounding, makeGroup } from "../../mpc/schemes/frost-group.ts"

const group = makeGroup("evm", aFounding(2, 3, "a live group")).key
const [GUARDIAN, COUNCIL] = [account(21), account(22)]
let folder: string
let chain: EvmDevnet
let usdc: string
let common: readonly string[]

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "causeway-evm-"))
  chain = await startEvm({ chainId: 31_337 })
  const { tokens } = await deployVault(chain, { key: groupKey, tokens: { USDC: "usdc" } })
  usdc = tokens.USDC!
  const members = [1, 2, 3].map((index) => {
    const { certificate } = newIdentity(`m${index}`, { now: new Date() })
    return { index, name: `m${index}`, certificate }
  })
  const manifest = {
    ...{ format: 1, network: "devnet", devnet: true, members, coordinators: [] },
    keys: { evm: Buffer.from(schemeOf("evm").encode(group)).toString("base64url") },
    created: "2026-01-01T00:00:00Z",
  }
  await writeFile(join(folder, "manifest.json"), JSON.stringify(manifest))
  const key = `0x${"5a".repeat(32)}`
  await writeFile(join(folder, "deployer.key"), `${key}\n`, { mode: 0o600 })
  await chain.faucet(new Wallet(key).address, 10n ** 20n)
  common = [
    ...["--chain", "ethereum", "--rpc", chain.url, "--manifest", join(folder, "manifest.json")],
    ...["--guardian", GUARDIAN, "--council", COUNCIL],
  ]
  return async () => {
    await chain.stop()
    await rm(folder, { recursive: true, force: true })
  }
})

async function evm(...words: readonly string[]) {
  const said: string[] = []
  await run([...words, "--json"], { out: (text) => said.push(text), note() {}, isTty: false })
  return JSON.parse(said.join(""))
}

const keyFile = () => ["--key", join(folder, "deployer.key")]
const lists = (usdcWindow = 86_400) => [
  ...["--list", "ETH=native:100/86400", "--list", `USDC=${usdc}:250000/${usdcWindow}`],
]
const deploy = () => evm("deploy", ...common, ...keyFile(), ...lists())

test("a vault is deployed, found as it was meant, and printed as the row that a bridge file takes", async () => {
  const { ok, chain: on, ...row } = await deploy()

  expect({ ok, on }).toEqual({ ok: true, on: "ethereum" })
  expect(row).toMatchObject({ chainId: 31_337, key: `0x${hexOf(group)}` })
  expect(row.contracts).toEqual({ ETH: `0x${"0".repeat(40)}`, USDC: usdc })
  expect(() => parseBridge({ deployment: { vaults: { ethereum: row } } })).not.toThrow(
    /vaults\.eth/,
  )
  expect(await evm("check", ...common, ...lists(), "--vault", row.vault)).toMatchObject({
    ok: true,
  })
})

test("a vault that is to take over another one is deployed without a token, and takes none", async () => {
  const { vault, contracts } = await evm("deploy", ...common, ...keyFile())

  expect(contracts).toEqual({})
  expect(await evm("check", ...common, "--vault", vault)).toMatchObject({ ok: true })
  const check = evm("check", ...common, ...lists(), "--vault", vault)
  await expect(check).rejects.toThrow("limit of ETH")
})

test("a vault of another key, guardian, council or limit is not ours, and neither is other code", async () => {
  const { vault } = await deploy()
  const check = (...words: string[]) => evm("check", ...common, ...words, "--vault", vault)
  const code = await chain.rpc<string>("eth_getCode", vault, "latest")
  const set = (text: string) => chain.rpc("anvil_setCode", vault, text)
  const other = await deployVault(chain, { key: groupKey })

  await expect(check(...lists(3_600))).rejects.toThrow("limit of USDC")
  await expect(check(...lists(), "--guardian", account(23))).rejects.toThrow("guardian")
  await expect(check(...lists(), "--council", account(23))).rejects.toThrow("immutable")
  const strange = evm("check", ...common, ...lists(), "--vault", other.address)
  await expect(strange).rejects.toThrow("immutable")
  // One bit of the code, and who may act when the key is lost.
  await set(`${code.slice(0, -1)}${code.endsWith("0") ? "1" : "0"}`)
  await expect(check(...lists())).rejects.toThrow("the code is another")
  await set(code.replaceAll(COUNCIL.slice(2), account(24).slice(2)))
  await expect(check(...lists())).rejects.toThrow("immutable")
  await set("0x")
  await expect(check(...lists())).rejects.toThrow("there is no code")
  await set(code)
  await expect(check(...lists())).resolves.toMatchObject({ ok: true })
})

test.each<[string, (words: readonly string[]) => readonly string[], string]>([
  ["another chain", (words) => words.map((one) => (one === "ethereum" ? "bsc" : one)), "list"],
  ["a guardian that is the council", (words) => [...words, "--guardian", COUNCIL], "council"],
  [
    "an address with a wrong checksum",
    (words) => [...words, "--guardian", `${GUARDIAN.slice(0, -1)}B`],
    "guardian",
  ],
  ["a token that is listed twice", (words) => [...words, "--list", "ETH=native:1/1"], "ETH once"],
  [
    "a capacity of nothing",
    (words) => [...words, "--list", `USDT=0x${"11".repeat(20)}:0/1`],
    "bad-amount",
  ],
])("%s is refused before anything is paid for", async (_, change, said) => {
  const words = change([...common, ...keyFile(), ...lists()])
  const before = await chain.height()

  await expect(evm("deploy", ...words)).rejects.toThrow(said)

  expect(await chain.height()).toBe(before)
})

test("a token with other decimals than its asset, and a key that others may read, are refused", async () => {
  const before = await chain.height()
  const bnb = ["--list", "ETH=native:1/1", "--list", `USDT=${usdc}:1/1`]
  await chain.rpc("anvil_setCode", account(30), `0x${"60126000526020"}6000f3`)
  const wrong = ["--list", `USDC=${account(30)}:1/1`]
  await expect(evm("deploy", ...common, ...keyFile(), ...wrong)).rejects.toThrow("decimals 18")
  await chmod(join(folder, "deployer.key"), 0o644)

  await expect(evm("deploy", ...common, ...keyFile(), ...bnb)).rejects.toThrow("others may read it")

  await chmod(join(folder, "deployer.key"), 0o600)
  expect(await chain.height()).toBe(before)
})
