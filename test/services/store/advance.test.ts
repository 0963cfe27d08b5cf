// The one door, on a real database: what it writes, what it repeats, and what it refuses.

import { beforeAll, expect, test } from "vitest"
import { CHAINS } from "../../../core/assets.ts"
import { BridgeError } from "../../../core/errors.ts"
import type { TransferId } from "../../../core/ids.ts"
import { payoutOf } from "../../../core/payout.ts"
import type { Sighting, State, TransferEvent } from "../../../core/transfer.ts"
import { advance, type Change } from "../../../services/store/advance.ts"
import { pauses, resume } from "../../../services/store/controls.ts"
import type { Sql } from "../../../services/store/database.ts"
import { balancesNow, balancesRecounted, entriesOf } from "../../../services/store/ledger.ts"
import { type NewPlan, openPlans, plansById } from "../../../services/store/plans.ts"
import { findTransfer, historyOf, transfersById } from "../../../services/store/transfers.ts"
import { anId, aSighting, pathTo, seen, settled } from "../../builders.ts"
import { testDatabase } from "../../database.ts"

let sql: Sql

beforeAll(async () => {
  sql = (await testDatabase()).sql
})

test("a change writes the row, the event, the postings and the orders together", async () => {
  const sighting = aSighting({ forward: { "X-Note": "nul \0 and half \ud800" } })

  const [outcome] = await advance(
    sql,
    changesFor(sighting, [seen(sighting), confirmed]).slice(0, 2),
  )

  expect(outcome).toMatchObject({ kind: "applied", after: { state: "seen", version: 1 } })
  const transfer = await findTransfer(sql, sighting.id)
  expect(transfer).toMatchObject({ ...sighting, fee: 1_000n, state: "confirmed", version: 2 })
  const history = await historyOf(sql, sighting.id)
  expect(history.map(({ event }) => event)).toEqual([seen(sighting), confirmed])
  expect(await entriesOf(sql, sighting.id)).toEqual([
    { asset: "AR", account: "custody", amount: sighting.amount },
    { asset: "AR", account: "pending", amount: -sighting.amount },
  ])
  expect(await ordersOf(sighting)).toMatchObject([{ kind: "screen", chain: "arweave", plan: null }])
})

test("a fact that is reported again changes nothing, in this call or a later one", async () => {
  const sighting = aSighting()
  const change = { transfer: sighting.id, key: "seen", event: seen(sighting) }

  const outcomes = await advance(sql, [change, change])
  const repeated = await advance(sql, [change])

  expect(outcomes.map(({ kind }) => kind)).toEqual(["applied", "known"])
  expect(repeated).toMatchObject([{ kind: "known", after: { version: 1 } }])
  expect(await historyOf(sql, sighting.id)).toHaveLength(1)
})

test("the same facts reported by many at the same time count once", async () => {
  const sightings = Array.from({ length: 20 }, () => aSighting())
  const changes = sightings.flatMap((one) => changesFor(one, pathTo("confirmed", one)))
  const shuffled = (by: number) => [...changes.slice(by), ...changes.slice(0, by)]

  const reports = await Promise.all([0, 1, 6, 12, 26].map((by) => advance(sql, shuffled(by))))

  const applied = reports.flat().filter(({ kind }) => kind === "applied")
  expect(applied).toHaveLength(new Set(applied.map(({ transfer, key }) => transfer + key)).size)
  const transfers = [...(await transfersById(sql, ids(sightings))).values()]
  expect(transfers).toHaveLength(20)
  for (const one of transfers) expect(await historyOf(sql, one.id)).toHaveLength(one.version)
  expect(await balancesNow(sql, "AR")).toEqual(await balancesRecounted(sql, "AR"))
})

test("a worker's event is stale when the transfer moved since it was read", async () => {
  const sighting = await arrive("confirmed")
  const cleared: TransferEvent = { kind: "Cleared" }

  const [stale] = await advance(sql, [
    { transfer: sighting.id, key: "cleared", event: cleared, version: 1 },
  ])
  const [applied] = await advance(sql, [
    { transfer: sighting.id, key: "cleared", event: cleared, version: 2 },
  ])

  expect(stale).toMatchObject({ kind: "stale", after: { state: "confirmed" } })
  expect(applied).toMatchObject({ kind: "applied", after: { state: "ready" } })
})

