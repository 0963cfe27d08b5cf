// The identity of a transfer: one text for one place in one transaction on one chain.

import fc from "fast-check"
import { expect, test } from "vitest"
import { CHAINS } from "../../core/assets.ts"
import { type Origin, originOf, transferId } from "../../core/ids.ts"
import { anId } from "../builders.ts"

const transaction = anId("transaction")

test("an id is read back as the place that it names", () => {
  const origin: fc.Arbitrary<Origin> = fc.record({
    chain: fc.constantFrom(...CHAINS),
    transaction: fc.stringMatching(/^[A-Za-z0-9_-]{1,128}$/),
    index: fc.maxSafeNat(),
  })
  fc.assert(
    fc.property(origin, (place) => {
      expect(originOf(transferId(place))).toEqual(place)
    }),
  )
})

test("no two texts are the same id", () => {
  const text = fc.tuple(
    fc.constantFrom("ao", "arweave", "AO", "bitcoin", ""),
    fc.string({ unit: fc.constantFrom(..."aZ0_-: \n"), maxLength: 5 }),
    fc.string({ unit: fc.constantFrom(..."0123456789-+.e"), maxLength: 18 }),
  )
  fc.assert(
    fc.property(text, (parts) => {
      const id = parts.join(":")
      const origin = attempt(id)
      if (origin) expect(transferId(origin)).toBe(id)
    }),
    { numRuns: 1_000 },
  )
})

test.each([
  "",
  "arweave",
  `arweave:${transaction}`,
  `arweave:${transaction}:`,
  `arweave:${transaction}:-1`,
  `arweave:${transaction}:01`,
  `arweave:${transaction}:1.5`,
  `arweave:${transaction}:1e3`,
  `arweave:${transaction}:0:0`,
  `arweave:${transaction}:0\n`,
  ` arweave:${transaction}:0`,
  `Arweave:${transaction}:0`,
  `solana:${transaction}:0`,
  `ao-:${transaction}:0`,
  `ao-doge:${transaction}:0`,
  `constructor:${transaction}:0`,
  "arweave::0",
  `arweave:${"a".repeat(129)}:0`,
  "arweave:../../etc/passwd:0",
  `arweave:${transaction}:9007199254740992`,
  `arweave:${transaction}:9999999999999999`,
  `arweave:${transaction}:99999999999999999`,
])("%j is no id", (id) => {
  expect(() => originOf(id)).toThrow(expect.objectContaining({ code: "bad-id" }))
})

function attempt(id: string): Origin | null {
  try {
    return originOf(id)
  } catch {
    return null
  }
}
