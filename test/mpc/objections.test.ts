// One member's objection reaches whoever signs, though the coordinator asks only those who do not object.

import { readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest"
import { bridgeJson } from "../../chains/bridge.ts"
import { OFAC_LIST } from "../../core/compliance/presets.ts"
import { tellPeers } from "../../devnet/cluster.ts"
import { officersIn, rootOf, writeCompliance } from "../../devnet/officers.ts"
import { type ClusterClient, connectCluster } from "../../mpc/client.ts"
import { FILES, parseSettings, settingsJson } from "../../mpc/config.ts"
import type { Running } from "../../mpc/signer.ts"
import { aSighting } from "../builders.ts"
import { listed, somebody } from "../services/compliance/office.ts"
import {
  aDealtCluster,
  clientConfig,
  type DealtFolder,
  remove,
  startHere,
  wanted,
} from "./signers.ts"
import { aoTerms, chainsOf, policy, World } from "./world.ts"

let dealt: DealtFolder
let signers: Running[]
let liar: ClusterClient
const world = new World()
const chains = chainsOf(world)
const folderOf = (index: number) => dealt.cluster.signers[index - 1]!.folder
const tellAll = () => {
  const peers = Object.fromEntries(signers.map(({ index, address }) => [index, address]))
  return Promise.all([1, 2, 3].map((index) => tellPeers(folderOf(index), peers)))
}

beforeAll(async () => {
  dealt = await aDealtCluster({ t: 2, n: 3 })
  const officers = await officersIn(join(dealt.folder, "officers"))
  const bridge = { deployment: dealt.deployment, policy, compliance: rootOf(officers) }
  for (const { folder } of dealt.cluster.signers) {
    await writeFile(join(folder, FILES.bridge), JSON.stringify(bridgeJson(bridge)))
    await writeCompliance(folder, officers)
  }
  signers = await Promise.all([1, 2, 3].map((index) => startHere(dealt, index, chains)))
  // It never asks the third, whose vote it does not want.
  const addresses = { 1: signers[0]!.address, 2: signers[1]!.address, 3: "127.0.0.1:1" }
  liar = connectCluster(await clientConfig(dealt, addresses))
})

beforeEach(async () => {
  await tellAll()
  await disregard()
})

afterAll(async () => {
  liar.close()
  await Promise.all(signers.map((signer) => signer.close()))
  await remove(dealt)
})

/** By the operators of those that are asked to sign. */
async function disregard(...disregarded: readonly number[]) {
  for (const index of [1, 2]) {
    const path = join(folderOf(index), FILES.settings)
    const settings = parseSettings(JSON.parse(await readFile(path, "utf8")))
    await writeFile(path, settingsJson({ ...settings, disregarded }))
  }
}

/** Of somebody whom the third member alone has on a list. */
async function deposited() {
  const [sighting] = world.add([aSighting({ sender: somebody() })])
  await listed(folderOf(3), OFAC_LIST, sighting!.sender)
  return sighting!
}

const mint = (sighting: Awaited<ReturnType<typeof deposited>>) =>
  liar.sign(wanted(dealt, chains.ao, [sighting], aoTerms()))

test("who objects is heard by every member, and nobody signs until the objection is gone", async () => {
  const sighting = await deposited()

  const refusals = [expect.objectContaining({ transfer: sighting.id, code: "screening-hold" })]
  await expect(mint(sighting)).rejects.toMatchObject({
    code: "signer-refused",
    detail: { refusals },
  })

  await listed(folderOf(3), OFAC_LIST, sighting.sender, false)
  expect((await mint(sighting)).signers).toHaveLength(2)
})

test("a member that objects to whatever it likes is disregarded by whose operators say so", async () => {
  const sighting = await deposited()
  await expect(mint(sighting)).rejects.toThrow("screening-hold")

  await disregard(3)

  expect((await mint(sighting)).signers).toHaveLength(2)
})

test("a member that is away objects to nothing", async () => {
  const sighting = await deposited()
  await expect(mint(sighting)).rejects.toThrow("screening-hold")

  await signers[2]!.close()

  expect((await mint(sighting)).signers).toHaveLength(2)
})
