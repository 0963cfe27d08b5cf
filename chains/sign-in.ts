// A text by which the owner of a wallet signs in: who, to which bridge, on which terms, where a refund goes. It is the evidence.

import { secp256k1 } from "@noble/curves/secp256k1.js"
import { keccak_256 } from "@noble/hashes/sha3.js"
import { bytesToHex, hexToBytes } from "@noble/hashes/utils.js"
import { concat, fromBase64url, utf8 } from "./bytes.ts"
import { keyOf, keyOfOwner } from "./party.ts"
import { isRsaSigned, sha256 } from "./rsa.ts"

export interface SignIn {
  /** The bridge's network and vault: a signature for one bridge is none for another. */
  readonly bridge: string
  /** The address that signs: of Arweave, or of an EVM chain. */
  readonly account: string
  readonly terms: string
  /** What its owner states, for example `not-us-person`; each a word. */
  readonly statements: readonly string[]
  readonly refundTo: string | null
  readonly issuedMs: number
  readonly untilMs: number
  readonly nonce: string
}

/** How a wallet proves that it signed. */
export type Proof =
  /** `personal_sign` (EIP-191): 65 bytes, 0x and hexadecimal. */
  | { readonly kind: "evm"; readonly signature: string }
  /** `signMessage` of Arweave wallets: RSA-PSS over the text's SHA-256, with the key itself; both base64url. */
  | { readonly kind: "arweave"; readonly owner: string; readonly signature: string }

/** Nobody is bound by, or gains by, what was signed longer ago than this. */
export const SIGN_IN_MS_MAX = 31 * 86_400_000

/** The text that the wallet shows and signs. */
export function signInText(signIn: SignIn): string {
  const { bridge, account, terms, statements, refundTo, issuedMs, untilMs, nonce } = signIn
  return [
    "Causeway sign-in",
    `Bridge: ${bridge}`,
    `Account: ${account}`,
    `Terms: ${terms}`,
    `I state: ${statements.length > 0 ? statements.join(", ") : "nothing"}`,
    `Refund to: ${refundTo ?? "the sender"}`,
    `From: ${new Date(issuedMs).toISOString()}`,
    `Until: ${new Date(untilMs).toISOString()}`,
    `Nonce: ${nonce}`,
  ].join("\n")
}

/** What such a text says; null for any other text, and for one that would hold too long. */
export function signInOf(text: string): SignIn | null {
  const match = SHAPE.exec(text)
  if (!match) return null
  const [, bridge, account, terms, stated, refund, from, until, nonce] =
    match as unknown as string[]
  const signIn: SignIn = {
    bridge: bridge!,
    account: account!,
    terms: terms!,
    statements: stated === "nothing" ? [] : stated!.split(", "),
    refundTo: refund === "the sender" ? null : refund!,
    issuedMs: Date.parse(from!),
    untilMs: Date.parse(until!),
    nonce: nonce!,
  }
  const life = signIn.untilMs - signIn.issuedMs
  if (!(life > 0 && life <= SIGN_IN_MS_MAX)) return null
  // One text for one meaning: no other spelling of a date or a list.
  return signInText(signIn) === text ? signIn : null
}

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

const WORD = "[!-~]{1,120}"
const SHAPE = new RegExp(
  [
    "^Causeway sign-in",
    `Bridge: (${WORD}(?: ${WORD})?)`,
    `Account: (${WORD})`,
    `Terms: (${WORD})`,
    "I state: ([a-z0-9-]{1,64}(?:, [a-z0-9-]{1,64}){0,15})",
    `Refund to: (the sender|${WORD})`,
    "From: ([0-9TZ:.-]{24})",
    "Until: ([0-9TZ:.-]{24})",
    "Nonce: ([A-Za-z0-9_-]{22})$",
  ].join("\n"),
)

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
