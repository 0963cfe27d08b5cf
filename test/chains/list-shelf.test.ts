// An operator's copies of lists: updates are whole, the old one stays when the new one is no good.

import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import path from "node:path"
import { afterAll, expect, test } from "vitest"
import { ListShelf } from "../../chains/list-shelf.ts"
import { keyOf } from "../../chains/party.ts"
import { evaluate } from "../../core/compliance/evaluate.ts"
import { digestOf, listOf } from "../../core/compliance/lists.ts"
import { OFAC_LIST } from "../../core/compliance/presets.ts"
import { aBook, aParty, HOUR_MS, NOW, sha256, someFacts } from "../core/compliance/builders.ts"
import { DAYS, ofacOn, TORNADO } from "../vectors/ofac.ts"

const folders: string[] = []
const [before, after, later] = DAYS.map(ofacOn)
const fresh = NOW - HOUR_MS

afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

test("with no list at all everything is held, and with one it is judged by it", async () => {
  const shelf = await ListShelf.open(aFolder())
  const facts = someFacts({ parties: [aParty("sender", TORNADO)] })
  const bridge = () => evaluate(aBook(), shelf.lists, facts, NOW).bridge

  expect(bridge()).toBe("hold")
  await shelf.put(before!, fresh)
  expect(bridge()).toBe("block")
  const update = await shelf.put(after!, fresh)

  expect(bridge()).toBe("allow")
  expect(update).toMatchObject({ list: OFAC_LIST, added: [], before: digestOf(before!, sha256) })
  expect(update.removed).toContain(keyOf(TORNADO))
})

test("what is on the shelf is there again after a start, and every version stays to be read", async () => {
  const folder = aFolder()
  const shelf = await ListShelf.open(folder)
  for (const list of [before!, after!]) await shelf.put(list, fresh)

  const again = await ListShelf.open(folder)

  expect(again.held).toEqual(shelf.held)
  expect(await again.version(OFAC_LIST, digestOf(before!, sha256))).toEqual(before)
  expect(await again.version(OFAC_LIST, sha256("none"))).toBeNull()
  expect(await again.version("../etc", sha256("none"))).toBeNull()
})

test("the same addresses again make the list fresh, and an older look does not make it stale", async () => {
  const shelf = await ListShelf.open(aFolder())
  await shelf.put(after!, fresh)

  const update = await shelf.put(after!, fresh + 1)
  await shelf.put(after!, fresh - 1)

  expect(update).toMatchObject({ added: [], removed: [] })
  expect(shelf.held.get(OFAC_LIST)?.checkedMs).toBe(fresh + 1)
})

test("an older version is refused, and the newer one stays", async () => {
  const shelf = await ListShelf.open(aFolder())
  await shelf.put(after!, fresh)

  await expect(shelf.put(before!, fresh)).rejects.toThrow(/bad-request/)
  expect(shelf.held.get(OFAC_LIST)?.publishedAt).toBe(after!.publishedAt)
})

test("a version without most of its addresses is refused, unless it is meant", async () => {
  const shelf = await ListShelf.open(aFolder())
  await shelf.put(after!, fresh)
  const cut = listOf(OFAC_LIST, "2026-01-01", later!.entries.slice(0, 3))

  await expect(shelf.put(cut, fresh)).rejects.toThrow(/removed/)
  await shelf.put(cut, fresh, { isShrinkMeant: true })

  expect(shelf.held.get(OFAC_LIST)?.entries).toHaveLength(3)
})

test("what another process puts there is seen, with what it adds and takes away", async () => {
  const folder = aFolder()
  const [writer, reader] = [await ListShelf.open(folder), await ListShelf.open(folder)]
  await writer.put(before!, fresh)

  const [first] = await reader.refresh()
  await writer.put(after!, fresh)
  const second = await reader.refresh()

  expect(first).toMatchObject({ before: null, removed: [] })
  expect(second).toHaveLength(1)
  expect(second[0]?.removed).toContain(keyOf(TORNADO))
  expect(await reader.refresh()).toEqual([])
})

test("a file that was changed is no list: the one in memory stays, a new start has none", async () => {
  const folder = aFolder()
  const shelf = await ListShelf.open(folder)
  await shelf.put(after!, fresh)
  const file = path.join(folder, OFAC_LIST, `${digestOf(after!, sha256)}.json`)
  const content = JSON.parse(readFileSync(file, "utf8"))
  content.entries.splice(0, 1)
  content.count -= 1
  writeFileSync(file, JSON.stringify(content))

  await shelf.refresh()
  const started = await ListShelf.open(folder)

  expect(shelf.held.get(OFAC_LIST)?.entries).toHaveLength(after!.entries.length)
  expect(shelf.problems.get(OFAC_LIST)).toContain("not what it was")
  expect(started.held.size).toBe(0)
  expect(started.problems.get(OFAC_LIST)).toContain("not what it was")
})

test("no draft is left behind", async () => {
  const folder = aFolder()
  const shelf = await ListShelf.open(folder)
  await shelf.put(after!, fresh)

  expect(
    readdirSync(path.join(folder, OFAC_LIST)).filter((name) => name.includes("draft")),
  ).toEqual([])
})

function aFolder(): string {
  const folder = mkdtempSync(path.join(tmpdir(), "causeway-lists-"))
  folders.push(folder)
  return folder
}
