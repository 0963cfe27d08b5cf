// The AO codec against the token itself on the real aos: what one writes the other reads.

import { deepEqual, equal } from "node:assert/strict"
import { DataItem } from "@dha-team/arbundles"
import { describe, test } from "vitest"
import { aoCodec as codec, type SlotItem } from "../../../chains/ao/codec.ts"
import type { Deployment } from "../../../chains/chain.ts"
import type { Payout } from "../../../core/payout.ts"
import type { AoResult } from "../../../devnet/evaluator.ts"
import { ALICE, aConfig, aSource, BOB, idOf, TOKEN, Token } from "../../lua/token.ts"
import { aBlock, aPayout, groupSignature, deployment as keys, tagsOf } from "../builders.ts"

const deployment: Deployment = { ...keys, tokens: { AR: TOKEN } }
const { vault } = deployment
const config = aConfig({ bridge: vault, sources: [{ ...aSource("arweave"), vault }] })
const terms = { attempt: "0", "attested:arweave": "9000000000000" }
const deposit = (name: string) => `arweave:${idOf(name)}:0` as const

/** The result in the JSON that a compute unit serves, as the codec takes it. */
function slotOf(message: SlotItem["message"], result: AoResult): SlotItem {
  const messages = result.Messages.map(({ Target, Tags, Data }) => ({
    target: Target,
    tags: Tags,
    data: Data ?? "",
  }))
  return { message, result: { messages, error: result.Error ?? null } }
}

/** Sends sealed payouts to the token, and reads what became of them. */
async function mint(token: Token, payouts: readonly Payout[], attempt = "0", id?: string) {
  const all = payouts.some(({ refund }) => !refund) ? { ...terms, attempt } : { attempt }
  const { messages } = codec.build(payouts, all, deployment)
  const sealed = codec.seal(payouts, all, deployment, messages.map(groupSignature))
  const item = new DataItem(Buffer.from(sealed.raw))
  const data = item.rawData.toString()
  const list = item.tags.map(({ name, value }): [string, string] => [name, value])
  const result = await token.send(list, { from: vault, data, id: id ?? sealed.id })
  const slot = slotOf(
    { id: sealed.id, owner: vault, target: item.target, tags: item.tags, data },
    result,
  )
  return codec.facts(aBlock("ao", [slot]), deployment).settlements
}

async function burn(token: Token, quantity: string, tags: Record<string, string> = {}) {
  const id = token.nextId()
  const result = await token.burn(quantity, tags, { id })
  const message = { id, owner: ALICE, target: TOKEN, tags: tagsOf(tags), data: "" }
  return codec.facts(aBlock("ao", [slotOf(message, result)]), deployment).sightings
}

const aDeposit = (name: string, changes: Partial<Payout> = {}) =>
  aPayout("ao", { transfer: deposit(name), recipient: ALICE, amount: 1_000n, ...changes })

describe("the token", () => {
  test("takes the bytes of a mint, with fees, tags and every kind of account, and credits each row", async () => {
    const token = await Token.deployed(config)
    const evm = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"
    const forward = { "X-Note": 'a "quoted" \\ grüezi 🌉', "X-Action": "Swap" }

    const [settlement] = await mint(token, [
      aDeposit("one", { fee: 5n, forward }),
      aDeposit("two", { recipient: evm, amount: 7n }),
    ])

    equal(settlement!.outcome, "paid")
    deepEqual(await token.balances(), { [ALICE]: "1000", [evm]: "7" })
  })

  // Cases 88 and 90.
  test("mints a transfer once: not again for the same item, and not for another", async () => {
    const token = await Token.deployed(config)
    const first = [aDeposit("one"), aDeposit("two")]
    const second = [aDeposit("two"), aDeposit("three")]

    const outcomes = [
      await mint(token, first),
      await mint(token, first),
      await mint(token, second),
      await mint(token, [aDeposit("three")]),
    ]

    const words = outcomes.map((list) => list.map(({ outcome, reason }) => reason ?? outcome))
    deepEqual(words, [["paid"], [], ["already-minted", "batch-refused"], ["paid"]])
    deepEqual(
      outcomes[2]!.map(({ transfers }) => transfers),
      [[deposit("two")], [deposit("three")]],
    )
    equal(await token.balance(), "3000")
  })

  test("takes a later attempt of what it refused before", async () => {
    const token = await Token.deployed(config)
    const big = aDeposit("one", { amount: config.limits.row + 1n })

    const [refused] = await mint(token, [big])
    const again = await mint(token, [{ ...big, amount: config.limits.row }], "1")

    deepEqual([refused!.outcome, refused!.reason], ["refused", "over-row-cap"])
    equal(again[0]!.outcome, "paid")
  })

  test("states a burn that the codec reads, and takes its refund", async () => {
    const token = await Token.deployed(config)
    await mint(token, [aDeposit("one")])

    const [sighting] = await burn(token, "400", { "X-Order": "7" })
    const refund = { transfer: sighting!.id, recipient: ALICE, amount: 370n, fee: 30n }
    const [refunded] = await mint(token, [aPayout("ao", { ...refund, refund: true })])

    deepEqual(
      [sighting!.amount, sighting!.fee, sighting!.sender, sighting!.recipient],
      [400n, 30n, ALICE, idOf("home")],
    )
    deepEqual(sighting!.forward, { "X-Order": "7" })
    equal(refunded!.outcome, "paid")
    equal(await token.balance(), "970")
  })

  test("burns nothing that it refuses", async () => {
    const token = await Token.deployed(config)
    await mint(token, [aDeposit("one")])

    const refused = [
      await burn(token, "-5"),
      await burn(token, "400", { Recipient: "garbage" }),
      await burn(token, "400", { Recipient: vault }),
      await burn(token, "1001"),
    ]

    deepEqual(refused, [[], [], [], []])
    equal(await token.balance(BOB), "0")
  })
})
