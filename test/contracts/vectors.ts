// Known answers for the vault, made by libraries that know nothing of it: keys and signatures by noble, typed data by
// ethers. `npx tsx test/contracts/vectors.ts && npm run format` writes them where forge reads them; the same figures each time.

import { writeFileSync } from "node:fs"
import path from "node:path"
import { schnorr, schnorr_FROST, secp256k1 } from "@noble/curves/secp256k1.js"
import { bytesToHex, hexToBytes } from "@noble/hashes/utils.js"
import { keccak256, TypedDataEncoder, toBeHex } from "ethers"

export const VECTORS_FILE = path.resolve(
  import.meta.dirname,
  "../../contracts/test/vectors/approvals.json",
)

export interface Vectors {
  readonly signatures: readonly SignatureVector[]
  readonly approvals: Approvals
}

/** Whether `verify(key, digest, (rx, ry, s))` holds; all 32 bytes, hex with 0x. */
export interface SignatureVector {
  readonly name: string
  readonly key: string
  readonly digest: string
  readonly rx: string
  readonly ry: string
  readonly s: string
  readonly valid: boolean
}

type Signature = Pick<SignatureVector, "rx" | "ry" | "s">

interface Approvals {
  readonly chainId: number
  readonly vault: string
  readonly key: string
  readonly releases: readonly (ReleaseFields & { readonly leaf: string })[]
  /** Trees over the first `count` releases, and the way from each of them to the root. */
  readonly trees: readonly Tree[]
  readonly operations: readonly (OperationFields & { readonly digest: string } & Signature)[]
  readonly possession: { readonly key: string; readonly digest: string } & Signature
  readonly claim: ClaimFields & { readonly number: string; readonly digest: string }
}

interface Tree extends Signature {
  readonly count: number
  readonly root: string
  readonly digest: string
  readonly proofs: readonly (readonly string[])[]
}

interface ReleaseFields {
  readonly kind: number
  readonly token: string
  readonly to: string
  readonly amount: string
  readonly number: string
  readonly id: string
}

interface OperationFields {
  readonly kind: number
  readonly target: string
  readonly value: string
  readonly window: number
  readonly number: number
}

interface ClaimFields {
  readonly transaction: string
  readonly logIndex: number
  readonly token: string
  readonly amount: string
  readonly to: string
}

export const TYPES = {
  Release: fields("uint8 kind,address token,address to,uint256 amount,uint256 number,bytes32 id"),
  Approval: fields("bytes32 root"),
  Operation: fields("uint8 kind,address target,uint256 value,uint48 window,uint48 number"),
  Possession: fields("uint256 key,uint256 predecessor"),
  Claim: fields("bytes32 transaction,uint256 logIndex,address token,uint256 amount,address to"),
}

const VAULT = "0x00000000000000000000000000000000000ca05e"
const TOKEN = "0x0000000000000000000000000000000000007011"
const DOMAIN = { name: "Causeway", version: "1", chainId: 56, verifyingContract: VAULT }
const SECRET = scalar("group")
const NEXT_SECRET = scalar("next group")

export function vectors(): Vectors {
  return { signatures: signatures(), approvals: approvals() }
}

/** What a vault is handed for 64 bytes `rx || s`: the even y of R is added. */
export function expand(signature: Uint8Array): Signature {
  const rx = bytesToHex(signature.slice(0, 32))
  const { y } = secp256k1.Point.fromHex(`02${rx}`).toAffine()
  return { rx: `0x${rx}`, ry: word(y), s: `0x${bytesToHex(signature.slice(32))}` }
}

/** Roots and proofs, layer by layer: neighbours in pairs, the smaller first, the odd one moves up as it is. */
export function treeOf(leaves: readonly string[]): { root: string; proofs: string[][] } {
  const proofs: string[][] = leaves.map(() => [])
  let layer = leaves.map((leaf, at) => ({ hash: leaf, below: [at] }))
  while (layer.length > 1) {
    const next: typeof layer = []
    for (let at = 0; at < layer.length; at += 2) {
      const [left, right] = [layer[at]!, layer[at + 1]]
      if (right) {
        for (const leaf of left.below) proofs[leaf]!.push(right.hash)
        for (const leaf of right.below) proofs[leaf]!.push(left.hash)
      }
      const below = [...left.below, ...(right?.below ?? [])]
      next.push({ hash: right ? pairHash(left.hash, right.hash) : left.hash, below })
    }
    layer = next
  }
  return { root: layer[0]!.hash, proofs }
}

function approvals(): Approvals {
  const releases = [
    release(0, TOKEN, 1_000_000n, 1n),
    release(0, zeroAddress(), 2n * 10n ** 18n, 1n),
    release(1, TOKEN, 3_000_000n, 1n),
    release(2, TOKEN, 4n, BigInt(digest("a transfer and its index"))),
    release(0, TOKEN, 5n, 256n),
    release(0, TOKEN, 6n, 2n ** 64n - 1n),
    release(0, TOKEN, 7n, 7n),
  ].map((item) => ({
    ...item,
    leaf: TypedDataEncoder.hashStruct("Release", { Release: TYPES.Release }, item),
  }))
  const trees = [1, 2, 3, 5, 7].map((count) => {
    const { root, proofs } = treeOf(releases.slice(0, count).map(({ leaf }) => leaf))
    return { count, root, proofs, ...signed("Approval", { root }) }
  })
  const key = keyOf(NEXT_SECRET)
  const possession = { key, predecessor: keyOf(SECRET) }
  const claim = {
    transaction: digest("a transfer"),
    logIndex: 3,
    token: TOKEN,
    amount: "4",
    to: account("claimer"),
  }
  return {
    chainId: DOMAIN.chainId,
    vault: VAULT,
    key: keyOf(SECRET),
    releases,
    trees,
    operations: operations(),
    possession: { key, ...signed("Possession", possession, NEXT_SECRET) },
    claim: {
      ...claim,
      number: keccak256(claim.transaction + toBeHex(claim.logIndex, 32).slice(2)),
      digest: typedDigest("Claim", claim),
    },
  }
}

