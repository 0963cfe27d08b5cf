// How times are written for people.

import { expect, test } from "vitest"
import { durationText, estimateText } from "../../web/format.ts"

const [SECOND, MINUTE, HOUR] = [1_000, 60_000, 3_600_000]

test.each([
  [0, "5 seconds"],
  [12 * SECOND, "10 seconds"],
  [59 * SECOND, "1 minute"],
  [20 * MINUTE + 7 * SECOND, "20 minutes"],
  [HOUR + 17 * MINUTE, "1 hour 20 minutes"],
  [3 * 24 * HOUR + 100 * MINUTE, "3 days 2 hours"],
])("an estimate of %d ms is no finer than it is known", (ms, text) => {
  expect(estimateText(ms, "en")).toBe(text)
})

test("what is known is written by its two greatest parts, in the reader's language", () => {
  expect(durationText(HOUR + 17 * MINUTE + 5 * SECOND, "en")).toBe("1 hr 17 mins")
  expect(durationText(3 * MINUTE, "id")).toBe("3 mnt")
  expect(estimateText(20 * MINUTE, "id")).toBe("20 menit")
})
