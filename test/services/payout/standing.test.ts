// A transfer that is planned again must still stand in the chain: what fell meanwhile is told, and seen anew.

import { beforeEach, expect, test } from "vitest"
import type { Located } from "../../../chains/chain.ts"
import type { TransferId } from "../../../core/ids.ts"
import { standing } from "../../../services/payout/standing.ts"
import { advance } from "../../../services/store/advance.ts"
import type { Sql } from "../../../services/store/database.ts"
import { findTransfer } from "../../../services/store/transfers.ts"
import { aBlock, anId, aSighting } from "../../builders.ts"
import { testDatabase } from "../../database.ts"
import { aPayer, arrive } from "./world.ts"

let sql: Sql

beforeEach(async () => {
  sql = (await testDatabase()).sql
})

/** A ready transfer, seen in block 100, which another block has replaced. */
async function aFallen() {
  const sighting = aSighting()
  await arrive(sql, sighting)
  const head = aBlock()
  await advance(sql, [], { blocks: { chain: "arweave", head, orphan: head.height } })
  const other = { height: 100, id: anId("another block 100"), parent: aBlock(99).id }
  const append = [{ ...other, sightings: [sighting.id], settlements: [] }]
  await advance(sql, [], { blocks: { chain: "arweave", head: null, append } })
  return { sighting, other, ready: (await findTransfer(sql, sighting.id))! }
}

function looking(found: Located | null) {
  const payer = aPayer(sql, "ao")
  const asked: TransferId[] = []
  const source = Object.assign(payer.connection, {
    locate: async (id: TransferId) => {
      asked.push(id)
      return found
    },
  })
  return { asked, sources: { ...payer, sources: { arweave: source, ao: source } } }
}

test("what stands is planned without asking its chain again", async () => {
  const sighting = aSighting()
  await arrive(sql, sighting)
  const ready = (await findTransfer(sql, sighting.id))!
  const { asked, sources } = looking(null)

  expect(await standing(sources, [ready])).toEqual([ready])
  expect(asked).toEqual([])
})

// Case 26
test("what fell and is in no block is dropped, and nothing is owed for it", async () => {
  const { sighting, ready } = await aFallen()

  expect(await standing(looking(null).sources, [ready])).toEqual([])

  expect((await findTransfer(sql, sighting.id))!.state).toBe("dropped")
})

test("what fell and stands in another block that is on record is seen there again", async () => {
  const { sighting, other, ready } = await aFallen()
  const block = { height: other.height, id: other.id }
  const found = { sighting, block, tip: block }

  expect(await standing(looking(found).sources, [ready])).toEqual([])

  expect(await findTransfer(sql, sighting.id)).toMatchObject({ state: "seen", block })
})

test("what stands in a block that our watcher has not read is left to the watcher", async () => {
  const { sighting, ready } = await aFallen()
  const block = { height: 101, id: anId("block of another view") }
  const found = { sighting, block, tip: block }

  await standing(looking(found).sources, [ready])

  expect((await findTransfer(sql, sighting.id))!.state).toBe("dropped")
})

test("what its owner may take back before long is held, as no signer would sign it", async () => {
  const sighting = aSighting({ note: "a-note" })
  await arrive(sql, sighting)
  const ready = (await findTransfer(sql, sighting.id))!
  const { sources } = looking(null)
  const isLeaving = async () => true
  const leaving = Object.assign(sources.sources.arweave, { isLeaving })

  expect(await standing({ ...sources, sources: { arweave: leaving } }, [ready])).toEqual([])

  const held = { state: "held", reason: "may-be-taken-back" }
  expect(await findTransfer(sql, sighting.id)).toMatchObject(held)
})
