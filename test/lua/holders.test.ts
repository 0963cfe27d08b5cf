// What every token on AO does for wallets, pools and other processes.

import { deepEqual, equal } from "node:assert/strict"
import { test } from "vitest"
import {
  ALICE,
  aConfig,
  aRow,
  BOB,
  BRIDGE,
  noticesTo,
  outcomes,
  POOL,
  Token,
  tagsOf,
  UNIT,
  VAULT,
} from "./token.ts"

async function aToken(): Promise<Token> {
  const token = await Token.deployed()
  await token.mint([aRow("a")])
  return token
}

test("Info has the fields of wallets and of AOX's clients", async () => {
  const token = await Token.deployed(aConfig({ logo: VAULT, mintFee: 7n }))
  await token.mint([aRow("a"), aRow("b", { recipient: BOB })])

  const info = await token.info()

  const expected = {
    ...{ Name: "Wrapped AR", Ticker: "wAR", Denomination: "12", Logo: VAULT, TotalSupply: "2000" },
    ...{ MintFee: "7", BurnFee: "30", MinBurnAmt: "50", BridgeProcessId: BRIDGE, HolderNum: "2" },
    ...{ SourceChain: "arweave", SourceTokenId: "A".repeat(43), Vault: VAULT, Paused: "none" },
    ...{ BurnCount: "0", NoticeCount: "3", RowCap: "1000000", WindowMs: "86400000" },
  }
  deepEqual({ ...info, ...expected }, info)
})

test("Balance answers for its asker, or for whom it is asked", async () => {
  const token = await aToken()

  const mine = await token.ask({ Action: "Balance" })
  const bobs = await token.ask({ Action: "Balance", Target: BOB })

  equal(mine.Data, "1000")
  equal(tagsOf(mine).Balance, "1000")
  equal(tagsOf(mine).Account, ALICE)
  equal(tagsOf(mine).Ticker, "wAR")
  equal(bobs.Data, "0")
  equal((await token.ask({ Action: "Balance", Recipient: "nobody" })).Data, "0")
  equal((await token.ask({ Action: "Total-Supply" })).Data, "1000")
})

test("a transfer moves the quantity and tells both sides, with its X- tags", async () => {
  const token = await aToken()
  const tags = { "X-Action": "Swap", "X-Memo": "für Bob", Other: "stays", Reference: "17" }

  const result = await token.transfer("400", POOL, { tags })

  const debit = tagsOf(noticesTo(result, ALICE)[0])
  const credit = tagsOf(noticesTo(result, POOL)[0])
  deepEqual(outcomes(result), ["Debit-Notice", "Credit-Notice"])
  deepEqual([debit.Recipient, debit.Quantity, debit["X-Action"]], [POOL, "400", "Swap"])
  deepEqual([credit.Sender, credit.Quantity, credit["X-Memo"]], [ALICE, "400", "für Bob"])
  // The sender's own waiting code is answered; nobody can answer for the token at the recipient's.
  deepEqual(
    [debit["X-Reference"], credit["X-Reference"], credit.Other],
    ["17", undefined, undefined],
  )
  deepEqual(await token.balances(), { [ALICE]: "600", [POOL]: "400" })
})

test("Reply-To and X-Reference of a stranger reach nobody", async () => {
  const token = await aToken()
  const tags = { "Reply-To": POOL, "X-Reference": "5", "X-Origin": BOB }

  const transfer = await token.transfer("1", BOB, { tags })
  const asked = await token.send({ Action: "Info", ...tags })

  deepEqual(noticesTo(transfer, POOL), [])
  equal(tagsOf(noticesTo(transfer, BOB)[0])["X-Reference"], undefined)
  equal(asked.Messages[0]?.Target, ALICE)
  equal(tagsOf(asked.Messages[0])["X-Reference"], undefined)
})

test("a transfer that is cast tells nobody", async () => {
  const token = await aToken()

  deepEqual((await token.transfer("400", BOB, { tags: { Cast: "true" } })).Messages, [])
  equal(await token.balance(BOB), "400")
})

