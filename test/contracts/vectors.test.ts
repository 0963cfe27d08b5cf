// The vectors that forge reads are what noble and ethers make, and noble agrees with each of them.

import { readFileSync } from "node:fs"
import { schnorr } from "@noble/curves/secp256k1.js"
import { hexToBytes } from "@noble/hashes/utils.js"
import { expect, test } from "vitest"
import { VECTORS_FILE, vectors } from "./vectors.ts"

test("the file is what the libraries make", () => {
  expect(JSON.parse(readFileSync(VECTORS_FILE, "utf8"))).toEqual(vectors())
})

test.each(vectors().signatures)(
  "noble and the vector agree on the 64 bytes: $name",
  ({ name, key, digest, rx, s, valid }) => {
    const bytes = (text: string) => hexToBytes(text.slice(2))
    const signature = new Uint8Array([...bytes(rx), ...bytes(s)])

    // The y of R is not among the bytes that noble sees.
    const said = schnorr.verify(signature, bytes(digest), bytes(key))

    expect(said).toBe(valid || /\by\b/.test(name))
  },
)
