// What the connection to AO believes of units that it cannot trust: signatures, histories, first messages.

import { deepEqual, equal, rejects } from "node:assert/strict"
import { describe, test } from "vitest"
import { aoCodec, type Outgoing, type Result } from "../../../chains/ao/codec.ts"
import {
  addressOf,
  decode,
  encode,
  idOf,
  signByEthereum,
  targetOf,
} from "../../../chains/ao/item.ts"
import { connectUnits } from "../../../chains/ao/rpc.ts"
import type { AoUnits, Assigned } from "../../../chains/ao/units.ts"
import { textOf, toBase64url, utf8 } from "../../../chains/bytes.ts"
import { anAnswer, aPayout, deployment, groupSignature, idNumber } from "../builders.ts"

const TOKEN = deployment.tokens.AR
const payout = aPayout("ao")
const terms = { attempt: "0", "attested:arweave": "9" }

/** Units over a list that a test may change as it likes. */
class ModelUnits implements AoUnits {
  readonly process = TOKEN
  readonly findsBySlot = false
  readonly signatures = [1, 3] as const
  readonly slots: { assigned: Assigned; result: Result | null }[] = []

  constructor() {
    this.add(anItem([]), [])
    this.slots[0]!.assigned = { ...this.slots[0]!.assigned, id: TOKEN }
  }

  add(raw: Uint8Array, messages: readonly Outgoing[]): number {
    const { signature, owner, target, anchor, tags, data } = decode(raw)!
    const slot = this.slots.length
    const assigned: Assigned = {
      ...{ id: idOf(signature), slot, hashChain: `chain-${slot}`, timestampMs: slot },
      ...{ owner: addressOf(owner), key: toBase64url(owner), signature: toBase64url(signature) },
      ...{ target: toBase64url(target), anchor: textOf(anchor)!, tags, data: textOf(data)! },
    }
    this.slots.push({ assigned, result: { messages, error: null } })
    return slot
  }

  change(slot: number, changes: Partial<Assigned>): void {
    this.slots[slot]!.assigned = { ...this.slots[slot]!.assigned, ...changes }
  }

  async send() {}
  async slotsOf(id: string) {
    const first = this.slots.find(({ assigned }) => assigned.id === id)
    return first ? [first.assigned.slot] : []
  }
  async newest() {
    return this.slots.length - 1
  }
  async schedule(from: number, to: number) {
    return this.slots.slice(from, to + 1).map(({ assigned }) => assigned)
  }
  async result({ slot }: { slot: number }) {
    return this.slots[slot]!.result
  }
  async isMinted() {
    return false
  }
  async obeyed() {
    return null
  }
  async stops() {
    return null
  }
  async balance() {
    return "0"
  }
}

function anItem(tags: { name: string; value: string }[]): Uint8Array {
  const anchor = utf8("a".repeat(32))
  const data = utf8("some text")
  return encode(
    signByEthereum(new Uint8Array(32).fill(7), { target: targetOf(TOKEN), anchor, tags, data }),
  )
}

function aMint(): { raw: Uint8Array; id: string; notice: Outgoing } {
  const { messages } = aoCodec.build([payout], terms, deployment)
  const { raw, id } = aoCodec.seal([payout], terms, deployment, messages.map(groupSignature))
  const tags = { Action: "Mint-Notice", "Message-Id": id, Quantity: "1" }
  return { raw, id, notice: anAnswer(deployment.vault, tags) }
}

function aBurn(): { raw: Uint8Array; notice: Outgoing } {
  const raw = anItem([{ name: "Action", value: "Burn" }])
  const id = idOf(decode(raw)!.signature)
  const tags = {
    ...{ Action: "Burn-Notice", "Message-Id": id, "Burn-Id": `ao:${id}:1`, Sender: idNumber(2) },
    ...{ Recipient: idNumber(3), "Target-Chain": "arweave", Quantity: "50", Fee: "5" },
  }
  return { raw, notice: anAnswer(deployment.vault, tags) }
}

function aReader() {
  const units = new ModelUnits()
  const connection = connectUnits(aoCodec, units, deployment, 0, () => {})
  const facts = async (slot: number) => aoCodec.facts((await connection.block(slot))!, deployment)
  return { units, connection, facts }
}

