// Mints: by the bridge's own signature, each deposit once, all rows or none, never above what was deposited.

import { deepEqual, equal } from "node:assert/strict"
import { test } from "vitest"
import type { EvmSide } from "../../chains/evm/codec.ts"
import { depositIndex } from "../../chains/evm/former.ts"
import type { AoResult } from "../../devnet/evaluator.ts"
import {
  ALICE,
  aConfig,
  aRow,
  aSource,
  BOB,
  BRIDGE,
  DEPLOYER,
  depositId,
  GUARDIAN,
  idOf,
  mintData,
  noticesTo,
  outcomes,
  POOL,
  type Row,
  Token,
  tagsOf,
  UNIT,
} from "./token.ts"

const minted = (rows: number) => [...Array(rows).fill("Credit-Notice"), "Mint-Notice"]

async function refuses(
  token: Token,
  code: string,
  act: () => Promise<AoResult>,
): Promise<AoResult> {
  const before = await token.state()
  const result = await act()
  deepEqual(outcomes(result), [code])
  deepEqual(await token.state(), before)
  return result
}

test("a mint credits every row and tells each recipient and the bridge", async () => {
  const token = await Token.deployed()
  const x = { "X-Action": "Swap", "X-Note": 'a "quoted" \\ line, é' }
  const rows = [aRow("a"), aRow("b", { recipient: POOL, quantity: "250", fee: "5", x })]

  const result = await token.mint(rows)

  const credit = tagsOf(noticesTo(result, POOL)[0])
  const notice = tagsOf(noticesTo(result, BRIDGE)[0])
  deepEqual(outcomes(result), minted(2))
  // A process that is paid can act on arrival.
  deepEqual({ ...credit, ...x }, credit)
  deepEqual([credit.Action, credit.Sender, credit.Quantity], ["Credit-Notice", BRIDGE, "250"])
  deepEqual([credit["Deposit-Id"], credit.Fee], [depositId("b"), "5"])
  deepEqual([notice.Count, notice.Quantity, notice.TotalSupply], ["2", "1250", "1250"])
  deepEqual(await token.balances(), { [ALICE]: "1000", [POOL]: "250" })
})

test("nobody but the bridge mints, however the sender is written", async () => {
  // Cases 96, 106; R-22.
  const token = await Token.deployed()
  const senders = [
    ...[{ from: ALICE }, { from: DEPLOYER }, { from: GUARDIAN }, { from: UNIT }],
    // A stolen key of the units writes any sender; a tag of a stranger names a unit as sender.
    ...[
      { from: BRIDGE, owner: UNIT },
      { from: POOL, owner: UNIT },
    ],
    ...[{ from: BRIDGE.toLowerCase(), owner: BRIDGE.toLowerCase() }, { from: `${BRIDGE} ` }],
  ]

  for (const sender of senders) {
    await refuses(token, "not-the-bridge", () => token.mint([aRow("a")], sender))
  }
  for (const owner of [ALICE, idOf("other unit")]) {
    // aos itself answers these.
    const forged = await token.mint([aRow("a")], { from: BRIDGE, owner })
    deepEqual(
      forged.Messages.map(({ Data }) => Data),
      ["Message is not trusted by this process!"],
    )
  }
  // The bridge's signature under another sender is not the bridge either: aos drops it.
  await token.mint([aRow("a")], { from: ALICE, owner: BRIDGE })
  deepEqual(await token.balances(), {})
})

test("a stranger who claims to come from a unit acts as nobody", async () => {
  const token = await Token.deployed()
  await token.mint([aRow("a", { recipient: UNIT })])

  const result = await token.transfer("1000", BOB, { from: UNIT, owner: ALICE })

  deepEqual(result.Messages, [])
  equal(await token.balance(UNIT), "1000")
})

test("a deposit is minted once, and the message that repeats one mints none of its rows", async () => {
  // Case 90, R-23.
  const token = await Token.deployed()
  await token.mint([aRow("a"), aRow("b")])

  const result = await refuses(token, "already-minted", () =>
    token.mint([aRow("c"), aRow("b", { quantity: "1" }), aRow("a", { recipient: BOB })]),
  )

  equal(result.Messages[0]?.Data, `already minted: ${depositId("b")}, ${depositId("a")}`)
  equal(tagsOf(result.Messages[0]).Count, "2")
  deepEqual(outcomes(await token.mint([aRow("c")])), minted(1))
})

test("one mint scheduled 1,000 times pays once", async () => {
  // Cases 90, 106; R-23.
  const token = await Token.deployed()
  const id = token.nextId()

  await token.mint([aRow("a")], { id })
  for (let n = 1; n < 1000; n++) {
    // Half of them are the same item again, half the same rows signed anew.
    const result = await token.mint([aRow("a")], n % 2 ? { id } : {})
    deepEqual(outcomes(result), [n % 2 ? "message-replayed" : "already-minted"])
  }

  deepEqual(await token.balances(), { [ALICE]: "1000" })
})

