import { checkPrimeSync, generatePrimeSync } from "node:crypto"
import { describe, expect, test } from "vitest"
import { bitLength, toInteger } from "../../../mpc/schemes/integers.ts"
import { dealApart } from "../../../mpc/schemes/rsa/apart.ts"
import { combine } from "../../../mpc/schemes/rsa/combine.ts"
import { deal, generatePrimes } from "../../../mpc/schemes/rsa/deal.ts"
import { checkShare } from "../../../mpc/schemes/rsa/partial.ts"
import { decodeShare, encodeShare } from "../../../mpc/schemes/rsa/share.ts"
import { ORDINARY_PRIMES, SAFE_PRIMES } from "../../fixtures/rsa-primes.ts"
import { aGroup, encodedFor, partialsOf, power } from "./group.ts"

describe("a dealt key", () => {
  test("has a modulus of exactly 4096 bits, and its public key is that modulus", () => {
    const { key } = aGroup(2, 2)

    expect(bitLength(key.modulus)).toBe(4096)
    expect(key.publicKey).toHaveLength(512)
    expect(toInteger(key.publicKey)).toBe(key.modulus)
  })

  test("says whether both its primes are safe", () => {
    expect(aGroup(2, 2).key.primes).toBe("safe")
    expect(deal(ORDINARY_PRIMES, 2, 2).key.primes).toBe("ordinary")
    expect(deal({ p: SAFE_PRIMES.p, q: ORDINARY_PRIMES.q }, 2, 2).key.primes).toBe("ordinary")
  })

  test("commits to each share, and no share passes for another", () => {
    const { key, shares } = aGroup(2, 3)

    for (const [place, share] of shares.entries()) {
      checkShare(power, key, place + 1, share)
      expect(() => checkShare(power, key, ((place + 1) % 3) + 1, share)).toThrow(
        expect.objectContaining({ code: "share-locked" }),
      )
    }
  })

  test("signs with any threshold from 2 to all", () => {
    for (const [threshold, parties] of [
      [2, 2],
      [2, 3],
      [4, 4],
    ] as const) {
      const group = aGroup(threshold, parties)
      const quorum = Array.from({ length: threshold }, (_, at) => parties - at)

      expect(combine(group.key, encodedFor(group.key), partialsOf(group, quorum))).not.toBeNull()
    }
  })

  test.each([
    ["a threshold of 1", SAFE_PRIMES, 1, 5],
    ["a threshold of 0", SAFE_PRIMES, 0, 5],
    ["a threshold above the parties", SAFE_PRIMES, 6, 5],
    ["a threshold that is no number", SAFE_PRIMES, Number.NaN, 5],
    ["more parties than a group may have", SAFE_PRIMES, 3, 129],
    ["equal primes", { p: SAFE_PRIMES.p, q: SAFE_PRIMES.p }, 3, 5],
    ["a composite", { p: SAFE_PRIMES.p, q: SAFE_PRIMES.q + 2n }, 3, 5],
    ["a modulus of another size", { p: SAFE_PRIMES.p, q: 65539n }, 3, 5],
  ])("is refused for %s", (_, primes, threshold, parties) => {
    expect(() => deal(primes, threshold, parties)).toThrow(
      expect.objectContaining({ code: "bad-key" }),
    )
  })

  // With p - 1 divisible by 3, the third share alone would tell the key modulo 3.
  test("is refused when the order has a factor as small as an index", () => {
    const prime = () => generatePrimeSync(2048, { add: 12n, rem: 7n, bigint: true })
    let q = prime()
    while (bitLength(SAFE_PRIMES.p * q) < 4096) q = prime()

    expect((q - 1n) % 3n).toBe(0n)
    expect(() => deal({ p: SAFE_PRIMES.p, q }, 2, 3)).toThrow("a factor as small as an index")
    expect(deal({ p: SAFE_PRIMES.p, q }, 2, 2).key.parties).toBe(2)
  })
})

test("ordinary primes for a local network come within seconds and can be dealt", async () => {
  const { p, q } = await generatePrimes({ safe: false })

  expect(checkPrimeSync(p) && checkPrimeSync(q)).toBe(true)
  expect(bitLength(p * q)).toBe(4096)
  expect(deal({ p, q }, 3, 5).key.primes).toBe("ordinary")
})

test("a share is its bytes, sign included, and other bytes are none", () => {
  for (const share of [1n, -1n, 2n ** 4100n + 3n, -(2n ** 4100n)]) {
    expect(decodeShare(encodeShare(share))).toBe(share)
  }
  for (const bytes of [[], [0], [2, 1], new Array(3000).fill(0)]) {
    expect(() => decodeShare(Uint8Array.from(bytes))).toThrow(
      expect.objectContaining({ code: "share-locked" }),
    )
  }
})

test("a key that is dealt apart is whole, and everything else has its turns meanwhile", async () => {
  let turns = 0
  const timer = setInterval(() => {
    turns += 1
  }, 1)

  const { key, shares } = await dealApart(ORDINARY_PRIMES, 2, 3)
  clearInterval(timer)

  expect(key.modulus).toBe(ORDINARY_PRIMES.p * ORDINARY_PRIMES.q)
  expect(shares).toHaveLength(3)
  expect(turns).toBeGreaterThan(10)
})
