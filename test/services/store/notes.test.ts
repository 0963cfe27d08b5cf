// Notes of depositors' own addresses: kept once, told once to each reader, and to signers with the deposits to them.

import { beforeEach, expect, test } from "vitest"
import { transferId } from "../../../core/ids.ts"
import { advance } from "../../../services/store/advance.ts"
import type { Sql } from "../../../services/store/database.ts"
import { keepNote, newNotes, paidNotes } from "../../../services/store/notes.ts"
import { aSighting, pathTo } from "../../builders.ts"
import { testDatabase } from "../../database.ts"

let sql: Sql
beforeEach(async () => {
  sql = (await testDatabase()).sql
})

let count = 0
async function aDeposit(note: string | undefined, state: "seen" | "dropped" = "seen") {
  const transaction = (count++).toString(16).padStart(64, "0")
  const sighting = aSighting({
    ...{ id: transferId({ chain: "bitcoin", transaction, index: 0 }), asset: "BTC", note },
    ...{ source: "bitcoin", target: "ao-btc" },
  })
  for (const event of pathTo(state, sighting))
    await advance(sql, [{ transfer: sighting.id, key: event.kind, event }])
  return transaction
}

test("a reader hears of every note once, and each reader of all", async () => {
  const first = newNotes(sql, "bitcoin")
  await keepNote(sql, "bitcoin", "one")
  await keepNote(sql, "bitcoin", "one")
  expect(await first()).toEqual(["one"])
  expect(await first()).toEqual([])

  await keepNote(sql, "bitcoin", "two")

  expect(await first()).toEqual(["two"])
  expect(await newNotes(sql, "bitcoin")()).toEqual(["one", "two"])
  expect(await newNotes(sql, "arweave")()).toEqual([])
})

test("notes that are kept at once are all told, whoever reads meanwhile", async () => {
  const reader = newNotes(sql, "bitcoin")
  const names = Array.from({ length: 30 }, (_, n) => `note-${n}`)
  const told: string[] = []

  await Promise.all(
    names.map(async (name) => {
      await keepNote(sql, "bitcoin", name)
      told.push(...(await reader()))
    }),
  )

  expect(new Set([...told, ...(await reader())])).toEqual(new Set(names))
})

test("a signer is told of deposits to such addresses that stand, from a number on", async () => {
  const one = await aDeposit("first")
  await aDeposit(undefined)
  await aDeposit("gone", "dropped")
  const two = await aDeposit("second")

  const all = await paidNotes(sql, "bitcoin", { after: 0n, limit: 10 })

  expect(all.map(({ note, transaction }) => [note, transaction])).toEqual([
    ["first", one],
    ["second", two],
  ])
  const rest = await paidNotes(sql, "bitcoin", { after: all[0]!.number, limit: 10 })
  expect(rest.map(({ note }) => note)).toEqual(["second"])
  expect(await paidNotes(sql, "bitcoin", { after: 0n, limit: 1 })).toHaveLength(1)
})
