// What the store tells its readers: lists that page without loss, backlogs, pauses, deposits.

import { beforeAll, expect, test } from "vitest"
import type { Sighting, State } from "../../../core/transfer.ts"
import { advance } from "../../../services/store/advance.ts"
import { head } from "../../../services/store/blocks.ts"
import { pause, pauses, resume } from "../../../services/store/controls.ts"
import type { Sql } from "../../../services/store/database.ts"
import { depositedOf } from "../../../services/store/ledger.ts"
import { backlog, sweepRows, takeRows } from "../../../services/store/outbox.ts"
import {
  countsUnderWay,
  readyFor,
  recentTransfers,
  type StoredTransfer,
  seenUpTo,
  transfersIn,
  transfersOfAddress,
  transfersOfTransaction,
} from "../../../services/store/transfers.ts"
import { aBurn, anId, aSighting, pathTo, seen } from "../../builders.ts"
import { testDatabase } from "../../database.ts"

let sql: Sql

beforeAll(async () => {
  sql = (await testDatabase()).sql
})

/** In this order, each in a commit of its own. */
async function arrive(sightings: readonly Sighting[], state: State = "seen"): Promise<void> {
  for (const one of sightings)
    await advance(
      sql,
      pathTo(state, one).map((event) => ({ transfer: one.id, key: event.kind, event })),
    )
}

const ids = (transfers: readonly { id: string }[]) => transfers.map(({ id }) => id)

/** Every page of a list, while somebody goes on adding to it. */
async function allPages(
  page: (cursor: bigint | null) => Promise<readonly StoredTransfer[]>,
  between: () => Promise<void> = async () => {},
): Promise<StoredTransfer[]> {
  const all: StoredTransfer[] = []
  for (let rows = await page(null); rows.length > 0; rows = await page(all.at(-1)!.number)) {
    all.push(...rows)
    await between()
  }
  return all
}

// Case 151.
test("an address's pages miss and repeat nothing while new transfers arrive", async () => {
  const person = anId("person with a history")
  const sent = Array.from({ length: 5 }, () => aSighting({ sender: person }))
  const received = Array.from({ length: 5 }, () => aBurn({ recipient: person }))
  const both = aSighting({ sender: person, recipient: person })
  const history = [...sent, both, ...received, aSighting(), aSighting()]
  await arrive(history)

  const pages = await allPages(
    (cursor) => transfersOfAddress(sql, person, { cursor, limit: 3 }),
    () => arrive([aSighting({ sender: person })]),
  )

  expect(ids(pages)).toEqual(ids(history.slice(0, -2)).reverse())
})

test("an address's transfers are found however far apart they are", async () => {
  const person = anId("rare visitor")
  const visits = Array.from({ length: 4 }, () => aSighting({ sender: person }))
  for (const visit of visits) {
    await arrive([visit])
    await sql`select setval('transfer_numbers', nextval('transfer_numbers') + 65536)`
  }

  const pages = await allPages((cursor) => transfersOfAddress(sql, person, { cursor, limit: 3 }))

  expect(ids(pages)).toEqual(ids(visits).reverse())
})

test("all that one transaction began is found by the transaction alone", async () => {
  const transaction = anId("two deposits")
  const pair = [0, 1].map((index) => aSighting({ id: `arweave:${transaction}:${index}` }))
  const namesake = aBurn({ id: `ao:${transaction}:7` })
  await arrive([...pair, namesake, aSighting({ id: `arweave:${transaction}-:0` })])

  expect(ids(await transfersOfTransaction(sql, transaction))).toEqual(ids([...pair, namesake]))
  expect(await transfersOfTransaction(sql, anId("never seen"))).toEqual([])
})

test("the newest transfers come first", async () => {
  const latest = [aSighting(), aSighting(), aSighting()]
  await arrive(latest)

  expect(ids(await recentTransfers(sql, { limit: 3 }))).toEqual(ids(latest).reverse())
})

test("what a tip made final is found by height, lowest first", async () => {
  const at = async (height: number) => {
    const sighting = aBurn()
    const event = { ...seen(sighting), block: { height, id: anId(`slot ${height}`) } }
    await advance(sql, [{ transfer: sighting.id, key: "seen", event }])
    return sighting.id
  }
  const [third, first, second] = [await at(9_000_003), await at(9_000_001), await at(9_000_002)]
  const append = [9_000_001, 9_000_002, 9_000_003].map((height) => ({
    ...{ height, id: anId(`slot ${height}`), parent: anId(`slot ${height - 1}`) },
    ...{ sightings: [], settlements: [] },
  }))
  await advance(sql, [], { blocks: { chain: "ao", head: await head(sql, "ao"), append } })

  const upTo = async (height: number, limit = 10) =>
    ids(await seenUpTo(sql, "ao", height, limit)).filter((id) =>
      [first, second, third].includes(id as typeof first),
    )

  expect(await upTo(9_000_002, 1_000)).toEqual([first, second])
  expect(await upTo(9_000_003, 1_000)).toEqual([first, second, third])
})

