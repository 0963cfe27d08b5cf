// What every chain's codec must do, whatever its format: one call in each chain's test file.

import { deepEqual, equal, notEqual, ok, throws } from "node:assert/strict"
import { test } from "vitest"
import type { Block, Codec, Terms } from "../../chains/chain.ts"
import type { TransferId } from "../../core/ids.ts"
import type { Payout } from "../../core/payout.ts"
import { deployment, groupSignature, isGroupSignature } from "./builders.ts"

export interface Sample<Item> {
  readonly codec: Codec<Item>
  /** What people write, and the canonical spelling of it. */
  readonly addresses: readonly (readonly [written: string, canonical: string])[]
  readonly notAddresses: readonly string[]
  /** Blocks in the chain's own form with at least one deposit or burn among them. */
  readonly blocks: readonly Block<Item>[]
  /** At most `batchMax` payouts. */
  readonly payouts: readonly Payout[]
  /** Terms of a first and of a later attempt for the same payouts. */
  readonly terms: readonly [Terms, Terms]
  /** Whether a later attempt takes the same slots (else it may only be made once the first is dead). */
  readonly keepsSlot: boolean
}

/** Registers the tests; a chain is not done before it passes them. */
export function conforms<Item>(sample: Sample<Item>): void {
  const { codec, payouts, terms } = sample

  test("an address has one spelling, which is its own spelling", () => {
    for (const [written, canonical] of sample.addresses) {
      equal(codec.address(written, "devnet"), canonical)
      equal(codec.address(canonical, "devnet"), canonical)
    }
    for (const text of sample.notAddresses) equal(codec.address(text, "devnet"), null, text)
  })

  test("a block states the same facts each time it is read", () => {
    const read = () => sample.blocks.map((block) => codec.facts(block, deployment))

    const facts = read()

    deepEqual(read(), facts)
    ok(facts.some(({ sightings }) => sightings.length > 0))
    const ids = facts.flatMap(({ sightings }) => sightings.map(({ id }) => id))
    equal(new Set(ids).size, ids.length)
  })

  test("what is sealed pays exactly what was planned", () => {
    const { messages } = codec.build(payouts, terms[0], deployment)

    const sealed = codec.seal(payouts, terms[0], deployment, messages.map(groupSignature))

    const planned = payouts.map(({ transfer, recipient, amount }) => ({
      transfer,
      recipient,
      amount,
    }))
    deepEqual(sorted(codec.read(sealed.raw, deployment)), sorted(planned))
  })

  test("the same payouts and terms give the same bytes, in whatever order they are named", () => {
    const { messages, slots } = codec.build(payouts, terms[0], deployment)

    const again = codec.build([...payouts].reverse(), terms[0], deployment)

    deepEqual(again.messages, messages)
    deepEqual(new Map([...again.slots].sort()), new Map([...slots].sort()))
  })

  test("a signature over the message is what is sealed, and nobody else's is", () => {
    const { messages } = codec.build(payouts, terms[0], deployment)
    const signatures = messages.map(groupSignature)

    const sealed = codec.seal(payouts, terms[0], deployment, signatures)

    ok(messages.every((message, at) => isGroupSignature(message, signatures[at]!)))
    const other = { ...deployment, owner: deployment.owner.replace(/^./, "A") }
    throws(() => codec.read(sealed.raw, other), { code: "bad-request" })
  })

  test("every payout takes a slot, and a later attempt keeps it or is another one", () => {
    const first = codec.build(payouts, terms[0], deployment)
    const later = codec.build(payouts, terms[1], deployment)

    deepEqual(new Set(first.slots.keys()), new Set(payouts.map(({ transfer }) => transfer)))
    notEqual(hex(first.messages[0]!), hex(later.messages[0]!))
    for (const { transfer } of payouts)
      equal(first.slots.get(transfer) === later.slots.get(transfer), sample.keepsSlot)
  })

  test("no change to what is paid leaves the bytes as they were", () => {
    const { messages } = codec.build(payouts, terms[0], deployment)
    const [first, ...rest] = payouts
    const changed: Partial<Payout>[] = [
      { amount: first!.amount + 1n },
      { recipient: sample.addresses.find(([, text]) => text !== first!.recipient)![1] },
      { transfer: first!.transfer.replace(/:\d+$/, ":77") as TransferId },
    ]

    for (const change of changed) {
      const other = codec.build([{ ...first!, ...change }, ...rest], terms[0], deployment)
      notEqual(hex(other.messages[0]!), hex(messages[0]!))
    }
  })

  test("terms that are not whole are refused", () => {
    for (const bad of [{}, { ...terms[0], more: "1" }])
      throws(() => codec.build(payouts, bad, deployment), { code: "bad-request" })
    throws(() => codec.read(new Uint8Array([1, 2, 3]), deployment), { code: "bad-request" })
  })

  test("more payouts than one transaction takes are our own mistake", () => {
    const many = Array.from({ length: codec.batchMax + 1 }, (_, n) => ({
      ...payouts[0]!,
      transfer: payouts[0]!.transfer.replace(/:\d+$/, `:${n}`) as TransferId,
    }))

    throws(() => codec.build(many, terms[0], deployment), { code: "assertion" })
    if (!codec.sweeps) throws(() => codec.build([], terms[0], deployment), { code: "assertion" })
  })
}

function sorted<T extends { transfer: string }>(list: readonly T[]): T[] {
  return [...list].sort((a, b) => (a.transfer < b.transfer ? -1 : 1))
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex")
}
