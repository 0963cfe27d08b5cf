// What a slot of the token means to the bridge, and the bytes of its mints.

import { deepEqual, equal, ok } from "node:assert/strict"
import { DataItem } from "@dha-team/arbundles"
import fc from "fast-check"
import { describe, test } from "vitest"
import { aoCodec as codec, type Outgoing, type SlotItem } from "../../../chains/ao/codec.ts"
import { textOf } from "../../../chains/bytes.ts"
import type { TransferId } from "../../../core/ids.ts"
import type { Payout } from "../../../core/payout.ts"
import {
  aBlock,
  aMessage,
  anAnswer,
  aPayout,
  aSlot,
  deployment,
  groupSignature,
  idNumber,
  tagsOf,
} from "../builders.ts"
import { conforms } from "../conformance.ts"

const EVM = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"
const terms = { attempt: "0", "attested:arweave": "9000000000000" }
const deposit = (number: number): TransferId => `arweave:${idNumber(number)}:0`
const payouts = [3, 1, 2].map((number) =>
  aPayout("ao", { transfer: deposit(number), amount: BigInt(number) * 1_000n, fee: 1n }),
)

describe("the AO codec conforms", () => {
  conforms({
    codec,
    addresses: [
      [idNumber(1), idNumber(1)],
      [EVM, EVM],
      [EVM.toLowerCase(), EVM],
    ],
    notAddresses: ["", "abc", EVM.replace("5aA", "5AA"), "A".repeat(43), EVM.slice(2)],
    blocks: [aBlock("ao", [aBurn()]), aBlock("ao", [aSlot(aMessage(), [])])],
    payouts,
    terms: [terms, { ...terms, attempt: "1" }],
    keepsSlot: true,
  })
})

function facts(...items: readonly SlotItem[]) {
  return codec.facts(aBlock("ao", items), deployment)
}

function burnTags(changes: Record<string, string> = {}): Record<string, string> {
  return {
    ...{ Action: "Burn-Notice", "Notice-Number": "5", "Burn-Number": "4" },
    ...{ "Burn-Id": `ao:${idNumber(1)}:4`, "Message-Id": idNumber(1), Sender: idNumber(2) },
    ...{ Recipient: idNumber(50), "Target-Chain": "arweave", Quantity: "2000", Fee: "30" },
    ...changes,
  }
}

function aBurn(changes: Record<string, string> = {}, target = deployment.vault): SlotItem {
  return aSlot(aMessage(), [anAnswer(target, burnTags(changes))])
}

describe("a burn", () => {
  test("is what the token tells the bridge in the result of the slot", () => {
    deepEqual(facts(aBurn()).sightings, [
      {
        id: `ao:${idNumber(1)}:4`,
        asset: "AR",
        source: "ao",
        target: "arweave",
        amount: 2_000n,
        sender: idNumber(2),
        recipient: idNumber(50),
        refundTo: idNumber(2),
        forward: {},
        fee: 30n,
        problem: null,
      },
    ])
  })

  test("counts once, though the sender is told too", () => {
    const notices = [idNumber(2), deployment.vault].map((target) => anAnswer(target, burnTags()))

    equal(facts(aSlot(aMessage(), notices)).sightings.length, 1)
  })

  test("carries the X- tags of its message", () => {
    const message = aMessage({ tags: tagsOf({ Action: "Burn", "X-Order": "7" }) })
    const burn = aSlot(message, [anAnswer(deployment.vault, burnTags())])

    deepEqual(facts(burn).sightings[0]!.forward, { "X-Order": "7" })
  })

  // Cases 96 and 101: only the token's own result counts, by its process id and never by a name.
  test("is not what a message claims, a notice to others, or another process's result", () => {
    const claim = aMessage({ tags: tagsOf(burnTags()), owner: deployment.vault })
    const other = aMessage({ target: idNumber(901), tags: tagsOf({ Ticker: "wAR" }) })
    const nothing = [
      aSlot(claim, []),
      aBurn({}, idNumber(2)),
      aSlot(other, [anAnswer(deployment.vault, burnTags())]),
      aBurn({ "Message-Id": idNumber(3) }),
      aBurn({ "Burn-Id": `ao:${idNumber(3)}:4` }),
      aBurn({ Action: "Burn-Error" }),
    ]

    for (const item of nothing)
      deepEqual(facts(item), { sightings: [], settlements: [], strays: [] })
  })

  // Case 21: the token refuses these before burning; if it ever did not, the burner gets it back.
  test("to nobody who can be paid is recorded with bad-recipient", () => {
    const bad = [
      { Recipient: EVM },
      { Recipient: "" },
      { Recipient: deployment.vault },
      { "Target-Chain": "ethereum" },
    ]
    for (const change of bad) {
      const [sighting] = facts(aBurn(change)).sightings
      deepEqual([sighting!.recipient, sighting!.problem], [null, "bad-recipient"])
      equal(sighting!.refundTo, idNumber(2))
    }
  })

  // Case 11.
  test("has a quantity and a fee that are whole positive numbers, or is no notice of the token", () => {
    for (const bad of ["", "0", "-5", "+5", "1e3", "0x10", "007", "1.5", "9".repeat(80)])
      deepEqual(facts(aBurn({ Quantity: bad })).sightings, [], bad)
    for (const bad of ["", "-1", "00", "1.5"])
      deepEqual(facts(aBurn({ Fee: bad })).sightings, [], bad)
    equal(facts(aBurn({ Fee: "0" })).sightings[0]!.fee, 0n)
  })

  test("is read without a throw, whatever is in the slot", () => {
    const text = fc.oneof(
      fc.string(),
      fc.constantFrom(
        ...Object.entries(burnTags()).flat(),
        deployment.vault,
        "Mint",
        "Mint-Notice",
      ),
    )
    const tags = fc.array(fc.record({ name: text, value: text }))
    const message = fc.record({ target: text, tags, data: text })
    fc.assert(
      fc.property(tags, text, text, fc.array(message), (tags, owner, data, messages) => {
        facts(aSlot(aMessage({ tags, owner, data }), messages))
      }),
    )
  })
})

