// What an operator's own chains show, against what the bridge tells.

import { describe, expect, test } from "vitest"
import { compared } from "../../../services/cli/own-eyes.ts"
import { aBlock, anId, aSighting } from "../../builders.ts"

// who signs sees what it does, by their own eyes.
describe("an order is signed by what one's own endpoints show", () => {
  const sighting = aSighting()
  const located = { sighting, block: aBlock(10), tip: aBlock(21) }
  const { id, asset, amount, sender, recipient } = sighting
  const told = { id, asset, amount: String(amount), sender, recipient }

  test("which is said in words, with how deep it lies", () => {
    const words = compared(told, located)

    expect(words).toContain("12 deep in block 10 of arweave")
    for (const part of [String(amount), sender, recipient!, sighting.refundTo])
      expect(words).toContain(part)
  })

  test.each([
    ["amount", { amount: String(amount + 1n) }],
    ["recipient", { recipient: anId("thief") }],
    ["sender", { sender: anId("thief") }],
    ["asset", { asset: "ETH" }],
  ])("and not when the bridge tells another %s", (field, change) => {
    expect(() => compared({ ...told, ...change }, located)).toThrow("rpc-disagrees")
    expect(() => compared({ ...told, ...change }, located)).toThrow(field)
  })
})
