// Messages that lie about themselves: reserved tags, doubled tags, and messages that come again.

import { deepEqual, equal } from "node:assert/strict"
import { test } from "vitest"
import {
  ALICE,
  aConfig,
  aRow,
  BOB,
  BRIDGE,
  idOf,
  mintData,
  outcomes,
  POOL,
  type Tags,
  Token,
  tagsOf,
  UNIT,
} from "./token.ts"

const moved = ["Debit-Notice", "Credit-Notice"]

async function aToken(): Promise<Token> {
  const token = await Token.deployed()
  await token.mint([aRow("a")])
  return token
}

test("a tag Id does not choose a message's replay key", async () => {
  const token = await aToken()
  const id = token.nextId()
  const send = (Id: string) => token.transfer("10", BOB, { id, tags: { Id } })

  deepEqual(outcomes(await send("one")), moved)
  deepEqual(outcomes(await send("two")), ["message-replayed"])
  const refused = await token.transfer("9999", BOB, { tags: { Id: "forged" }, id: idOf("real") })

  equal(tagsOf(refused.Messages[0])["Message-Id"], idOf("real"))
  const burn = await token.burn("50", { Id: idOf("forged"), Slot: "999" }, { id: idOf("burn") })
  equal(tagsOf(burn.Messages[0])["Burn-Id"], `ao:${idOf("burn")}:1`)
  equal((await token.burns())[0].slot, 6)
})

test("a tag Timestamp does not move a mint out of the window, nor a burn in time", async () => {
  const limits = { row: 1000n, message: 1000n, window: 1000n, windowMs: 1000 }
  const token = await Token.deployed(aConfig({ limits }))
  await token.mint([aRow("a")])
  const later = String(token.nowMs + 1_000_000)

  const data = mintData([aRow("b")])
  const tags = { Action: "Mint", Timestamp: later, "Block-Height": "9", Nonce: "5" }
  const result = await token.send(tags, { from: BRIDGE, data })
  await token.burn("100", { Timestamp: "1" })

  deepEqual(outcomes(result), ["over-window-cap"])
  equal((await token.burns())[0].timestamp, token.nowMs)
})

test("a tag Nonce does not stop the process", async () => {
  const token = await aToken()
  const names = [
    ...[
      "Id",
      "Timestamp",
      "Block-Height",
      "Module",
      "Cron",
      "Epoch",
      "Nonce",
      "Slot",
      "Hash-Chain",
    ],
    ...[
      "Signature",
      "Pushed-For",
      "Forwarded-By",
      "Tags",
      "TagArray",
      "From",
      "Owner",
      "Target",
      "Data",
    ],
    ...["Read-Only", "reply", "forward", "Type", "From-Process", "X-Reference", "committers"],
  ]

  for (const name of names) {
    deepEqual(outcomes(await token.transfer("1", BOB, { tags: { [name]: BRIDGE } })), moved, name)
  }
  const all = Object.fromEntries(names.map((name) => [name, BRIDGE]))
  deepEqual(outcomes(await token.send({ Action: "Mint", ...all })), ["not-the-bridge"])

  deepEqual(await token.balances(), {
    [ALICE]: String(1000 - names.length),
    [BOB]: String(names.length),
  })
})

test("a doubled tag is refused in every spelling, whatever its values", async () => {
  // aos reads one of them by one name and the other by another: check one, pay the other.
  const token = await aToken()
  const before = await token.state()
  const transfer: [string, string][] = [
    ["Action", "Transfer"],
    ["Recipient", BOB],
    ["Quantity", "1"],
  ]
  const doubles: [string, string][] = [
    ...([
      ["Quantity", "999"],
      ["Quantity", "1"],
      ["quantity", "999"],
    ] as [string, string][]),
    ...([
      ["RECIPIENT", POOL],
      ["action", "Burn"],
      ["ACTION", "Transfer"],
    ] as [string, string][]),
  ]

  for (const double of doubles) {
    for (const tags of [
      [...transfer, double],
      [double, ...transfer],
    ]) {
      const result = await token.send(tags as Tags)
      deepEqual(outcomes(result), ["duplicate-tag"], double.join("="))
    }
  }
  const mint = await token.send(
    [
      ["Action", "Mint"],
      ["X-A", "1"],
      ["x-a", "2"],
    ],
    { from: BRIDGE },
  )

  deepEqual(outcomes(mint), ["duplicate-tag"])
  deepEqual(await token.state(), before)
})

test("one transfer scheduled 1,000 times moves once", async () => {
  // Cases 90, 106; R-23.
  const token = await aToken()
  const id = token.nextId()

  const first = await token.transfer("1", BOB, { id })
  for (let n = 1; n < 1000; n++) {
    deepEqual(outcomes(await token.transfer("1", BOB, { id })), ["message-replayed"])
  }

  deepEqual(outcomes(first), moved)
  equal(await token.balance(BOB), "1")
})

test("a transfer that failed does not run later, when somebody schedules it again", async () => {
  const token = await aToken()
  const id = token.nextId()
  const early = () => token.transfer("500", POOL, { id, from: BOB })
  deepEqual(outcomes(await early()), ["insufficient-balance"])
  await token.transfer("500")

  deepEqual(outcomes(await early()), ["message-replayed"])
  equal(await token.balance(BOB), "500")
})

test("what a process sent acts once, under however many ids a unit pushes it", async () => {
  // Anybody may have a slot pushed again; each push is a new item of the unit's key.
  const token = await aToken()
  await token.transfer("500", POOL)
  const push = (Reference: string) =>
    token.transfer("100", BOB, { from: POOL, owner: UNIT, tags: { Reference } })

  deepEqual(outcomes(await push("7")), moved)
  deepEqual(outcomes(await push("7")), ["message-replayed"])
  deepEqual(outcomes(await push("8")), moved)
  equal(await token.balance(BOB), "200")
})

test("a wallet's Reference is not a replay key", async () => {
  const token = await aToken()

  for (let n = 0; n < 2; n++) {
    deepEqual(outcomes(await token.transfer("1", BOB, { tags: { Reference: "7" } })), moved)
  }
})

test("a malformed message is refused each time, and not remembered", async () => {
  const token = await aToken()
  const id = token.nextId()

  for (let n = 0; n < 2; n++) {
    deepEqual(outcomes(await token.transfer("-5", BOB, { id })), ["bad-quantity"])
  }
})

test("old orders of the bridge and the guardian do not act again", async () => {
  const token = await aToken()
  const [pause, resume, limits] = [token.nextId(), token.nextId(), token.nextId()]
  const caps = { "Row-Cap": "60", "Message-Cap": "60", "Window-Cap": "60", "Window-Ms": "60" }
  const turn = { "Order-Number": "0", Pauses: "1" }
  const acts = () => [
    () => token.send({ Action: "Pause", Reason: "drill" }, { from: BRIDGE, id: pause }),
    () => token.send({ Action: "Resume", ...turn }, { from: BRIDGE, id: resume }),
    () => token.send({ Action: "Set-Limits", ...caps }, { from: BRIDGE, id: limits }),
  ]
  for (const act of acts()) await act()
  const before = await token.state()

  const again: string[] = []
  for (const act of acts()) again.push(...outcomes(await act()))

  deepEqual(again, ["message-replayed", "bad-number", "message-replayed"])

  deepEqual(await token.state(), before)
})
