// What is kept of an address: enough to see the same one again within a month, and nothing after that.

import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import path from "node:path"
import { afterAll, expect, test } from "vitest"
import { AddressTags } from "../../../services/compliance/address-tags.ts"
import { ipIn } from "../../../services/compliance/ip.ts"

const folders: string[] = []
const address = ipIn("5.9.1.1")!
const october = Date.UTC(2026, 9, 31, 23, 59, 59, 999)
const november = Date.UTC(2026, 10, 1)

afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

test("one address has one tag within a month, after a start too, and in any dress", async () => {
  const folder = aFolder()
  const tag = await (await AddressTags.open(folder)).tagOf(address, november)

  const again = await AddressTags.open(folder)

  expect(tag).toMatch(/^2026-11:[0-9a-f]{32}$/)
  expect(await again.tagOf(ipIn("::ffff:5.9.1.1")!, november + 1)).toBe(tag)
  expect(await again.tagOf(ipIn("5.9.1.2")!, november)).not.toBe(tag)
})

test("in another month, and at another operator, it is a stranger", async () => {
  const tags = await AddressTags.open(aFolder())
  const [before, after] = [await tags.tagOf(address, october), await tags.tagOf(address, november)]
  const elsewhere = await (await AddressTags.open(aFolder())).tagOf(address, november)

  expect(before.slice(0, 7)).toBe("2026-10")
  expect(new Set([before, after, elsewhere].map((tag) => tag.slice(8))).size).toBe(3)
})

test("a key that is destroyed is gone, and its tags cannot be made again", async () => {
  const folder = aFolder()
  const tags = await AddressTags.open(folder)
  const before = await tags.tagOf(address, october)
  await tags.tagOf(address, november)

  expect(await tags.destroyBefore(november, 1)).toEqual([])
  expect(await tags.destroyBefore(november, 0)).toEqual(["2026-10"])

  expect(readdirSync(folder)).toEqual(["2026-11.key"])
  expect(await tags.tagOf(address, october)).not.toBe(before)
})

test("two processes that begin a month together have one key", async () => {
  const folder = aFolder()
  const both = await Promise.all([AddressTags.open(folder), AddressTags.open(folder)])

  const [one, other] = await Promise.all(both.map((tags) => tags.tagOf(address, november)))

  expect(one).toBe(other)
})

test("keys are for their owner's eyes, and a damaged one is refused", async () => {
  const folder = aFolder()
  await (await AddressTags.open(folder)).tagOf(address, november)
  const file = path.join(folder, "2026-11.key")

  expect(statSync(file).mode & 0o777).toBe(0o600)
  writeFileSync(file, "short")
  await expect((await AddressTags.open(folder)).tagOf(address, november)).rejects.toThrow(/damaged/)
})

function aFolder(): string {
  const folder = mkdtempSync(path.join(tmpdir(), "causeway-tags-"))
  folders.push(folder)
  return folder
}
