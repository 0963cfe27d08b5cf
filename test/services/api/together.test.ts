// Reads that many share: none gets an older answer than if they had asked alone, and nobody spoils another's.

import { expect, test } from "vitest"
import { BridgeError } from "../../../core/errors.ts"
import { together, togetherOne } from "../../../services/api/together.ts"

/** Reads of which each waits until it is let go. */
function aSource() {
  const reads: { readonly keys: readonly number[]; answer(words: string): void }[] = []
  const read = async (keys: readonly number[]) => {
    const words = await new Promise<string>((resolve) => {
      reads.push({ keys, answer: resolve })
    })
    return (key: number) => `${words} ${key}`
  }
  let gather: () => void = () => {}
  const gathered = () =>
    new Promise<void>((resolve) => {
      gather = resolve
    })
  return { reads, ask: together(read, gathered), gather: () => gather() }
}

const settled = () => new Promise((resolve) => setImmediate(resolve))

test("whoever asks while a read is under way shares the read after it", async () => {
  const { reads, ask } = aSource()

  const first = ask(1)
  const others = [ask(2), ask(3), ask(2)]
  reads[0]!.answer("old")
  await first
  await settled()
  reads[1]!.answer("new")

  expect(await Promise.all([first, ...others])).toEqual(["old 1", "new 2", "new 3", "new 2"])
  expect(reads.map(({ keys }) => keys)).toEqual([[1], [2, 3]])
})

test("an answer never comes from a read that began before its question", async () => {
  let value = 0
  let release: () => void = () => {}
  const ask = togetherOne(async () => {
    const seen = value
    await new Promise<void>((resolve) => {
      release = resolve
    })
    return seen
  })

  const before = ask()
  value = 1
  const after = ask()
  release()
  expect(await before).toBe(0)
  await settled()
  release()

  expect(await after).toBe(1)
})

test("after a read that was shared, the next one waits until others have asked too", async () => {
  const { reads, ask, gather } = aSource()
  const first = [ask(1), ask(2), ask(3)]
  reads[0]!.answer("a")
  await first[0]
  await settled()
  reads[1]!.answer("b")
  await Promise.all(first)

  const next = [ask(4)]
  await settled()
  next.push(ask(5))
  expect(reads).toHaveLength(2)
  gather()
  await settled()
  reads[2]!.answer("c")

  expect(await Promise.all(next)).toEqual(["c 4", "c 5"])
  expect(reads[2]!.keys).toEqual([4, 5])
})

test("a question that fails, fails alone", async () => {
  const ask = together(async (keys: readonly string[]) => {
    if (keys.includes("bad")) throw new Error("no such text")
    return (key: string) => key.toUpperCase()
  })

  const all = await Promise.allSettled(["one", "two", "bad", "three"].map(ask))

  expect(all.map((one) => (one.status === "fulfilled" ? one.value : String(one.reason)))).toEqual([
    "ONE",
    "TWO",
    "Error: no such text",
    "THREE",
  ])
  expect(await ask("four")).toBe("FOUR")
})

test("a database that is away is asked once for all who wait, not once for each", async () => {
  let reads = 0
  const ask = together(async () => {
    reads += 1
    throw new BridgeError("database-unavailable")
  })

  const all = await Promise.allSettled(Array.from({ length: 500 }, (_, key) => ask(key)))

  expect(all.every((one) => one.status === "rejected")).toBe(true)
  // Whoever asked first began alone.
  expect(reads).toBe(2)
})
