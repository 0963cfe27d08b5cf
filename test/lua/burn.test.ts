// Burns: everything is checked before anything is destroyed, and what was destroyed stays on record.

import { deepEqual, equal } from "node:assert/strict"
import { test } from "vitest"
import {
  ALICE,
  aConfig,
  aRow,
  aSource,
  BRIDGE,
  depositId,
  idOf,
  noticesTo,
  outcomes,
  POOL,
  type Row,
  Token,
  tagsOf,
  UNIT,
} from "./token.ts"

const burned = ["Burn-Notice", "Burn-Notice"]

async function aToken(config = aConfig(), ...rows: Row[]): Promise<Token> {
  const token = await Token.deployed(config)
  await token.mint([aRow("a", { quantity: "10000" }), ...rows])
  return token
}

test("a burn destroys the whole quantity and tells its sender and the bridge all a watcher needs", async () => {
  const token = await aToken()
  const id = token.nextId()

  const result = await token.burn("400", { Timestamp: "1", Reference: "9" }, { id })

  const expected = {
    ...{ "Burn-Number": "1", "Burn-Id": `ao:${id}:1`, "Message-Id": id, Sender: ALICE },
    ...{ Recipient: idOf("home"), "Target-Chain": "arweave", Quantity: "400", Fee: "30" },
  }
  for (const target of [ALICE, BRIDGE]) {
    const notice = tagsOf(noticesTo(result, target)[0])
    deepEqual({ ...notice, ...expected }, notice)
  }
  equal(tagsOf(noticesTo(result, ALICE)[0])["X-Reference"], "9")
  equal(await token.balance(), "9600")
  const { chains } = await token.limits()
  deepEqual([(await token.info()).TotalSupply, chains.arweave.locked], ["9600", "9600"])
})

test("burns are numbered from 1 without a gap, and refused ones take no number", async () => {
  const token = await aToken()
  for (const quantity of ["50", "49", "51", "99999", "52"]) await token.burn(quantity)

  const burns = await token.burns()

  deepEqual(
    burns.map(({ number, quantity }: { number: number; quantity: string }) => [number, quantity]),
    [
      [1, "50"],
      [2, "51"],
      [3, "52"],
    ],
  )
})

test("a burn's record has everything, by number and by range", async () => {
  // A notice may be lost: what is owed must be readable without it.
  const token = await aToken()
  const id = token.nextId()
  await token.burn("400", {}, { id })
  for (let n = 0; n < 4; n++) await token.burn("50")

  const record = await token.ask({ Action: "Burn-Record", "Burn-Number": "1" })
  const range = await token.ask({ Action: "Burns", First: "2", Limit: "3" })
  const beyond = await token.ask({ Action: "Burns", First: "6" })

  deepEqual(JSON.parse(record.Data!), {
    ...{ number: 1, id: `ao:${id}:1`, messageId: id, sender: ALICE, recipient: idOf("home") },
    ...{ targetChain: "arweave", quantity: "400", fee: "30", slot: 3, timestamp: token.nowMs },
    refunded: false,
  })
  deepEqual(
    JSON.parse(range.Data!).map((burn: { number: number }) => burn.number),
    [2, 3, 4],
  )
  deepEqual([tagsOf(range).Count, tagsOf(range).BurnCount, beyond.Data], ["3", "5", "[]"])
})

test("a range or number that is none is refused", async () => {
  const token = await aToken()

  for (const tags of [
    { First: "0" },
    { First: "-1" },
    { First: "1e1" },
    { Limit: "101" },
    { Limit: "0" },
  ]) {
    deepEqual(outcomes(await token.send({ Action: "Burns", ...tags })), ["bad-range"])
  }
  for (const number of ["0", "1", "x", "9".repeat(12)]) {
    const tags = { Action: "Burn-Record", "Burn-Number": number }
    deepEqual(outcomes(await token.send(tags)), ["unknown-burn"])
  }
})