/** The bridge's mint of `payouts` as the scheduler shows it. */
function aMint(answers: readonly Outgoing[], error: string | null = null): SlotItem {
  const { messages } = codec.build(payouts, terms, deployment)
  const { raw } = codec.seal(payouts, terms, deployment, messages.map(groupSignature))
  const item = new DataItem(Buffer.from(raw))
  return aSlot(
    {
      id: idNumber(1),
      owner: deployment.vault,
      target: item.target,
      tags: item.tags,
      data: item.rawData.toString(),
    },
    answers,
    error,
  )
}

const toVault = (tags: Record<string, string>, data = "") =>
  anAnswer(deployment.vault, { "Message-Id": idNumber(1), ...tags }, data)
const refusal = (code: string, data = "") => toVault({ Action: "Mint-Error", Error: code }, data)
const notice = toVault({ Action: "Mint-Notice", Count: "3", Quantity: "6000" })
const ids = [1, 2, 3].map(deposit)

describe("a mint of ours", () => {
  const outcome = (...answers: readonly Outgoing[]) =>
    facts(aMint(answers)).settlements.map(({ transfers, outcome, reason }) => [
      transfers,
      outcome,
      reason,
    ])

  // Case 89: the result of the slot is enough, delivered or not.
  test("that the token confirms has paid all its rows, at no cost", () => {
    deepEqual(facts(aMint([notice])), {
      sightings: [],
      settlements: [
        {
          transaction: idNumber(1),
          transfers: ids,
          outcome: "paid",
          reason: null,
          networkFee: 0n,
          paid: [1_000n, 2_000n, 3_000n].map((amount) => ({ recipient: idNumber(50), amount })),
        },
      ],
      strays: [],
    })
  })

  test("that the token refuses has paid nobody, for the token's reason", () => {
    deepEqual(outcome(refusal("over-window-cap")), [[ids, "refused", "over-window-cap"]])
  })

  test("whose evaluation fails, or that nothing answers, has paid nobody", () => {
    const failed = facts(aMint([], "out of memory")).settlements
    equal(failed[0]!.reason, "evaluation-failed")
    deepEqual(outcome(), [[ids, "refused", "no-answer"]])
  })

  // Case 90.
  test("in a second slot says nothing: the first slot has said it", () => {
    deepEqual(outcome(refusal("message-replayed")), [])
  })

  // Case 90: rows that were paid stay paid; the others may be planned again.
  test("kept back by rows minted before tells those rows from the rest", () => {
    const answer = refusal("already-minted", `already minted: ${ids[0]}, ${ids[2]}`)

    deepEqual(outcome(answer), [
      [[ids[0], ids[2]], "refused", "already-minted"],
      [[ids[1]], "refused", "batch-refused"],
    ])
  })

  test("minted before as a whole frees nothing", () => {
    const all = refusal("already-minted", `already minted: ${ids.join(", ")}`)

    deepEqual(outcome(all), [[ids, "refused", "already-minted"]])
    deepEqual(outcome(refusal("already-minted")), [[ids, "refused", "already-minted"]])
  })

  test("is one only when the vault signed it", () => {
    const mint = aMint([refusal("not-the-bridge")])
    const forged = { ...mint, message: { ...mint.message, owner: idNumber(2) } }

    deepEqual(facts(forged), { sightings: [], settlements: [], strays: [] })
  })

  // Case 129: whoever can do this commands the token.
  test("is missing where tokens were minted all the same: a stray", () => {
    const mint = aMint([notice])
    const forged = { ...mint, message: { ...mint.message, owner: idNumber(2) } }
    const unreadable = { ...mint, message: { ...mint.message, data: "{}" } }

    for (const item of [forged, unreadable]) {
      const { settlements, strays } = facts(item)
      deepEqual(settlements, [])
      deepEqual(strays, [
        {
          transaction: idNumber(1),
          recipient: deployment.vault,
          amount: 6_000n,
          networkFee: 0n,
        },
      ])
    }
  })
})

