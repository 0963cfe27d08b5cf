// The services' folder: everything that is wrong in it is told at once, before anything starts.

import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { beforeEach, expect, test } from "vitest"
import { bridgeJson } from "../../chains/bridge.ts"
import { DEVNET_POLICY } from "../../devnet/terms.ts"
import { readServicesConfig } from "../../services/config.ts"
import { deployment } from "../chains/builders.ts"

const ONE = { name: "ann", key: "A".repeat(43) }
const WATCH = { heightMin: 0, pollMs: 100 }
const SETTINGS = {
  database: "postgres://localhost/bridge",
  redis: null,
  endpoints: {
    arweave: { urls: { node: ["http://node.example"] } },
    ao: {
      urls: { mu: ["http://mu.example"], su: ["http://su.example"], cu: ["http://cu.example"] },
    },
  },
  watch: { arweave: WATCH, ao: WATCH },
  signers: { "1": "signer.example:7400" },
  operators: [ONE, { name: "ben", key: "B".repeat(43) }],
  listen: "127.0.0.1:0",
}

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "causeway-config-"))
  const { AR } = deployment.tokens
  const bridge = { deployment: { ...deployment, tokens: { AR } }, policy: DEVNET_POLICY }
  await writeFile(join(folder, "bridge.json"), JSON.stringify(bridgeJson(bridge as never)))
  return () => rm(folder, { recursive: true })
})

async function read(settings: unknown) {
  const text = typeof settings === "string" ? settings : JSON.stringify(settings)
  await writeFile(join(folder, "services.json"), text)
  return readServicesConfig(folder)
}

test("what is whole is read, with what was left out at its usual value", async () => {
  const { settings } = await read(SETTINGS)

  expect(settings).toMatchObject(SETTINGS)
  expect(settings.gas).toEqual({})
})

test("everything that is wrong is told together", async () => {
  const wrong = {
    ...SETTINGS,
    database: "mysql://localhost",
    signers: { one: "signer.example" },
    listen: "everywhere",
    colour: "red",
  }

  const error = await read(wrong).catch((cause: unknown) => String(cause))

  for (const word of ["database", "signers", "listen", "colour"]) expect(error).toContain(word)
})

test.each<[string, object | string, string]>([
  ["no JSON", "{", "services.json"],
  [
    "an endpoint that is no URL",
    { endpoints: { arweave: { urls: { node: ["node"] } } } },
    "endpoints",
  ],
  ["a chain without endpoints", { endpoints: { ao: SETTINGS.endpoints.ao } }, "arweave"],
  ["a chain that nobody watches", { watch: { ao: WATCH } }, "arweave"],
  ["one person under two names", { operators: [ONE, { ...ONE, name: "anne" }] }, "one key"],
  ["a gas wallet outside the folder", { gas: { ethereum: "../key" } }, "gas"],
  [
    "a pause of no time between looks",
    { watch: { ...SETTINGS.watch, ao: { heightMin: 0, pollMs: 0 } } },
    "pollMs",
  ],
])("refused before anything starts: %s", async (_, parts, word) => {
  const settings = typeof parts === "string" ? parts : { ...SETTINGS, ...parts }

  await expect(read(settings)).rejects.toMatchObject({ code: "bad-config" })
  expect(await read(settings).catch((cause: unknown) => String(cause))).toContain(word)
})

test("a folder without a bridge file is refused", async () => {
  await rm(join(folder, "bridge.json"))

  await expect(read(SETTINGS)).rejects.toThrow("bridge.json")
})
