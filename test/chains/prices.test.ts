// A file of prices is read again when it changes, and whatever is wrong with it is silence.

import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, test } from "vitest"
import { PRICES_FILE, PriceFile } from "../../chains/prices.ts"

// Case 36.
test("new prices count, and a file that is missing or broken leaves none", async () => {
  const folder = await mkdtemp(join(tmpdir(), "causeway-prices-"))
  const prices = new PriceFile(folder)
  const write = (json: unknown) => writeFile(join(folder, PRICES_FILE), JSON.stringify(json))
  const at = "2026-11-30T00:00:00Z"
  expect((await prices.refresh()).size).toBe(0)

  await write({ at, cents: { AR: "650", BTC: "9000000" } })
  expect([...(await prices.refresh())]).toEqual([
    ["AR", { cents: 650n, atMs: Date.parse(at) }],
    ["BTC", { cents: 9_000_000n, atMs: Date.parse(at) }],
  ])
  await write({ at, cents: { AR: "70000" } })
  expect((await prices.refresh()).get("AR")?.cents).toBe(70_000n)

  for (const broken of [
    { cents: { AR: "650" } },
    { at, cents: { AR: "-1" } },
    { at, cents: { AR: 5 } },
    "{",
  ]) {
    await write(broken)
    expect((await prices.refresh()).size, JSON.stringify(broken)).toBe(0)
  }
  await rm(folder, { recursive: true })
  expect(prices.now.size).toBe(0)
})
