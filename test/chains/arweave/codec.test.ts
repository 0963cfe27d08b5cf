// What transactions on Arweave mean to the bridge, and the bytes of its releases.

import { deepEqual, equal, throws } from "node:assert/strict"
import fc from "fast-check"
import { describe, test } from "vitest"
import { arweaveCodec as codec } from "../../../chains/arweave/codec.ts"
import type { Transaction as Read } from "../../../chains/arweave/transaction.ts"
import { toBase64url } from "../../../chains/bytes.ts"
import type { Sighting } from "../../../core/transfer.ts"
import {
  aBlock,
  aPayout,
  aTransaction,
  deployment,
  groupSignature,
  idNumber,
  officialTransaction,
  tagsOf,
} from "../builders.ts"
import { conforms } from "../conformance.ts"

const anchor = toBase64url(new Uint8Array(48).fill(3))
const terms = { anchor, anchorHeight: "100", reward: "3377063" }
const EVM = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"

describe("the Arweave codec conforms", () => {
  conforms({
    codec,
    addresses: [1, 50].map((number) => [idNumber(number), idNumber(number)]),
    notAddresses: ["", "abc", EVM, `${idNumber(1)}=`, "A".repeat(43)],
    blocks: [aBlock("arweave", [aTransaction(), aTransaction({ id: idNumber(2) })])],
    payouts: [aPayout("arweave")],
    terms: [terms, { ...terms, anchor: toBase64url(new Uint8Array(48).fill(4)) }],
    keepsSlot: false,
  })
})

function facts(...transactions: readonly Read[]) {
  return codec.facts(aBlock("arweave", transactions), deployment)
}

function deposit(tags: Read["tags"], changes: Partial<Read> = {}): Sighting {
  return facts(aTransaction({ tags, ...changes })).sightings[0]!
}