test("a transfer to oneself changes nothing and is numbered like any other", async () => {
  const token = await aToken()

  deepEqual(outcomes(await token.transfer("1000", ALICE)), ["Debit-Notice", "Credit-Notice"])
  deepEqual(await token.balances(), { [ALICE]: "1000" })
  equal((await token.info()).HolderNum, "1")
})

test("more than the balance is refused, and the message is named", async () => {
  const token = await aToken()
  const id = token.nextId()

  const result = await token.transfer("1001", BOB, { id })

  const refusal = tagsOf(result.Messages[0])
  equal(result.Messages.length, 1)
  deepEqual([refusal.Action, refusal.Error], ["Transfer-Error", "insufficient-balance"])
  equal(refusal["Message-Id"], id)
  deepEqual(await token.balances(), { [ALICE]: "1000" })
})

test("a recipient that could hold nothing is refused", async () => {
  // Case 15, R-6.
  const token = await aToken()
  const nobody = [
    ...[
      "",
      "bob",
      "A".repeat(43),
      `${"a".repeat(42)}B`,
      `${BOB}A`,
      BOB.slice(1),
      ` ${BOB.slice(1)}`,
    ],
    ...[`0x${"0".repeat(40)}`, "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1Beaed", `0x${"a".repeat(39)}`],
  ]

  for (const recipient of nobody) {
    deepEqual(outcomes(await token.transfer("1", recipient)), ["bad-recipient"], recipient)
  }
  const without = await token.send({ Action: "Transfer", Quantity: "1" })

  deepEqual(outcomes(without), ["bad-recipient"])
  deepEqual(await token.balances(), { [ALICE]: "1000" })
})

test("an Ethereum account is one account in every spelling", async () => {
  const account = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"
  const token = await aToken()

  await token.transfer("10", account)
  await token.transfer("20", account.toLowerCase())
  await token.transfer("30", `0x${account.slice(2).toUpperCase()}`)

  equal((await token.balances())[account], "60")
  equal(await token.balance(account.toLowerCase()), "60")
  deepEqual(outcomes(await token.transfer("60", BOB, { from: account })), [
    "Debit-Notice",
    "Credit-Notice",
  ])
  equal(await token.balance(account), "0")
})

test("X- tags that no data item could carry are refused before anything moves", async () => {
  const token = await aToken()
  const heavy = { "X-Data": "x".repeat(2050) }

  for (const tags of [heavy, { "X-Line": "a\nb" }, { "X-Empty": "" }, { "X-a b": "c" }]) {
    deepEqual(outcomes(await token.transfer("1", BOB, { tags })), ["bad-x-tags"])
  }
  equal(await token.balance(BOB), "0")
})

test("holders are counted as they come and go", async () => {
  const token = await aToken()
  const holders = async () => (await token.info()).HolderNum

  await token.transfer("1", BOB)
  equal(await holders(), "2")
  await token.transfer("999", BOB)
  equal(await holders(), "1")
  await token.burn("1000", {}, { from: BOB })
  equal(await holders(), "0")
  deepEqual(await token.balances(), {})
})

test("notices are numbered without a gap; answers and refusals are not numbered", async () => {
  const token = await Token.deployed()
  const results = [
    await token.mint([aRow("a"), aRow("b", { recipient: POOL })]),
    await token.transfer("1", BOB),
    await token.transfer("99999", BOB),
    await token.send({ Action: "Info" }),
    await token.burn("100"),
    await token.send({ Action: "Pause", Reason: "drill" }, { from: BRIDGE }),
  ]

  const numbers = results
    .flatMap(({ Messages }) => Messages.map((message) => tagsOf(message)["Notice-Number"]))
    .filter((number) => number !== undefined)

  deepEqual(numbers, ["1", "2", "3", "4", "5", "6", "7", "8"])
})

test("a process spends what it holds, pushed by its unit", async () => {
  const token = await aToken()
  await token.transfer("500", POOL)

  const result = await token.transfer("200", BOB, { from: POOL, owner: UNIT })

  deepEqual(outcomes(result), ["Debit-Notice", "Credit-Notice"])
  equal(await token.balance(POOL), "300")
})
