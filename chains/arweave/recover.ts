// Who made a secp256k1 signature.
//
// By libsecp256k1, compiled to WebAssembly, in a fiftieth of the time of @noble/curves: a block may hold a thousand such
// transactions, and whoever fills it with dust must not keep its readers busy for longer than the chain takes to make the
// next one. Tests compare the two.

import { recover } from "tiny-secp256k1"
import { sha256 } from "../rsa.ts"

/** Half the order of the group, rounded down: the higher s of a pair is not taken. */
const S_MAX = Buffer.from("7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0", "hex")

/**
 * The compressed key that made a secp256k1 signature over `message`: 65 bytes r, s and recovery id 0-3,
 * with the lower of the two s; null when there is none (`ar_wallet`, Arweave 2.9). Finding it proves the
 * signature.
 */
export function recoveredKey(message: Uint8Array, signature: Uint8Array): Uint8Array | null {
  if (signature.length !== 65) return null
  const id = signature[64]!
  if (id > 3 || Buffer.compare(signature.subarray(32, 64), S_MAX) > 0) return null
  try {
    return recover(sha256(message), signature.subarray(0, 64), id as 0 | 1 | 2 | 3, true)
  } catch {
    return null
  }
}