test("a mint that was refused stays refused when it is scheduled again", async () => {
  const token = await Token.deployed()
  const id = token.nextId()
  const mint = () => token.mint([aRow("a")], { id, attested: { arweave: "999" } })
  deepEqual(outcomes(await mint()), ["over-attested"])
  await token.mint([aRow("b", { quantity: "1" })], { attested: { arweave: "5000" } })

  const again = await mint()

  deepEqual(outcomes(again), ["message-replayed"])
  equal(tagsOf(again.Messages[0])["First-Slot"], "2")
  deepEqual(outcomes(await token.mint([aRow("a")])), minted(1))
})

test("one bad row and nothing of the message is minted", async () => {
  const token = await Token.deployed()
  const bad: [code: string, row: Partial<Row>][] = [
    ["bad-recipient", { recipient: "" }],
    ["bad-recipient", { recipient: "A".repeat(43) }],
    ["bad-recipient", { recipient: "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1Beaed" }],
    ["bad-quantity", { quantity: "0" }],
    ["over-row-cap", { quantity: "1000001" }],
    ["duplicate-id", { id: depositId("good") }],
    ["unknown-chain", { id: `ethereum:0x${"a".repeat(64)}:0` }],
    ["unknown-burn", { id: `ao:${idOf("burn")}:1` }],
    ["bad-x-tags", { x: { "X-Reference": "1" } }],
    ["bad-x-tags", { x: { "x-reference": "1" } }],
    ["bad-x-tags", { x: { Action: "Burn" } }],
    ["bad-x-tags", { x: { "X-A": "1", "X-a": "2" } }],
    ["bad-x-tags", { x: { "X-A": "a\nb" } }],
    ["bad-x-tags", { x: { "X-A": "" } }],
    ["bad-x-tags", { x: { "X-A": "x".repeat(2048) } }],
  ]

  for (const [code, fields] of bad) {
    const rows = [aRow("good"), aRow("bad", fields)]
    const result = await refuses(token, code, () => token.mint(rows))
    equal(tagsOf(result.Messages[0]).Row, "2", code)
  }
})

test("an id has one spelling: chain, transaction, index", async () => {
  //
  const token = await Token.deployed()
  const ids = [
    ...[
      "",
      "arweave",
      `arweave:${idOf("a")}`,
      `arweave::0`,
      `${idOf("a")}:0`,
      `arweave:${idOf("a")}:`,
    ],
    ...[`Arweave:${idOf("a")}:0`, `arweave:${idOf("a")}:00`, `arweave:${idOf("a")}:-1`],
    ...[`arweave:${idOf("a")}:1`, `arweave:${idOf("a")} :0`, `arweave:${"A".repeat(43)}:0`],
    ...[
      `arweave:${idOf("a").slice(1)}:0`,
      `arweave:${"a".repeat(42)}B:0`,
      `arweave:${idOf("a")}:0:0`,
    ],
    ...[
      `ethereum:0x${"A".repeat(64)}:0`,
      `ethereum:0x${"0".repeat(64)}:0`,
      `ethereum:${"a".repeat(64)}:0`,
    ],
    ...[
      `ao:${idOf("a")}:${"9".repeat(20)}`,
      `solana:${idOf("a")}:0`,
      `arweave:${"a".repeat(200)}:0`,
    ],
  ]

  for (const id of ids)
    await refuses(token, "bad-deposit-id", () => token.mint([aRow("a", { id })]))
})

test("a deposit in a vault that took over others is minted: its place is above 2^40, and below 2^53", async () => {
  const token = await Token.deployed(aConfig({ sources: [aSource("ethereum")] }))
  const at = (index: number | bigint) => `ethereum:0x${"a".repeat(64)}:${index}`
  const attested = { ethereum: "1000000" }
  const mint = (id: string) => token.mint([aRow("a", { id })], { attested })

  const places = [1, depositIndex(1n, { former: Array(16).fill({}) } as unknown as EvmSide)!]
  for (const index of [...places, Number.MAX_SAFE_INTEGER])
    deepEqual(outcomes(await mint(at(index))), minted(1))
  for (const index of [2n ** 53n, 10n ** 16n])
    await refuses(token, "bad-deposit-id", () => mint(at(index)))
})