describe("the bytes of a mint", () => {
  const sealed = (list: readonly Payout[], more = terms) => {
    const { messages } = codec.build(list, more, deployment)
    const { raw } = codec.seal(list, more, deployment, messages.map(groupSignature))
    return new DataItem(Buffer.from(raw))
  }

  test("are a data item for the token that arbundles verifies", async () => {
    const item = sealed(payouts)

    equal(await item.isValid(), true)
    equal(item.target, deployment.tokens.AR)
    deepEqual(
      item.tags.map(({ name, value }) => `${name}=${value}`),
      [...["Data-Protocol=ao", "Variant=ao.TN.1", "Type=Message", "SDK=causeway", "Action=Mint"]],
    )
  })

  test("hold the rows in the token's one spelling, sorted by transfer", () => {
    const [first] = payouts
    const forward = { "X-B": 'a "quoted" \\ text', "X-A": "1" }
    const rows = [{ ...first!, fee: 0n, forward }, payouts[1]!]

    const row1 = `{"id":"${deposit(1)}","recipient":"${idNumber(50)}","quantity":"1000","fee":"1"}`
    const row3 = `{"id":"${deposit(3)}","recipient":"${idNumber(50)}","quantity":"3000","x":{"X-A":"1","X-B":"a \\"quoted\\" \\\\ text"}}`
    equal(
      textOf(new Uint8Array(sealed(rows).rawData)),
      `{"attested":{"arweave":"9000000000000"},"rows":[${row1},${row3}]}`,
    )
  })

  test("of a refund attest no deposits", () => {
    const refund = aPayout("ao", { transfer: `ao:${idNumber(1)}:4`, refund: true })

    const item = sealed([refund], { attempt: "0" } as typeof terms)

    equal(JSON.parse(item.rawData.toString()).attested.arweave, undefined)
  })

  test("have an anchor of their own for each operation, so that equal payments never share an id", () => {
    const [first] = payouts
    const twin = { ...first!, transfer: deposit(9) }

    const anchors = [
      sealed([first!]).anchor,
      sealed([twin]).anchor,
      sealed([first!], { ...terms, attempt: "1" }).anchor,
    ]

    equal(new Set(anchors).size, 3)
    equal(sealed([first!], { ...terms, "attested:arweave": "1" }).anchor, anchors[0])
  })

  test("fit into what the token takes, with the most that strangers can put into a hundred rows", () => {
    const tags = Array.from({ length: 32 }, (_, n) => [`X-${n}`, '"'.repeat(27)])
    const [recipient, amount] = [EVM, 10n ** 38n - 1n]
    const forward = Object.fromEntries(tags)
    const all = Array.from({ length: 100 }, (_, n) =>
      aPayout("ao", { transfer: deposit(n), recipient, amount, fee: amount, forward }),
    )

    const { rawData, rawTags } = sealed(all)

    ok(rawData.length < 256 * 1024)
    ok(rawTags.length < 4_096)
  })

  test("have the transfer itself as slot: a later item of the same transfer can never pay twice", () => {
    const { slots } = codec.build(payouts, terms, deployment)

    deepEqual(
      [...slots].sort(),
      ids.map((id) => [id, `ao:mint:${id}`]),
    )
    equal(codec.build([payouts[1]!], terms, deployment).slots.get(ids[0]!), slots.get(ids[0]!))
  })
})