test("dust that is final comes after everything else that is", async () => {
  const { sql } = await testDatabase()
  const amounts = [1n, 99n, 100n, 5n, 250n]
  const sightings = amounts.map((amount) => aSighting({ amount }))
  for (const [at, sighting] of sightings.entries()) {
    const event = { ...seen(sighting), block: { height: at, id: anId(`block ${at}`) } }
    await advance(sql, [{ transfer: sighting.id, key: "seen", event }])
  }
  const append = amounts.map((_, height) => ({
    ...{ height, id: anId(`block ${height}`), parent: anId(`block ${height - 1}`) },
    ...{ sightings: [], settlements: [] },
  }))
  await advance(sql, [], { blocks: { chain: "arweave", head: null, append } })

  const minimums = [{ asset: "AR", minimum: 100n }] as const
  const found = await seenUpTo(sql, "arweave", 4, 10, { minimums })

  expect(found.map(({ amount }) => amount)).toEqual([100n, 250n, 1n, 99n, 5n])
  expect((await seenUpTo(sql, "arweave", 4, 2, { minimums })).map(({ amount }) => amount)).toEqual([
    100n,
    250n,
  ])
})

test("ready transfers are planned oldest first, without those of a paused source", async () => {
  const { sql } = await testDatabase()
  const deposits = Array.from({ length: 5 }, () => aSighting())
  const refund = aBurn()
  for (const one of [...deposits.slice(0, 2), refund, ...deposits.slice(2)])
    await advance(
      sql,
      [
        ...pathTo(one === refund ? "held" : "ready", one),
        ...(one === refund ? [{ kind: "Redirected", by: ["a", "b"], fee: 1n } as const] : []),
      ].map((event) => ({ transfer: one.id, key: event.kind, event })),
    )
  expect(ids(await readyFor(sql, "ao", 4))).toEqual(
    ids([...deposits.slice(0, 2), refund, deposits[2]!]),
  )
  expect(await readyFor(sql, "arweave", 4)).toEqual([])

  await pause(sql, { chain: "arweave", direction: "in", reason: "looking", by: "somebody" })

  expect(ids(await readyFor(sql, "ao", 4))).toEqual([refund.id])
})

test("lists by state page by number, of one source or one payout chain", async () => {
  const { sql } = await testDatabase()
  const held = Array.from({ length: 5 }, (_, at) => (at % 2 ? aBurn() : aSighting()))
  for (const one of held)
    await advance(
      sql,
      pathTo("held", one).map((event) => ({ transfer: one.id, key: event.kind, event })),
    )

  const all = await allPages((cursor) => transfersIn(sql, "held", { cursor, limit: 2 }))
  const burns = await transfersIn(sql, "held", { limit: 9 }, { source: "ao" })
  const mints = await transfersIn(sql, "held", { limit: 9 }, { chain: "ao" })

  expect(ids(all)).toEqual(ids(held))
  expect(ids(burns)).toEqual(ids(held.filter(({ source }) => source === "ao")))
  expect(ids(mints)).toEqual(ids(held.filter(({ target }) => target === "ao")))
  expect(await countsUnderWay(sql)).toEqual([
    { state: "held", source: "ao", count: 2 },
    { state: "held", source: "arweave", count: 3 },
  ])
})

test("what was deposited counts final deposits, less those that vanished, and no payout", async () => {
  const { sql } = await testDatabase()
  const states: State[] = ["seen", "confirmed", "held", "ready", "confirmed"]
  const deposits = states.map((_, at) => aSighting({ amount: 10n ** BigInt(at) * 5_000n }))
  for (const [at, one] of deposits.entries())
    await advance(
      sql,
      pathTo(states[at]!, one).map((event) => ({ transfer: one.id, key: event.kind, event })),
    )
  await advance(sql, [{ transfer: deposits[4]!.id, key: "gone", event: { kind: "Vanished" } }])

  expect(await depositedOf(sql, "AR")).toBe(5_550_000n)
  expect(await depositedOf(sql, "ETH")).toBe(0n)
})

test("two dispatchers never take the same order, and the sweep brings back what was lost", async () => {
  const { sql } = await testDatabase()
  const sightings = Array.from({ length: 60 }, () => aSighting())
  await advance(
    sql,
    sightings.flatMap((one) =>
      pathTo("confirmed", one).map((event) => ({ transfer: one.id, key: event.kind, event })),
    ),
  )

  // The second one comes while the first has not committed.
  const taken = await sql.begin(async (first) => [
    await takeRows(first, 25),
    await takeRows(sql, 100),
  ])

  expect(taken.map((rows) => rows.length)).toEqual([25, 35])
  expect(new Set(taken.flat().map(({ transfer }) => transfer)).size).toBe(60)
  expect(await sweepRows(sql, 60_000)).toBe(0)
  await sql`update outbox set handed_at = now() - interval '61 seconds' where id % 2 = 0`
  expect(await sweepRows(sql, 60_000)).toBe(30)
  expect(new Set((await takeRows(sql, 100)).map(({ round }) => round))).toEqual(new Set([1]))
  await sql`update outbox set handed_at = now() - interval '61 seconds'`
  expect(await sweepRows(sql, 60_000)).toBe(30) // A second round waits twice as long.
  expect(await backlog(sql)).toMatchObject([{ kind: "screen", chain: "arweave", count: 60 }])
})

test("a pause keeps its first reason, and its lifting stays on record", async () => {
  const { sql } = await testDatabase()
  const ao = { chain: "ao", by: "operator 1" } as const
  await pause(sql, { ...ao, direction: "out", reason: "first" })
  await pause(sql, { ...ao, reason: "second" })

  expect((await pauses(sql)).map(({ direction, reason }) => [direction, reason])).toEqual([
    ["out", "first"],
    ["in", "second"],
  ])
  expect(await resume(sql, { ...ao, direction: "out" })).toBe(true)
  expect(await resume(sql, { ...ao, direction: "out" })).toBe(false)
  expect(await pauses(sql)).toMatchObject([{ direction: "in" }])
  expect(await sql`select from pauses where lifted_by = 'operator 1'`).toHaveLength(1)
})
