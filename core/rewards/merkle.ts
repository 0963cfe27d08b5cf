// The tree of an epoch's claims: one SHA-256 root, and for each account a proof that it may have so much.
//
// A leaf hashes a 32-byte hash and a node hashes 64 bytes, so that neither can be shown as the other.

import { assert } from "../assert.ts"
import { BridgeError } from "../errors.ts"

/** SHA-256 of bytes, 32 bytes. */
export type Sha256 = (bytes: Uint8Array) => Uint8Array

export interface Claim {
  readonly campaign: string
  /** 1, 2, 3, … */
  readonly epoch: number
  /** Place of the leaf: 0 for the first account. */
  readonly index: number
  /** Who claims: an account on AO, in its canonical spelling. */
  readonly account: string
  /** All that the account was ever given, base units: what was claimed before is taken off when it is paid. */
  readonly amount: bigint
}

/** Nodes from the leaves (first) to the root (last, alone). */
export type Tree = readonly (readonly Uint8Array[])[]

/** No tree that fits into 2^32 places is deeper. */
export const PROOF_MAX = 32

const CAMPAIGN = /^[a-z0-9][a-z0-9-]{0,31}$/
const ACCOUNT = /^[A-Za-z0-9_-]{42,43}$/
const INDEX_MAX = 2 ** 32 - 1

/**
 * `causeway-claim/v1|campaign|epoch|index|account|amount`, numbers in decimal without leading zeros. No field can hold
 * the bar between them, so two claims never have one text. Throws `bad-request` for a field that is not as it must be.
 */
export function claimText({ campaign, epoch, index, account, amount }: Claim): string {
  if (!CAMPAIGN.test(campaign)) throw new BridgeError("bad-request", { campaign })
  if (!Number.isSafeInteger(epoch) || epoch < 1) throw new BridgeError("bad-request", { epoch })
  if (!Number.isInteger(index) || index < 0 || index > INDEX_MAX)
    throw new BridgeError("bad-request", { index })
  if (!ACCOUNT.test(account)) throw new BridgeError("bad-request", { account })
  if (amount < 1n || amount >= AMOUNT_END) throw new BridgeError("bad-request", { amount })
  return `causeway-claim/v1|${campaign}|${epoch}|${index}|${account}|${amount}`
}

/** Amounts have at most 38 digits, as everywhere. */
const AMOUNT_END = 10n ** 38n

/** SHA-256 of the SHA-256 (as 32 bytes) of the claim's text. */
export function leafOf(claim: Claim, sha256: Sha256): Uint8Array {
  return sha256(sha256(ascii(claimText(claim))))
}

/**
 * Leaves stay where they are: leaf n is claim n. Each node is the SHA-256 of its two children, the smaller one (as bytes)
 * first; a child without a partner goes up as it is. Of no leaves there is no tree: null.
 */
export function treeOf(leaves: readonly Uint8Array[], sha256: Sha256): Tree | null {
  if (leaves.length === 0) return null
  const levels: (readonly Uint8Array[])[] = [leaves]
  for (let below = leaves; below.length > 1; ) {
    const level: Uint8Array[] = []
    for (let at = 0; at < below.length; at += 2) {
      const [one, other] = [below[at]!, below[at + 1]]
      level.push(other ? nodeOf(one, other, sha256) : one)
    }
    levels.push(level)
    below = level
  }
  return levels
}

export function rootOf(tree: Tree): Uint8Array {
  return tree.at(-1)![0]!
}

/** The partners of a leaf and of all above it, the lowest first; where there is none, none is named. */
export function proofOf(tree: Tree, index: number): readonly Uint8Array[] {
  assert(index >= 0 && index < tree[0]!.length, "a proof is of a leaf in its tree")
  let at = index
  const proof: Uint8Array[] = []
  for (const level of tree.slice(0, -1)) {
    const partner = level[at ^ 1]
    if (partner) proof.push(partner)
    at >>= 1
  }
  return proof
}

/** Whether the leaf is in the tree of that root. */
export function isProven(
  root: Uint8Array,
  leaf: Uint8Array,
  proof: readonly Uint8Array[],
  sha256: Sha256,
): boolean {
  if (proof.length > PROOF_MAX || proof.some((part) => part.length !== 32)) return false
  const reached = proof.reduce((node, partner) => nodeOf(node, partner, sha256), leaf)
  return compare(reached, root) === 0
}

function nodeOf(one: Uint8Array, other: Uint8Array, sha256: Sha256): Uint8Array {
  const bytes = new Uint8Array(64)
  const isFirst = compare(one, other) <= 0
  bytes.set(isFirst ? one : other)
  bytes.set(isFirst ? other : one, 32)
  return sha256(bytes)
}

function compare(one: Uint8Array, other: Uint8Array): number {
  assert(one.length === 32 && other.length === 32, "a node is 32 bytes")
  for (let at = 0; at < 32; at += 1) if (one[at] !== other[at]) return one[at]! - other[at]!
  return 0
}

function ascii(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length)
  for (let at = 0; at < text.length; at += 1) bytes[at] = text.charCodeAt(at)
  return bytes
}
