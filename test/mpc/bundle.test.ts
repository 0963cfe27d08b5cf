// A program as plain files: made once, and again as soon as a source of it has changed.

import { execFileSync } from "node:child_process"
import { mkdtemp, rm, utimes, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { afterAll, beforeAll, expect, test } from "vitest"
import { bundle } from "../../mpc/bundle.ts"

let folder: string
let entry: URL
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "causeway-bundle-"))
  entry = pathToFileURL(join(folder, "program.ts"))
  await writeFile(entry, `import { word } from "./word.ts"\nconsole.log(word satisfies string)\n`)
  await says("first")
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const says = (word: string) =>
  writeFile(join(folder, "word.ts"), `export const word = ${JSON.stringify(word)}\n`)
const said = async () =>
  execFileSync(process.execPath, [await bundle(entry)])
    .toString()
    .trim()

test("a program is the same file as long as its sources are as they were", async () => {
  const made = await bundle(entry)
  expect(await bundle(entry)).toBe(made)
  expect(await said()).toBe("first")
})

test("what is imported when it is needed is not read before, and a program that is started is one of its own", async () => {
  const source = (name: string, text: string) => writeFile(join(folder, name), text)
  const asks = 'process.argv[2] ? (await import("./late.ts")).word'
  await source("starter.ts", `console.log(${asks} : new URL("./other.ts", import.meta.url).href)`)
  await source("late.ts", 'export const word: string = "late"; console.log("read")')
  await source("other.ts", 'console.log("other" satisfies string)')
  const run = (...words: string[]) => execFileSync(process.execPath, words).toString().trim()

  const starter = await bundle(pathToFileURL(join(folder, "starter.ts")))

  expect(run(starter, "late")).toBe("read\nlate")
  expect(run(starter)).toBe(pathToFileURL(join(folder, "other.ts")).href)
  expect(run(await bundle(new URL(run(starter))))).toBe("other")
})

test("a source that changes is in the next program, whatever its size and its date", async () => {
  expect(await said()).toBe("first")
  await says("other")
  expect(await said()).toBe("other")
  await says("third")
  await utimes(join(folder, "word.ts"), 0, 0)
  expect(await said()).toBe("third")
})

test("a source that is gone, or is no program any more, is an error and not the old program", async () => {
  await writeFile(join(folder, "word.ts"), "export const wo rd")
  await expect(bundle(entry)).rejects.toThrow(/word\.ts/)
  await rm(join(folder, "word.ts"))
  await expect(bundle(entry)).rejects.toThrow(/word\.ts/)
})
