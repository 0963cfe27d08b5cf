// What `causeway status` says of the whole bridge, for people.

import { expect, test } from "vitest"
import { bridgeText } from "../../../services/cli/status.ts"

const well = {
  ...{ ok: true, heights: { arweave: 1_700, ao: 42 }, pauses: [], incidents: [] },
  underWay: [{ state: "seen", source: "arweave", count: 2 }],
} as const
const AR = {
  ...{ custody: "1299996285388", supply: "1000000000000", pending: "0", fees: "299996285388" },
  balanced: true,
}

test("amounts are whole units that stand under each other, and nobody reads base units", () => {
  const text = bridgeText(well, { AR, ETH: { ...AR, custody: "7" } }, [])
  const [head, first, second] = text.split("\n").slice(-3)

  expect(text).toContain("The bridge is well.")
  expect(text).toContain("2 from arweave: seen")
  expect(first).toMatch(/^AR +1\.299996285388 +1 +0 +0\.299996285388$/)
  expect(head!.indexOf("custody") + "custody".length).toBe(first!.indexOf("388") + 3)
  expect(second).toContain("0.000000000000000007")
  expect(text).not.toContain("{")
})

test("books that do not balance, and what is paused, are said aloud", () => {
  const pause = {
    ...({ chain: "ao", direction: "in" } as const),
    ...{
      reason: "drill",
      by: "one",
      since: "2026-11-30T08:00:00.000Z",
    },
    ...{ until: "2026-11-30T09:00:00.000Z", order: null },
  } as const
  const text = bridgeText(
    { ...well, ok: false, pauses: [pause] },
    { AR: { ...AR, balanced: false } },
    [],
  )

  expect(text).toContain("The bridge is not well.")
  expect(text).toContain(
    "PAUSED ao in: drill (by one, since 2026-11-30T08:00:00.000Z, planned until 2026-11-30T09:00:00.000Z)",
  )
  expect(text).toContain("DOES NOT BALANCE")
})
