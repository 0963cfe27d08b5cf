// Strangers, each a process of its own over TLS: three of five come to three keys, hand them over to four of seven, and those sign.

import { createHash } from "node:crypto"
import { copyFile, readdir, readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { bridgeJson } from "../../../chains/bridge.ts"
import type { Deployment } from "../../../chains/chain.ts"
import { type SignerCluster, startCluster } from "../../../devnet/cluster.ts"
import { type Proofs, proveKeys } from "../../../mpc/ceremony/proof.ts"
import { newIdentity } from "../../../mpc/certificate.ts"
import { type Blame, type ClusterClient, connectCluster } from "../../../mpc/client.ts"
import { FILES } from "../../../mpc/config.ts"
import { heartbeatMessage } from "../../../mpc/heartbeat.ts"
import { type Manifest, parseManifest } from "../../../mpc/manifest.ts"
import { schemeOf } from "../../../mpc/schemes/index.ts"
import { SCHEMES } from "../../../mpc/schemes/scheme.ts"
import { aBurn, anId, aSighting } from "../../builders.ts"
import { wanted, writeSettings } from "../signers.ts"
import { AR, aoTerms, arweaveTerms, chainsOf, FROST, policy, World } from "../world.ts"
import { serveWorld, type WorldServer } from "../world-http.ts"
import { type Ended, type Guest, headOf, PASSPHRASE, Town } from "./hall.ts"

const world = new World()
const chains = chainsOf(world, FROST)
const coordinator = newIdentity("coordinator", { now: new Date() })
let town: Town
let endpoints: WorldServer
let five: Guest[]
let outsiders: Guest[]
let seven: Guest[]
let dealt: { manifest: Manifest; proofs: Proofs }
let leaver: Guest
let manifest: Manifest
let deployment: Deployment
let cluster: SignerCluster

const manifestOf = async ({ folder }: Guest) =>
  parseManifest(JSON.parse(await readFile(join(folder, FILES.manifest), "utf8")))

function allOk(ended: Readonly<Record<string, Ended>>): void {
  for (const { word, output } of Object.values(ended))
    if (!word?.ok) throw new Error(output.slice(0, 2_000))
}

beforeAll(async () => {
  town = await Town.open()
  endpoints = await serveWorld(world)
  five = await town.guests(5)
  await makeKeys()
  await handOver()
  await settleIn()
  cluster = await startCluster({
    signers: seven.map(({ folder }, at) => {
      return { index: at + 1, folder, passphraseFile: join(folder, "passphrase") }
    }),
    program: new URL("../frost-process.ts", import.meta.url),
    onDeath: () => {},
  })
  // Three ceremonies and seven starts: half a minute of two idle cores, and more of busy ones.
}, 400_000)

afterAll(async () => {
  await cluster?.stop()
  await endpoints.close()
  await town.close()
})

async function makeKeys(): Promise<void> {
  const group = { threshold: 3, parties: 5 }
  const founded = await town.invite(five, { ...group, schemes: ["taproot", "evm"] })
  allOk(await town.hold(five, founded))
  outsiders = [await town.guest("the dealer", "dealer"), await town.guest("ann", "witness")]
  const hash = await town.invite([...five, ...outsiders], {
    ...{ ...group, kind: "deal", schemes: ["rsa"] },
  })
  allOk(await town.hold([...five, ...outsiders], hash, { apart: true }))
  const made = await manifestOf(five[2]!)
  dealt = { manifest: made, proofs: await proveKeys(five[0]!.folder, made) }
}

/** Four of the five stay, one leaves and deals, one is gone; three come. */
async function handOver(): Promise<void> {
  leaver = { ...five[0]!, role: "leaving" }
  const fresh = await town.guests(4, 6)
  for (const { folder } of fresh)
    for (const scheme of SCHEMES)
      await copyFile(
        join(five[0]!.folder, `transcript-${scheme}.json`),
        join(folder, `transcript-${scheme}.json`),
      )
  const guests = [leaver, five[1]!, five[2]!, five[3]!, ...fresh]
  const heads = SCHEMES.map(async (scheme) => [scheme, await headOf(five[0]!.folder, scheme)])
  const hash = await town.invite(guests, {
    ...{ kind: "reshare", schemes: [...SCHEMES], threshold: 4, parties: 7 },
    previous: Object.fromEntries(await Promise.all(heads)),
    coordinators: [{ name: "coordinator", certificate: coordinator.certificate }],
  })
  allOk(await town.hold(guests, hash, { apart: true }))
  manifest = await manifestOf(fresh[0]!)
  seven = manifest.members.map(({ name }) => guests.find((guest) => guest.name === name)!)
}

/** What the members of the new committee write into their folders before they start. */
async function settleIn(): Promise<void> {
  const proofs = await proveKeys(seven[6]!.folder, manifest)
  const owner = Buffer.from(proofs.rsa!.key.publicKey)
  const vault = createHash("sha256").update(owner).digest("base64url")
  deployment = {
    ...{ network: "devnet", owner: owner.toString("base64url"), vault },
    tokens: { AR: anId("token") },
  }
  for (const [at, { folder }] of seven.entries()) {
    const bridge = JSON.stringify(bridgeJson({ deployment, policy }))
    await writeFile(join(folder, FILES.bridge), bridge)
    await writeSettings(folder, endpoints.url(at + 1))
    await writeFile(join(folder, "passphrase"), PASSPHRASE, { mode: 0o600 })
  }
}

function aClient(hedgeMs = 60_000) {
  const blamed: Blame[] = []
  const client = connectCluster({
    ...{ manifest, identity: coordinator, addresses: cluster.addresses },
    patience: { hedgeMinMs: hedgeMs, hedgeMaxMs: hedgeMs },
    onBlame: (blame) => blamed.push(blame),
  })
  return { client, blamed }
}

const at = () => ({ deployment }) as Parameters<typeof wanted>[0]
const mint = () => wanted(at(), chains.ao, world.add([aSighting()]), aoTerms())
const release = () => wanted(at(), chains.arweave, world.add([aBurn({ fee: 1n })]), arweaveTerms())

/** Signs, and checks every signature under the key that the five made. */
async function signed(client: ClusterClient, asked: ReturnType<typeof mint>) {
  const { signatures, signers } = await client.sign(asked)
  const { key } = dealt.proofs[asked.scheme]!
  for (const [place, message] of asked.messages.entries())
    expect(schemeOf(asked.scheme).verify(key, message, signatures[place]!)).toBe(true)
  return signers
}

test("an RSA key is dealt before a witness, and refreshed before any share touches a disk", async () => {
  for (const { folder } of outsiders)
    expect((await readdir(folder)).filter((file) => /share|manifest/.test(file))).toEqual([])
  expect(dealt.manifest.limits!.join(" ")).toContain("could sign alone, for ever")
  expect(dealt.proofs.rsa).toMatchObject({ sessions: 2, key: { epoch: 1, primes: "safe" } })
  expect(Object.keys(dealt.manifest.keys).sort()).toEqual(["evm", "rsa", "taproot"])
})

// Case 117: the threshold changes everywhere, and old shares are gone.
test("four of seven take three keys over, and nothing of them stays with who leaves", async () => {
  const proofs = await proveKeys(seven[0]!.folder, manifest)

  expect(manifest.members).toHaveLength(7)
  for (const scheme of SCHEMES)
    expect(proofs[scheme]!.key).toMatchObject({
      ...{ threshold: 4, parties: 7, publicKey: dealt.proofs[scheme]!.key.publicKey },
      epoch: dealt.proofs[scheme]!.key.epoch + 1,
    })
  expect((await readdir(leaver.folder)).filter((file) => file.includes("share-"))).toEqual([])
  for (const { folder } of seven)
    expect((await readdir(folder)).filter((file) => /\.(old|next)$/.test(file))).toEqual([])
})

describe("seven processes", () => {
  test.each(SCHEMES)("sign under the %s key that five made", async (scheme) => {
    const { client, blamed } = aClient()
    const nowMs = Date.now()

    const { period, signature, signers } = await client.heartbeat(scheme, nowMs)
    client.close()

    const { key } = dealt.proofs[scheme]!
    const message = heartbeatMessage("devnet", key, period)
    expect(schemeOf(scheme).verify(key, message, signature)).toBe(true)
    expect(signers).toHaveLength(4)
    expect(blamed).toEqual([])
  })

  test("pay with one that lies, one that is silent, and one that is killed in the middle", async () => {
    // On a busy machine nobody else shall pass for silent: there is none to spare.
    const { client, blamed } = aClient(4_000)
    world.faults.set(2, { lie: { amount: 50n * AR } })
    process.kill(cluster.pids[4]!, "SIGSTOP")
    let killed = Promise.resolve()
    const answer = world.answer.bind(world)
    world.answer = (view, chain, question) => {
      // The sixth member has committed when it looks for the second time: it dies while it waits for the answer.
      if (view === 6 && question.kind === "locate" && ++looked === 2) killed = cluster.kill(6)
      return answer(view, chain, question)
    }
    let looked = 0
    const quorums: (readonly number[])[] = []

    try {
      while (looked < 2) quorums.push(await signed(client, mint()), await signed(client, release()))
      await killed
      quorums.push(await signed(client, mint()), await signed(client, release()))
    } finally {
      process.kill(cluster.pids[4]!, "SIGCONT")
      client.close()
    }

    for (const quorum of quorums) for (const bad of [2, 4]) expect(quorum).not.toContain(bad)
    for (const last of quorums.slice(-2)) expect([...last].sort()).toEqual([1, 3, 5, 7])
    const kinds = new Set(blamed.map(({ signer, kind }) => `${signer} ${kind}`))
    expect(kinds).toContain("6 unreachable")
    expect([...kinds].every((one) => /^[246] /.test(one))).toBe(true)
  })

  // Case 115.
  test("with one too few wait, and sign again when one of them is back", async () => {
    await cluster.kill(7)
    world.faults.clear()
    for (const index of [2, 4]) await cluster.kill(index)
    const { client } = aClient()
    await expect(client.sign(mint())).rejects.toMatchObject({
      code: "quorum-missing",
      detail: { needed: 4, have: 3 },
    })
    client.close()

    await cluster.start(7)

    const again = aClient().client
    expect([...(await signed(again, mint()))].sort()).toEqual([1, 3, 5, 7])
    again.close()
  })
})