test("one refused change does not spoil the others", async () => {
  const good = await arrive("confirmed")
  const bad = await arrive("seen")

  const outcomes = await advance(sql, [
    { transfer: bad.id, key: "cleared", event: { kind: "Cleared" } },
    { transfer: good.id, key: "cleared", event: { kind: "Cleared" } },
  ])

  expect(outcomes.map(({ kind }) => kind)).toEqual(["refused", "applied"])
  expect(outcomes[0]?.error?.code).toBe("illegal-move")
  expect(await stateOf(bad)).toBe("seen")
  expect(await stateOf(good)).toBe("ready")
})

test("a plan of a hundred is one row and one order, and its bytes are kept", async () => {
  const sightings = Array.from({ length: 100 }, () => aSighting())
  await advance(
    sql,
    sightings.flatMap((one) => changesFor(one, pathTo("ready", one))),
  )
  const plan = await planOf(sightings)

  await advance(sql, plannedBy(plan))
  const signed = { plan: plan.id, transaction: anId(plan.id), raw: new Uint8Array([0, 1, 255]) }
  await advance(sql, signedBy(plan, signed))

  expect((await plansById(sql, [plan.id])).get(plan.id)).toMatchObject({
    ...plan,
    state: "signed",
    replaces: null,
    raw: signed.raw,
    transaction: signed.transaction,
  })
  const orders = await sql`select kind, sources from outbox where plan = ${plan.id} order by id`
  expect([...orders]).toEqual([
    { kind: "sign", sources: ["arweave"] },
    { kind: "broadcast", sources: ["arweave"] },
  ])
})

test("a plan is written whole or not at all", async () => {
  const sightings = [await arrive("ready"), await arrive("ready"), await arrive("ready")]
  const other = await arrive("ready")
  const plan = await planOf(sightings)
  const alone = await planOf([other])
  const changes = plannedBy(plan)
  await advance(sql, [{ transfer: sightings[1]!.id, key: "vanished", event: { kind: "Vanished" } }])

  const outcomes = await advance(sql, [...changes, ...plannedBy(alone)])

  expect(outcomes.map(({ kind }) => kind)).toEqual(["stale", "refused", "stale", "applied"])
  expect([...(await plansById(sql, [plan.id, alone.id])).keys()]).toEqual([alone.id])
  expect(await stateOf(sightings[0]!)).toBe("ready")
})

test("the first signed bytes of a plan stay, and come even after the payout was seen", async () => {
  const sighting = await arrive("ready")
  const plan = await planOf([sighting])
  await advance(sql, plannedBy(plan))
  const transaction = anId("landed first")
  await advance(sql, [{ transfer: sighting.id, key: "settled", event: settled(transaction) }])

  const late = await advance(
    sql,
    signedBy(plan, { plan: plan.id, transaction, raw: new Uint8Array([1]) }),
  )
  await advance(sql, signedBy(plan, { plan: plan.id, transaction, raw: new Uint8Array([2]) }))

  expect(late).toMatchObject([{ kind: "refused" }])
  expect((await plansById(sql, [plan.id])).get(plan.id)).toMatchObject({
    state: "landed",
    transaction,
    raw: new Uint8Array([1]),
  })
})

test("a bump keeps the slot, and whichever of the two lands closes both", async () => {
  const sighting = await arrive("ready")
  const first = await planOf([sighting])
  await advance(sql, plannedBy(first))
  const old = { plan: first.id, transaction: anId("old"), raw: new Uint8Array([1]) }
  await advance(sql, signedBy(first, old))
  const bump = { ...first, id: `${first.id} bump`, attempt: 1 }
  await advance(sql, plannedBy(bump))
  const open = await openPlans(sql, "ao", 0)

  await advance(sql, [{ transfer: sighting.id, key: "settled", event: settled(old.transaction) }])

  const mine = open.filter(({ id }) => id.startsWith(first.id))
  expect(mine.map(({ id, replaces }) => [id, replaces])).toEqual([
    [first.id, null],
    [bump.id, first.id],
  ])
  const plans = await plansById(sql, [first.id, bump.id])
  expect(plans.get(first.id)).toMatchObject({ state: "landed", transaction: old.transaction })
  expect(plans.get(bump.id)).toMatchObject({ state: "dead", transaction: null })
})

