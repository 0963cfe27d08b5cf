// A header is what its hash says, and nothing that a provider adds or changes.

import { deepEqual, equal, throws } from "node:assert/strict"
import { test } from "vitest"
import { headerOf } from "../../../chains/evm/header.ts"
import { aChain } from "./builders.ts"
import { GENESIS, PRAGUE } from "./headers.ts"

test("headers of Ethereum have the hashes that everybody knows", () => {
  for (const block of [GENESIS, PRAGUE]) {
    const header = headerOf(block, "url")

    deepEqual(
      [header.id, header.height, header.parent, header.timestampMs, header.receiptsRoot],
      [block.hash, +block.number, block.parentHash, +block.timestamp * 1_000, block.receiptsRoot],
    )
    equal(header.bloom.length, 256)
  }
  equal(headerOf(PRAGUE, "url").baseFee, 0x126f2347n)
  equal(headerOf(GENESIS, "url").baseFee, 0n)
})

test("so have the blocks of every fork that the local chain speaks", async () => {
  for (const hardfork of ["cancun", "osaka"] as const) {
    const chain = await aChain({ hardfork })
    await chain.mine(2)
    for (const height of ["0x0", "0x2"]) {
      const block = await chain.rpc<{ hash: string }>("eth_getBlockByNumber", height, false)

      equal(headerOf(block, chain.url).id, block.hash)
    }
  }
})

// Case 44.
test("a header with any field changed is refused", () => {
  for (const [name, value] of Object.entries(PRAGUE)) {
    const last = value.endsWith("1") ? "2" : "1"
    const changed = value === "0x" ? "0x01" : value.slice(0, -1) + last

    throws(() => headerOf({ ...PRAGUE, [name]: changed }, "url"), {
      code: "rpc-disagrees",
    })
  }
})

test("a header of a fork that we do not know is refused, and its field named", () => {
  const block = { ...PRAGUE, hash: `0x${"12".repeat(32)}`, newRoot: "0x12" }

  throws(() => headerOf(block, "url"), /unknownFields newRoot/)
})

test("what is told beside the header changes nothing; a field that is null is not there", () => {
  const beside = { size: "0x12", uncles: [], transactions: [], totalDifficulty: "0x0" }

  const header = headerOf({ ...GENESIS, ...beside, requestsHash: null }, "url")

  equal(header.id, GENESIS.hash)
})

test("what is no header is an answer that failed", () => {
  const { gasUsed: _, ...less } = PRAGUE
  const odd = [null, [], "0x", less, { ...PRAGUE, gasUsed: "0x00" }]

  for (const json of [...odd, { ...PRAGUE, number: "-0x1" }])
    throws(() => headerOf(json, "url"), { code: "rpc-unavailable" })
})
