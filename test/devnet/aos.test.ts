// Where the aos module comes from: the pinned file or a clear refusal.

import { equal, rejects } from "node:assert/strict"
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import path from "node:path"
import { onTestFinished, test } from "vitest"
import { BridgeError } from "../../core/errors.ts"
import { AOS, aosModule, load } from "../../devnet/aos.ts"

const never = async (): Promise<Uint8Array> => {
  throw new Error("the network was asked")
}

async function aFolder(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), "causeway-aos-test-"))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

const isUnavailable = (error: unknown) =>
  error instanceof BridgeError && error.code === "aos-unavailable"

test("the module is fetched once and then read from the cache", async () => {
  const folder = await aFolder()
  const module = await aosModule()

  await load(folder, async () => module)
  const again = await load(folder, never)

  equal(Buffer.compare(again, module), 0)
})

test("processes that fetch at once leave one whole file", async () => {
  const folder = await aFolder()
  const module = await aosModule()

  await Promise.all([1, 2, 3, 4].map(() => load(folder, async () => module)))

  equal((await readdir(folder)).join(), AOS.file)
  await load(folder, never)
})

test("a damaged cache is fetched again", async () => {
  const folder = await aFolder()
  await writeFile(path.join(folder, AOS.file), "half a file")

  await load(folder, aosModule)

  await load(folder, never)
})

test("another file than the pinned one is refused and not cached", async () => {
  const folder = await aFolder()

  await rejects(
    load(folder, async () => new Uint8Array([0, 97, 115, 109])),
    isUnavailable,
  )

  equal((await readdir(folder)).length, 0)
})

test("a registry out of reach is a typed refusal", async () => {
  await rejects(load(await aFolder(), never), isUnavailable)
})
