// A policy on one operator's disk: what officers have signed is in force there, what they have not never is.

import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { beforeEach, expect, test } from "vitest"
import { PolicyShelf } from "../../chains/policy-shelf.ts"
import { judge } from "../../chains/screening.ts"
import type { PolicyDocument } from "../../core/compliance/document.ts"
import { rulesOf } from "../../core/compliance/presets.ts"
import {
  type Officer,
  officersIn,
  rootOf,
  signedBy,
  writeCompliance,
} from "../../devnet/officers.ts"
import { someFacts } from "../core/compliance/builders.ts"

const NOW = 1_795_910_400_000
let folder: string
let officers: readonly Officer[]
let shelf: PolicyShelf

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "causeway-policy-"))
  officers = await officersIn(join(folder, "officers"))
  await writeCompliance(folder, officers)
  shelf = await open()
  return () => rm(folder, { recursive: true })
})

const open = () => PolicyShelf.open(folder, rootOf(officers))

function next(parts: Partial<PolicyDocument> = {}): PolicyDocument {
  const { name, document } = shelf.versions.at(-1)!
  return { ...document, version: document.version + 1, prev: name, ...parts }
}

test("a version that two officers have signed is in force from its moment on, and there after a start", async () => {
  const later = next({ effectiveMs: NOW + 1, rules: rulesOf("minimal") })
  const { name } = await shelf.activate(signedBy(later, officers))

  expect(shelf.at(NOW)?.policy).toBe(later.prev)
  expect(shelf.at(NOW + 1)?.policy).toBe(name)
  expect((await open()).at(NOW + 1)?.policy).toBe(name)
})

test.each<[string, () => object, string]>([
  ["one officer has signed", () => signedBy(next(), officers.slice(0, 1)), "bad-signature"],
  ["skips a version", () => signedBy(next({ version: 3 }), officers), "bad-config"],
  ["follows another", () => signedBy(next({ prev: "0".repeat(64) }), officers), "bad-config"],
  ["is of another bridge", () => signedBy(next({ id: "another" }), officers), "bad-config"],
])("a version that %s is not put in force", async (_, signed, code) => {
  const before = shelf.at(NOW)?.policy

  await expect(shelf.activate(signed() as never)).rejects.toMatchObject({ code })

  await shelf.refresh()
  expect(shelf.at(NOW)?.policy).toBe(before)
})

test("a file that was changed by hand is told and not followed; a new start refuses it", async () => {
  const before = shelf.at(NOW)?.policy
  const file = join(folder, "policy", "1.json")
  await writeFile(file, (await readFile(file, "utf8")).replace('"reject"', '"hold"'))

  await shelf.refresh()

  expect(shelf.problem).toContain("bad-signature")
  expect(shelf.at(NOW)?.policy).toBe(before)
  await expect(open()).rejects.toMatchObject({ code: "bad-config" })
})

test("without any policy everything is held", async () => {
  await rm(join(folder, "policy"), { recursive: true })

  const empty = (await open()).at(NOW)

  const held = { bridge: "hold", refund: "hold", reward: "hold" }
  expect(judge(empty, someFacts(), NOW)).toMatchObject(held)
})

test("what many ask for while it changes is what is there in the end", async () => {
  const office = await open()
  for (let version = 2; version <= 40; version++) {
    const looks: Promise<unknown>[] = []
    let isOver = false
    const asking = (async () => {
      while (!isOver) {
        looks.push(shelf.refresh())
        await new Promise(setImmediate)
      }
    })()
    const { name, document } = office.versions.at(-1)!
    await office.activate(signedBy({ ...document, version, prev: name }, officers))
    isOver = true
    await asking

    await shelf.refresh()
    expect(shelf.versions.length).toBe(version)
    await Promise.all(looks)
    await shelf.refresh()
    expect(shelf.versions.length).toBe(version)
  }
})
