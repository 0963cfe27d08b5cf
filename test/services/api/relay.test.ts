// What is passed on to the chains for a page: payments to the vault, burns of our tokens, claims of points, and nothing else.

import { ArweaveSigner, createData } from "@dha-team/arbundles"
import Arweave from "arweave"
import { afterAll, beforeAll, expect, test } from "vitest"
import { signedByEthereumKey } from "../../../sdk/ethereum-item.ts"
import { relay } from "../../../services/api/relay.ts"
import { serveApi } from "../../../services/api/server.ts"
import { logFor } from "../../../services/log.ts"
import { anId, aPolicy } from "../../builders.ts"
import { deployment } from "../../chains/bitcoin/world.ts"
import { testDatabase } from "../../database.ts"
import { TEST_WALLETS } from "../../fixtures/wallets.ts"

const bridge = { ...deployment, tokens: { AR: anId("wAR") } }
const campaign = { id: "taox", process: anId("points") }
const [ann, eve] = [anId("ann"), anId("eve")]
const standingOf = async (_: string, account: string) =>
  account === eve ? "block" : account === ann ? "allow" : "hold"
let served: Awaited<ReturnType<typeof serveApi>>

beforeAll(async () => {
  const { sql } = await testDatabase()
  const parts = { sql, deployment: bridge, policy: aPolicy(), operators: [] }
  // Nobody listens there: whatever is passed on fails, and whatever is refused is refused before.
  const dead = ["http://127.0.0.1:9"]
  const endpoints = {
    arweave: { urls: { node: dead } },
    ao: { urls: { mu: dead, su: dead, cu: dead } },
  }
  served = await serveApi(
    { ...parts, connections: {}, screening: null },
    "127.0.0.1:0",
    logFor("api", "silent"),
    (server) => relay(server, { deployment: bridge, campaign, endpoints, standingOf }),
  )
})
afterAll(() => served.close())

async function post(path: string, body: unknown): Promise<string> {
  const response = await fetch(`${served.url}${path}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  })
  const { error } = (await response.json()) as { error?: { code: string } }
  return error?.code ?? "taken"
}

async function payment(target: string) {
  const client = Arweave.init({})
  const transaction = client.transactions.fromRaw({
    ...{ format: 2, last_tx: anId("anchor"), target, quantity: "5", reward: "1" },
  })
  await client.transactions.sign(transaction, TEST_WALLETS.alice as never)
  return transaction.toJSON()
}

async function item(target: string, action: string, spoil = false, data = "") {
  const signer = new ArweaveSigner(TEST_WALLETS.alice as never)
  const made = createData(data, signer, { target, tags: [{ name: "Action", value: action }] })
  await made.sign(signer)
  const raw = Uint8Array.from(made.getRaw())
  if (spoil) raw[100]! ^= 1
  return { item: Buffer.from(raw).toString("base64url") }
}

test("a payment is passed on when it pays the vault", async () => {
  const path = "/relay/arweave/transactions"

  expect(await post(path, await payment(bridge.vault))).toBe("rpc-unavailable")
  expect(await post(path, await payment(anId("somebody")))).toBe("bad-request")
  expect(await post(path, { ...(await payment(bridge.vault)), data_size: "9" })).toBe("bad-request")
  expect(await post(path, {})).toBe("bad-request")
})

test("a message is passed on when it is a burn of that token, signed by its owner", async () => {
  const path = "/relay/ao/AR/burns"

  expect(await post(path, await item(bridge.tokens.AR, "Burn"))).toBe("rpc-unavailable")
  expect(await post(path, await item(bridge.tokens.AR, "Transfer"))).toBe("bad-request")
  expect(await post(path, await item(anId("another process"), "Burn"))).toBe("bad-request")
  expect(await post(path, await item(bridge.tokens.AR, "Burn", true))).toBe("bad-request")
  expect(await post(path, { item: "AAAA" })).toBe("bad-request")
  expect(await post("/relay/ao/ETH/burns", await item(bridge.tokens.AR, "Burn"))).toBe(
    "not-supported",
  )
})

test("a claim is passed on to the campaign's own token, whoever has signed it, by either kind of key", async () => {
  const path = "/relay/points/taox/claims"
  const claimOf = (account: string) => JSON.stringify({ epoch: "1", account })
  const saying = {
    ...{ process: campaign.process, tags: [{ name: "Action", value: "Claim" }] },
    data: claimOf(ann),
  }
  const raw = signedByEthereumKey(`0x${"11".repeat(32)}`, saying)
  const byEthereum = { item: Buffer.from(raw).toString("base64url") }

  const claim = (account: string) => item(campaign.process, "Claim", false, claimOf(account))
  expect(await post(path, await claim(ann))).toBe("rpc-unavailable")
  expect(await post(path, await item(campaign.process, "Claim"))).toBe("bad-request")
  // Whoever may not have rewards now is helped to none, whoever signs.
  expect(await post(path, await claim(eve))).toBe("screening-block")
  expect(await post(path, await claim(anId("nobody")))).toBe("screening-hold")
  expect(await post(path, byEthereum)).toBe("rpc-unavailable")
  expect(await post(path, await item(campaign.process, "Root"))).toBe("bad-request")
  expect(await post(path, await item(bridge.tokens.AR, "Claim"))).toBe("bad-request")
  expect(await post("/relay/ao/AR/burns", await item(campaign.process, "Claim"))).toBe(
    "bad-request",
  )
  expect(await post("/relay/points/other/claims", byEthereum)).toBe("not-supported")
})

test("a balance is asked for an address, and for nothing that only looks like one", async () => {
  const ask = async (path: string) =>
    ((await (await fetch(`${served.url}${path}`)).json()) as { error: { code: string } }).error.code

  expect(await ask(`/relay/arweave/balances/${anId("alice")}`)).toBe("rpc-unavailable")
  expect(await ask("/relay/arweave/balances/..%2Finfo")).toBe("bad-address")
  expect(await ask(`/relay/ao/AR/balances/${"x".repeat(43)}%3F`)).toBe("bad-address")
})
