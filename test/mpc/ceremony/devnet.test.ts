import { mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { beforeAll, describe, expect, onTestFinished, test } from "vitest"
import { type DealtCluster, dealDevnetCluster } from "../../../mpc/ceremony/devnet.ts"
import { fingerprintOf } from "../../../mpc/certificate.ts"
import { readSignerConfig } from "../../../mpc/config.ts"
import { groupKeyHashes, parseManifest } from "../../../mpc/manifest.ts"
import { ORDINARY_PRIMES } from "../../fixtures/rsa-primes.ts"
import { aDealtCluster, remove } from "../signers.ts"

async function aFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "causeway-ceremony-"))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true })
  return entries.filter((one) => one.isFile()).map((one) => join(one.parentPath, one.name))
}

const ceremony = (folder: string) =>
  dealDevnetCluster({
    ...{ folder, t: 2, n: 3, primes: ORDINARY_PRIMES },
    schemes: ["taproot", "evm"],
  })

let shared: DealtCluster
let sharedFolder: string

beforeAll(async () => {
  sharedFolder = await mkdtemp(join(tmpdir(), "causeway-ceremony-"))
  shared = await ceremony(sharedFolder)
  return () => rm(sharedFolder, { recursive: true, force: true })
})

describe("the local network's ceremony", () => {
  test("gives every party its own identity, and all of them one manifest", async () => {
    const dealt = shared
    const folders = [...dealt.signers.map((one) => one.folder), dealt.coordinator.folder]
    const manifests = await Promise.all(
      folders.map((one) => readFile(join(one, "manifest.json"), "utf8")),
    )
    const pins = await Promise.all(
      folders.map(async (one) =>
        fingerprintOf(await readFile(join(one, "certificate.pem"), "utf8")),
      ),
    )
    expect(new Set(manifests).size).toBe(1)
    expect(new Set(pins).size).toBe(4)
    expect(dealt.manifest).toMatchObject({ network: "devnet", devnet: true })
    expect(Object.keys(dealt.manifest.keys)).toEqual(["rsa", "taproot", "evm"])
    expect(Buffer.from(dealt.owner, "base64url")).toHaveLength(512)
  })

  test("goes on from what is there: the same key again", async () => {
    const again = await dealDevnetCluster({ folder: sharedFolder, t: 2, n: 3 })

    expect(again).toEqual(shared)
  })

  test("cut short, it is held again from the start", async () => {
    const folder = await aFolder()
    const first = await ceremony(folder)
    await rm(join(folder, "manifest.json"))

    const second = await ceremony(folder)

    expect(groupKeyHashes(second.manifest)).not.toEqual(groupKeyHashes(first.manifest))
  })

  test("tells each step, and leaves neither primes nor open shares behind", async () => {
    const folder = await aFolder()
    const steps: string[] = []
    const { p, q } = ORDINARY_PRIMES

    await dealDevnetCluster({
      ...{ folder, t: 2, n: 2, primes: { p, q } },
      onProgress: (text) => steps.push(text),
    })

    expect(steps.length).toBeGreaterThanOrEqual(4)
    for (const file of await filesIn(folder)) {
      const text = await readFile(file, "utf8")
      for (const prime of [p, q]) {
        const bytes = Buffer.from(prime.toString(16).padStart(512, "0"), "hex")
        expect(text).not.toContain(prime.toString(16).slice(0, 64))
        expect(text).not.toContain(bytes.toString("base64").slice(4, 64))
        expect(text).not.toContain(bytes.toString("base64url").slice(4, 64))
      }
      const { mode } = await stat(file)
      if (/identity|share|passphrase/.test(file)) expect(mode & 0o077).toBe(0)
    }
  })

  test("makes fresh primes in seconds when it is given none", async () => {
    const dealt = await dealDevnetCluster({ folder: await aFolder(), t: 2, n: 2 })

    expect(Buffer.from(dealt.owner, "base64url")[0]! & 0x80).toBe(0x80)
  }, 120_000)
})

describe("a manifest", () => {
  test("in which one party holds two places is refused", async () => {
    const { manifest } = shared
    const [first, second, third] = manifest.members
    const twice = { ...second!, certificate: first!.certificate }

    expect(() => parseManifest({ ...manifest, members: [first, twice, third] })).toThrow(
      /listed twice/,
    )
  })

  test("with members out of order or unnumbered is refused", async () => {
    const { manifest } = shared

    expect(() => parseManifest({ ...manifest, members: manifest.members.toReversed() })).toThrow(
      /numbered/,
    )
    expect(() => parseManifest({ ...manifest, members: [] })).toThrow(/members/)
  })
})

describe("a signer's folder", () => {
  test("is read whole when it is right", async () => {
    const dealt = await aDealtCluster({ t: 2, n: 2 })
    onTestFinished(() => remove(dealt))

    const config = await readSignerConfig(dealt.cluster.signers[1]!.folder)

    expect(config.member.index).toBe(2)
    expect(config.bridge.deployment).toEqual(dealt.deployment)
  })

  test("with nothing in it names every file that is missing, at once", async () => {
    const refused = readSignerConfig(await aFolder())

    await expect(refused).rejects.toMatchObject({ code: "bad-config" })
    for (const file of [
      "identity.pem",
      "certificate.pem",
      "manifest.json",
      "bridge.json",
      "settings.json",
    ])
      await expect(refused).rejects.toThrow(`${file}: missing`)
  })
})
