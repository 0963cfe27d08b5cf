// A plain transfer to the vault, claimed by its sender: what is signed, the note that carries it, its name as a transfer. Pure.

import { secp256k1 } from "@noble/curves/secp256k1.js"
import { keccak_256 } from "@noble/hashes/sha3.js"
import { concat, fromBase64url, toBase64url } from "../bytes.ts"
import { word } from "./abi.ts"
import { fromHex, toHex } from "./hex.ts"
import { digestOf, hashed, typeHash, type VaultDomain } from "./typed.ts"

/** Fields of the EIP-712 type; addresses in lower case. */
export interface ClaimedTransfer {
  /** Hash of the transaction that holds the token's log. */
  readonly transaction: string
  /** Of the log in its block. */
  readonly logIndex: number
  readonly token: string
  /** Base units. */
  readonly amount: bigint
  /** Who is to be paid. */
  readonly to: string
}

/** What its sender says of a transfer: all the rest is in the chain. */
export interface ClaimNote {
  readonly transaction: string
  readonly logIndex: number
  readonly to: string
  readonly signature: Uint8Array
}

/** The 32 bytes that the sender signs for this vault. */
export function claimDigest(claim: ClaimedTransfer, domain: VaultDomain): Uint8Array {
  const { transaction, logIndex, token, amount, to } = claim
  return digestOf(hashed([CLAIM_TYPE, transaction, logIndex, token, amount, to]), domain)
}

/** The number of its release: it pays once, whoever is paid. */
export function claimNumber(transaction: string, logIndex: number): bigint {
  return BigInt(toHex(keccak_256(fromHex(`0x${word(transaction)}${word(logIndex)}`))))
}

/**
 * A claimed transfer's place in the id of its transfer: behind all numbers that deposits can have, so that the two
 * kinds share no id.
 */
export function claimIndex(logIndex: number): number {
  return FIRST + logIndex
}

/** The log that an index of a transfer's id names; null when it is a deposit's number. */
export function claimedLog(index: number): number | null {
  return index >= FIRST && index < FIRST + LOGS_MAX ? index - FIRST : null
}

/** The log of a transaction for which a release has this number; null when there is none. */
export function claimedBy(transaction: string, number: bigint): number | null {
  for (let index = 0; index < LOGS_MAX; index += 1)
    if (claimNumber(transaction, index) === number) return index
  return null
}

export function claimNoteOf({ transaction, logIndex, to, signature }: ClaimNote): string {
  const place = fromHex(`0x${word(logIndex).slice(56)}`)
  const head = [Uint8Array.of(VERSION), fromHex(transaction), place, fromHex(to)]
  return toBase64url(concat(...head, signature))
}

/** Null for anything that `claimNoteOf` does not write. */
export function claimNoteIn(note: string): ClaimNote | null {
  const bytes = fromBase64url(note)
  if (bytes?.[0] !== VERSION || bytes.length <= HEAD || bytes.length > HEAD + SIGNATURE_MAX)
    return null
  const logIndex = new DataView(bytes.buffer, bytes.byteOffset).getUint32(33)
  if (logIndex >= LOGS_MAX) return null
  return {
    ...{ transaction: toHex(bytes.subarray(1, 33)), logIndex },
    ...{ to: toHex(bytes.subarray(37, HEAD)), signature: bytes.slice(HEAD) },
  }
}

/** The account whose key made a signature of 65 bytes over a digest; null for what is none. */
export function signerOf(digest: Uint8Array, signature: Uint8Array): string | null {
  const last = signature[64] ?? 0
  const recovery = last >= 27 ? last - 27 : last
  if (signature.length !== 65 || recovery > 1) return null
  const recoverable = concat(Uint8Array.of(recovery), signature.subarray(0, 64))
  try {
    const key = secp256k1.recoverPublicKey(recoverable, digest, { prehash: false })
    const long = secp256k1.Point.fromBytes(key).toBytes(false)
    return toHex(keccak_256(long.subarray(1)).subarray(12))
  } catch {
    return null
  }
}

const CLAIM_TYPE = typeHash(
  "Claim(bytes32 transaction,uint256 logIndex,address token,uint256 amount,address to)",
)
/** The vault counts deposits in 48 bits. */
const FIRST = 2 ** 48
/** More logs than a block has gas for. */
const LOGS_MAX = 100_000
const VERSION = 1
const HEAD = 57
/** A contract's wallet may want several signatures; the note as text stays within 400 characters. */
const SIGNATURE_MAX = 240
