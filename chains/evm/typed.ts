// EIP-712 in the domain of a vault: what makes a signature of the group good for that vault alone. Pure.

import { keccak_256 } from "@noble/hashes/sha3.js"
import { concat, utf8 } from "../bytes.ts"
import { word } from "./abi.ts"
import { fromHex, toHex } from "./hex.ts"

export interface VaultDomain {
  readonly chainId: bigint
  /** Address of the vault. */
  readonly vault: string
}

/** `Name(type field,...)` as the first word of its structs. */
export function typeHash(text: string): string {
  return toHex(keccak_256(utf8(text)))
}

/** `hashStruct` of a type and its fields, each of 32 bytes at most. */
export function hashed(fields: readonly (bigint | number | string)[]): Uint8Array {
  return keccak_256(fromHex(`0x${fields.map(word).join("")}`))
}

/** The 32 bytes that the group signs for a struct. */
export function digestOf(struct: Uint8Array, domain: VaultDomain): Uint8Array {
  return keccak_256(concat(Uint8Array.of(0x19, 0x01), fromHex(separatorOf(domain)), struct))
}

/** What stands for the domain in every digest, hex with 0x. */
export function separatorOf({ chainId, vault }: VaultDomain): string {
  return toHex(hashed([DOMAIN_TYPE, typeHash("Causeway"), typeHash("1"), chainId, vault]))
}

const DOMAIN_TYPE = typeHash(
  "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)",
)
