// The HTTP API over real PostgreSQL: our words, AOX's words, pages that hold still, and typed refusals.

import { beforeAll, describe, expect, test } from "vitest"
import type { Unattributed } from "../../../chains/chain.ts"
import { pause, resume } from "../../../services/store/controls.ts"
import { aBurn, anId, aSighting } from "../../builders.ts"
import { aServedBridge, aTransferIn, deployment } from "./world.ts"

const plain: Unattributed = {
  ...{ chain: "ethereum", asset: "USDC", transaction: `0x${"12".repeat(32)}`, index: 4 },
  ...{ height: 9, sender: `0x${"34".repeat(20)}`, amount: 2n ** 60n },
}
let bridge: Awaited<ReturnType<typeof aServedBridge>>
let sql: (typeof bridge)["sql"]
let get: (typeof bridge)["get"]

beforeAll(async () => {
  const connections = { ethereum: { unattributed: async () => [plain] }, arweave: {} }
  bridge = await aServedBridge({ connections })
  sql = bridge.sql
  get = bridge.get
})

describe("a transfer", () => {
  test("is told with what it waits for, by which rule and since when", async () => {
    const id = await aTransferIn(sql, "seen")
    const { body } = await get(`/transfers/${id}`)
    expect(body).toMatchObject({
      ...{ id, state: "seen", source: "arweave", target: "ao", refund: false, version: 1 },
      confirmations: { have: 5, need: 10 },
      waiting: { for: "5 more blocks on arweave", rule: "final at 10 confirmations" },
    })
    expect(body.waiting).toMatchObject({ since: expect.stringMatching(/^\d{4}-.*Z$/) })
    expect(body.history).toMatchObject([{ event: "Seen" }])
  })

  test("that is held names the reason, and one that waits for a pause the pause", async () => {
    const held = await aTransferIn(sql, "held")
    expect((await get(`/transfers/${held}`)).body.waiting).toMatchObject({
      for: "a decision by two operators",
    })
    const ready = await aTransferIn(sql, "ready")
    await pause(sql, { chain: "ao", direction: "out", reason: "maintenance", by: "ann" })
    expect((await get(`/transfers/${ready}`)).body.waiting).toMatchObject({ rule: "maintenance" })
    expect((await get("/health")).status).toBe(503)
    await resume(sql, { chain: "ao", direction: "out", by: "ann" })
    expect((await get("/health")).status).toBe(200)
  })

  test.each([
    ["/transfers/nonsense", 400, "bad-id"],
    [`/transfers/arweave:${anId("nobody")}:0`, 404, "not-found"],
    [`/transfers/arweave:${anId("nobody")}:0/payout`, 404, "not-found"],
    [`/transfers/arweave:${anId("nobody")}:0/approval`, 404, "not-found"],
    [`/tx/${anId("nobody")}`, 404, "not-found"],
    ["/txs", 400, "bad-request"],
    ["/transfers?count=0", 400, "bad-request"],
    ["/transfers?count=1e2", 400, "bad-request"],
    ["/transfers?cursor=x", 400, "bad-request"],
    ["/elsewhere", 404, "not-found"],
  ])("%s is refused with a code", async (path, status, code) => {
    const answer = await get(path)
    expect(answer.status).toBe(status)
    expect(answer.body.error.code).toBe(code)
  })
})

