// Who may take part at all: versions of the protocol, newcomers, and the sign of life that pays nobody.

import { randomBytes } from "node:crypto"
import { readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { afterEach, beforeAll, describe, expect, test } from "vitest"
import { type Blame, type ClusterClient, connectCluster } from "../../mpc/client.ts"
import { FILES } from "../../mpc/config.ts"
import { HEARTBEAT_MS, heartbeatMessage, periodAt } from "../../mpc/heartbeat.ts"
import { type Manifest, parseManifest } from "../../mpc/manifest.ts"
import { schemeOf } from "../../mpc/schemes/index.ts"
import type { Running } from "../../mpc/signer.ts"
import { aSighting } from "../builders.ts"
import {
  aDealtCluster,
  CAP,
  clientConfig,
  type DealtFolder,
  remove,
  startHere,
  wanted,
} from "./signers.ts"
import { AR, aoTerms, chainsOf, World } from "./world.ts"

const DAY_MS = 86_400_000
const NOW_MS = Date.parse("2026-11-20T12:00:00Z")
const world = new World()
const chains = chainsOf(world, { arweave: "evm", ao: "evm" })
const running: Running[] = []
const clients: ClusterClient[] = []
let dealt: DealtFolder
/** With one key: the gates are the same for all of them, and signers start sooner. */
let fresh: Manifest

beforeAll(async () => {
  dealt = await aDealtCluster({ schemes: ["evm"] })
  const { keys, ...rest } = dealt.cluster.manifest
  fresh = { ...rest, keys: { evm: keys.evm! } }
  await publish(fresh)
  return () => remove(dealt)
})

afterEach(async () => {
  for (const client of clients.splice(0)) client.close()
  await Promise.all(running.splice(0).map((signer) => signer.close()))
  await publish(fresh)
})

/** Gives every member the same manifest. */
async function publish(manifest: Manifest): Promise<void> {
  const text = JSON.stringify(parseManifest(JSON.parse(JSON.stringify(manifest))))
  for (const { folder } of dealt.cluster.signers)
    await writeFile(join(folder, FILES.manifest), text)
}

interface Cast {
  /** What each signer speaks; 1 when it is not named. */
  readonly versions?: Readonly<Record<number, number>>
  readonly coordinator?: number
  readonly nowMs?: number
}

async function aCluster({ versions = {}, coordinator, nowMs = NOW_MS }: Cast = {}) {
  const signers = await Promise.all(
    dealt.cluster.signers.map(({ index }) => {
      const version = versions[index] ?? 1
      return startHere(dealt, index, chains, { version, now: () => nowMs })
    }),
  )
  running.push(...signers)
  const addresses = Object.fromEntries(signers.map(({ index, address }) => [index, address]))
  const blamed: Blame[] = []
  const manifest = parseManifest(
    JSON.parse(await readFile(join(dealt.cluster.signers[0]!.folder, FILES.manifest), "utf8")),
  )
  const config = await clientConfig(dealt, addresses, { hedgeMinMs: 60_000, hedgeMaxMs: 60_000 })
  const client = connectCluster({
    ...{ ...config, manifest },
    ...(coordinator && { version: coordinator }),
    onBlame: (blame) => blamed.push(blame),
  })
  clients.push(client)
  return { client, blamed }
}

const mint = (amount = AR) =>
  wanted(dealt, chains.ao!, world.add([aSighting({ amount })]), aoTerms())

describe("versions", () => {
  test("one apart sign together, in any mix", async () => {
    const { client, blamed } = await aCluster({
      versions: { 1: 8, 2: 7, 3: 8, 4: 7, 5: 8 },
      coordinator: 7,
    })

    for (let n = 0; n < 4; n += 1) expect((await client.sign(mint())).signers).toHaveLength(3)
    expect(blamed).toEqual([])
  })

  test("two apart do not: the old signer is named and left out, the others sign", async () => {
    const { client, blamed } = await aCluster({
      versions: { 1: 5, 2: 7, 3: 7, 4: 8, 5: 6 },
      coordinator: 7,
    })

    for (let n = 0; n < 6; n += 1) expect((await client.sign(mint())).signers).not.toContain(1)
    expect(new Set(blamed.map(({ signer, kind }) => `${signer} ${kind}`))).toEqual(
      new Set(["1 outdated"]),
    )
  })

  test("a coordinator that is too old is refused by every signer", async () => {
    const { client } = await aCluster({
      versions: { 1: 8, 2: 8, 3: 8, 4: 8, 5: 8 },
      coordinator: 6,
    })

    await expect(client.sign(mint())).rejects.toMatchObject({
      code: "signer-refused",
      detail: { refusals: [{ transfer: null, code: "outdated" }] },
    })
  })

  test("that the manifest calls too old are shut out, though they are one apart", async () => {
    await publish({ ...fresh, protocolMin: 8 })
    const { client, blamed } = await aCluster({
      versions: { 1: 7, 2: 8, 3: 8, 4: 8, 5: 8 },
      coordinator: 8,
    })

    for (let n = 0; n < 6; n += 1) expect((await client.sign(mint())).signers).not.toContain(1)
    expect(blamed.every(({ signer, kind }) => signer === 1 && kind === "outdated")).toBe(true)
  })
})

// Case 123.
describe("members that have just joined", () => {
  const joined = new Date(NOW_MS - 3 * DAY_MS).toISOString()
  const withNewcomers = (indices: readonly number[]): Manifest => ({
    ...fresh,
    newcomers: { days: 14, percent: 5 },
    members: fresh.members.map((one) => (indices.includes(one.index) ? { ...one, joined } : one)),
  })
  // Less than anybody else's cap of a signature, and more than a newcomer's.
  const large = 90n * AR

  test("help with what is small, and leave what is large to the others", async () => {
    await publish(withNewcomers([4, 5]))
    const { client } = await aCluster()

    for (let n = 0; n < 3; n += 1)
      expect([...(await client.sign(mint(large))).signers].sort()).toEqual([1, 2, 3])
    // Whom it asks first is drawn anew each time: all of them before long, and no number of times is certain.
    const helped = new Set<number>()
    for (let n = 0; n < 100 && helped.size < 5; n += 1)
      for (const signer of (await client.sign(mint())).signers) helped.add(signer)
    expect([...helped].sort()).toEqual([1, 2, 3, 4, 5])
  })

  test("cannot pay a large amount together, also when they are a quorum", async () => {
    await publish(withNewcomers([3, 4, 5]))
    const { client } = await aCluster()

    await expect(client.sign(mint(large))).rejects.toMatchObject({
      code: "signer-refused",
      detail: {
        refusals: [{ code: "over-cap", detail: `over-cap: signature ${CAP.signature / 20n}` }],
      },
    })
  })

  test("are members like all others when their days are over", async () => {
    await publish(withNewcomers([3, 4, 5]))
    const { client } = await aCluster({ nowMs: NOW_MS + 12 * DAY_MS })

    expect((await client.sign(mint(large))).signers).toHaveLength(3)
  })
})

describe("a heartbeat", () => {
  test.each(["rsa", "evm"] as const)(
    "of %s is signed under the group's key, and journals no payout",
    async (scheme) => {
      await publish({ ...fresh, keys: { [scheme]: dealt.cluster.manifest.keys[scheme]! } })
      const { client } = await aCluster()
      const before = await client.health()

      const { period, signature, signers } = await client.heartbeat(scheme, NOW_MS)

      const key = client.keys[scheme]!
      const message = heartbeatMessage("devnet", key, period)
      expect(period).toBe(periodAt(NOW_MS))
      expect(schemeOf(scheme).verify(key, message, signature)).toBe(true)
      expect(signers).toHaveLength(3)
      const after = await client.health()
      const grown = after.map(
        ({ health }, at) => health!.journalRecords - before[at]!.health!.journalRecords,
      )
      // A session of FROST is noted as consumed, and nothing else.
      expect(Math.max(...grown)).toBeLessThanOrEqual(scheme === "evm" ? 1 : 0)
    },
  )

  test("of another time than the signers' own is refused", async () => {
    const { client } = await aCluster()

    for (const ms of [NOW_MS - 2 * HEARTBEAT_MS, NOW_MS + 2 * HEARTBEAT_MS])
      await expect(client.heartbeat("evm", ms)).rejects.toMatchObject({
        code: "signer-refused",
        detail: { refusals: [{ transfer: null, code: "signer-refused" }] },
      })
  })

  test("has bytes of its own for each network, key and period", () => {
    const keyOf = (scheme: "rsa" | "evm", publicKey: Uint8Array) =>
      ({ scheme, epoch: 0, threshold: 2, parties: 3, publicKey }) as const
    const [one, other] = [randomBytes(32), randomBytes(32)]
    const texts = [
      heartbeatMessage("devnet", keyOf("evm", one), 7),
      heartbeatMessage("mainnet", keyOf("evm", one), 7),
      heartbeatMessage("devnet", keyOf("evm", other), 7),
      heartbeatMessage("devnet", keyOf("evm", one), 8),
      heartbeatMessage("devnet", keyOf("rsa", one), 7),
    ].map((bytes) => Buffer.from(bytes).toString("hex"))

    expect(new Set(texts).size).toBe(texts.length)
    // No deep hash is so long, and FROST signs nothing but 32 bytes.
    expect(texts.map((text) => text.length / 2).slice(0, 4)).toEqual([32, 32, 32, 32])
    expect(texts[4]!.length / 2).toBeGreaterThan(48)
  })
})