describe("a deposit", () => {
  test("is a payment to the vault by somebody else", () => {
    const transaction = aTransaction()

    deepEqual(facts(transaction).sightings, [
      {
        id: `arweave:${transaction.id}:0`,
        asset: "AR",
        source: "arweave",
        target: "ao",
        amount: 1_000_000_000_000n,
        sender: transaction.sender,
        recipient: transaction.sender,
        refundTo: transaction.sender,
        forward: {},
        fee: null,
        problem: null,
      },
    ])
  })

  test("is not a payment to others, of nothing, or by the vault", () => {
    const nothing = [
      aTransaction({ target: idNumber(3) }),
      aTransaction({ target: "" }),
      aTransaction({ quantity: 0n }),
    ]

    deepEqual(facts(...nothing), { sightings: [], settlements: [], strays: [] })
    deepEqual(facts(aTransaction({ sender: deployment.vault })).sightings, [])
  })

  // Case 13.
  test("without a recipient goes to its sender's account", () => {
    equal(deposit(tagsOf({ "App-Name": "Wallet" })).recipient, idNumber(2))
  })

  test("goes to the account that its Recipient or Forward-Wallet tag names", () => {
    for (const name of ["Recipient", "Forward-Wallet"])
      equal(deposit(tagsOf({ [name]: idNumber(3) })).recipient, idNumber(3))
  })

  // A wallet that writes the name in lower case does not mean its own account.
  test("goes to the account named, in whatever case the tag's name is written", () => {
    equal(deposit(tagsOf({ recipient: idNumber(3) })).recipient, idNumber(3))
  })

  test("to an Ethereum account on AO gets the checksummed spelling", () => {
    equal(deposit(tagsOf({ Recipient: EVM.toLowerCase() })).recipient, EVM)
  })

  // Cases 15 and 20.
  test("to what is no account on AO is recorded with bad-recipient, never minted to garbage", () => {
    const bad = [
      ...["", "garbage", `${idNumber(3)}A`, EVM.replace("5aA", "5AA"), "A".repeat(43)],
      ...[deployment.tokens.AR, deployment.vault],
    ]
    for (const recipient of bad) {
      const { problem, amount, ...sighting } = deposit(tagsOf({ Recipient: recipient }))
      deepEqual([sighting.recipient, problem], [null, "bad-recipient"], recipient)
      equal(amount, 1_000_000_000_000n)
    }
  })

  test("that names two accounts is ambiguous, also when one of them is none", () => {
    const [one, other, garbage] = [idNumber(3), idNumber(4), "garbage"]
    const pairs = [
      [one, other],
      [one, garbage],
      [garbage, "rubbish"],
    ] as const
    for (const [first, second] of pairs) {
      const { recipient, problem } = deposit([
        { name: "Recipient", value: first },
        { name: "Forward-Wallet", value: second },
      ])
      deepEqual([recipient, problem], [null, "ambiguous-recipient"])
    }
  })

  test("that names one account twice, in whatever spelling, is not ambiguous", () => {
    const { recipient, problem } = deposit([
      { name: "Recipient", value: EVM },
      { name: "Recipient", value: EVM.toLowerCase() },
    ])

    deepEqual([recipient, problem], [EVM, null])
  })

  test("is refunded to its Refund-To tag, or to its sender when that cannot be paid", () => {
    equal(deposit(tagsOf({ "Refund-To": idNumber(9) })).refundTo, idNumber(9))
    for (const value of [EVM, "garbage", deployment.vault])
      equal(deposit(tagsOf({ "Refund-To": value })).refundTo, idNumber(2))
    const twice = [1, 2].map((number) => ({ name: "Refund-To", value: idNumber(number) }))
    equal(deposit(twice).refundTo, idNumber(2))
  })

  test("carries its X- tags on, less those that the token would refuse", () => {
    const travels = { "X-Action": "Swap", "X-Pool.id_1": "Zürich 🌉" }
    const stays = {
      ...{ Action: "Swap", "x-lower": "1", "X-": "1", "X-é": "1", "X-Empty": "" },
      ...{ "X-Line": "a\nb", "X-Delete": "\u007f", "X-Reference": "1", "X-Origin": "1" },
    }
    const doubled = [
      { name: "X-Twice", value: "1" },
      { name: "X-TWICE", value: "2" },
      { name: "X-Broken", value: null },
      { name: null, value: "1" },
    ]

    deepEqual(deposit([...tagsOf({ ...stays, ...travels }), ...doubled]).forward, travels)
  })

  test("with more X- tags than a batch has room for carries none", () => {
    const many = Array.from({ length: 33 }, (_, n) => [`X-${n}`, "1"])
    deepEqual(deposit(tagsOf(Object.fromEntries(many))).forward, {})
    deepEqual(deposit(tagsOf({ "X-Long": "x".repeat(1_019) })).forward, {})
    equal(Object.keys(deposit(tagsOf({ "X-Fits": "x".repeat(1_018) })).forward).length, 1)
  })

  // Case 16.
  test("that cannot be understood never blocks those behind it", () => {
    const tag = fc.record({
      name: fc.option(fc.oneof(fc.constantFrom("Recipient", "Refund-To", "X-A"), fc.string())),
      value: fc.option(fc.string({ unit: "grapheme", maxLength: 50 })),
    })
    fc.assert(
      fc.property(fc.array(tag), fc.array(tag), (first, second) => {
        const odd = [first, second].map((tags, n) => aTransaction({ id: idNumber(n + 5), tags }))

        const { sightings } = facts(...odd, aTransaction())

        equal(sightings.length, 3)
        for (const { recipient, problem } of sightings) equal(recipient === null, problem !== null)
      }),
    )
  })
})

