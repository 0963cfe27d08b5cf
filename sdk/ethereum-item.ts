// Messages to AO of an account that an Ethereum key owns: ANS-104 items of signature type 3, signed by any EIP-1193 wallet.

import { secp256k1 } from "@noble/curves/secp256k1.js"
import { keccak_256 } from "@noble/hashes/sha3.js"
import { bytesToHex, hexToBytes } from "@noble/hashes/utils.js"
import { addressOf, encode, messageOf, signByEthereum, targetOf } from "../chains/ao/item.ts"
import { AO_TAGS, type Saying } from "./saying.ts"

/** Of EIP-1193. */
interface Signer {
  request(question: { method: string; params?: readonly unknown[] }): Promise<unknown>
}

/** Public keys by address: a wallet shows its key by a signature, and is asked for it once. */
const known = new Map<string, Uint8Array>()

/**
 * The item's bytes. `address`: of the account, with its checksum. The wallet is asked twice the first time: an item names
 * the whole public key, which a wallet tells by a signature alone. Throws what the wallet throws.
 */
export async function signedByWallet(
  wallet: Signer,
  address: string,
  saying: Saying,
): Promise<Uint8Array> {
  const personal = async (bytes: Uint8Array) => {
    const params = [`0x${bytesToHex(bytes)}`, address]
    return signatureIn(await wallet.request({ method: "personal_sign", params }))
  }
  let owner = known.get(address)
  if (owner === undefined) {
    const text = new TextEncoder().encode(keyText(address))
    owner = ownerOf(text, await personal(text))
    if (addressOf(owner) !== address) throw new Error("the wallet signed with another account")
    known.set(address, owner)
  }
  const unsigned = { ...bodyOf(saying), type: 3 as const, owner }
  const message = messageOf(unsigned)
  const signature = await personal(message)
  // A wallet that hashes, or prefixes, in a way of its own would send what nobody takes.
  if (addressOf(ownerOf(message, signature)) !== address)
    throw new Error("the wallet cannot sign messages for AO")
  return encode({ ...unsigned, signature })
}

/** The same with the key itself: 32 bytes, hexadecimal with 0x. */
export function signedByEthereumKey(key: string, saying: Saying): Uint8Array {
  return encode(signByEthereum(hexToBytes(key.replace(/^0x/, "")), bodyOf(saying)))
}

/** What a wallet shows when it is asked for its public key. */
export function keyText(address: string): string {
  return `Causeway asks for the public key of ${address}, to address messages on AO. This signature moves nothing.`
}

function bodyOf({ process, tags, data = "" }: Saying) {
  return {
    target: targetOf(process),
    // 32 bytes of chance: two messages of equal content are two messages.
    anchor: crypto.getRandomValues(new Uint8Array(32)),
    tags: [...tags, ...AO_TAGS],
    data: new TextEncoder().encode(data),
  }
}

/** 65 bytes, the last of them 27 or 28. */
function signatureIn(answer: unknown): Uint8Array {
  const digits = /^0x([0-9a-f]{130})$/i.exec(String(answer))?.[1]
  if (digits === undefined) throw new Error("the wallet gave no signature")
  const bytes = hexToBytes(digits)
  const last = bytes[64]!
  // Hardware wallets say 0 or 1.
  if (last < 27) bytes[64] = last + 27
  return bytes
}

/** The public key, 65 bytes, under which a personal signature (EIP-191) holds. */
function ownerOf(message: Uint8Array, signature: Uint8Array): Uint8Array {
  const head = new TextEncoder().encode(`\x19Ethereum Signed Message:\n${message.length}`)
  const hash = keccak_256(Uint8Array.from([...head, ...message]))
  const recoverable = Uint8Array.from([signature[64]! - 27, ...signature.subarray(0, 64)])
  const key = secp256k1.recoverPublicKey(recoverable, hash, { prehash: false })
  return secp256k1.Point.fromBytes(key).toBytes(false)
}
