// The token for HyperBEAM as an operator gets it onto a node: a script to read, and a process that says it has opened.

import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, expect, test } from "vitest"
import { type AoDevnet, startAo } from "../../../devnet/ao/index.ts"
import { rsaWallet } from "../../../devnet/arweave/wallet.ts"
import { run } from "../../../services/cli/token.ts"
import { TEST_WALLETS } from "../../fixtures/wallets.ts"

let folder: string
let units: AoDevnet
const file = (name: string) => join(folder, name)
const addressOf = (name: keyof typeof TEST_WALLETS) => rsaWallet(TEST_WALLETS[name]).address

const token = {
  ...{ asset: "AR", bridge: addressOf("vault"), guardian: addressOf("alice") },
  ...{ feeRecipient: addressOf("vault"), mintFee: "0" },
  source: { token: "A".repeat(43), vault: addressOf("vault"), burnFee: "30", minBurn: "50" },
  limits: { row: "1000", message: "2000", window: "3000", windowMs: 86_400_000 },
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "causeway-token-"))
  units = await startAo({ folder: file("ao"), wallet: TEST_WALLETS.carol })
  await writeFile(file("token.json"), JSON.stringify(token))
  await writeFile(file("wallet.json"), JSON.stringify(TEST_WALLETS.dave))
})
afterAll(async () => {
  await units.stop()
  await rm(folder, { recursive: true })
})

async function said(...words: string[]): Promise<string> {
  const lines: string[] = []
  const out = (text: string) => void lines.push(text)
  await run(words, { out, note: out, isTty: false } as never)
  return lines.join("\n")
}

const places = () => ["--node", units.url, "--bundler", units.url, "--wallet", file("wallet.json")]

test("the script is the whole token, and the same for the same file", async () => {
  const shown = await said("script", "--config", file("token.json"))
  await said("script", "--config", file("token.json"), "--out", file("token.lua"))

  expect(shown).toContain("function compute(base, assignment)")
  expect(await readFile(file("token.lua"), "utf8")).toBe(shown)
})

test("a process that is spawned has opened its books, under the node's own authority", async () => {
  const { process } = JSON.parse(await said("spawn", "--config", file("token.json"), ...places()))

  const read = async (path: string) =>
    (await fetch(`${units.url}/${process}~process@1.0/compute=0/${path}`)).text()
  expect([await read("supply"), await read("ticker"), await read("denomination")]).toEqual([
    ...["0", "wAR", "12"],
  ])
  expect(await read("authority")).toBe(units.authority)
})

test.each([
  ["the bridge as an authority", ["--authority", addressOf("vault")], "the bridge is an authority"],
  ["an authority that is no address", ["--authority", "nobody"], "the process has no authority"],
])("with %s it is told that the process is of no use", async (_, words, why) => {
  const spawned = said("spawn", "--config", file("token.json"), ...places(), ...words)

  await expect(spawned).rejects.toMatchObject({
    code: "bad-config",
    detail: { said: expect.stringContaining(why) },
  })
})

test("a file that is wrong is told before anything is handed in", async () => {
  await writeFile(file("wrong.json"), JSON.stringify({ ...token, mintFee: "1.5" }))

  await expect(said("script", "--config", file("wrong.json"))).rejects.toMatchObject({
    code: "bad-config",
  })
  await expect(said("spawn", "--config", file("token.json"))).rejects.toMatchObject({
    code: "bad-request",
  })
})
