// Stopping and steering: the guardian or the bridge may stop, only the bridge may start again and steer.

import { deepEqual, equal } from "node:assert/strict"
import { test } from "vitest"
import {
  ALICE,
  aRow,
  BOB,
  BRIDGE,
  DEPLOYER,
  GUARDIAN,
  idOf,
  outcomes,
  Token,
  tagsOf,
  UNIT,
} from "./token.ts"

const pause = (token: Token, from: string, tags: Record<string, string> = {}) =>
  token.send({ Action: "Pause", Reason: "vault drained", ...tags }, { from })
const resume = (token: Token, from: string, tags: Record<string, string> = {}) =>
  token.ordered("Resume", tags, { from })

async function aToken(): Promise<Token> {
  const token = await Token.deployed()
  await token.mint([aRow("a")])
  return token
}

test("the guardian stops mints and burns at once, and transfers go on", async () => {
  // Cases 127, 132; R-14.
  const token = await aToken()

  deepEqual(outcomes(await pause(token, GUARDIAN)), ["Pause-Notice"])

  const mint = await token.mint([aRow("b")])
  const burn = await token.burn("100")
  deepEqual(outcomes(mint), ["mint-paused"])
  deepEqual(outcomes(burn), ["burn-paused"])
  equal(burn.Messages[0]?.Data, "vault drained")
  deepEqual(outcomes(await token.transfer("10")), ["Debit-Notice", "Credit-Notice"])
  equal((await token.info()).Paused, "mint,burn")
  deepEqual(await token.balances(), { [ALICE]: "990", [BOB]: "10" })
})

test("only the bridge resumes, and the guardian is only a wallet that signed", async () => {
  const token = await aToken()
  await pause(token, GUARDIAN)

  for (const from of [GUARDIAN, ALICE, DEPLOYER, UNIT]) {
    deepEqual(outcomes(await resume(token, from)), ["not-the-bridge"])
  }
  const forged = await token.send({ Action: "Resume" }, { from: BRIDGE, owner: UNIT })
  deepEqual(outcomes(forged), ["not-the-bridge"])
  deepEqual(outcomes(await token.burn("100")), ["burn-paused"])

  deepEqual(outcomes(await resume(token, BRIDGE)), ["Resume-Notice"])
  deepEqual(outcomes(await token.burn("100")), ["Burn-Notice", "Burn-Notice"])
  deepEqual(outcomes(await token.mint([aRow("b")])), ["Credit-Notice", "Mint-Notice"])
})

test("nobody else pauses", async () => {
  const token = await aToken()

  for (const from of [ALICE, DEPLOYER, UNIT]) {
    deepEqual(outcomes(await pause(token, from)), ["not-the-guardian"])
  }
  const tags = { Action: "Pause", Reason: "x" }
  for (const from of [GUARDIAN, BRIDGE]) {
    deepEqual(outcomes(await token.send(tags, { from, owner: UNIT })), ["not-the-guardian"])
  }
  equal((await token.info()).Paused, "none")
})

test("one direction is paused and resumed without the other", async () => {
  // Case 127.
  const token = await aToken()
  await pause(token, GUARDIAN)

  await resume(token, BRIDGE, { Scope: "mint" })

  equal((await token.info()).Paused, "burn")
  deepEqual(outcomes(await token.mint([aRow("b")])), ["Credit-Notice", "Mint-Notice"])
  deepEqual(outcomes(await token.burn("100")), ["burn-paused"])
})

test("a pause says who, why, since when and until when, and does not end by itself", async () => {
  const token = await aToken()
  const until = token.nowMs + 1000
  await pause(token, GUARDIAN, { Scope: "burn", Until: String(until) })

  const { paused } = await token.limits()
  token.nowMs = until + 1

  deepEqual(paused, {
    burn: { by: GUARDIAN, reason: "vault drained", timestamp: until - 1000, until },
  })
  deepEqual(outcomes(await token.burn("100")), ["burn-paused"])
})

test("a pause without a reason, or with a scope or time that is none, is refused", async () => {
  const token = await aToken()
  const refused: [code: string, tags: Record<string, string>][] = [
    ["bad-reason", { Reason: "" }],
    ["bad-reason", { Reason: "  " }],
    ["bad-reason", { Reason: "x".repeat(201) }],
    ["bad-reason", { Reason: "a\nb" }],
    ["bad-scope", { Scope: "transfer" }],
    ["bad-until", { Until: "tomorrow" }],
    ["bad-until", { Until: "-1" }],
  ]

  for (const [code, tags] of refused)
    deepEqual(outcomes(await pause(token, GUARDIAN, tags)), [code])
  deepEqual(outcomes(await token.send({ Action: "Pause" }, { from: GUARDIAN })), ["bad-reason"])
  equal((await token.info()).Paused, "none")
})

