// The API while its database is away: every question gets an answer, and none ends the process.

import { expect, onTestFinished, test } from "vitest"
import { aSighting } from "../../builders.ts"
import { aServedBridge } from "./world.ts"

test("a question that is wrong by itself is refused, and what was asked beside it disturbs nobody", async () => {
  const unheard: unknown[] = []
  const note = (error: unknown) => unheard.push(error)
  process.prependListener("unhandledRejection", note)
  onTestFinished(() => void process.off("unhandledRejection", note))
  const { url, sql } = await aServedBridge()
  const status = async (path: string) => (await fetch(`${url}/transfers/${path}`)).status

  expect([await status("nothing"), await status("nothing/timeline")]).toEqual([400, 400])
  await sql.end()
  expect([await status("nothing/events"), await status("nothing/timeline")]).toEqual([400, 400])
  expect(await status(aSighting().id)).toBe(503)
  expect(unheard).toEqual([])
})
