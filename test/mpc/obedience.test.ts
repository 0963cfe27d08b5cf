// A vault that obeys a key that is not the group's: the doctor says so before money waits for a signature of no use.

import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, onTestFinished, test } from "vitest"
import { arweaveCodec } from "../../chains/arweave/codec.ts"
import type { Connection } from "../../chains/chain.ts"
import { evmCodec } from "../../chains/evm/codec.ts"
import { DEVNET } from "../../chains/evm/finality.ts"
import { connectEvm } from "../../chains/evm/rpc.ts"
import { newIdentity } from "../../mpc/certificate.ts"
import type { Manifest } from "../../mpc/manifest.ts"
import { obedienceOf } from "../../mpc/obedience.ts"
import { schemeOf } from "../../mpc/schemes/index.ts"
import { hexOf } from "../../mpc/schemes/scheme.ts"
import { aWorld } from "../chains/evm/world.ts"
import { aFounding, makeGroup } from "./schemes/frost-group.ts"

const key = (name: string) => makeGroup("evm", aFounding(2, 3, name)).key
const [own, next, other] = [key("own"), key("next"), key("other")]
const certificates = [1, 2, 3].map(
  (index) => newIdentity(`m${index}`, { now: new Date() }).certificate,
)

function aManifest(of: typeof own): Manifest {
  const member = (certificate: string, at: number) => {
    return { index: at + 1, name: `m${at + 1}`, certificate }
  }
  return {
    ...{
      format: 1,
      network: "devnet",
      devnet: true,
      coordinators: [],
      created: "2026-01-01T00:00:00Z",
    },
    keys: { evm: Buffer.from(schemeOf("evm").encode(of)).toString("base64url") },
    members: certificates.map(member),
  } as unknown as Manifest
}

async function aFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "causeway-obedience-"))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  await mkdir(join(folder, "next"))
  await writeFile(join(folder, "next", "manifest.json"), JSON.stringify(aManifest(next)))
  return folder
}

test.each([
  ["us", own],
  ["our next key", next],
  ["somebody else", other],
] as const)("a vault is asked whom it obeys: %s", async (said, obeyed) => {
  const { chain, deployment } = await aWorld({}, `0x${hexOf(obeyed)}`)
  const connection = connectEvm("ethereum", DEVNET, { urls: { rpc: [chain.url] } }, deployment)
  onTestFinished(() => connection.close())
  await chain.mine(3)
  const config = { folder: await aFolder(), manifest: aManifest(own) }

  const obedient = { scheme: "evm", codec: evmCodec("ethereum") } as const
  expect(await obedienceOf(config, obedient, connection)).toBe(said)
})

test("where there is no vault that could obey anybody, nobody is asked", async () => {
  const config = { folder: "nowhere", manifest: aManifest(own) }

  const chain = { scheme: "rsa", codec: arweaveCodec } as const
  expect(await obedienceOf(config, chain, {} as Connection)).toBe("us")
})
