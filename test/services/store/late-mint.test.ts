// A mint that was given up, and landed all the same: its slot is taken again, and never serves another.

import { expect, test } from "vitest"
import type { TransferId } from "../../../core/ids.ts"
import { payoutOf } from "../../../core/payout.ts"
import type { TransferEvent } from "../../../core/transfer.ts"
import { advance } from "../../../services/store/advance.ts"
import type { Sql } from "../../../services/store/database.ts"
import { findTransfer } from "../../../services/store/transfers.ts"
import { anId, aSighting, pathTo, settled } from "../../builders.ts"
import { testDatabase } from "../../database.ts"

const SLOT = "ao:mint:its own"

async function apply(sql: Sql, id: TransferId, event: TransferEvent) {
  const known = await findTransfer(sql, id)
  const plan = event.kind === "Planned" && {
    ...{ id: event.plan, chain: "ao" as const, payouts: [payoutOf(known!)], terms: {} },
    ...{ attempt: 0, messages: [new Uint8Array(32)], slots: new Map([[id, event.slot]]) },
  }
  const key = `${event.kind} ${known?.version ?? 0}`
  const [outcome] = await advance(sql, [{ transfer: id, key, event, ...(plan && { plan }) }])
  return outcome!
}

test("a mint that lands after it was given up is paid, in the slot that it had", async () => {
  const { sql } = await testDatabase()
  const sighting = aSighting()
  for (const event of pathTo("sent", sighting))
    await apply(sql, sighting.id, event.kind === "Planned" ? { ...event, slot: SLOT } : event)
  await apply(sql, sighting.id, { kind: "Died", reason: "evaluation-failed" })
  const dead = await sql`select died_at from slots where slot = ${SLOT}`
  expect(dead[0]!.died_at).not.toBeNull()

  const { after } = await apply(sql, sighting.id, { ...settled(anId("late")), slot: SLOT } as never)

  expect(after).toMatchObject({ state: "paid", slot: SLOT, transaction: anId("late") })
  expect(await findTransfer(sql, sighting.id)).toMatchObject({ ...after })
  expect(await sql`select died_at from slots where slot = ${SLOT}`).toEqual([{ died_at: null }])

  const other = aSighting()
  for (const event of pathTo("ready", other)) await apply(sql, other.id, event)
  const late = apply(sql, other.id, { ...settled(anId("later")), slot: SLOT } as never)
  await expect(late).rejects.toMatchObject({ code: "slot-taken" })
})
