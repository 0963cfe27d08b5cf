// A chain whose providers disagree is signed for no more: in memory at once, on the disk for the next start, until its
// operator has looked.

import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, expect, test } from "vitest"
import type { Divergence } from "../../chains/divergence.ts"
import { BridgeError } from "../../core/errors.ts"
import { incidentFindings } from "../../mpc/doctor-incidents.ts"
import { Incidents, liftHalt, readHalts } from "../../mpc/incidents.ts"
import { sign } from "../../mpc/signing.ts"
import { aBurn, aSighting } from "../builders.ts"
import { aModelDesk, type ModelDesk, refusedOf } from "./desk.ts"
import { mint, onArweave } from "./requests.ts"

const NOW = Date.UTC(2026, 10, 30)
const forged: Divergence = {
  ...{ chain: "arweave", request: "block 7", words: "a says one; b says another", halts: true },
  answers: [
    { from: "https://a.example", text: "one", sha256: "11".repeat(32) },
    { from: "https://b.example", text: "another", sha256: "22".repeat(32) },
  ],
}
let folder: string
let model: ModelDesk | null = null

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "causeway-incidents-"))
})
afterEach(async () => {
  await model?.close()
  model = null
  await rm(folder, { recursive: true })
})

const verdicts = async () => (await incidentFindings(folder)).map(({ verdict }) => verdict)

test("an incident keeps the question and both answers, and a halt outlives the signer", async () => {
  const incidents = await Incidents.open(folder, () => NOW)
  expect(await verdicts()).toEqual(["ok"])
  incidents.note({ ...forged, halts: false })
  incidents.demand("arweave")
  incidents.note(forged)

  expect(() => incidents.demand("arweave")).toThrow("paused")
  incidents.demand("ao")
  await incidents.flush()

  const files = await readdir(join(folder, "incidents"))
  const texts = await Promise.all(
    files.map((name) => readFile(join(folder, "incidents", name), "utf8")),
  )
  expect(texts.map((text) => JSON.parse(text))).toMatchObject([
    { ...forged, halts: false },
    { ...forged, halts: true },
  ])
  const again = await Incidents.open(folder, () => NOW)
  expect(() => again.demand("arweave")).toThrow("paused")
  expect(await verdicts()).toEqual(["bad", "watch"])
})

test("it goes on when its operator has lifted it, and only that chain", async () => {
  const incidents = await Incidents.open(folder, () => NOW)
  incidents.note(forged)
  incidents.note({ ...forged, chain: "ethereum" })
  await incidents.flush()

  expect(await liftHalt(folder, "arweave")).toBe(true)
  expect(await liftHalt(folder, "arweave")).toBe(false)
  await incidents.refresh()

  incidents.demand("arweave")
  expect(() => incidents.demand("ethereum")).toThrow("paused")
})

test("a list of halts that cannot be read stops the start: it is there to stop us", async () => {
  await writeFile(join(folder, "halts.json"), "[{]")

  await expect(Incidents.open(folder, () => NOW)).rejects.toThrow("bad-config")
  await expect(readHalts(folder)).rejects.toThrow("bad-config")
  expect(await verdicts()).toEqual(["bad"])
})

test("halted, a signer signs nothing from that chain and nothing to it, and the rest as ever", async () => {
  const incidents = await Incidents.open(folder, () => NOW)
  model = await aModelDesk({}, { stops: { demand: (chain) => incidents.demand(chain) } })
  const { desk, world } = model
  const [deposit] = world.add([aSighting()])
  const [burn] = world.add([aBurn()])
  incidents.note(forged)

  const inwards = await sign(desk, mint([deposit!]))
  const outwards = await sign(desk, onArweave(burn!, 1))
  expect(refusedOf(inwards)).toEqual([[deposit!.id, "paused"]])
  expect(refusedOf(outwards)).toEqual([[null, "paused"]])

  await incidents.flush()
  await liftHalt(folder, "arweave")
  await incidents.refresh()
  expect(refusedOf(await sign(desk, mint([deposit!])))).toBe(null)
})

test("what comes to a stop between the pledge and the signature does not leave, and is the same pledge after", async () => {
  let isStopped = false
  const stops = {
    demand: () => {
      if (isStopped) throw new BridgeError("paused")
    },
  }
  model = await aModelDesk({}, { stops })
  const { desk, world, left } = model
  const [deposit] = world.add([aSighting()])
  const stopsAtPledge = Object.assign(Object.create(desk.pledges), {
    rivals: () => [],
    pledge: async (...all: Parameters<typeof desk.pledges.pledge>) => {
      isStopped = true
      return desk.pledges.pledge(...all)
    },
  })

  const stopped = await sign({ ...desk, pledges: stopsAtPledge }, mint([deposit!]))
  expect(refusedOf(stopped)).toEqual([[null, "paused"]])
  expect(left.count).toBe(0)
  const records = desk.pledges.records
  expect(records).toBeGreaterThan(0)

  isStopped = false
  expect(refusedOf(await sign(desk, mint([deposit!])))).toBe(null)
  expect(desk.pledges.records).toBe(records)
  expect(left.count).toBe(1)
})

test("the journal names what had been heard when each pledge was given", async () => {
  const heard = "ab".repeat(32)
  model = await aModelDesk({ heard: () => heard })
  const { desk, world, folder: own } = model
  await sign(desk, mint(world.add([aSighting()])))

  expect(await readFile(join(own, "journal.log"), "latin1")).toContain(`"heard":"${heard}"`)
})
