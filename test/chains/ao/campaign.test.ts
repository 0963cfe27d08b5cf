// The orders of the bridge as a campaign's token itself reads them, and what it answers.

import { expect, test } from "vitest"
import { type Order, orderItem, orderOutcome, sealOrder } from "../../../chains/ao/campaign.ts"
import { decode } from "../../../chains/ao/item.ts"
import type { Deployment } from "../../../chains/chain.ts"
import { aCampaign, NOW, Taox, three } from "../../lua/taox-token.ts"
import { BOB, BRIDGE, idOf, POOL } from "../../lua/token.ts"

const deployment: Deployment & { tokens: { AR: string } } = {
  ...{ network: "devnet", owner: Buffer.alloc(512, 7).toString("base64url"), vault: BRIDGE },
  tokens: { AR: idOf("wrapped") },
}
const process = idOf("campaign")

const epoch = three()
const facts = {
  ...{ epoch: 1, root: epoch.root, total: epoch.total, artifact: "b".repeat(64) },
  ...{ opensAtMs: NOW, closesAtMs: NOW + 1_000 },
}
const rows = epoch.claims.filter(({ account }) => account === BOB || account === POOL)
const root: Order = { kind: "root", facts }
const credit: Order = { kind: "credit", epoch: 1, rows }

async function told(taox: Taox, order: Order) {
  const sealed = sealOrder(orderItem(order, process, deployment), new Uint8Array(512).fill(1))
  const item = decode(sealed.raw)!
  const tags = item.tags.map(({ name, value }): [string, string] => [name, value])
  const id = taox.token.nextId()
  const data = Buffer.from(item.data).toString()
  const { Messages, Error: error } = await taox.token.send(tags, { from: BRIDGE, data, id })
  const messages = Messages.map(({ Target, Tags, Data = "" }) => {
    return { target: Target, tags: Tags, data: Data }
  })
  return orderOutcome(order.kind, id, { messages, error: error ?? null })
}

test("the token does what a root and a credit say, and a refusal is told by its code", async () => {
  const taox = await Taox.deployed(aCampaign())

  expect(await told(taox, credit)).toBe("unknown-epoch")
  expect(await told(taox, root)).toBe("done")
  expect(await told(taox, root)).toBe("epoch-closed")
  expect(await told(taox, credit)).toBe("done")
  expect(await told(taox, credit)).toBe("already-credited")
  expect(await taox.token.balances()).toEqual({ [BOB]: "500", [POOL]: "7" })
})

test("an order has one item, another order another, and none is for a wrapped token", () => {
  const anchorOf = (order: Order, to = process) => `${orderItem(order, to, deployment).anchor}`
  const other: Order = { kind: "root", facts: { ...facts, total: facts.total + 1n } }

  expect(anchorOf(root)).toBe(anchorOf(root))
  const all = [root, credit, other].map((order) => anchorOf(order))
  expect(new Set([...all, anchorOf(root, idOf("another"))]).size).toBe(4)
  expect(() => orderItem(root, deployment.tokens.AR, deployment)).toThrow("none of the wrapped")
})

test("silence, a failure and another message's answer are no success", () => {
  const outcome = (messages: [string, string][], error: string | null = null) =>
    orderOutcome("root", "m", {
      messages: messages.map(([Action, id]) => ({
        ...{ target: BRIDGE, data: "" },
        tags: [
          { name: "Action", value: Action },
          { name: "Message-Id", value: id },
        ],
      })),
      error,
    })

  expect(outcome([])).toBe("no-answer")
  expect(outcome([["Root-Notice", "other"]])).toBe("no-answer")
  expect(outcome([["Credited-Notice", "m"]])).toBe("no-answer")
  expect(outcome([["Root-Notice", "m"]], "boom")).toBe("evaluation-failed")
  expect(outcome([["Root-Notice", "m"]])).toBe("done")
})
