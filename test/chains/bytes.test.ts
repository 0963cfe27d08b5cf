// Base64url, the deep hash and addresses, against other implementations of them.

import { deepEqual, equal } from "node:assert/strict"
import fc from "fast-check"
import { describe, test } from "vitest"
import { aoAddress, arweaveAddress, evmAddress } from "../../chains/address.ts"
import { fromBase64url, isBase64url, textOf, toBase64url } from "../../chains/bytes.ts"
import { deepHash, type Tree } from "../../chains/deep-hash.ts"
import { type Nested, deepHash as otherDeepHash } from "../../devnet/arweave/deep-hash.ts"

describe("base64url", () => {
  test("bytes are written as Node writes them, and read back", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        const text = toBase64url(bytes)
        equal(text, Buffer.from(bytes).toString("base64url"))
        deepEqual(fromBase64url(text), bytes)
      }),
    )
  })

  test("bytes have one spelling: no other text is taken for them", () => {
    const nearly = fc.constantFrom(..."AQgwBz09_-+=/ é")
    fc.assert(
      fc.property(fc.string({ unit: nearly, maxLength: 12 }), (text) => {
        const bytes = fromBase64url(text)
        equal(bytes === null ? text : toBase64url(bytes), text)
      }),
    )
    for (const text of ["A", "AB", "AAB", "AA==", "A+A", "AA/A", "AA A", "AAé"])
      equal(fromBase64url(text), null, text)
  })

  test("text that is not UTF-8 is no text, and never throws", () => {
    equal(textOf(new Uint8Array([0xff, 0xfe])), null)
    equal(textOf(new Uint8Array([0xed, 0xa0, 0x80])), null)
    equal(textOf(new TextEncoder().encode("\ufeffzürich")), "\ufeffzürich")
  })
})

test("the deep hash is that of a second implementation, for any tree", () => {
  const leaf = fc.uint8Array({ maxLength: 40 })
  const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
    tree: fc.oneof({ maxDepth: 3 }, leaf, fc.array(tie("tree"), { maxLength: 4 })),
  }))
  fc.assert(
    fc.property(tree, (value) => {
      deepEqual(deepHash(value), new Uint8Array(otherDeepHash(value as Nested)))
    }),
  )
})

test("the hash of an empty list is its caller's own", () => {
  const first = deepHash([])
  const sum = first.slice()

  first.fill(0)

  deepEqual(deepHash([]), sum)
})

describe("addresses", () => {
  // The four examples of EIP-55.
  const examples = [
    "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
    "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
    "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB",
    "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb",
  ]

  // Case 20.
  test("an Ethereum address with a wrong checksum is nobody's", () => {
    for (const address of examples) {
      const at = address.search(/(?<=^0x.*)[a-f]/)
      const wrong = address.slice(0, at) + address[at]!.toUpperCase() + address.slice(at + 1)

      equal(aoAddress(address), address)
      equal(aoAddress(wrong), null)
    }
  })

  test("an Ethereum address without a checksum gets one", () => {
    for (const address of examples) {
      equal(evmAddress(address.toLowerCase()), address)
      equal(evmAddress(`0x${address.slice(2).toUpperCase()}`), address)
    }
  })

  // Case 15.
  test("what is no address of either kind is null", () => {
    const id = "A5_bKvQzqQ3Zx5qzq9mLPyKxMm7x6oJ0Rk1y3yq2y0c"
    equal(arweaveAddress(id), id)
    const bad = [
      ...["", "A".repeat(43), `${id}=`, id.slice(1), `${id.slice(0, 42)}d`, ` ${id}`],
      ...["0x", `0x${"0".repeat(40)}`, `0X${"ab".repeat(20)}`, `0x${"ab".repeat(21)}`],
    ]
    for (const text of bad) equal(aoAddress(text), null, text)
    equal(arweaveAddress(examples[0]!), null)
  })
})

test("a text of many megabytes is read like a short one", () => {
  const text = "A".repeat(24_000_000)

  equal(isBase64url(text), true)
  equal(isBase64url(`${text}!`), false)
  equal(isBase64url(`${text}AB`), false)
})