test("a recipient that the target chain could not pay is refused before anything is burned", async () => {
  // Cases 20, 21, 22.
  const sources = [aSource("arweave"), aSource("ethereum")]
  const token = await aToken(aConfig({ sources }), ethereumRow("b", "5000"))
  const before = await token.state()
  const evm = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"
  const refused: [code: string, tags: Record<string, string>][] = [
    ["bad-recipient", { Recipient: "" }],
    ["bad-recipient", { Recipient: "A".repeat(43) }],
    ["bad-recipient", { Recipient: idOf("home").slice(1) }],
    ["bad-recipient", { Recipient: `${idOf("home")}=` }],
    ["bad-recipient", { Recipient: `${"a".repeat(42)}B` }],
    ["bad-recipient", { Recipient: ` ${idOf("home").slice(1)}` }],
    ["bad-recipient", { Recipient: evm }],
    ["bad-recipient", { Recipient: aSource("arweave").vault }],
    ["bad-recipient", { Recipient: idOf("home"), "Target-Chain": "ethereum" }],
    ["bad-recipient", { Recipient: evm.replace("eAed", "eaed"), "Target-Chain": "ethereum" }],
    ["bad-recipient", { Recipient: `0x${"0".repeat(40)}`, "Target-Chain": "ethereum" }],
    [
      "bad-recipient",
      { Recipient: aSource("ethereum").vault.toLowerCase(), "Target-Chain": "ethereum" },
    ],
    ["unknown-chain", { "Target-Chain": "bitcoin" }],
    ["unknown-chain", { "Target-Chain": "Arweave" }],
    ["unknown-chain", { "Target-Chain": "ao" }],
  ]

  for (const [code, tags] of refused) {
    deepEqual(outcomes(await token.burn("100", tags)), [code], JSON.stringify(tags))
  }
  const nobody = await token.send({ Action: "Burn", Quantity: "100" })

  deepEqual(outcomes(nobody), ["no-recipient"])
  deepEqual(await token.state(), before)
  const paid = await token.burn("100", { Recipient: evm.toLowerCase(), "Target-Chain": "ethereum" })
  equal(tagsOf(paid.Messages[0]).Recipient, evm)
})

test("the minimum is accepted and one unit less is not", async () => {
  // Case 2.
  const token = await aToken()

  deepEqual(outcomes(await token.burn("49")), ["below-minimum"])
  deepEqual(outcomes(await token.burn("50")), burned)
})

test("a burn above the cap of a row is refused: it could not be given back", async () => {
  const limits = { row: 10_000n, message: 20_000n, window: 90_000n, windowMs: 1000 }
  const token = await aToken(aConfig({ limits }), aRow("b", { quantity: "10000" }))

  deepEqual(outcomes(await token.burn("10001")), ["over-row-cap"])
  deepEqual(outcomes(await token.burn("10000")), burned)
})

test("a burn takes no more from a chain than is locked there", async () => {
  // Case 27, R-25.
  const sources = [aSource("arweave"), aSource("bsc")]
  const token = await aToken(aConfig({ sources }), bscRow("b", "300"))
  const evm = { Recipient: "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", "Target-Chain": "bsc" }

  deepEqual(outcomes(await token.burn("301", evm)), ["insufficient-lock"])
  deepEqual(outcomes(await token.burn("300", evm)), burned)
  deepEqual(outcomes(await token.burn("50", evm)), ["insufficient-lock"])

  const { chains } = await token.limits()
  deepEqual([chains.arweave.locked, chains.bsc.locked], ["10000", "0"])
})

test("a burner who names the most he pays is never charged more", async () => {
  // Cases 6, 12.
  const token = await aToken()
  deepEqual(outcomes(await token.burn("100", { "Max-Fee": "29" })), ["fee-too-high"])
  deepEqual(outcomes(await token.burn("100", { "Max-Fee": "lots" })), ["bad-fee"])
  deepEqual(outcomes(await token.burn("100", { "Max-Fee": "30" })), burned)
})

test("a burn keeps the fee of its moment", async () => {
  // Case 12.
  const token = await aToken()
  await token.burn("100")
  const fees = { Action: "Set-Fees", "Burn-Fee": "60", "Min-Burn": "70", "Mint-Fee": "0" }
  await token.send(fees, { from: BRIDGE })
  await token.burn("100")

  deepEqual(
    (await token.burns()).map(({ fee }: { fee: string }) => fee),
    ["30", "60"],
  )
})

test("one burn scheduled many times burns once", async () => {
  // Cases 90, 106.
  const token = await aToken()
  const id = token.nextId()

  for (let n = 0; n < 100; n++) await token.burn("100", {}, { id })

  equal(await token.balance(), "9900")
  equal((await token.burns()).length, 1)
})

test("a process burns what it holds, and the unit's key is not its address", async () => {
  const token = await aToken()
  await token.transfer("500", POOL)

  const result = await token.burn("200", {}, { from: POOL, owner: UNIT })

  deepEqual(outcomes(result), burned)
  equal(tagsOf(result.Messages[0]).Sender, POOL)
  equal(await token.balance(POOL), "300")
})

function ethereumRow(name: string, quantity: string): Row {
  return evmRow("ethereum", name, quantity)
}

function bscRow(name: string, quantity: string): Row {
  return evmRow("bsc", name, quantity)
}

function evmRow(chain: string, name: string, quantity: string): Row {
  const hash = Buffer.from(depositId(name)).toString("hex").padEnd(64, "0").slice(0, 64)
  return { id: `${chain}:0x${hash}:3`, recipient: ALICE, quantity }
}
