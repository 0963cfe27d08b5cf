// Holds of a campaign's token: a claim of whoever may have no rewards any more waits, and nothing is ever lost by waiting.

import { deepEqual, equal } from "node:assert/strict"
import { describe, test } from "vitest"
import { taoxBundle } from "../../lua/taox.ts"
import { aCampaign, anEpoch, HOUR, NOW, open, paid, refuses, Taox, three } from "./taox-token.ts"
import { ALICE, BOB, BRIDGE, FACES, GUARDIAN, idOf, outcomes, POOL, tagsOf, UNIT } from "./token.ts"

const at = (hours: number) => ({ at: NOW + hours * HOUR })

describe.each(FACES)("on %s", (face) => {
  test("who is held cannot claim with a proof of the root that is open, and everybody else can", async () => {
    const [taox, epoch] = [await Taox.deployed(aCampaign(), face), three()]
    await taox.root(epoch)

    deepEqual(outcomes(await taox.hold(1, [ALICE, POOL])), ["Hold-Notice"])
    const refused = await taox.claim(epoch, ALICE, { from: ALICE })
    deepEqual(outcomes(refused), ["claim-held"])
    equal(refused.Messages[0]!.Data, "barred now")
    deepEqual(outcomes(await taox.claim(epoch, BOB)), paid)
    // A credit pays the rows that are not held, and the others claim later.
    deepEqual(outcomes(await taox.credit(epoch, [POOL])), ["Credited-Notice"])

    const had = tagsOf(await taox.token.ask({ Action: "Had", Recipient: ALICE }))
    deepEqual([had.Had, had["Held-Epoch"], had["Held-Reason"]], ["0", "1", "barred now"])
    taox.token.nowMs = Number(had["Held-Until"])
    deepEqual(outcomes(await taox.claim(epoch, ALICE)), paid)
    deepEqual(outcomes(await taox.claim(epoch, POOL)), paid)
  })
})

test("the root of a later epoch pays who stands in it: it was closed after the hold, and knows better", async () => {
  const [taox, first, second] = [await open(), three(), anEpoch(2, { [ALICE]: 1200n, [BOB]: 500n })]
  await taox.hold(1, [ALICE], { ...at(0), untilMs: NOW + 100 * HOUR })
  const soon = { opensAt: `${NOW + 2 * HOUR}`, closesAt: `${NOW + 90 * HOUR}` }
  await taox.root(second, soon, at(1))

  await refuses(taox, "claim-held", () => taox.claim(first, ALICE, at(1)))
  deepEqual(outcomes(await taox.claim(second, ALICE, at(2))), paid)
  equal(await taox.had(ALICE), "1200")
})

// The epoch was closed before, and its root comes when nobody can dispute it any more.
test("a hold is of a root too that comes after it, if its epoch was closed before", async () => {
  const [taox, second] = [await open(), anEpoch(2, { [ALICE]: 1200n, [BOB]: 500n })]
  await taox.hold(2, [ALICE], { ...at(0), untilMs: NOW + 100 * HOUR })

  await taox.root(second, {}, at(1))

  await refuses(taox, "claim-held", () => taox.claim(second, ALICE, at(1)))
  deepEqual(outcomes(await taox.claim(second, BOB, at(1))), paid)
})

test("a root that nobody follows stays open to whoever was held, for as long as they were", async () => {
  const [taox, epoch] = [await Taox.deployed(), three()]
  await taox.root(epoch, { closesAt: `${NOW + 7 * HOUR}` }, at(0))
  await taox.hold(1, [ALICE], { ...at(5), untilMs: NOW + 8 * HOUR })
  // Again before it ends: it goes on, and so on.
  await taox.hold(1, [ALICE, BOB], { ...at(6), untilMs: NOW + 12 * HOUR })

  await refuses(taox, "claim-held", () => taox.claim(epoch, ALICE, at(9)))
  // Two hours of the seven are left to one, and one to the other, who was held from the sixth on.
  deepEqual(outcomes(await taox.claim(epoch, BOB, at(12))), paid)
  deepEqual(outcomes(await taox.claim(epoch, ALICE, at(13.9))), paid)
  await refuses(taox, "window-closed", () => taox.claim(epoch, POOL, at(13.9)))
})

test("the time that was left is all that is left, and a hold of what has closed opens nothing again", async () => {
  const [taox, epoch] = [await Taox.deployed(), three()]
  await taox.root(epoch, { closesAt: `${NOW + 7 * HOUR}` }, at(0))
  await taox.hold(1, [ALICE], { ...at(5), untilMs: NOW + 12 * HOUR })

  await refuses(taox, "window-closed", () => taox.claim(epoch, ALICE, at(14)))
  await taox.hold(1, [ALICE, BOB], { ...at(14), untilMs: NOW + 20 * HOUR })
  for (const account of [ALICE, BOB])
    await refuses(taox, "window-closed", () => taox.claim(epoch, account, at(15)))
})

