// Who made a secp256k1 signature, for readers of whole blocks: what `recoveredKey` finds, in a fiftieth of its time.
//
// By libsecp256k1, compiled to WebAssembly. A block may hold a thousand such transactions, and whoever fills it with dust
// must not keep its readers busy for longer than the chain takes to make the next one. Tests compare the two.

import { recover } from "tiny-secp256k1"
import { sha256 } from "../rsa.ts"

/** Half the order of the group, rounded down: the higher s of a pair is not taken. */
const S_MAX = Buffer.from("7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0", "hex")

/** As `recoveredKey` of `transaction.ts`. */
export function quickKey(message: Uint8Array, signature: Uint8Array): Uint8Array | null {
  if (signature.length !== 65) return null
  const id = signature[64]!
  if (id > 3 || Buffer.compare(signature.subarray(32, 64), S_MAX) > 0) return null
  try {
    return recover(sha256(message), signature.subarray(0, 64), id as 0 | 1 | 2 | 3, true)
  } catch {
    return null
  }
}