describe("AOX's clients", () => {
  test.each([
    ["seen", "waiting", "burning"],
    ["confirmed", "confirmed", "confirmed"],
    ["ready", "confirmed", "confirmed"],
    ["signing", "wrapping", "executing"],
    ["sent", "wrapping", "executing"],
    ["paid", "success", "success"],
    ["dropped", "notOnChain", "notOnChain"],
    ["held", "failed", "failed"],
  ] as const)("hear of %s as %s for a deposit and %s for a burn", async (state, mint, burn) => {
    const deposit = await aTransferIn(sql, state)
    const burned = await aTransferIn(sql, state, aBurn())
    const told = async (id: string) => (await get(`/tx/${id.split(":")[1]}`)).body
    expect(await told(deposit)).toMatchObject({ txType: "mint", status: mint, symbol: "AR" })
    expect(await told(burned)).toMatchObject({ txType: "burn", status: burn, symbol: "wAR" })
  })

  test("find every field of theirs in a record and in /info", async () => {
    const id = await aTransferIn(sql, "paid")
    const { body } = await get(`/tx/${id.split(":")[1]}`)
    const fields = [
      ...["rawId", "txType", "chainType", "txId", "sender", "recipient", "quantity", "symbol"],
      ...["decimals", "blockHeight", "fromTokenId", "toTokenId", "fee", "feeRecipient"],
      ...["confirmNum", "confirmRange", "status", "targetChainTxHash", "errMsg"],
    ]
    expect(Object.keys(body).sort()).toEqual(fields.sort())
    const info = (await get("/info")).body
    expect(info).toMatchObject({
      arLocker: deployment.vault,
      chainTokens: [{ chainType: "arweave", symbol: "AR", stableRange: 10 }],
      wrappedTokens: [{ wrappedTokenId: anId("token"), ticker: "wAR", denomination: 12 }],
      closeServer: { closeArweaveMint: false, closeArweaveBurn: false },
    })
  })
})

// Case 151
test("pages hold still while new transfers arrive: none is missed, none comes twice", async () => {
  const sender = anId("pager")
  const ids: string[] = []
  for (let n = 0; n < 7; n++) ids.push(await aTransferIn(sql, "seen", aSighting({ sender })))
  const seen: string[] = []
  let cursor = ""
  for (let page = 0; page < 4; page++) {
    const { body } = await get(`/transfers?address=${sender}&count=3${cursor}`)
    seen.push(...body.transfers.map((one) => one.id))
    if (body.next === null) break
    cursor = `&cursor=${body.next}`
    await aTransferIn(sql, "seen", aSighting({ sender }))
  }
  expect(seen).toEqual(ids.reverse())
})

test("a page is of what was asked: an address, a state, a transaction", async () => {
  const sender = anId("asker")
  const seen = await aTransferIn(sql, "seen", aSighting({ sender }))
  const paid = await aTransferIn(sql, "paid", aSighting({ sender }))
  const idsOf = async (query: string) =>
    (await get(`/transfers?${query}`)).body.transfers.map(({ id }) => id)

  expect(await idsOf(`address=${sender}`)).toEqual([paid, seen])
  expect(await idsOf(`address=${sender}&state=seen`)).toEqual([seen])
  expect((await idsOf("state=paid&count=1"))[0]).toBe(paid)
  expect(await idsOf(`tx=${seen.split(":")[1]}`)).toEqual([seen])
  expect(await idsOf(`tx=${seen.split(":")[1]}&state=paid&cursor=1`)).toEqual([])
})

test.each([
  `/transfers?tx=${anId("nobody's")}`,
  `/transfers/arweave:${anId("nobody's")}:0`,
  `/transfers/arweave:${anId("nobody's")}:0/timeline`,
  `/tx/${anId("nobody's")}`,
])("%s: whoever asks for what nobody has seen is told up to where we have read", async (path) => {
  const { status, body } = await get(path)
  expect(status).toBe(404)
  expect(body.error.detail.seenUpTo).toEqual({ arweave: 104, ao: 104 })
})

// Case 69
test("what came to a vault without a deposit is told, in base units as text", async () => {
  const { status, body } = await get("/unattributed")
  expect(status).toBe(200)
  expect(body.transfers).toEqual([{ ...plain, amount: String(2n ** 60n), transfer: null }])
})

test("the books are told, and balance", async () => {
  const { body } = await get("/ledger")
  expect(body.AR).toMatchObject({ balanced: true })
})