test("Data that is not the one text of a mint is refused", async () => {
  const token = await Token.deployed()
  const good = mintData([aRow("a", { fee: "1", x: { "X-A": "1", "X-B": "2" } })])
  const texts = [
    ...[
      "",
      "null",
      "[]",
      "{}",
      '{"rows":[]}',
      good.slice(0, -1),
      `${good} `,
      ` ${good}`,
      good + good,
    ],
    good.replace('"rows"', '"more":1,"rows"'),
    good.replace('"fee"', '"Fee"'),
    good.replace('"fee"', '"note":"x","fee"'),
    good.replace('"fee":"1"', '"fee":null'),
    good.replace('"quantity":"1000"', '"quantity":"1000","quantity":"999999"'),
    good.replace('"quantity":"1000"', '"quantity": "1000"'),
    good.replace('"X-A":"1","X-B":"2"', '"X-B":"2","X-A":"1"'),
    good.replace('"X-A":"1","X-B":"2"', ""),
    good.replace('"X-A":"1"', '"X-\\u0041":"1"'),
    good.replace('"X-A":"1"', '"X-A":1'),
    good.replace('"id"', '"ID"'),
    good.replace('"attested":{', '"attested":{"arweave":"1",'),
    good.replace(/"attested":\{[^}]*\}/, '"attested":[]'),
    good.replace(/"attested":\{[^}]*\},/, ""),
    good.replace('"rows":[', '"rows":[null,'),
    good.replace('"rows":[', '"rows":[[],'),
    good.replace(/"rows":\[.*\]/, '"rows":{"1":{}}'),
    "[".repeat(20_000),
    `{"attested":{},"rows":[${"null,".repeat(60_000)}null]}`,
  ]

  for (const data of texts) {
    const mint = () => token.send({ Action: "Mint" }, { from: BRIDGE, data })
    await refuses(token, "bad-data", mint)
  }
  deepEqual(outcomes(await token.send({ Action: "Mint" }, { from: BRIDGE, data: good })), minted(1))
})

test("Data that aos decoded before the token saw it is refused", async () => {
  const token = await Token.deployed()
  const tags = { Action: "Mint", "Content-Type": "application/json" }

  await refuses(token, "bad-data", () =>
    token.send(tags, { from: BRIDGE, data: mintData([aRow("a")]) }),
  )
})

test("a message has 1 to 100 rows", async () => {
  const token = await Token.deployed()
  const rows = Array.from({ length: 101 }, (_, n) => aRow(`row ${n}`))

  await refuses(token, "bad-row-count", () => token.mint([]))
  await refuses(token, "bad-row-count", () => token.mint(rows))
  deepEqual(outcomes(await token.mint(rows.slice(1))), minted(100))
})

test("Minted tells whether and in which slot a deposit was minted", async () => {
  // Case 89.
  const token = await Token.deployed()
  await token.mint([aRow("a")])
  const ask = async (id: string) => tagsOf(await token.ask({ Action: "Minted", "Deposit-Id": id }))

  const yes = await ask(depositId("a"))
  const no = await ask(depositId("b"))

  deepEqual([yes.Minted, yes["Minted-Slot"]], ["true", "2"])
  deepEqual([no.Minted, no["Minted-Slot"]], ["false", undefined])
  equal((await ask("garbage")).Error, "bad-deposit-id")
})

test("a burn that could not be paid is minted back to its burner, once, and exactly", async () => {
  const token = await Token.deployed()
  await token.mint([aRow("a")], { attested: { arweave: "1000" } })
  const [notice] = (await token.burn("400")).Messages
  await token.burn("100")
  const id = tagsOf(notice)["Burn-Id"]!
  const refund = (fields: Partial<Row> = {}) =>
    token.mint([{ id, recipient: ALICE, quantity: "400", ...fields }])

  await refuses(token, "bad-recipient", () => refund({ recipient: BOB }))
  await refuses(token, "bad-quantity", () => refund({ quantity: "401" }))
  await refuses(token, "bad-quantity", () => refund({ quantity: "370" }))
  await refuses(token, "bad-quantity", () => refund({ quantity: "369", fee: "31" }))
  await refuses(token, "unknown-burn", () => refund({ id: id.replace(/:1$/, ":2") }))
  await refuses(token, "unknown-burn", () => refund({ id: id.replace(/:1$/, ":3") }))
  deepEqual(outcomes(await refund({ quantity: "370", fee: "30" })), minted(1))
  await refuses(token, "already-minted", () => refund())

  const { chains } = await token.limits()
  deepEqual([chains.arweave.credited, chains.arweave.locked], ["1000", "870"])
  deepEqual(
    (await token.burns()).map(({ refunded }: { refunded: boolean }) => refunded),
    [true, false],
  )
  equal((await token.info()).TotalSupply, "870")
})

test("a refund goes back to the lock of the chain that the burn was for", async () => {
  const token = await Token.deployed(aConfig({ sources: [aSource("arweave"), aSource("bsc")] }))
  await token.mint([aRow("a"), aRow("b", { id: `bsc:0x${"b".repeat(64)}:2`, quantity: "500" })])
  const evm = { Recipient: "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", "Target-Chain": "bsc" }
  const id = tagsOf((await token.burn("200", evm)).Messages[0])["Burn-Id"]!

  await token.mint([{ id, recipient: ALICE, quantity: "200" }])

  const { chains } = await token.limits()
  deepEqual([chains.arweave.locked, chains.bsc.locked], ["1000", "500"])
})