test("a refused mint spends neither its ids nor the window", async () => {
  const token = await aToken()
  await pause(token, GUARDIAN)
  await token.mint([aRow("b")])
  await resume(token, BRIDGE)

  deepEqual(outcomes(await token.mint([aRow("b")])), ["Credit-Notice", "Mint-Notice"])
  equal((await token.limits()).windowUsed, "2000")
})

test("the bridge changes guardian, limits and fees, each in one message", async () => {
  const token = await aToken()
  const caps = { "Row-Cap": "500", "Message-Cap": "600", "Window-Cap": "7000", "Window-Ms": "800" }
  const fees = { "Burn-Fee": "0", "Min-Burn": "1", "Mint-Fee": "3" }
  const set = (Action: string, tags: object) => token.send({ Action, ...tags }, { from: BRIDGE })

  deepEqual(outcomes(await token.ordered("Set-Guardian", { Guardian: BOB })), [
    "Set-Guardian-Notice",
  ])
  deepEqual(outcomes(await set("Set-Limits", caps)), ["Set-Limits-Notice"])
  deepEqual(outcomes(await set("Set-Fees", fees)), ["Set-Fees-Notice"])

  const info = await token.info()
  const expected = {
    ...{ Guardian: BOB, RowCap: "500", MessageCap: "600", WindowCap: "7000", WindowMs: "800" },
    ...{ BurnFee: "0", MinBurnAmt: "1", MintFee: "3" },
  }
  deepEqual({ ...info, ...expected }, info)
  deepEqual(outcomes(await pause(token, GUARDIAN)), ["not-the-guardian"])
  deepEqual(outcomes(await pause(token, BOB)), ["Pause-Notice"])
})

test("nobody but the bridge steers", async () => {
  const token = await aToken()
  const before = await token.state()
  const orders = [
    { Action: "Set-Guardian", Guardian: ALICE },
    {
      Action: "Set-Limits",
      "Row-Cap": "9",
      "Message-Cap": "9",
      "Window-Cap": "9",
      "Window-Ms": "9",
    },
    { Action: "Set-Fees", "Burn-Fee": "0", "Min-Burn": "1", "Mint-Fee": "0" },
  ]

  for (const order of orders) {
    for (const sender of [{ from: ALICE }, { from: GUARDIAN }, { from: BRIDGE, owner: UNIT }]) {
      deepEqual(outcomes(await token.send(order, sender)), ["not-the-bridge"])
    }
  }
  deepEqual(await token.state(), before)
})

test("limits and fees that contradict themselves change nothing", async () => {
  const token = await aToken()
  const before = await token.state()
  const limits = { "Row-Cap": "500", "Message-Cap": "600", "Window-Cap": "700", "Window-Ms": "800" }
  const fees = { "Burn-Fee": "10", "Min-Burn": "50", "Mint-Fee": "0" }
  const refused: [code: string, order: Record<string, string>][] = [
    ["bad-limits", { Action: "Set-Limits", ...limits, "Row-Cap": "601" }],
    ["bad-limits", { Action: "Set-Limits", ...limits, "Window-Cap": "599" }],
    ["bad-limits", { Action: "Set-Limits", ...limits, "Row-Cap": "49" }],
    ["bad-limits", { Action: "Set-Limits" }],
    ["bad-fees", { Action: "Set-Fees", ...fees, "Burn-Fee": "50" }],
    ["bad-fees", { Action: "Set-Fees", ...fees, "Min-Burn": "1000001" }],
    ["bad-fees", { Action: "Set-Fees" }],
    ["unknown-chain", { Action: "Set-Fees", ...fees, "Target-Chain": "bsc" }],
    ["bad-guardian", { Action: "Set-Guardian", Guardian: "A".repeat(43) }],
    ["bad-guardian", { Action: "Set-Guardian" }],
  ]

  for (const [code, order] of refused) {
    const turn = { "Order-Number": "0", ...order }
    deepEqual(outcomes(await token.send(turn, { from: BRIDGE })), [code], JSON.stringify(order))
  }
  deepEqual(await token.state(), before)
})

test("an answer names the question it belongs to", async () => {
  const token = await aToken()

  const tags = { Action: "Pause", Reason: "x", Reference: "44" }
  const refused = tagsOf((await token.send(tags, { id: idOf("ask") })).Messages[0])

  deepEqual([refused["X-Reference"], refused["Message-Id"]], ["44", idOf("ask")])
})