function operations(): Approvals["operations"] {
  const list: OperationFields[] = [
    { kind: 0, target: zeroAddress(), value: keyOf(NEXT_SECRET), window: 0, number: 0 },
    { kind: 1, target: zeroAddress(), value: "0", window: 0, number: 1 },
    { kind: 2, target: TOKEN, value: "1000000000", window: 86_400, number: 2 },
    { kind: 3, target: account("guardian"), value: "0", window: 0, number: 3 },
    { kind: 4, target: TOKEN, value: VAULT, window: 0, number: 4 },
  ]
  return list.map((operation) => ({ ...operation, ...signed("Operation", { ...operation }) }))
}

function signatures(): SignatureVector[] {
  const made = Array.from({ length: 8 }, (_, at) => {
    const secret = scalar(`signer ${at}`)
    const message = digest(`message ${at}`)
    return { name: `noble ${at}`, key: keyOf(secret), digest: message, ...sign(secret, message) }
  })
  const [one] = made
  const two = made[1]!
  const order = secp256k1.Point.Fn.ORDER
  const field = secp256k1.Point.Fp.ORDER
  const spoiled: Record<string, Partial<SignatureVector>> = {
    "another key": { key: two.key },
    "another digest": { digest: two.digest },
    "another R": { rx: two.rx, ry: two.ry },
    "another s": { s: two.s },
    "the y of another R": { ry: two.ry },
    "the odd y": { ry: word(field - BigInt(one!.ry)) },
    "-s": { s: word(order - BigInt(one!.s)) },
    "s of zero": { s: word(0n) },
    "R of zeros": { rx: word(0n), ry: word(0n) },
    "all zeros": { rx: word(0n), ry: word(0n), s: word(0n) },
  }
  const bad = Object.entries(spoiled).map(([name, change]) => ({ ...one!, name, ...change }))
  return [
    ...made.map((vector) => ({ ...vector, valid: true })),
    { ...byThreeOfFive(), valid: true },
    ...bad.map((vector) => ({ ...vector, valid: false })),
  ]
}

/** As a group of signers makes it, in two rounds. */
function byThreeOfFive(): Omit<SignatureVector, "valid"> {
  const random = stream("three of five")
  const message = digest("message of three of five")
  const dealt = schnorr_FROST.trustedDealer({ min: 3, max: 5 }, undefined, undefined, random)
  const quorum = Object.values(dealt.secretShares)
    .slice(1, 4)
    .map((share) => ({ share, committed: schnorr_FROST.commit(share, random) }))
  const list = quorum.map(({ committed }) => committed.commitments)
  const bytes = hexToBytes(message.slice(2))
  const shares = quorum.map(({ share, committed }) => [
    share.identifier,
    schnorr_FROST.signShare(share, dealt.public, committed.nonces, list, bytes),
  ])
  const signature = schnorr_FROST.aggregate(dealt.public, list, bytes, Object.fromEntries(shares))
  // The first commitment of the polynomial is the group's point, compressed.
  const key = `0x${bytesToHex(dealt.public.commitments[0]!.slice(1))}`
  return { name: "FROST, 3 of 5", key, digest: message, ...expand(signature) }
}

/** Bytes that look random and are the same each time. */
function stream(name: string): (length?: number) => Uint8Array {
  let count = 0
  return (length = 32) => {
    const words = Array.from({ length: Math.ceil(length / 32) }, () => scalar(`${name} ${count++}`))
    return Uint8Array.from(words.flatMap((one) => [...one])).slice(0, length)
  }
}

function release(kind: number, token: string, amount: bigint, number: bigint): ReleaseFields {
  const id = digest(`id ${kind} ${number}`)
  const to = account(`recipient ${kind} ${number}`)
  return { kind, token, to, amount: String(amount), number: String(number), id }
}

function signed(
  type: keyof typeof TYPES,
  value: Record<string, unknown>,
  secret = SECRET,
): { digest: string } & Signature {
  const message = typedDigest(type, value)
  return { digest: message, ...sign(secret, message) }
}

function typedDigest(type: keyof typeof TYPES, value: Record<string, unknown>): string {
  return TypedDataEncoder.hash(DOMAIN, { [type]: TYPES[type] }, value)
}

function sign(secret: Uint8Array, message: string): Signature {
  return expand(schnorr.sign(hexToBytes(message.slice(2)), secret, new Uint8Array(32)))
}

function keyOf(secret: Uint8Array): string {
  return `0x${bytesToHex(schnorr.getPublicKey(secret))}`
}

function pairHash(a: string, b: string): string {
  return BigInt(a) < BigInt(b) ? keccak256(a + b.slice(2)) : keccak256(b + a.slice(2))
}

function scalar(name: string): Uint8Array {
  return hexToBytes(digest(name).slice(2))
}

function account(name: string): string {
  return `0x${digest(name).slice(26)}`
}

function digest(name: string): string {
  return keccak256(new TextEncoder().encode(`causeway vault vectors: ${name}`))
}

function word(value: bigint): string {
  return toBeHex(value, 32)
}

function zeroAddress(): string {
  return `0x${"00".repeat(20)}`
}

function fields(text: string): { type: string; name: string }[] {
  return text.split(",").map((field) => {
    const [type = "", name = ""] = field.split(" ")
    return { type, name }
  })
}

if (process.argv[1] === import.meta.filename)
  writeFileSync(VECTORS_FILE, `${JSON.stringify(vectors(), null, 2)}\n`)
