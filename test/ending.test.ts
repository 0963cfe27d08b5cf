// What builders make goes when those who asked for it are done, wherever they asked.

import { afterAll, beforeAll, beforeEach, expect, test } from "vitest"
import { endFile, whenDone } from "./ending.ts"

const ended: string[] = []

whenDone(() => ended.push("file"))
beforeAll(() => whenDone(async () => void ended.push("beforeAll")))
beforeEach(() => whenDone(() => ended.push("beforeEach")))

test("in a test it goes after that test", () => {
  whenDone(() => ended.push("test"))

  expect(ended).toEqual([])
})

test("before each test it goes after each, before all and at the top after the file, the newest first", async () => {
  expect(ended).toEqual(["test", "beforeEach"])

  await endFile()

  expect(ended.slice(2)).toEqual(["beforeAll", "file"])
})

test("and no sooner", () => {
  let isEnded = false
  whenDone(() => {
    isEnded = true
  })

  expect(isEnded).toBe(false)
})

// As the file's own setup does it: what came since the last call, once.
afterAll(async () => {
  await endFile()
  expect(ended.filter((one) => one === "file")).toHaveLength(1)
})
