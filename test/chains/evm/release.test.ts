// What the group signs for the vault, and what is handed to it: as ethers encodes it, and as the contract knows it.

import { deepEqual, equal, ok, throws } from "node:assert/strict"
import { readFileSync } from "node:fs"
import { schnorr } from "@noble/curves/secp256k1.js"
import { Interface, TypedDataEncoder, zeroPadValue } from "ethers"
import fc from "fast-check"
import { describe, test } from "vitest"
import { fromHex, toHex } from "../../../chains/evm/hex.ts"
import {
  approvalOf,
  calldataOf,
  claimOf,
  isReleasedCall,
  KINDS,
  leafOf,
  paidBy,
  type Release,
} from "../../../chains/evm/release.ts"
import { proofOf, rootOf } from "../../../chains/evm/tree.ts"
import { vaultArtifact } from "../../../devnet/evm/contracts.ts"
import { TYPES, treeOf, VECTORS_FILE, type Vectors } from "../../contracts/vectors.ts"
import { groupSecret } from "./builders.ts"

const { approvals }: Vectors = JSON.parse(readFileSync(VECTORS_FILE, "utf8"))
const domain = { chainId: BigInt(approvals.chainId), vault: approvals.vault }
const known = approvals.releases.map(
  ({ kind, amount, number, ...rest }): Release => ({
    ...rest,
    ...{ kind: KINDS[kind]!, amount: BigInt(amount), number: BigInt(number) },
  }),
)
const vault = new Interface(JSON.stringify(vaultArtifact().abi))
const word = (bits: number) => fc.bigInt({ min: 0n, max: 2n ** BigInt(bits) - 1n })
const hexOf = (bytes: number) =>
  fc.uint8Array({ minLength: bytes, maxLength: bytes }).map((one) => toHex(one))
const anyRelease: fc.Arbitrary<Release> = fc.record(
  {
    ...{ kind: fc.constantFrom(...KINDS), token: hexOf(20), to: hexOf(20) },
    ...{ amount: word(256), number: word(256), id: hexOf(32) },
  },
  { noNullPrototype: true },
)
const releases = fc.array(anyRelease, { minLength: 1, maxLength: 20 })
const tuple = ({ kind, ...rest }: Release) => ({ ...rest, kind: KINDS.indexOf(kind) })
const signature = schnorr.sign(new Uint8Array(32), groupSecret)
const expanded = (bytes: Uint8Array) => {
  const rx = bytes.slice(0, 32)
  return { rx: toHex(rx), ry: liftedY(rx), s: toHex(bytes.slice(32)) }
}

function liftedY(rx: Uint8Array): bigint {
  return schnorr.utils.lift_x(BigInt(toHex(rx))).toAffine().y
}

describe("the vault's known answers", () => {
  test("leaves, roots, proofs and digests are the vault's", () => {
    deepEqual(
      known.map((release) => toHex(leafOf(release))),
      approvals.releases.map(({ leaf }) => leaf),
    )
    for (const { count, root, proofs, digest } of approvals.trees) {
      const some = known.slice(0, count)
      equal(toHex(rootOf(some.map(leafOf))), root)
      equal(toHex(approvalOf(some, domain)), digest)
      for (const [at, proof] of proofs.entries())
        deepEqual(proofOf(some.map(leafOf), at).map(toHex), proof)
    }
  })

  test("an approval is of one chain and one vault", () => {
    const texts = [
      domain,
      { ...domain, chainId: 1n },
      { ...domain, vault: `0x${"12".repeat(20)}` },
    ].map((one) => toHex(approvalOf(known, one)))

    equal(new Set(texts).size, 3)
  })
})

test("a release is hashed as ethers hashes typed data", () => {
  fc.assert(
    fc.property(anyRelease, (one) => {
      const types = { Release: TYPES.Release }
      equal(toHex(leafOf(one)), TypedDataEncoder.hashStruct("Release", types, tuple(one)))
    }),
  )
})

test("a tree of any size has the root and the proofs of its definition", () => {
  fc.assert(
    fc.property(fc.array(hexOf(32), { minLength: 1, maxLength: 40 }), (leaves) => {
      const bytes = leaves.map(fromHex)
      const { root, proofs } = treeOf(leaves)
      equal(toHex(rootOf(bytes)), root)
      deepEqual(
        leaves.map((_, at) => proofOf(bytes, at).map(toHex)),
        proofs,
      )
    }),
  )
})

test("calldata is as ethers writes it", () => {
  fc.assert(
    fc.property(releases, fc.nat(), (list, n) => {
      const at = n % list.length
      const proof = proofOf(list.map(leafOf), at).map(toHex)
      const whole =
        list.length === 1
          ? vault.encodeFunctionData("release", [tuple(list[0]!), [], expanded(signature)])
          : vault.encodeFunctionData("releaseBatch", [list.map(tuple), expanded(signature)])

      equal(toHex(calldataOf(list, signature)), whole)
      equal(
        toHex(claimOf(list, at, signature)),
        vault.encodeFunctionData("release", [tuple(list[at]!), proof, expanded(signature)]),
      )
      equal(
        isReleasedCall(list[at]!),
        vault.encodeFunctionData("isReleased", [
          ...[KINDS.indexOf(list[at]!.kind), list[at]!.token, list[at]!.number],
        ]),
      )
    }),
  )
})

test("calldata is read back as what it pays, in its one spelling", () => {
  fc.assert(
    fc.property(releases, fc.nat(), fc.integer({ min: 1, max: 255 }), (list, n, by) => {
      const calldata = calldataOf(list, signature)
      deepEqual(paidBy(calldata), { releases: list, signature })
      const spoiled = calldata.with(n % calldata.length, calldata[n % calldata.length]! ^ by)
      const read = paidBy(spoiled)
      ok(read === null || toHex(calldataOf(read.releases, read.signature)) === toHex(spoiled))
    }),
  )
  for (const bytes of [[], [1, 2, 3, 4], new Array(4 + 32 * 11).fill(0)])
    equal(paidBy(Uint8Array.from(bytes)), null)
})

test("a signature whose R is no point is refused before anybody pays gas for it", () => {
  const spoiled = fromHex(zeroPadValue("0x05", 64))

  throws(() => calldataOf(known, spoiled), { code: "bad-signature" })
})
