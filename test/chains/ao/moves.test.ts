// Who sent wrapped tokens to whom: the token's own notices, and casts that a wallet has signed itself.

import { expect, test } from "vitest"
import type { SlotItem } from "../../../chains/ao/codec.ts"
import { movesIn } from "../../../chains/ao/moves.ts"
import { anId } from "../../builders.ts"

const [alice, bob, id] = [anId("alice"), anId("bob"), anId("message")]
const transfer = { Action: "Transfer", Recipient: bob, Quantity: "7" }
const credit = outgoing(bob, { Action: "Credit-Notice", Sender: alice, Quantity: "7" })
const debit = outgoing(alice, { Action: "Debit-Notice", Recipient: bob, Quantity: "7" })
const moved = [{ transaction: id, sender: alice, recipient: bob, amount: 7n }]

test("a transfer is what the token's notices say", () => {
  expect(movesIn(slot(transfer, [debit, credit]))).toEqual(moved)
})

test("a process is the sender that the token names, whoever has pushed its message", () => {
  const pushed = slot({ ...transfer, "From-Process": alice }, [debit, credit], anId("unit"))

  expect(movesIn(pushed)).toEqual(moved)
})

test("a mint moves nothing, and an Ethereum account has one spelling", () => {
  const minted = outgoing(bob, { ...tagsOf(credit), "Deposit-Id": "arweave:x:0" })
  const lower = "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed"
  const toEvm = outgoing(lower, tagsOf(credit))

  expect(movesIn(slot({ Action: "Mint" }, [minted]))).toEqual([])
  expect(movesIn(slot(transfer, [toEvm]))[0]?.recipient).toBe(
    "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
  )
})

test("a cast is seen when its wallet signed it and the token refused nothing", () => {
  const refusal = outgoing(alice, { Action: "Transfer-Error", Error: "insufficient-balance" })
  const cast = { ...transfer, Cast: "1" }

  expect(movesIn(slot(cast, []))).toEqual(moved)
  expect(movesIn(slot(cast, [refusal]))).toEqual([])
  expect(movesIn({ ...slot(cast, []), result: { messages: [], error: "failed" } })).toEqual([])
  // Whoever pushes for a process could name any sender.
  expect(movesIn(slot({ ...cast, "From-Process": bob }, []))).toEqual([])
})

test("what is no transfer of a known amount between accounts is none", () => {
  const odd = [{ Quantity: "0" }, { Quantity: "-7" }, { Sender: "nobody" }]

  for (const tags of odd)
    expect(movesIn(slot(transfer, [outgoing(bob, { ...tagsOf(credit), ...tags })]))).toEqual([])
  expect(movesIn(slot({ Action: "Balance" }, []))).toEqual([])
})

function slot(
  tags: Record<string, string>,
  messages: SlotItem["result"]["messages"],
  owner = alice,
): SlotItem {
  const message = { id, owner, target: anId("token"), tags: listOf(tags), data: "" }
  return { message, result: { messages, error: null } }
}

function outgoing(target: string, tags: Record<string, string>) {
  return { target, tags: listOf(tags), data: "" }
}

function listOf(tags: Record<string, string>) {
  return Object.entries(tags).map(([name, value]) => ({ name, value }))
}

function tagsOf({ tags }: ReturnType<typeof outgoing>): Record<string, string> {
  return Object.fromEntries(tags.map(({ name, value }) => [name, value]))
}