test("a slot that died may be taken again by its transfer and by no other", async () => {
  const [mine, other] = [await arrive("ready"), await arrive("ready")]
  const first = await planOf([mine])
  await advance(sql, plannedBy(first))
  await advance(sql, [
    { transfer: mine.id, key: "died", event: { kind: "Died", reason: "slot-expired" } },
  ])

  const theft = { ...(await planOf([other])), slots: new Map([[other.id, slotOf(mine)]]) }
  await expect(advance(sql, plannedBy(theft))).rejects.toMatchObject({ code: "slot-taken" })
  const again = { ...(await planOf([mine])), id: `${first.id} again` }
  const outcomes = await advance(sql, plannedBy(again))

  expect(outcomes).toMatchObject([{ kind: "applied" }])
  expect(await stateOf(other)).toBe("ready")
  expect((await plansById(sql, [first.id])).get(first.id)).toMatchObject({ state: "dead" })
})

test("a slot that is taken and dies in one call may be followed by another", async () => {
  const sighting = await arrive("ready")
  const first = await planOf([sighting])
  const second = {
    ...(await planOf([sighting])),
    id: `${first.id} second`,
    slots: new Map([[sighting.id, `second ${slotOf(sighting)}`]]),
  }
  const died: TransferEvent = { kind: "Died", reason: "slot-expired" }

  const outcomes = await advance(sql, [
    ...plannedBy(first),
    { transfer: sighting.id, key: "died", event: died },
    ...plannedBy(second),
  ])

  expect(outcomes.map(({ kind }) => kind)).toEqual(["applied", "applied", "applied"])
  const slots = await sql`select slot, died_at is null as alive from slots
    where transfer = (select number from sightings where id = ${sighting.id}) order by slot desc`
  expect([...slots]).toEqual([
    { slot: slotOf(sighting), alive: false },
    { slot: `second ${slotOf(sighting)}`, alive: true },
  ])
  const plans = await plansById(sql, [first.id, second.id])
  expect(plans.get(first.id)?.state).toBe("dead")
  expect(plans.get(second.id)?.state).toBe("open")
})

test("a second settlement writes nothing and stops every chain", async () => {
  const paid = await arrive("paid")
  const bystander = aSighting()

  const twice = advance(sql, [
    ...changesFor(bystander, [seen(bystander)]),
    { transfer: paid.id, key: "again", event: settled(anId("second payout")) },
  ])

  await expect(twice).rejects.toMatchObject({ code: "double-payout" })
  expect(await findTransfer(sql, bystander.id)).toBeNull()
  const stopped = await pauses(sql)
  expect(stopped.map(({ chain, direction }) => `${chain} ${direction}`).sort()).toEqual(
    CHAINS.flatMap((chain) => [`${chain} in`, `${chain} out`]).sort(),
  )
  for (const { chain, direction } of stopped) await resume(sql, { chain, direction, by: "test" })
})

test("a deposit that vanishes while it is paid pauses its source chain both ways in the same commit", async () => {
  const sighting = await arrive("sent")

  await advance(sql, [{ transfer: sighting.id, key: "vanished", event: { kind: "Vanished" } }])

  expect(await pauses(sql)).toMatchObject([
    { chain: "arweave", direction: "in", reason: "source-vanished", by: sighting.id },
    { chain: "arweave", direction: "out", reason: "source-vanished", by: sighting.id },
  ])
  for (const direction of ["in", "out"] as const)
    await resume(sql, { chain: "arweave", direction, by: "test" })
  expect(await pauses(sql)).toEqual([])
})

