// Decisions of the services: made from everything there is, kept with all of it, made again by anybody, and made anew at payout.

import { mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { beforeAll, describe, expect, onTestFinished, test } from "vitest"
import { keyOf } from "../../../chains/party.ts"
import { seals } from "../../../chains/seals.ts"
import { digestOfRecord, replay } from "../../../core/compliance/evidence.ts"
import { OFAC_LIST } from "../../../core/compliance/presets.ts"
import type { Vote } from "../../../core/compliance/votes.ts"
import { verifyAuditFile } from "../../../services/compliance/audit-file.ts"
import { auditKeyIn, auditKeys, auditLogOf } from "../../../services/compliance/audit-trail.ts"
import { lookBack } from "../../../services/compliance/look-back.ts"
import { payoutScreen } from "../../../services/compliance/payout-screen.ts"
import { screener } from "../../../services/screener/screener.ts"
import { findCase } from "../../../services/store/cases.ts"
import { decisionsOf, pastDecisions } from "../../../services/store/decisions.ts"
import { takeRows } from "../../../services/store/outbox.ts"
import { anOffice, arrived, type Office, OWN_LISTS, somebody, stateOf, workOf } from "./office.ts"

let office: Office
beforeAll(async () => {
  office = await anOffice()
})

const work = () => workOf(office)

/** Signers of whom some vote otherwise than by allowing all. */
function signers(...objecting: readonly Vote["action"][]) {
  const vote = (action: Vote["action"], at: number): Vote => {
    return { signer: `signer ${at + 1}`, action, policy: "p", lists: `lists ${at}` }
  }
  const cluster = { votes: async (rows: readonly object[]) => rows.map(() => objecting.map(vote)) }
  const asker = { name: "coordinator", sign: () => "", bridge: "test" }
  return payoutScreen(office.desk, cluster, { attestors: [], asker })
}

test("a decision is kept with policy, lists and facts, and gives itself when it is made again", async () => {
  const { sql, desk } = office
  const { id } = await arrived(sql)

  await work()

  const [made, ...more] = await decisionsOf(sql, id)
  expect(more).toEqual([])
  expect(made).toMatchObject({ stage: "screen", decision: { bridge: "allow", reward: "hold" } })
  expect(made!.digest).toBe(digestOfRecord(made!.record, seals.hash))
  const { book, lists } = desk.shelf.at(desk.now())!
  expect(replay(made!.record, book.document, lists, seals.hash)).toEqual({ kind: "same" })
  expect(await stateOf(sql, id)).toMatchObject({ state: "ready" })
  expect((await pastDecisions(sql, 10)).map(({ transfer }) => transfer)).toContain(id)
})

test("every decision is a row of the audit log, by its digest and without anything personal", async () => {
  const { sql, desk, folder, bridge, auditKey } = office
  const sender = somebody()
  await arrived(sql, { sender })
  await work()
  await desk.audit.seal()

  const place = auditLogOf(folder, bridge.deployment.vault, "test")
  const report = await verifyAuditFile(place.folder, place.log, auditKeys(auditKey.key))

  expect(report).toMatchObject({ faults: [], sealed: report.rows })
  const text = await readFile(join(place.folder, "rows.jsonl"), "utf8")
  expect(text).toContain('"type":"decisions"')
  expect(text).not.toContain(sender)
})

test("the key of the log is made once, whole, for nobody else to read", async () => {
  const folder = await mkdtemp(join(tmpdir(), "causeway-audit-"))
  onTestFinished(() => rm(folder, { recursive: true }))

  const keys = await Promise.all([1, 2, 3].map(() => auditKeyIn(folder)))

  expect(new Set(keys.map(({ key }) => key)).size).toBe(1)
  expect(await readdir(folder)).toEqual(["audit-key.json"])
  expect((await stat(join(folder, "audit-key.json"))).mode & 0o077).toBe(0)
})

describe("what screening stops", () => {
  // Case 133.
  test("is frozen when it is listed: a case, no order to pay, and the list's digest in the record", async () => {
    const { sql } = office
    const sender = somebody()
    await office.list(OWN_LISTS.block, sender)
    const { id } = await arrived(sql, { sender })

    await work()

    expect(await stateOf(sql, id)).toMatchObject({ state: "held", reason: "screening-block" })
    expect(await findCase(sql, id)).toMatchObject({ state: "frozen", resolved: { by: [] } })
    const [made] = await decisionsOf(sql, id)
    expect(made!.record.lists[OWN_LISTS.block]?.digest).toMatch(/^[0-9a-f]{64}$/)
    expect(made!.decision.reasons).toContainEqual({
      ...{ rule: "own-block", about: `sender ${keyOf(sender)} in ${OWN_LISTS.block}` },
      effects: { bridge: "block", refund: "block", reward: "block" },
    })
  })

  test.each(["an input", "the recipient"])("is found in %s as well", async (who) => {
    const { sql } = office
    const address = somebody()
    await office.list(OWN_LISTS.block, address)
    const { id } = await arrived(
      sql,
      who === "an input" ? { senders: [somebody(), address] } : { recipient: address },
    )

    await work()

    expect((await stateOf(sql, id)).reason).toBe("screening-block")
  })

  test("goes back by itself when it is rejected, its way back judged on its own", async () => {
    const { sql } = office
    const sender = somebody()
    await office.list(OWN_LISTS.reject, sender)
    const { id } = await arrived(sql, { sender })

    await work()

    expect(await stateOf(sql, id)).toMatchObject({ state: "ready", refund: true })
    expect((await decisionsOf(sql, id)).map(({ stage }) => stage)).toEqual(["screen", "refund"])
    expect(await findCase(sql, id)).toMatchObject({ state: "returned" })
  })

  test("goes back only when books that came back know that it was not paid", async () => {
    const { sql, casework } = office
    const sender = somebody()
    await office.list(OWN_LISTS.reject, sender)
    await sql`insert into recoveries (chain) values ('ao')`
    const { id } = await arrived(sql, { sender })
    await work()
    expect((await stateOf(sql, id)).state).toBe("held")
    await sql`delete from recoveries`
    await casework.settleAll()
    expect(await stateOf(sql, id)).toMatchObject({ state: "ready", refund: true })
  })

  test("waits for people when it cannot go back", async () => {
    const { sql } = office
    const sender = somebody()
    await office.list(OWN_LISTS.reject, sender)
    const { id } = await arrived(sql, { sender, refundTo: "" })

    await work()

    expect((await stateOf(sql, id)).state).toBe("held")
    expect(await findCase(sql, id)).toMatchObject({ state: "open" })
  })

  test("does not go back to somebody listed, though only its sender's place is at fault", async () => {
    const { sql } = office
    const [sender, refundTo] = [somebody(), somebody()]
    await office.list(OWN_LISTS.reject, sender)
    const { id } = await arrived(sql, { sender, refundTo })
    await office.list(OFAC_LIST, refundTo)

    await work()

    expect((await stateOf(sql, id)).state).toBe("held")
    expect(await findCase(sql, id)).toMatchObject({ state: "frozen" })
  })

  test("below the minimum is not sent back to somebody who is frozen", async () => {
    const { sql } = office
    const sender = somebody()
    await office.list(OWN_LISTS.block, sender)
    const { id } = await arrived(sql, { sender, amount: 100_000n })

    await work()

    expect(await stateOf(sql, id)).toMatchObject({ state: "held", reason: "screening-block" })
  })
})

describe("at payout", () => {
  // Cases 25 and 135.
  test("whoever was listed in between is not paid, and both decisions name their lists", async () => {
    const { sql } = office
    const recipient = somebody()
    const { id } = await arrived(sql, { source: "ao", target: "arweave", recipient })
    await work()
    const ready = await stateOf(sql, id)
    expect(ready.state).toBe("ready")
    await office.list(OFAC_LIST, recipient)

    expect(await signers("allow").allowed([ready])).toEqual([])

    expect(await stateOf(sql, id)).toMatchObject({ state: "held", reason: "screening-block" })
    const [before, after] = await decisionsOf(sql, id)
    expect([before!.stage, after!.stage]).toEqual(["screen", "payout"])
    expect(before!.record.lists[OFAC_LIST]?.digest).not.toBe(after!.record.lists[OFAC_LIST]?.digest)
  })

  // Case 137.
  test("one signer's objection holds, and who judged by what is on record", async () => {
    const { sql } = office
    const { id } = await arrived(sql)
    await work()

    const paid = await signers("allow", "allow", "block").allowed([await stateOf(sql, id)])
    await work()

    expect(paid).toEqual([])
    expect(await stateOf(sql, id)).toMatchObject({ state: "held", reason: "screening-hold" })
    const last = (await decisionsOf(sql, id)).at(-1)!
    expect(last.votes.map(({ lists }) => lists)).toEqual(["lists 0", "lists 1", "lists 2"])
    expect(await findCase(sql, id)).toMatchObject({ state: "open", lapsesMs: null })
  })

  test("what two officers let go is not stopped again for the same, and is for anything new", async () => {
    const { sql, casework } = office
    const { id, sender } = await arrived(sql)
    await work()
    await signers("block").allowed([await stateOf(sql, id)])
    await work()
    for (const by of ["ada", "ben"])
      await casework.tell(id, {
        ...{ kind: "Proposed", atMs: office.desk.now(), by },
        ...{ resolution: "release", authority: "a wrong list" },
      })
    await casework.settle(id)
    const ready = await stateOf(sql, id)

    expect(await signers("block").allowed([ready])).toEqual([ready])
    await office.list(OWN_LISTS.block, sender)
    expect(await signers("block").allowed([ready])).toEqual([])

    await work()
    expect(await findCase(sql, id)).toMatchObject({ round: 2, state: "frozen" })
  })

  test("coins of whoever is blocked by now are spent by nobody, though their deposit was paid long ago", async () => {
    const { sql } = office
    const input = somebody()
    const btc = { asset: "BTC", source: "bitcoin", target: "ao-btc", senders: [input] } as const
    const { id } = await arrived(sql, btc)
    const other = await arrived(sql, { ...btc, senders: [somebody()] })
    await work()
    expect(await signers().frozen("bitcoin")).not.toContain(id)

    await office.list(OFAC_LIST, input)

    const frozen = await signers().frozen("bitcoin")
    expect(frozen).toContain(id)
    expect(frozen).not.toContain(other.id)
    expect(await signers().frozen("arweave")).not.toContain(id)
  })

  test("a burn of somebody in no place at all is paid: nothing about places stops an exit", async () => {
    const { sql } = office
    await office.decree({}, "aox-like", "known-reward", "minimal", "own-lists", "strict")
    const burn = await arrived(sql, { source: "ao", target: "arweave" })
    const deposit = await arrived(sql)

    await work()
    await office.decree({}, "aox-like", "known-reward", "minimal", "own-lists")

    expect((await stateOf(sql, burn.id)).state).toBe("ready")
    expect(await stateOf(sql, deposit.id)).toMatchObject({ reason: "screening-hold" })
  })
})

describe("while nothing can be told", () => {
  test("a deposit waits without a case, and goes on by itself when lists are fresh", async () => {
    const { sql, desk, bridge } = office
    const pins = desk.shelf.at(desk.now())!.book.document.lists
    const stale = Object.entries(pins).map(([list, pin]) => [list, { ...pin, maxAgeMs: 1_000 }])
    await office.decree({ lists: Object.fromEntries(stale) })
    office.pass(60_000)
    const { id } = await arrived(sql)
    const ready = await arrived(sql, {}, { kind: "Cleared" })
    const screen = screener(sql, bridge.policy, desk)
    const rows = (await takeRows(sql, 100)).filter((row) => row.transfer === id)

    await expect(screen(rows)).rejects.toThrow("not-yet")
    await expect(signers("allow").allowed([ready])).rejects.toThrow("not-yet")
    expect((await stateOf(sql, id)).state).toBe("confirmed")
    expect((await stateOf(sql, ready.id)).state).toBe("ready")

    await office.decree({ lists: pins })
    await screen(rows)
    expect((await stateOf(sql, id)).state).toBe("ready")
    expect(await signers("allow").allowed([ready])).toEqual([ready])
    expect(await findCase(sql, id)).toBeNull()
  })
})

describe("a case", () => {
  test("of who never signed in lapses after a day, and goes back", async () => {
    const { sql, casework } = office
    await office.decree({}, "aox-like", "known-reward", "minimal", "own-lists", "strict")
    const { id } = await arrived(sql)
    await work()
    expect(await findCase(sql, id)).toMatchObject({ state: "open", lapsesMs: expect.any(Number) })

    await casework.settleAll()
    expect((await stateOf(sql, id)).state).toBe("held")
    office.pass(86_400_001)
    await casework.settleAll()
    await office.decree({}, "aox-like", "known-reward", "minimal", "own-lists")

    expect(await stateOf(sql, id)).toMatchObject({ state: "ready", refund: true })
  })

  // Case 138.
  test("of somebody delisted opens again by itself, and waits for two", async () => {
    const { sql, casework } = office
    const sender = somebody()
    await office.list(OFAC_LIST, sender)
    const { id } = await arrived(sql, { sender })
    await work()
    expect((await findCase(sql, id))?.state).toBe("frozen")

    await office.list(OFAC_LIST, sender, false)
    await casework.judgeAgain()

    expect((await findCase(sql, id))?.state).toBe("open")
    expect((await stateOf(sql, id)).state).toBe("held")
  })
})

describe("what was decided by lists of before", () => {
  /** Screened, and its case not opened yet: the order to do so is still under way. */
  async function flagged(sender: string) {
    const { sql, bridge, desk } = office
    await office.list(OFAC_LIST, sender)
    const { id } = await arrived(sql, { sender })
    const rows = (await takeRows(sql, 100)).filter(({ transfer }) => transfer === id)
    await screener(sql, bridge.policy, desk)(rows)
    return id
  }

  test("is judged again though its case was opened when they had changed already", async () => {
    const { sql, casework } = office
    const sender = somebody()
    const id = await flagged(sender)
    await office.list(OFAC_LIST, sender, false)
    await work()
    expect((await findCase(sql, id))?.state).toBe("frozen")

    await casework.judgeAgain()

    expect((await findCase(sql, id))?.state).toBe("open")
  })

  test("is judged again though they changed while it was being judged", async () => {
    const { sql, casework, desk } = office
    const sender = somebody()
    const id = await flagged(sender)
    await work()
    const [transfer, found] = [await stateOf(sql, id), (await findCase(sql, id))!]
    const made = (await desk.decide([transfer], "again")).get(id)!
    await office.list(OFAC_LIST, sender, false)

    await casework.tellAgain(found, made)
    await casework.judgeAgain()

    expect((await findCase(sql, id))?.state).toBe("open")
  })

  test("keeps what a signer objected to, so that whoever answers it has answered it", async () => {
    const { sql, casework } = office
    const { id } = await arrived(sql)
    await work()
    await signers("block").allowed([await stateOf(sql, id)])
    await work()
    await office.list(OWN_LISTS.hold, somebody())
    await casework.judgeAgain()

    for (const by of ["ada", "ben"])
      await casework.tell(id, {
        ...{ kind: "Proposed", atMs: office.desk.now(), by },
        ...{ resolution: "release", authority: "a wrong list" },
      })
    await casework.settle(id)

    const ready = await stateOf(sql, id)
    expect(await signers("block").allowed([ready])).toEqual([ready])
  })
})

test("who is listed later is looked up in what was done before, once", async () => {
  const { sql, desk } = office
  const sender = somebody()
  const { id } = await arrived(sql, { sender })
  await work()
  await lookBack(desk)

  await office.list(OFAC_LIST, sender)
  await desk.shelf.refresh()

  expect(await lookBack(desk)).toEqual([{ list: OFAC_LIST, key: keyOf(sender), transfer: id }])
  expect(await lookBack(desk)).toEqual([])
})
