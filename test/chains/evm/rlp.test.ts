// RLP as everybody writes it.

import { deepEqual, equal } from "node:assert/strict"
import { encodeRlp, type RlpStructuredData } from "ethers"
import fc from "fast-check"
import { test } from "vitest"
import { toHex } from "../../../chains/evm/hex.ts"
import { numberBytes, type Rlp, rlp } from "../../../chains/evm/rlp.ts"

test("whatever is written is written as ethers writes it", () => {
  const { item } = fc.letrec<{ item: Rlp }>((tie) => ({
    item: fc.oneof(
      { maxDepth: 4 },
      fc.uint8Array({ maxLength: 80 }),
      fc.uint8Array({ minLength: 250, maxLength: 300 }),
      fc.array(tie("item"), { maxLength: 6 }),
    ),
  }))

  fc.assert(
    fc.property(item, (one) => {
      equal(toHex(rlp(one)), encodeRlp(hexOf(one)))
    }),
  )
})

test("a length is written in as many bytes as it needs", () => {
  for (const length of [0, 1, 55, 56, 255, 256, 65_535, 65_536]) {
    const bytes = new Uint8Array(length).fill(200)

    equal(toHex(rlp(bytes)), encodeRlp(bytes))
    equal(toHex(rlp([bytes])), encodeRlp([bytes]))
  }
})

test("a number has no leading zeros, and zero has no byte", () => {
  deepEqual(numberBytes(0n), new Uint8Array())
  deepEqual(numberBytes(127), Uint8Array.of(127))
  deepEqual(numberBytes(256), Uint8Array.of(1, 0))
  deepEqual(numberBytes(2n ** 64n), Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0, 0))
})

function hexOf(item: Rlp): RlpStructuredData {
  return item instanceof Uint8Array ? toHex(item) : item.map(hexOf)
}
