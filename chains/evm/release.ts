// Releases of the vault: what the group signs for them, and the calldata that has them paid. Pure; `contracts/README.md` defines it.

import { secp256k1 } from "@noble/curves/secp256k1.js"
import { BridgeError } from "../../core/errors.ts"
import { addressIn, numberIn, selectorOf, word, wordsOf } from "./abi.ts"
import { fromHex, toHex } from "./hex.ts"
import { proofOf, rootOf } from "./tree.ts"
import { digestOf, hashed, typeHash, type VaultDomain } from "./typed.ts"

/** What a release answers, by the number that the vault knows it by. */
export const KINDS = ["burn", "refund", "claim"] as const

export type ReleaseKind = (typeof KINDS)[number]

/** One payment. Addresses in lower case; the zero address is the chain's own coin. */
export interface Release {
  readonly kind: ReleaseKind
  readonly token: string
  readonly to: string
  /** Base units. */
  readonly amount: bigint
  /** Of the burn, of the deposit that goes back, or of a claimed transfer. It pays once. */
  readonly number: bigint
  /** 32 bytes, hex: the burn's message, or the transaction of the deposit or transfer. */
  readonly id: string
}

/** The 32 bytes that the group signs for these releases, in their order: EIP-712 `Approval(root)`. */
export function approvalOf(releases: readonly Release[], domain: VaultDomain): Uint8Array {
  return digestOf(hashed([APPROVAL_TYPE, toHex(rootOf(releases.map(leafOf)))]), domain)
}

/** EIP-712 `hashStruct` of a release. */
export function leafOf(release: Release): Uint8Array {
  return hashed([RELEASE_TYPE, ...fieldsOf(release)])
}

/**
 * Calldata that pays all of them, skipping what cannot be paid now; a single one is paid or reverts.
 * `signature` is the group's 64 bytes over `approvalOf`; throws `bad-signature` when its R is no point.
 */
export function calldataOf(releases: readonly Release[], signature: Uint8Array): Uint8Array {
  const [only, ...others] = releases
  if (only && others.length === 0) return claimOf(releases, 0, signature)
  const words = [
    // The list stands behind the signature.
    ...[word(4 * 32), ...signatureWords(signature), word(releases.length)],
    ...releases.flatMap(fieldWords),
  ]
  return fromHex(BATCH + words.join(""))
}

/** Calldata that pays one of them alone, whatever becomes of the others. */
export function claimOf(
  releases: readonly Release[],
  at: number,
  signature: Uint8Array,
): Uint8Array {
  const proof = proofOf(releases.map(leafOf), at)
  const words = [
    ...fieldWords(releases[at]!),
    // The proof stands behind six fields of the release, this place, and the signature.
    ...[word(10 * 32), ...signatureWords(signature), word(proof.length)],
    ...proof.map((hash) => word(toHex(hash))),
  ]
  return fromHex(RELEASE + words.join(""))
}

/**
 * A 64-byte signature as the vault takes it, each 32 bytes in hex: `rx`, the even `y` that it stands for
 * (BIP340 `lift_x`), and `s`. Throws `bad-signature` when R is no point.
 */
export function signatureFields(signature: Uint8Array) {
  const rx = toHex(signature.slice(0, 32))
  try {
    const { y } = secp256k1.Point.fromHex(`02${rx.slice(2)}`).toAffine()
    return { rx, ry: `0x${word(y)}`, s: toHex(signature.slice(32, 64)) }
  } catch (cause) {
    throw new BridgeError("bad-signature", { why: "R is not a point" }, { cause })
  }
}

/** The releases and the 64-byte signature in what `calldataOf` wrote; null for anything else. */
export function paidBy(
  calldata: Uint8Array,
): { readonly releases: readonly Release[]; readonly signature: Uint8Array } | null {
  const text = toHex(calldata)
  const words = wordsOf(`0x${text.slice(10)}`)
  if (words === null) return null
  const isBatch = text.startsWith(BATCH)
  const [fields, signed] = isBatch
    ? [words.slice(5), words.slice(1, 4)]
    : [words.slice(0, 6), words.slice(7, 10)]
  const releases = sixes(fields).map(releaseIn)
  if (signed.length < 3 || releases.some((one) => one === null)) return null
  const read = {
    releases: releases as readonly Release[],
    signature: fromHex(`0x${signed[0]}${signed[2]}`),
  }
  // One spelling only: what we would write ourselves.
  return read.releases.length > 0 && isWritten(read, text) ? read : null
}

function isWritten(read: NonNullable<ReturnType<typeof paidBy>>, text: string): boolean {
  try {
    return toHex(calldataOf(read.releases, read.signature)) === text
  } catch {
    return false
  }
}

/** Calldata of `isReleased`: whether the number of a release is used up. */
export function isReleasedCall({ kind, token, number }: Release): string {
  return IS_RELEASED + [word(KINDS.indexOf(kind)), word(token), word(number)].join("")
}

const FIELDS = "uint8,address,address,uint256,uint256,bytes32"
const SIGNATURE = "(uint256,uint256,uint256)"
const RELEASE = selectorOf(`release((${FIELDS}),bytes32[],${SIGNATURE})`)
const BATCH = selectorOf(`releaseBatch((${FIELDS})[],${SIGNATURE})`)
const IS_RELEASED = selectorOf("isReleased(uint8,address,uint256)")

const RELEASE_TYPE = typeHash(
  "Release(uint8 kind,address token,address to,uint256 amount,uint256 number,bytes32 id)",
)
const APPROVAL_TYPE = typeHash("Approval(bytes32 root)")
function fieldsOf({ kind, token, to, amount, number, id }: Release) {
  return [KINDS.indexOf(kind), token, to, amount, number, id] as const
}

function fieldWords(release: Release): readonly string[] {
  return fieldsOf(release).map(word)
}

function releaseIn(words: readonly string[]): Release | null {
  const [kind = "", token = "", to = "", amount = "", number = "", id = ""] = words
  const known = KINDS[Number(`0x${kind}`)]
  const accounts = [token, to].map(addressIn)
  if (words.length !== 6 || !known || accounts.includes(null)) return null
  return {
    ...{ kind: known, token: accounts[0]!, to: accounts[1]! },
    ...{ amount: numberIn(amount), number: numberIn(number), id: `0x${id}` },
  }
}

/** `signatureFields` as words of calldata. */
export function signatureWords(signature: Uint8Array): readonly string[] {
  const { rx, ry, s } = signatureFields(signature)
  return [rx, ry, s].map(word)
}

function sixes(words: readonly string[]): readonly (readonly string[])[] {
  return Array.from({ length: Math.ceil(words.length / 6) }, (_, n) =>
    words.slice(6 * n, 6 * n + 6),
  )
}
