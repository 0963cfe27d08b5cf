// A signer serves the bridge whose money lies under its group's keys, and no other.

import { readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { afterEach, beforeAll, describe, expect, test } from "vitest"
import { bridgeJson } from "../../chains/bridge.ts"
import type { Deployment, Vaults } from "../../chains/chain.ts"
import { FILES, readSignerConfig } from "../../mpc/config.ts"
import { groupKeyBytes } from "../../mpc/manifest.ts"
import { schemeOf } from "../../mpc/schemes/index.ts"
import type { SchemeName } from "../../mpc/schemes/scheme.ts"
import { type Running, startSigner } from "../../mpc/signer.ts"
import { aDealtCluster, type DealtFolder, remove, startHere } from "./signers.ts"
import { chainsOf, policy, World } from "./world.ts"

const chains = chainsOf(new World())
const OTHER = "ab".repeat(32)
const running: Running[] = []
let dealt: DealtFolder
let bare: DealtFolder
let own: (scheme: SchemeName) => string

beforeAll(async () => {
  dealt = await aDealtCluster({ t: 2, n: 2, schemes: ["taproot", "evm"] })
  bare = await aDealtCluster({ t: 2, n: 2 })
  const { manifest } = dealt.cluster
  own = (scheme) => {
    const { publicKey } = schemeOf(scheme).decode(groupKeyBytes(manifest, scheme))
    return Buffer.from(publicKey).toString("hex")
  }
  return () => Promise.all([remove(dealt), remove(bare)])
})

afterEach(async () => {
  await Promise.all(running.splice(0).map((signer) => signer.close()))
})

/** Starts the first signer for a bridge with these vaults. */
async function start(folder: DealtFolder, vaults: Vaults): Promise<Running> {
  const deployment: Deployment = { ...folder.deployment, vaults }
  const text = JSON.stringify(bridgeJson({ deployment, policy }))
  const [first] = folder.cluster.signers
  await writeFile(join(first!.folder, FILES.bridge), text)
  const signer = await startHere(folder, 1, chains)
  running.push(signer)
  return signer
}

const evmVault = (key: string) => ({
  ...{ chainId: 1, vault: `0x${"11".repeat(20)}`, key: `0x${key}`, heightMin: 0, contracts: {} },
})
const bitcoinVault = (key: string) => ({ key, heightMin: 0 })

describe("a bridge's vaults", () => {
  test("under the group's own keys are served", async () => {
    const signer = await start(dealt, {
      ethereum: evmVault(own("evm")),
      bsc: evmVault(own("evm")),
      bitcoin: bitcoinVault(own("taproot")),
    })

    expect(Object.keys(signer.keys)).toEqual(["rsa", "taproot", "evm"])
  })

  test.each([
    ["evm", (): Vaults => ({ ethereum: evmVault(OTHER) })],
    ["evm", (): Vaults => ({ ethereum: evmVault(own("evm")), bsc: evmVault(own("taproot")) })],
    ["taproot", (): Vaults => ({ bitcoin: bitcoinVault(own("evm")) })],
  ])("under another %s key start no signer", async (scheme, vaults) => {
    await expect(start(dealt, vaults())).rejects.toMatchObject({
      code: "bad-key",
      detail: { scheme, reason: "the bridge belongs to another key" },
    })
  })

  test("under a key that the group does not have start no signer", async () => {
    await expect(start(bare, { bitcoin: bitcoinVault(OTHER) })).rejects.toMatchObject({
      code: "bad-key",
      detail: { scheme: "taproot", reason: "the group has none" },
    })
  })

  test("that are refused leave no passphrase behind", async () => {
    const [first] = bare.cluster.signers
    const text = (await readFile(first!.passphraseFile, "utf8")).trim()
    const passphrase = Buffer.from(text)
    const config = await readSignerConfig(first!.folder)

    await startSigner({ config, passphrase, chains, log: () => {}, fail: () => {} }).catch(() => {})

    expect(passphrase.every((byte) => byte === 0)).toBe(true)
  })
})