test("what is left is counted from the root's opening, and by holds of that root alone", async () => {
  const [taox, epoch] = [await Taox.deployed(), three(2)]
  await taox.hold(2, [ALICE], { ...at(0), untilMs: NOW + 4 * HOUR })
  await taox.hold(1, [BOB], { ...at(0), untilMs: NOW + 6 * HOUR })
  const window = { opensAt: `${NOW + 2 * HOUR}`, closesAt: `${NOW + 7 * HOUR}` }
  await taox.root(epoch, window, at(1))

  await refuses(taox, "window-closed", () => taox.claim(epoch, BOB, at(7)))
  deepEqual(outcomes(await taox.claim(epoch, ALICE, at(8.9))), paid)
  const other = [await Taox.deployed(), three(2)] as const
  await other[0].hold(2, [ALICE], { ...at(0), untilMs: NOW + 4 * HOUR })
  await other[0].root(epoch, window, at(1))
  await refuses(other[0], "window-closed", () => other[0].claim(epoch, ALICE, at(9)))
})

test("a hold that runs is never made shorter or smaller by another, and ends within thirty days", async () => {
  const [taox, epoch] = [await open(), three(2)]
  const days = (count: number) => NOW + count * 24 * HOUR
  await taox.root(epoch, {}, at(0))
  await taox.hold(2, [ALICE], { ...at(0), untilMs: days(20) })

  await taox.hold(1, [ALICE], { ...at(1), untilMs: days(1) })
  await refuses(taox, "claim-held", () => taox.claim(epoch, ALICE, { at: days(19) }))
  for (const untilMs of [days(19), days(49) + 1])
    await refuses(taox, "bad-until", () => taox.hold(2, [BOB], { at: days(19), untilMs }))
  deepEqual(outcomes(await taox.claim(epoch, ALICE, { at: days(20) })), paid)
})

test("only the guardian and the bridge hold, and a hold gives the guardian nothing", async () => {
  const [taox, epoch] = [await open(), three()]

  for (const from of [ALICE, UNIT, idOf("anybody")])
    await refuses(taox, "not-the-guardian", () => taox.hold(1, [BOB], { from }))
  await refuses(taox, "not-the-guardian", () => taox.hold(1, [BOB], { owner: UNIT }))
  deepEqual(outcomes(await taox.hold(1, [BOB], { from: BRIDGE })), ["Hold-Notice"])
  const [before, balances] = [await taox.token.info(), await taox.token.balances()]
  await taox.hold(1, [ALICE, BOB])

  const { TotalSupply, Promised, Free } = await taox.token.info()
  deepEqual([TotalSupply, Promised, Free], [before.TotalSupply, before.Promised, before.Free])
  deepEqual(await taox.token.balances(), balances)
  // What they hold already is theirs to send.
  await refuses(taox, "claim-held", () => taox.claim(epoch, BOB))
  deepEqual(outcomes(await taox.token.send({ Action: "Resume" }, { from: GUARDIAN })), [
    "not-the-bridge",
  ])
})

test("a hold has one text: 1 to 100 accounts, each once in its own spelling, and a reason", async () => {
  const taox = await open()
  const good = {
    ...{ Action: "Hold", Epoch: "1", Until: `${NOW + HOUR}`, Reason: "barred now" },
  }
  const send = (data: string, tags: object = {}) =>
    taox.token.send({ ...good, ...tags }, { ...at(0), from: GUARDIAN, data })
  const many = Array.from({ length: 101 }, (_, n) => idOf(`held ${n}`))
  const codes: readonly (readonly [code: string, data: string, tags?: object])[] = [
    ...["{}", "[]", JSON.stringify(many)].map((data) => ["bad-row-count", data] as const),
    ...[
      "",
      "7",
      `["${BOB}" ]`,
      `["${BOB}","${BOB}"]`,
      `["${BOB}="]`,
      "[7]",
      "[{}]",
      `[["${BOB}"]]`,
    ].map((data) => ["bad-data", data] as const),
    ...["", "0", "01", "-1", "x"].map((Epoch) => ["bad-epoch", `["${BOB}"]`, { Epoch }] as const),
    ...["", "soon", "1e15"].map((Until) => ["bad-until", `["${BOB}"]`, { Until }] as const),
    ...["", " ", "x".repeat(201)].map(
      (Reason) => ["bad-reason", `["${BOB}"]`, { Reason }] as const,
    ),
  ]

  for (const [code, data, tags] of codes) deepEqual(outcomes(await send(data, tags)), [code], data)
  deepEqual(outcomes(await send(`["${BOB}"]`)), ["Hold-Notice"])
})

test("books that are older than holds have none, and can be held all the same", async () => {
  const [taox, epoch] = [await open(), three()]
  const old = taoxBundle(aCampaign()).replace("Book = Book or", "Book.holds = nil\nBook = Book or")

  deepEqual(outcomes(await taox.token.eval(old, BRIDGE)), [])

  deepEqual(outcomes(await taox.claim(epoch, BOB)), paid)
  await taox.hold(1, [ALICE])
  await refuses(taox, "claim-held", () => taox.claim(epoch, ALICE))
})
