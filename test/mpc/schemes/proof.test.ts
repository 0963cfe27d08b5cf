import { beforeAll, expect, test } from "vitest"
import { inverse } from "../../../mpc/schemes/integers.ts"
import { combine, type Partial } from "../../../mpc/schemes/rsa/combine.ts"
import { isProven, prove } from "../../../mpc/schemes/rsa/proof.ts"
import { aGroup, encodedFor, type Group, partialsOf, power } from "./group.ts"

let group: Group
let encoded: bigint
let partial: Partial
let proof: Uint8Array<ArrayBuffer>

beforeAll(() => {
  group = aGroup(2, 3)
  encoded = encodedFor(group.key)
  partial = partialsOf(group, [2])[0]!
  proof = prove(power, group.key, group.shares[1]!, encoded, partial)
})

const proven = (over: { encoded?: bigint; partial?: Partial; proof?: Uint8Array } = {}) =>
  isProven(power, group.key, over.encoded ?? encoded, over.partial ?? partial, over.proof ?? proof)

test("the right partial is proven", () => {
  expect(proven()).toBe(true)
})

test("two proofs of one partial have nothing in common", () => {
  const again = prove(power, group.key, group.shares[1]!, encoded, partial)

  expect(Buffer.from(again.subarray(0, 16))).not.toEqual(Buffer.from(proof.subarray(0, 16)))
})

test("a proof is for one partial, message and party", () => {
  expect(proven({ partial: { ...partial, value: partial.value + 1n } })).toBe(false)
  expect(proven({ partial: { ...partial, index: 1 } })).toBe(false)
  expect(proven({ encoded: encodedFor(group.key, new Uint8Array(48)) })).toBe(false)
})

test("a partial of another share cannot be proven", () => {
  const other = { index: 2, value: partialsOf(group, [3])[0]!.value }

  const forged = prove(power, group.key, group.shares[2]!, encoded, other)

  expect(proven({ partial: other, proof: forged })).toBe(false)
})

test("a proof with any part changed, cut, or stretched is none", () => {
  for (const at of [0, 15, 16, 300, proof.length - 1]) {
    const changed = Uint8Array.from(proof)
    changed[at]! ^= 1
    expect(proven({ proof: changed }), `byte ${at}`).toBe(false)
  }
  for (const length of [0, 16, 17, 200, proof.length - 1]) {
    expect(proven({ proof: proof.subarray(0, length) }), `length ${length}`).toBe(false)
  }
  expect(proven({ proof: Buffer.concat([proof, Buffer.alloc(5_000)]) })).toBe(false)
})

test("a trivial partial is never proven", () => {
  for (const value of [0n, 1n, group.key.modulus - 1n]) {
    expect(proven({ partial: { ...partial, value } })).toBe(false)
  }
})

// The proof is about the square of a partial, so its sign is open; combining squares it as well.
test("a partial that is proven combines, also with the other sign", () => {
  const negated = { ...partial, value: group.key.modulus - partial.value }
  const other = partialsOf(group, [1])[0]!

  expect(proven({ partial: negated })).toBe(true)
  expect(combine(group.key, encoded, [other, negated])).toBe(
    combine(group.key, encoded, [other, partial]),
  )
})

test("a negative share proves and signs as well", () => {
  const share = -group.shares[1]!
  const { modulus, verificationValues } = group.key
  const inverted = inverse(verificationValues[1]!, modulus)!
  const key = { ...group.key, verificationValues: [5n, inverted, 5n] }
  const [made] = partialsOf({ key, shares: [0n, share] }, [2])

  const shown = prove(power, key, share, encoded, made!)

  expect((made!.value * partial.value) % modulus).toBe(1n)
  expect(isProven(power, key, encoded, made!, shown)).toBe(true)
})
