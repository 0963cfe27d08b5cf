// What the providers of a chain disagree about is kept, and stops the chain when it goes on.

import { expect, test } from "vitest"
import { pauses } from "../../../services/store/controls.ts"
import { incidentsToday, recordIncident } from "../../../services/store/incidents.ts"
import { testDatabase } from "../../database.ts"

//
test("once is written down, twice pauses both directions of that chain, and nothing of it can be taken back", async () => {
  const { sql } = await testDatabase()
  const incident = {
    ...({ chain: "bsc", request: "block 7", words: "two answers", writer: "watcher-bsc" } as const),
    answers: [{ from: "https://a.example", text: "half \ud800 a pair", sha256: "00".repeat(32) }],
  }
  await recordIncident(sql, { ...incident, halts: false })
  expect(await pauses(sql)).toEqual([])

  await recordIncident(sql, { ...incident, halts: true })

  expect(await pauses(sql)).toMatchObject([
    { chain: "bsc", direction: "in", reason: "providers-disagree", by: "watcher-bsc" },
    { chain: "bsc", direction: "out", reason: "providers-disagree", by: "watcher-bsc" },
  ])
  expect(await incidentsToday(sql)).toMatchObject([{ chain: "bsc", count: 2 }])
  await expect(sql`delete from incidents`).rejects.toThrow()
})
