// The built page: small enough to begin with, the same bytes each time, and nothing in it that our own policy would stop.

import { createHash } from "node:crypto"
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import path from "node:path"
import { gzipSync } from "node:zlib"
import { afterAll, beforeAll, expect, test } from "vitest"
import { buildPage } from "../../services/cli/build-web.ts"

/** Gzipped, of all that a browser loads before anybody does anything. */
const FIRST_LOAD_MAX = 200_000

const folders = [0, 1].map(() => mkdtempSync(path.join(tmpdir(), "causeway-page-")))
const [first, second] = folders as [string, string]

beforeAll(async () => {
  for (const folder of folders) await buildPage(undefined, folder)
})
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

const filesIn = (folder: string) =>
  Object.fromEntries(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)))
      .sort()
      .map((name) => [name, readFileSync(path.join(folder, name))]),
  )

const hashes = (folder: string) =>
  Object.entries(filesIn(folder)).map(
    ([name, bytes]) => `${name} ${createHash("sha256").update(bytes).digest("hex")}`,
  )

const pages = () => Object.keys(filesIn(first)).filter((name) => name.endsWith(".html"))

/** A page, what it names, and what its scripts import at once. */
function firstLoadOf(page: string): readonly string[] {
  const files = filesIn(first)
  const loaded = new Set<string>([page])
  for (const name of loaded) {
    const text = String(files[name])
    const found = name.endsWith(".html")
      ? [...text.matchAll(/(?:src|href)="\.?\/(assets\/[^"]+)"/g)]
      : name.endsWith(".js")
        ? [...text.matchAll(/(?:from|^import|;import)\s*"\.\/([^"]+)"/g)]
        : []
    for (const [, target] of found)
      loaded.add(target!.startsWith("assets/") ? target! : `assets/${target}`)
  }
  return [...loaded]
}

test("what a browser loads first is less than 200 kB", () => {
  const files = filesIn(first)

  for (const page of pages()) {
    const load = firstLoadOf(page)
    const bytes = load.reduce((sum, name) => sum + gzipSync(files[name]!).length, 0)
    expect(load.length).toBeGreaterThan(3)
    expect(bytes).toBeLessThan(FIRST_LOAD_MAX)
  }
})

test("the same sources give the same bytes, wherever they are built", () => {
  expect(hashes(second)).toEqual(hashes(first))
})

test("a page has no script and no style of its own, and names nobody else", () => {
  const files = filesIn(first)

  expect(pages().length).toBeGreaterThan(0)
  for (const page of pages()) {
    const text = String(files[page])
    expect(text).not.toMatch(/<script(?![^>]*\bsrc=)/)
    expect(text).not.toMatch(/<style|\sstyle=|\son\w+=/)
    expect(text).not.toMatch(/(?:src|href)="(?:https?:)?\/\//)
  }
  for (const [name, bytes] of Object.entries(files))
    if (name.endsWith(".css")) expect(String(bytes)).not.toMatch(/url\(["']?(?!\/assets\/|\.\/)/)
})
