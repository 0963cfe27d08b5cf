import { constants, createPublicKey, verify } from "node:crypto"
import Arweave from "arweave"
import fc from "fast-check"
import { beforeAll, describe, expect, test } from "vitest"
import { factorial, toBytes } from "../../../mpc/schemes/integers.ts"
import { publicPower } from "../../../mpc/schemes/modexp.ts"
import { combine, combineAny, type Partial } from "../../../mpc/schemes/rsa/combine.ts"
import { privateExponent, valuesOf } from "../../../mpc/schemes/rsa/deal.ts"
import { aGroup, encodedFor, type Group, message, partialsOf, quorums } from "./group.ts"

describe("a key of 4096 bits, 3 of 5", () => {
  let group: Group
  let all: Partial[]
  let encoded: bigint
  beforeAll(() => {
    group = aGroup()
    all = partialsOf(group, [1, 2, 3, 4, 5])
    encoded = encodedFor(group.key)
  })
  const pick = (indices: readonly number[]) => indices.map((index) => all[index - 1]!)
  const spoil = (partial: Partial): Partial => ({ ...partial, value: partial.value ^ 1n })

  test("every quorum makes the same signature, in any order of its partials", () => {
    const signatures = quorums(5, 3).map((quorum) => combine(group.key, encoded, pick(quorum)))

    expect(new Set(signatures).size).toBe(1)
    expect(combine(group.key, encoded, pick([5, 1, 3]))).toBe(signatures[0])
  })

  test("OpenSSL and Arweave's own client accept the signature", async () => {
    const signature = toBytes(combine(group.key, encoded, pick([2, 4, 5]))!, 512)
    const n = Buffer.from(group.key.publicKey).toString("base64url")
    const key = createPublicKey({ key: { kty: "RSA", n, e: "AQAB" }, format: "jwk" })
    const padding = constants.RSA_PKCS1_PSS_PADDING

    expect(verify("sha256", message, { key, padding, saltLength: 32 }, signature)).toBe(true)
    expect(await Arweave.crypto.verify(n, message, signature)).toBe(true)
  })

  test("a wrong partial makes no signature", () => {
    const [first, second, third] = pick([1, 2, 3])

    expect(combine(group.key, encoded, [first!, second!, spoil(third!)])).toBeNull()
    expect(combine(group.key, encoded + 1n, pick([1, 2, 3]))).toBeNull()
  })

  test.each([0n, 1n, -1n])(
    "a partial without a place among the residues makes no signature",
    (value) => {
      const [first, second] = pick([1, 2])
      const third = { index: 3, value: value < 0n ? group.key.modulus - 1n : value }

      expect(combine(group.key, encoded, [first!, second!, third])).toBeNull()
    },
  )

  test("a quorum is exactly the threshold of distinct members", () => {
    expect(() => combine(group.key, encoded, pick([1, 2]))).toThrow("exactly the threshold")
    expect(() => combine(group.key, encoded, pick([1, 2, 3, 4]))).toThrow("exactly the threshold")
    expect(() => combine(group.key, encoded, pick([1, 2, 2]))).toThrow("another party")
    const stranger = { index: 6, value: all[0]!.value }
    expect(() => combine(group.key, encoded, [...pick([1, 2]), stranger])).toThrow("a member")
  })

  test.each([{ wrong: [1] }, { wrong: [3] }, { wrong: [5, 1] }, { wrong: [2, 4] }])(
    "of five partials the wrong ones are named: $wrong",
    ({ wrong }) => {
      const partials = all.map((partial) =>
        wrong.includes(partial.index) ? spoil(partial) : partial,
      )

      const { signature, cheaters } = combineAny(group.key, encoded, partials)

      expect(signature).toBe(combine(group.key, encoded, pick([1, 2, 3])))
      // What comes after the first quorum that signs was not needed, so it was not looked at.
      const seen = wrong.filter((index) => index <= 3).length > 0
      expect([...cheaters].sort()).toEqual(seen ? [...wrong].sort() : [])
    },
  )

  test("with no partial to spare a wrong one is noticed but not named", () => {
    const partials = [...pick([1, 2]), spoil(all[2]!)]

    expect(combineAny(group.key, encoded, partials)).toEqual({ signature: null, cheaters: [] })
  })

  test("three wrong of five leave nothing to sign with", () => {
    const partials = all.map((partial) => (partial.index > 2 ? spoil(partial) : partial))

    expect(combineAny(group.key, encoded, partials)).toEqual({ signature: null, cheaters: [] })
  })
})

describe("small keys, any threshold", () => {
  // Safe primes of 30 bits.
  const [p, q] = [1073742623n, 1073743739n]
  const modulus = p * q
  const order = ((p - 1n) / 2n) * ((q - 1n) / 2n)
  const group = fc.integer({ min: 2, max: 9 }).chain((parties) =>
    fc.integer({ min: 2, max: parties }).chain((threshold) =>
      fc.record({
        parties: fc.constant(parties),
        threshold: fc.constant(threshold),
        quorum: fc.shuffledSubarray(
          Array.from({ length: parties }, (_, at) => at + 1),
          { minLength: threshold, maxLength: threshold },
        ),
        random: fc.array(fc.bigInt({ min: 0n, max: order - 1n }), {
          minLength: threshold - 1,
          maxLength: threshold - 1,
        }),
      }),
    ),
  )

  test("every quorum makes the root of every message", () => {
    const text = fc.bigInt({ min: 2n, max: modulus - 2n }).filter((x) => x % p > 0n && x % q > 0n)
    fc.assert(
      fc.property(group, text, fc.constantFrom(1n, 6n, 720n), (g, x, multiplier) => {
        const secret = multiplier * privateExponent(order)
        const shares = valuesOf([secret, ...g.random], order, g.parties)
        const twice = 2n * factorial(g.parties)

        const signature = combine(
          { modulus, multiplier, threshold: g.threshold, parties: g.parties },
          x,
          g.quorum.map((index) => {
            const value = publicPower(x, twice * shares[index - 1]!, modulus)
            return { index, value }
          }),
        )

        expect(signature).not.toBeNull()
        expect(publicPower(signature!, 65537n, modulus)).toBe(x)
      }),
    )
  })
})
