// Who can be paid: the canonical spelling of an address on Arweave and on AO. Pure; `lua/addresses.lua` has the same rules.

import { keccak_256 } from "@noble/hashes/sha3.js"
import { bytesToHex } from "@noble/hashes/utils.js"
import { isId, utf8 } from "./bytes.ts"
import type { Deployment } from "./chain.ts"

/** The canonical address on the home chain that a burn's recipient names; null for nobody who can be paid. */
export type Payee = (text: string, deployment: Deployment) => string | null

/** An Arweave address: the one spelling of 32 bytes, of which the all-zero ones are nobody. */
export function arweaveAddress(text: string): string | null {
  return isId(text) && text !== NOBODY ? text : null
}

/** An account on AO: the id of a wallet or of a process, or an Ethereum address with its checksum. */
export function aoAddress(text: string): string | null {
  return arweaveAddress(text) ?? evmAddress(text)
}

/** EIP-55. All lower or all upper case states no checksum and gets one; mixed case must be right. */
export function evmAddress(text: string): string | null {
  const digits = /^0x([0-9a-fA-F]{40})$/.exec(text)?.[1]
  if (digits === undefined || /^0+$/.test(digits)) return null
  const lower = digits.toLowerCase()
  const hash = bytesToHex(keccak_256(utf8(lower)))
  const checked = [...lower].map((digit, at) => (hash[at]! >= "8" ? digit.toUpperCase() : digit))
  const spelling = checked.join("")
  const statesChecksum = digits !== lower && digits !== digits.toUpperCase()
  return statesChecksum && digits !== spelling ? null : `0x${spelling}`
}

const NOBODY = "A".repeat(43)
