// The tree of claims: vectors that were made by another program, and what no proof may do.

import { createHash } from "node:crypto"
import fc from "fast-check"
import { describe, expect, test } from "vitest"
import {
  type Claim,
  claimText,
  isProven,
  leafOf,
  PROOF_MAX,
  proofOf,
  rootOf,
  treeOf,
} from "../../../core/rewards/merkle.ts"
import vectors from "../../vectors/merkle-claims.json" with { type: "json" }

const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest()
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex")
const bytes = (text: string) => Buffer.from(text, "hex")

test.each(vectors.trees)("$campaign $epoch has the root that another program found", (vector) => {
  const claims = vector.claims.map(
    ({ index, account, amount }): Claim => ({
      ...{ campaign: vector.campaign, epoch: vector.epoch },
      ...{ index, account, amount: BigInt(amount) },
    }),
  )

  const leaves = claims.map((claim) => leafOf(claim, sha256))
  const tree = treeOf(leaves, sha256)!

  expect(claims.map(claimText)).toEqual(vector.claims.map(({ text }) => text))
  expect(leaves.map(hex)).toEqual(vector.claims.map(({ leaf }) => leaf))
  expect(hex(rootOf(tree))).toBe(vector.root)
  for (const { index, proof } of vector.claims) expect(proofOf(tree, index).map(hex)).toEqual(proof)
})

test("every leaf is proven, and nothing else is", () => {
  const leaves = Array.from({ length: 11 }, (_, at) => sha256(Buffer.from(`leaf ${at}`)))
  const tree = treeOf(leaves, sha256)!
  const root = rootOf(tree)

  for (const [at, leaf] of leaves.entries()) {
    const proof = proofOf(tree, at)
    expect(isProven(root, leaf, proof, sha256)).toBe(true)
    expect(isProven(root, sha256(leaf), proof, sha256)).toBe(false)
    expect(isProven(root, leaf, proof.slice(1), sha256)).toBe(false)
    expect(isProven(root, leaf, [...proof, leaf], sha256)).toBe(false)
  }
})

test("a node is no leaf: its 64 bytes are not the 32 that a leaf hashes", () => {
  const claims = [claim({ index: 0 }), claim({ index: 1 })]
  const [one, other] = claims.map((each) => leafOf(each, sha256))
  const root = rootOf(treeOf([one!, other!], sha256)!)
  const text = claimText(claims[0]!)

  // What is proven by an empty proof is the root itself, which no claim hashes to.
  expect(isProven(root, root, [], sha256)).toBe(true)
  expect(hex(one!)).toBe(hex(sha256(sha256(Buffer.from(text)))))
  expect(text.length).not.toBe(64)
  expect(hex(sha256(Buffer.from(text)))).not.toBe(hex(one!))
})

test("a proof of more or of other parts than a tree can have proves nothing", () => {
  const leaf = sha256(Buffer.from("leaf"))
  const long = Array.from({ length: PROOF_MAX + 1 }, () => leaf)
  const root = rootOf(treeOf([leaf], sha256)!)

  expect(isProven(root, leaf, [], sha256)).toBe(true)
  expect(isProven(root, leaf, long, sha256)).toBe(false)
  expect(isProven(root, leaf, [bytes("00")], sha256)).toBe(false)
})

test("of no claims there is no tree", () => {
  expect(treeOf([], sha256)).toBeNull()
})

test("two different claims never have one text", () => {
  const name = fc.stringMatching(/^[a-z0-9][a-z0-9-]{0,31}$/)
  const some = fc.record({
    campaign: name,
    epoch: fc.integer({ min: 1, max: 99 }),
    index: fc.nat(99),
    account: fc.constantFrom("a".repeat(43), `${"a".repeat(42)}9`),
    amount: fc.bigInt({ min: 1n, max: 999n }),
  })

  fc.assert(
    fc.property(some, some, (one, other) => {
      const fields = (each: Claim) => Object.values(each).map(String).join(" ")
      expect(claimText(one) === claimText(other)).toBe(fields(one) === fields(other))
    }),
  )
})

describe("a claim is refused for", () => {
  test.each<[string, Partial<Claim>]>([
    ["a bar in a name", { campaign: "a|b" }],
    ["a name in capitals", { campaign: "TAOX" }],
    ["no name", { campaign: "" }],
    ["epoch zero", { epoch: 0 }],
    ["half an epoch", { epoch: 1.5 }],
    ["a place below zero", { index: -1 }],
    ["a place that no proof reaches", { index: 2 ** 32 }],
    ["a bar in an account", { account: `${"a".repeat(42)}|` }],
    ["an account that is too short", { account: "a" }],
    ["nothing", { amount: 0n }],
    ["less than nothing", { amount: -1n }],
    ["39 digits", { amount: 10n ** 38n }],
  ])("%s", (_, wrong) => {
    expect(() => claimText(claim(wrong))).toThrow(/bad-request/)
  })
})

function claim(some: Partial<Claim> = {}): Claim {
  const whole = { campaign: "taox", epoch: 1, index: 0, account: "a".repeat(43), amount: 5n }
  return { ...whole, ...some }
}
