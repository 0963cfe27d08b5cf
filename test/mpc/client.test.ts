import { constants, createPublicKey, verify } from "node:crypto"
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest"
import type { BridgeError } from "../../core/errors.ts"
import type { Sighting } from "../../core/transfer.ts"
import type { Identity } from "../../mpc/certificate.ts"
import { type Blame, type ClusterClient, connectCluster } from "../../mpc/client.ts"
import { readSignerConfig } from "../../mpc/config.ts"
import type { Running } from "../../mpc/signer.ts"
import { aBurn, aSighting } from "../builders.ts"
import {
  aDealtCluster,
  clientConfig,
  type DealtFolder,
  remove,
  startHere,
  wanted,
} from "./signers.ts"
import { AR, aoTerms, arweaveTerms, chainsOf, World } from "./world.ts"

let dealt: DealtFolder
let signers: readonly Running[]
const world = new World()
const chains = chainsOf(world)
const blamed: Blame[] = []
const clients: ClusterClient[] = []

beforeAll(async () => {
  dealt = await aDealtCluster()
  signers = await Promise.all([1, 2, 3, 4, 5].map((index) => startHere(dealt, index, chains)))
})

beforeEach(() => {
  world.faults.clear()
  blamed.length = 0
})

afterEach(() => {
  for (const one of clients.splice(0)) one.close()
})

afterAll(async () => {
  await Promise.all(signers.map((signer) => signer.close()))
  await remove(dealt)
})

/** A client that finds nobody at the addresses of some. */
async function aClient({ without = [] as number[], identity = null as Identity | null } = {}) {
  const addresses = signers.map(({ index, address }) => [
    index,
    without.includes(index) ? "127.0.0.1:1" : address,
  ])
  // No hedge: so that who is asked does not depend on how fast this machine is.
  const config = await clientConfig(dealt, Object.fromEntries(addresses), {
    hedgeMinMs: 60_000,
    hedgeMaxMs: 60_000,
  })
  const client = connectCluster({
    ...config,
    ...(identity && { identity }),
    onBlame: (blame) => blamed.push(blame),
  })
  clients.push(client)
  return client
}

const mint = (sightings: readonly Sighting[], attempt = 1) =>
  wanted(dealt, chains.ao, sightings, aoTerms(attempt))

function isSignedByVault(message: Uint8Array, signature: Uint8Array): boolean {
  const key = createPublicKey({
    key: { kty: "RSA", n: dealt.deployment.owner, e: "AQAB" },
    format: "jwk",
  })
  const padding = constants.RSA_PKCS1_PSS_PADDING
  return verify("sha256", message, { key, padding, saltLength: 32 }, signature)
}

describe("a cluster that agrees", () => {
  test("signs what an honest coordinator built, under the vault's key", async () => {
    const client = await aClient()
    const asked = mint(world.add([aSighting(), aSighting()]))

    const { signatures, signers } = await client.sign(asked)

    expect(isSignedByVault(asked.messages[0]!, signatures[0]!)).toBe(true)
    expect(signers).toHaveLength(3)
  })

  test("signs the same bytes every time, whichever quorum answers", async () => {
    const client = await aClient()
    const asked = mint(world.add([aSighting()]))

    const all = await Promise.all([1, 2, 3, 4].map(() => client.sign(asked)))

    expect(
      new Set(all.map(({ signatures }) => Buffer.from(signatures[0]!).toString("hex"))).size,
    ).toBe(1)
  })

  test("shares the work: over many sessions every signer is asked", async () => {
    const client = await aClient()
    const rows = world.add(Array.from({ length: 12 }, () => aSighting()))

    const all = await Promise.all(rows.map((row) => client.sign(mint([row]))))

    expect(new Set(all.flatMap(({ signers }) => signers)).size).toBe(5)
  })

  test("releases a burn on Arweave under the same key", async () => {
    const client = await aClient()
    const [burn] = world.add([aBurn({ fee: 9n })])
    const asked = wanted(dealt, chains.arweave, [burn!], arweaveTerms())

    const { signatures } = await client.sign(asked)

    expect(isSignedByVault(asked.messages[0]!, signatures[0]!)).toBe(true)
  })

  test("reports its health, each signer with its own view of the chains", async () => {
    world.faults.set(2, { lag: 7 })
    world.faults.set(4, { fails: "rpc-unavailable" })
    const client = await aClient({ without: [5] })

    await expect
      .poll(async () => (await client.health()).map(({ health }) => health?.tips.arweave))
      .toEqual([500, 493, 500, null, undefined])
    const report = await client.health()

    expect(report[4]).toMatchObject({ name: "signer 5", health: null })
    expect(report[4]!.reason).toMatch(/signer-unreachable/)
    expect(new Set(report.map(({ health }) => health?.keys.rsa)).size).toBe(2)
  })
})