describe("a mint", () => {
  test("counts when the vault's own signature is under it", async () => {
    const { units, facts } = aReader()
    const { raw, notice, id } = aMint()

    const slot = units.add(raw, [notice])

    equal((await facts(slot)).settlements[0]!.transaction, id)
  })

  test("that a scheduler tells otherwise than it was signed stops the reader", async () => {
    const { raw, notice } = aMint()
    const data = JSON.stringify({
      attested: {},
      rows: [{ id: `arweave:${idNumber(9)}:0`, recipient: "x", quantity: "1" }],
    })
    const changes: Partial<Assigned>[] = [
      { data },
      { signature: toBase64url(new Uint8Array(512).fill(1)) },
      { signature: "garbage" },
      { key: toBase64url(new Uint8Array(512).fill(1)) },
      { key: "" },
      { anchor: "b".repeat(32) },
      { tags: [...decode(raw)!.tags, { name: "More", value: "1" }] },
    ]
    for (const change of changes) {
      const { units, connection } = aReader()
      const slot = units.add(raw, [notice])
      units.change(slot, change)

      await rejects(
        connection.block(slot),
        { code: "rpc-disagrees" },
        JSON.stringify(change).slice(0, 60),
      )
    }
  })

  test("of a stranger who is said to be the vault stops the reader", async () => {
    const { units, connection } = aReader()
    const { raw, notice } = aMint()
    const slot = units.add(anItem([{ name: "Action", value: "Mint" }]), [notice])
    units.change(slot, { owner: deployment.vault, data: textOf(decode(raw)!.data)! })

    await rejects(connection.block(slot), { code: "rpc-disagrees" })
  })

  test("is told with its anchor in base64url by some units", async () => {
    const { units, facts } = aReader()
    const { raw, notice } = aMint()
    const slot = units.add(raw, [notice])

    units.change(slot, { anchor: toBase64url(decode(raw)!.anchor) })

    equal((await facts(slot)).settlements.length, 1)
  })
})

describe("a burn", () => {
  test("by an Ethereum key counts, its signature checked", async () => {
    for (const isForged of [false, true]) {
      const { units, facts } = aReader()
      const { raw, notice } = aBurn()
      const slot = units.add(raw, [notice])
      if (isForged) units.change(slot, { tags: [{ name: "Action", value: "Burnt" }] })

      if (isForged) await rejects(facts(slot), { code: "rpc-disagrees" })
      else equal((await facts(slot)).sightings.length, 1)
    }
  })

  test("whose message carries data that is no text is taken on the word of the units", async () => {
    const { units, facts } = aReader()
    const { raw, notice } = aBurn()
    const slot = units.add(raw, [notice])

    units.change(slot, { data: "\ufffd\ufffd" })

    equal((await facts(slot)).sightings.length, 1)
  })

  test("that means nothing to us needs no signature", async () => {
    const { units, facts } = aReader()
    const slot = units.add(anItem([{ name: "Action", value: "Transfer" }]), [])

    units.change(slot, { signature: "" })

    deepEqual(await facts(slot), { sightings: [], settlements: [], strays: [] })
  })
})

describe("a history", () => {
  test("that begins with another process is another process's", async () => {
    const { units, connection } = aReader()
    units.change(0, { id: idNumber(1) })

    await rejects(connection.tip(), { code: "bad-config" })
  })

  test("that is changed after it was shown stops the reader where it reads on", async () => {
    const { units, connection } = aReader()
    units.add(anItem([]), [])
    await connection.block(1)
    units.add(anItem([]), [])
    units.change(1, { hashChain: "another" })

    await rejects(connection.tip(), { code: "rpc-disagrees" })
    await rejects(connection.block(2), { code: "rpc-disagrees" })

    units.change(1, { hashChain: "chain-1" })
    equal((await connection.block(2))!.parent, "chain-1")
  })

  // Case 89: the result is what counts, whenever it comes.
  test("goes on when a result that was missing is there", async () => {
    const { units, connection, facts } = aReader()
    const { raw, notice } = aMint()
    const slot = units.add(raw, [notice])
    const { result } = units.slots[slot]!
    units.slots[slot]!.result = null
    equal(await connection.block(slot), null)

    units.slots[slot]!.result = result

    equal((await facts(slot)).settlements.length, 1)
  })
})
