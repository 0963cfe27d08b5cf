// RSA signatures of Arweave and AO, checked by OpenSSL: PSS with SHA-256 and a salt of any length.

import { constants, createPublicKey, hash, type KeyObject, verify } from "node:crypto"
import { Recent } from "./recent.ts"

/** Whether the key with this modulus (base64url, exponent 65537) signed `message`; about 0.1 ms. */
export function isRsaSigned(modulus: string, message: Uint8Array, signature: Uint8Array): boolean {
  const padding = constants.RSA_PKCS1_PSS_PADDING
  const saltLength = constants.RSA_PSS_SALTLEN_AUTO
  try {
    return verify("sha256", message, { key: keyOf(modulus), padding, saltLength }, signature)
  } catch {
    return false
  }
}

/** By OpenSSL, several times as fast as the portable ones. */
export function sha256(bytes: Uint8Array): Uint8Array {
  return hash("sha256", bytes, "buffer")
}

export function sha384(bytes: Uint8Array): Uint8Array {
  return hash("sha384", bytes, "buffer")
}

const keys = new Recent<string, KeyObject>(1_000)

function keyOf(modulus: string): KeyObject {
  const known = keys.get(modulus)
  if (known !== undefined) return known
  const key = createPublicKey({ format: "jwk", key: { kty: "RSA", n: modulus, e: "AQAB" } })
  keys.set(modulus, key)
  return key
}
