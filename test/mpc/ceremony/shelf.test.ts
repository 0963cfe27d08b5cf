import { mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { beforeEach, describe, expect, test } from "vitest"
import {
  beginOnce,
  dropOldShares,
  finishSwitch,
  oldShares,
  shelved,
  switchTo,
  unshelve,
} from "../../../mpc/ceremony/shelf.ts"
import type { Manifest } from "../../../mpc/manifest.ts"

let folder: string

/** What a switch does to the files, in its order; it may be cut short after any of them. */
const MOVES = [
  ["share-taproot.json", "share-taproot.json.old"],
  ["share-taproot.json.next", "share-taproot.json"],
  ["transcript-taproot.json", "transcript-taproot.json.old"],
  ["transcript-taproot.json.next", "transcript-taproot.json"],
  ["share-evm.json", "share-evm.json.old"],
  ["share-evm.json.next", "share-evm.json"],
  ["transcript-evm.json", "transcript-evm.json.old"],
  ["transcript-evm.json.next", "transcript-evm.json"],
  ["manifest.json.next", "manifest.json"],
] as const

const text = (file: string) => readFile(join(folder, file), "utf8").catch(() => null)
const manifest = { created: "new" } as unknown as Manifest

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "causeway-shelf-"))
  for (const scheme of ["taproot", "evm"])
    for (const what of ["share", "transcript"]) {
      await writeFile(join(folder, `${what}-${scheme}.json`), "old")
      await writeFile(join(folder, `${what}-${scheme}.json.next`), "new")
    }
  await writeFile(join(folder, "manifest.json"), "old")
  return () => rm(folder, { recursive: true })
})

async function expectSwitched() {
  for (const scheme of ["taproot", "evm"]) {
    expect(await text(`share-${scheme}.json`)).toBe("new")
    expect(await text(`transcript-${scheme}.json`)).toBe("new")
    expect(await text(`share-${scheme}.json.old`)).toBe("old")
  }
  expect(await text("manifest.json")).toContain("new")
  expect((await readdir(folder)).filter((file) => file.endsWith(".next"))).toEqual([])
}

describe("a switch to new shares", () => {
  test("keeps the old ones aside, and ends in one manifest", async () => {
    await switchTo(folder, manifest)

    await expectSwitched()
    expect(await shelved(folder)).toEqual([])
    expect(await oldShares(folder)).toEqual(["taproot", "evm"])
  })

  // Case 118: a rotation that is cut short at any step.
  test.each(Array.from({ length: MOVES.length + 1 }, (_, count) => count))(
    "that was cut short after %i of its moves is ended by the next start",
    async (count) => {
      await writeFile(join(folder, "manifest.json.next"), JSON.stringify(manifest))
      for (const [from, to] of MOVES.slice(0, count))
        await rename(join(folder, from), join(folder, to))

      await finishSwitch(folder)
      await finishSwitch(folder)

      await expectSwitched()
    },
  )

  test("that was never decided leaves everything as it was", async () => {
    await finishSwitch(folder)

    expect(await text("share-evm.json")).toBe("old")
    expect(await shelved(folder)).toEqual(["taproot", "evm"])
    await unshelve(folder)
    expect(await shelved(folder)).toEqual([])
    expect(await text("share-evm.json")).toBe("old")
  })

  test("takes the share of whoever leaves out of use", async () => {
    await rm(join(folder, "share-evm.json.next"))
    await writeFile(join(folder, "share-evm.json.leaving"), "")

    await switchTo(folder, manifest)

    expect(await text("share-evm.json")).toBeNull()
    expect(await text("share-evm.json.old")).toBe("old")
    await dropOldShares(folder)
    expect((await readdir(folder)).filter((file) => file.startsWith("share-"))).toEqual([
      "share-taproot.json",
    ])
    expect((await readdir(folder)).filter((file) => file.endsWith(".old"))).toEqual([])
  })
})

test("an attempt is begun once", async () => {
  await beginOnce(folder, "attempt-1")

  await expect(beginOnce(folder, "attempt-1")).rejects.toMatchObject({ code: "bad-request" })
  await beginOnce(folder, "attempt-2")
})
