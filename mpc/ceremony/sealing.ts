// Shares on their way: sealed to one receiver (HPKE, RFC 9180: X25519, HKDF-SHA256, AES-256-GCM).
//
// A receiver has a fresh key for each dealer and session. After the session nobody can open what was
// sent; and a receiver can show all others what one dealer sent it, without showing what the others did.

import type { webcrypto } from "node:crypto"
import { Aes256Gcm, CipherSuite, DhkemX25519HkdfSha256, HkdfSha256 } from "@hpke/core"
import { BridgeError } from "../../core/errors.ts"

/** The receiver's end for one dealer. */
export interface Slot {
  /** 32 bytes, base64url: for the dealer. */
  readonly publicKey: string
  /** The share; throws `bad-dealing` without a reason that could tell of it. */
  open(sealed: Sealed, context: string): Promise<Uint8Array>
  /** 32 bytes, base64url: with it anybody can open what this dealer sent. */
  reveal(): Promise<string>
}

/** Base64url. */
export interface Sealed {
  readonly enc: string
  readonly ciphertext: string
}

const suite = new CipherSuite({
  kem: new DhkemX25519HkdfSha256(),
  kdf: new HkdfSha256(),
  aead: new Aes256Gcm(),
})
const INFO = Buffer.from("causeway/ceremony/share/v1")

export async function openSlot(): Promise<Slot> {
  const { publicKey, privateKey } = await suite.kem.generateKeyPair()
  return {
    publicKey: text(await suite.kem.serializePublicKey(publicKey)),
    open: (sealed, context) => opened(privateKey, sealed, context),
    reveal: async () => text(await suite.kem.serializePrivateKey(privateKey)),
  }
}

/** Seals to a receiver's slot; `context` says session, step, sender and receiver, and must be the same at its end. */
export async function seal(slot: string, share: Uint8Array, context: string): Promise<Sealed> {
  const recipientPublicKey = await suite.kem.deserializePublicKey(bytes(slot)).catch(() => {
    throw new BridgeError("bad-dealing", { reason: "a receiver's key is none" })
  })
  const sender = { recipientPublicKey, info: INFO }
  const { enc, ct } = await suite.seal(sender, share, Buffer.from(context))
  return { enc: text(enc), ciphertext: text(ct) }
}

/** Opens with what `reveal` gave, which must be the key of `slot`; null when it does not open. */
export async function openRevealed(
  { slot, revealed }: { readonly slot: string; readonly revealed: string },
  sealed: Sealed,
  context: string,
): Promise<{ readonly isKey: boolean; readonly share: Uint8Array | null }> {
  try {
    const privateKey = await suite.kem.deserializePrivateKey(bytes(revealed))
    // Whether it is that slot's key: what is sealed to the slot opens.
    const probe = await seal(slot, Buffer.from("probe"), "probe")
    await opened(privateKey, probe, "probe")
    const share = await opened(privateKey, sealed, context).catch(() => null)
    return { isKey: true, share }
  } catch {
    return { isKey: false, share: null }
  }
}

async function opened(key: webcrypto.CryptoKey, { enc, ciphertext }: Sealed, context: string) {
  const receiver = { recipientKey: key, enc: bytes(enc), info: INFO }
  try {
    return new Uint8Array(await suite.open(receiver, bytes(ciphertext), Buffer.from(context)))
  } catch {
    throw new BridgeError("bad-dealing", { reason: "the sealed share does not open" })
  }
}

function text(raw: ArrayBuffer | Uint8Array): string {
  return Buffer.from(raw instanceof Uint8Array ? raw : new Uint8Array(raw)).toString("base64url")
}

function bytes(encoded: string): ArrayBuffer {
  return Uint8Array.from(Buffer.from(encoded, "base64url")).buffer
}
