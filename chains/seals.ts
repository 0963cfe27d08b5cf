// SHA-256 and Ed25519 for what the core wants hashed, signed and checked, by OpenSSL.

import { createPublicKey, hash, type KeyObject, sign, verify } from "node:crypto"
import type { Seals, Sign } from "../core/compliance/seals.ts"

export const seals: Seals = {
  hash: (text) => hash("sha256", text),

  verify(key, text, signature) {
    const bytes = Buffer.from(signature, "base64url")
    // Two spellings of one signature would be two things that were signed.
    if (bytes.length !== 64 || bytes.toString("base64url") !== signature) return false
    try {
      const jwk = { kty: "OKP", crv: "Ed25519", x: key }
      return verify(null, Buffer.from(text), createPublicKey({ format: "jwk", key: jwk }), bytes)
    } catch {
      // Not a key.
      return false
    }
  },
}

/** Signs with an Ed25519 private key. */
export function signWith(key: KeyObject): Sign {
  return (text) => sign(null, Buffer.from(text), key).toString("base64url")
}
