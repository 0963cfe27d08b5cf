// Whether the owner of a wallet signed a text by which they sign in, or any other. It is the evidence.

import { secp256k1 } from "@noble/curves/secp256k1.js"
import { keccak_256 } from "@noble/hashes/sha3.js"
import { bytesToHex, hexToBytes } from "@noble/hashes/utils.js"
import { concat, fromBase64url, utf8 } from "./bytes.ts"
import { keyOf, keyOfOwner } from "./party.ts"
import { isRsaSigned, sha256 } from "./rsa.ts"
import { signInOf } from "./sign-in-text.ts"

export { SIGN_IN_MS_MAX, type SignIn, signInOf, signInText } from "./sign-in-text.ts"

/** How a wallet proves that it signed. */
export type Proof =
  /** `personal_sign` (EIP-191): 65 bytes, 0x and hexadecimal. */
  | { readonly kind: "evm"; readonly signature: string }
  /** `signMessage` of Arweave wallets: RSA-PSS over the text's SHA-256, with the key itself; both base64url. */
  | { readonly kind: "arweave"; readonly owner: string; readonly signature: string }

/** Whether the owner of the account that a text names signed it. */
export function isSignedIn(text: string, proof: Proof): boolean {
  const signIn = signInOf(text)
  return signIn !== null && isSignedBy(signIn.account, text, proof)
}

/** Whether the owner of this account signed this text, whatever it says. */
export function isSignedBy(account: string, text: string, proof: Proof): boolean {
  const key = keyOf(account)
  return proof.kind === "evm"
    ? evmSignerOf(text, proof.signature) === key
    : ownerKey(proof.owner) === key && isArweaveSigned(text, proof)
}

/** The key of the EVM account that made an EIP-191 signature; null for what is no signature. */
function evmSignerOf(text: string, signature: string): string | null {
  const digits = /^0x([0-9a-f]{130})$/i.exec(signature)?.[1]
  if (digits === undefined) return null
  const bytes = hexToBytes(digits)
  const message = utf8(text)
  const head = utf8(`\x19Ethereum Signed Message:\n${message.length}`)
  const recovery = bytes[64]! >= 27 ? bytes[64]! - 27 : bytes[64]!
  if (recovery > 1) return null
  const recoverable = concat(Uint8Array.of(recovery), bytes.subarray(0, 64))
  try {
    const hash = keccak_256(concat(head, message))
    const key = secp256k1.recoverPublicKey(recoverable, hash, { prehash: false })
    const long = secp256k1.Point.fromBytes(key).toBytes(false)
    return keyOf(`0x${bytesToHex(keccak_256(long.subarray(1)).subarray(12))}`)
  } catch {
    return null
  }
}

function ownerKey(owner: string): string | null {
  const bytes = fromBase64url(owner)
  return bytes ? keyOfOwner(bytes) : null
}

/** Wallets hash the text first and sign the hash as their message, which is hashed again. */
function isArweaveSigned(
  text: string,
  { owner, signature }: Extract<Proof, { kind: "arweave" }>,
): boolean {
  const bytes = fromBase64url(signature)
  return bytes !== null && isRsaSigned(owner, sha256(utf8(text)), bytes)
}