describe("a payment from the vault", () => {
  const transfer = `ao:${idNumber(1)}:4`
  const release = (changes: Partial<Read> = {}) =>
    aTransaction({
      sender: deployment.vault,
      target: idNumber(50),
      tags: tagsOf({ "App-Name": "Causeway", Action: "Release", Transfer: transfer }),
      ...changes,
    })

  test("that names its transfer settles it, at the cost of its reward", () => {
    const { settlements, strays } = facts(release())

    deepEqual(settlements, [
      {
        transaction: idNumber(1),
        transfers: [transfer],
        outcome: "paid",
        reason: null,
        networkFee: 3_377_063n,
        paid: [{ recipient: idNumber(50), amount: release().quantity }],
      },
    ])
    deepEqual(strays, [])
  })

  // Case 129.
  test("that is no release of ours is a stray", () => {
    const named = (tags: Record<string, string>) => release({ tags: tagsOf(tags) })
    const ours = { "App-Name": "Causeway", Action: "Release", Transfer: transfer }
    const twice = [...tagsOf(ours), { name: "Transfer", value: `ao:${idNumber(2)}:4` }]
    const strays = [
      named({}),
      named({ ...ours, Transfer: "garbage" }),
      named({ ...ours, Transfer: `bitcoin:${idNumber(1)}:0` }),
      named({ ...ours, Action: "Drain" }),
      named({ ...ours, "App-Name": "Else" }),
      release({ tags: twice }),
      release({ quantity: 0n }),
    ]
    for (const stray of strays) {
      const found = facts(stray)
      equal(found.settlements.length, 0)
      deepEqual(found.strays, [
        {
          transaction: stray.id,
          recipient: stray.target,
          amount: stray.quantity,
          networkFee: stray.reward,
        },
      ])
    }
  })

  test("is only one when the vault signed it, whatever a stranger's tags say", () => {
    const { settlements, strays } = facts(release({ sender: idNumber(2) }))

    deepEqual([settlements, strays], [[], []])
  })
})

describe("a release", () => {
  test("has the bytes that the official client signs and sends", async () => {
    const payout = aPayout("arweave", { forward: { "X-Note": "grüezi" } })
    const { messages } = codec.build([payout], terms, deployment)
    const { id, raw } = codec.seal([payout], terms, deployment, messages.map(groupSignature))

    const theirs = officialTransaction(JSON.parse(Buffer.from(raw).toString()))

    deepEqual(messages[0], new Uint8Array(await theirs.getSignatureData()))
    equal(theirs.id, id)
    equal(theirs.quantity, "1000000000000")
    const tags = theirs.tags.map((tag) => [tag.get("name", { decode: true, string: true })])
    deepEqual(tags.flat(), ["App-Name", "Action", "Transfer", "X-Note"])
  })

  test("is read as a settlement of the transfer that it pays", () => {
    const payout = aPayout("arweave")
    const { messages } = codec.build([payout], terms, deployment)
    const { id, raw } = codec.seal([payout], terms, deployment, messages.map(groupSignature))
    const [paid] = codec.read(raw, deployment)

    equal(paid!.transfer, payout.transfer)
    equal(paid!.amount, payout.amount)
    equal(JSON.parse(Buffer.from(raw).toString()).id, id)
  })

  test("takes its signed message as its slot", () => {
    const payout = aPayout("arweave")
    const { messages, slots } = codec.build([payout], terms, deployment)

    equal(slots.get(payout.transfer), `arweave:${toBase64url(messages[0]!)}`)
  })

  test("is not read from changed bytes", () => {
    const payout = aPayout("arweave")
    const { messages } = codec.build([payout], terms, deployment)
    const { raw } = codec.seal([payout], terms, deployment, messages.map(groupSignature))
    const json = JSON.parse(Buffer.from(raw).toString())

    const changes = [{ id: idNumber(1) }, { owner: "" }, { data_size: "1" }, { tags: [] }]

    for (const change of changes) {
      const changed = Buffer.from(JSON.stringify({ ...json, ...change }))
      throws(() => codec.read(changed, deployment), { code: "bad-request" })
    }
  })

  test("to the vault itself is our own mistake", () => {
    const payout = aPayout("arweave", { recipient: deployment.vault })

    throws(() => codec.build([payout], terms, deployment), { code: "assertion" })
  })
})
