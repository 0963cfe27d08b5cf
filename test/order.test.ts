// The files that go first are there.

import { existsSync } from "node:fs"
import path from "node:path"
import { expect, test } from "vitest"
import { LONG } from "./order.ts"

test("every file that goes first is there, and once", () => {
  const missing = LONG.filter(
    (name) => !existsSync(path.join(import.meta.dirname, `${name}.test.ts`)),
  )

  expect(missing).toEqual([])
  expect(new Set(LONG).size).toBe(LONG.length)
})
