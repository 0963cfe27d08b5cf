// bitcore-lib with sound arithmetic: its script interpreter, on libsecp256k1.
//
// In 11.5.1 a point's coordinate loses its leading zero bytes before it is hashed. Of all taproot keys, one in 256
// begins with a zero byte, and the interpreter refuses every signature and every control block under it.

import { crypto } from "bitcoinjs-lib"
import bitcore from "bitcore-lib"
import { verifySchnorr, xOnlyPointAddTweak } from "tiny-secp256k1"

const { Interpreter } = bitcore.Script

/** BIP340; the 65th byte of a signature says what was signed, and is no part of it. */
bitcore.crypto.Schnorr.verify = (key, digest, signature) =>
  verifySchnorr(digest, key, signature.toBuffer().subarray(0, 64))

/** Whether a script is a leaf of an output key (BIP341). */
Interpreter.verifyTaprootCommitment = (control, program, leafHash) => {
  const internal = control.subarray(1, 33)
  const root = Interpreter.computeTaprootMerkleRoot(control, leafHash)
  try {
    const tweak = crypto.taggedHash("TapTweak", Buffer.concat([internal, root]))
    const output = xOnlyPointAddTweak(internal, tweak)
    return output?.parity === (control[0]! & 1) && program.equals(output.xOnlyPubkey)
  } catch {
    // The internal key is no point.
    return false
  }
}

export { bitcore, Interpreter }