test("done orders leave the outbox with the change that did them", async () => {
  const sighting = await arrive("confirmed")
  const [order] = await ordersOf(sighting)

  await advance(sql, [{ transfer: sighting.id, key: "cleared", event: { kind: "Cleared" } }], {
    done: [order!.id],
  })

  expect(await ordersOf(sighting)).toMatchObject([{ kind: "plan", chain: "ao" }])
})

test("a dropped deposit that is seen again begins anew, under what the new block states", async () => {
  const sighting = await arrive("dropped")
  const again = seen({ ...sighting, recipient: anId("somebody else") }, 2_000n)

  await advance(sql, [{ transfer: sighting.id, key: "seen again", event: again }])

  expect(await findTransfer(sql, sighting.id)).toMatchObject({
    state: "seen",
    version: 3,
    fee: 2_000n,
    recipient: anId("somebody else"),
  })
})

test("a server that is away is a matter of trying later", async () => {
  const { openDatabase } = await import("../../../services/store/database.ts")
  const nowhere = openDatabase("postgres://causeway@127.0.0.1:1/none")
  const sighting = aSighting()

  const attempt = advance(nowhere, changesFor(sighting, [seen(sighting)]))

  await expect(attempt).rejects.toMatchObject({ code: "database-unavailable", remedy: "retry" })
  await nowhere.end()
})

const confirmed: TransferEvent = { kind: "Confirmed" }
const ids = (sightings: readonly Sighting[]) => sightings.map(({ id }) => id)
const slotOf = ({ id }: { id: TransferId }) => `slot of ${id}`

function changesFor({ id }: Sighting, events: readonly TransferEvent[]): Change[] {
  return events.map((event, at) => ({ transfer: id, key: `${event.kind} ${at}`, event }))
}

/** A transfer that has come to `state` through the door. */
async function arrive(state: State, sighting: Sighting = aSighting()): Promise<Sighting> {
  const events = pathTo(
    state === "signing" || state === "sent" || state === "paid" ? "ready" : state,
    sighting,
  )
  const outcomes = await advance(sql, changesFor(sighting, events))
  for (const { error } of outcomes) if (error instanceof BridgeError) throw error
  if (state !== "signing" && state !== "sent" && state !== "paid") return sighting
  const plan = await planOf([sighting])
  await advance(sql, plannedBy(plan))
  const signed = { plan: plan.id, transaction: anId(plan.id), raw: new Uint8Array([1]) }
  if (state !== "signing") await advance(sql, signedBy(plan, signed))
  if (state === "paid")
    await advance(sql, [
      { transfer: sighting.id, key: "settled", event: settled(signed.transaction) },
    ])
  return sighting
}

async function planOf(sightings: readonly Sighting[]): Promise<NewPlan> {
  const transfers = await transfersById(sql, ids(sightings))
  return {
    id: `plan ${anId(ids(sightings).join())}`,
    chain: "ao",
    payouts: sightings.map(({ id }) => payoutOf(transfers.get(id)!)),
    terms: { anchor: "a" },
    attempt: 0,
    messages: [new Uint8Array([1, 2, 3])],
    slots: new Map(sightings.map((one) => [one.id, slotOf(one)])),
  }
}

function plannedBy(plan: NewPlan): Change[] {
  return [...plan.slots].map(([transfer, slot]) => ({
    transfer,
    key: `planned ${plan.id}`,
    event: { kind: "Planned", slot, plan: plan.id },
    plan,
  }))
}

function signedBy(plan: NewPlan, signed: { plan: string; transaction: string; raw: Uint8Array }) {
  return [...plan.slots.keys()].map(
    (transfer): Change => ({
      transfer,
      key: `signed ${plan.id}`,
      event: { kind: "Signed", transaction: signed.transaction },
      signed,
    }),
  )
}

function ordersOf({ id }: Sighting) {
  return sql<{ id: bigint; kind: string; chain: string; plan: string | null }[]>`
    select * from outbox where transfer = ${id} order by id`
}

async function stateOf({ id }: Sighting): Promise<State | undefined> {
  return (await findTransfer(sql, id))?.state
}