describe("a cluster with some who fail", () => {
  test("signs with exactly a quorum online", async () => {
    const client = await aClient({ without: [2, 4] })

    const { signers } = await client.sign(mint(world.add([aSighting()])))

    expect([...signers].sort()).toEqual([1, 3, 5])
  })

  // Cases 115 and 116.
  test("one short of a quorum waits and says who is missing; back again, it signs", async () => {
    const asked = mint(world.add([aSighting()]))

    const short = await aClient({ without: [1, 2, 4] })
    const refused = await short.sign(asked).catch((error: BridgeError) => error)
    expect(refused).toMatchObject({
      code: "quorum-missing",
      remedy: "retry",
      detail: { needed: 3 },
    })
    expect((refused as BridgeError).detail.missing).toEqual(
      expect.arrayContaining(["signer 1", "signer 2", "signer 4"]),
    )

    const again = await aClient({ without: [1, 2] })
    expect((await again.sign(asked)).signers).toHaveLength(3)
  })

  test("a signer whose endpoint lies refuses while the other four pay", async () => {
    const client = await aClient()
    world.faults.set(3, { lie: { amount: 50n * AR } })
    world.faults.set(1, { fails: "rpc-unavailable" })
    const rows = world.add([aSighting(), aSighting(), aSighting()])

    const all = await Promise.all(rows.map((row) => client.sign(mint([row]))))

    for (const { signers } of all) expect([...signers].sort()).toEqual([2, 4, 5])
    const liars = blamed.filter(({ kind }) => kind === "other-message").map(({ signer }) => signer)
    expect(new Set(liars).size).toBeLessThanOrEqual(1)
    for (const liar of liars) expect(liar).toBe(3)
  })

  test("a transfer that a majority does not see yet is listed, and the rest can be signed without it", async () => {
    const client = await aClient()
    const [good, young] = [aSighting(), aSighting()]
    world.add([good])
    world.add([young], 498)

    const refused = await client.sign(mint([good, young])).catch((error: BridgeError) => error)

    expect(refused).toMatchObject({
      code: "signer-refused",
      detail: { refusals: [{ transfer: young.id, code: "not-yet" }] },
    })
    expect((await client.sign(mint([good]))).signers).toHaveLength(3)
  })

  test("a coordinator that built other bytes than the signers gets no signature", async () => {
    const client = await aClient()
    const [honest] = world.add([aSighting()])
    const bent = { ...mint([{ ...honest!, amount: 90n * AR }]) }

    const refused = await client.sign(bent).catch((error: BridgeError) => error)

    expect(refused).toMatchObject({
      code: "signer-refused",
      detail: { refusals: [{ transfer: null }] },
    })
  })
})

describe("who may ask", () => {
  test("a signer may not ask another for a signature", async () => {
    const { identity } = await readSignerConfig(dealt.cluster.signers[0]!.folder)
    const peer = await aClient({ identity })

    const refused = await peer.sign(mint(world.add([aSighting()]))).catch((error) => error)

    expect(refused).toMatchObject({ code: "quorum-missing" })
  })
})
