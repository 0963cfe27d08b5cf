// Whether each input of a transaction may spend its coin: scripts and signatures, by bitcore-lib's interpreter.

import { bitcore, Interpreter } from "./interpreter.ts"
import type { Output, Transaction } from "./transaction.ts"

/** The rules of consensus as they are in force from a regtest chain's first block. */
const FLAGS =
  Interpreter.SCRIPT_VERIFY_P2SH |
  Interpreter.SCRIPT_VERIFY_DERSIG |
  Interpreter.SCRIPT_VERIFY_NULLDUMMY |
  Interpreter.SCRIPT_VERIFY_CHECKLOCKTIMEVERIFY |
  Interpreter.SCRIPT_VERIFY_CHECKSEQUENCEVERIFY |
  Interpreter.SCRIPT_VERIFY_WITNESS |
  Interpreter.SCRIPT_VERIFY_TAPROOT

/**
 * What is wrong, in Bitcoin Core's words where it has been met, with the first input that may not spend
 * its coin; null when all may. `spent` are the coins of all inputs in order: a taproot signature is over
 * every one of them. P2PKH, P2SH, segwit version 0, and taproot by key or script (BIP341, BIP342).
 * Looks at all inputs, or only at some.
 */
export function scriptFault(
  tx: Transaction,
  spent: readonly Output[],
  indexes: Iterable<number> = tx.inputs.keys(),
): string | null {
  try {
    const copy = new bitcore.Transaction(Buffer.from(tx.raw))
    for (const [index, input] of copy.inputs.entries()) {
      const { script, value } = spent[index]!
      input.output = new bitcore.Transaction.Output({
        script: Buffer.from(script),
        satoshis: Number(value),
      })
    }
    for (const index of indexes) {
      const input = copy.inputs[index]!
      const interpreter = new Interpreter()
      const { script } = input.output
      const witness = input.witnesses ?? []
      const satoshis = Number(spent[index]!.value)
      if (!interpreter.verify(input.script, script, copy, index, FLAGS, witness, satoshis))
        return WORDS[interpreter.errstr] ?? (interpreter.errstr || "Invalid Schnorr signature")
    }
    return null
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

/** A failed key-path signature has no name in the interpreter. */
const WORDS: Readonly<Record<string, string>> = {
  SCRIPT_ERR_EVAL_FALSE:
    "Script evaluated without error but finished with a false/empty top stack element",
  SCRIPT_ERR_EVAL_FALSE_IN_STACK:
    "Script evaluated without error but finished with a false/empty top stack element",
  SCRIPT_ERR_EVAL_FALSE_NO_RESULT:
    "Script evaluated without error but finished with a false/empty top stack element",
  SCRIPT_ERR_EVAL_FALSE_IN_P2SH_STACK:
    "Script evaluated without error but finished with a false/empty top stack element",
  SCRIPT_ERR_EQUALVERIFY: "Script failed an OP_EQUALVERIFY operation",
  SCRIPT_ERR_SCHNORR_SIG: "Invalid Schnorr signature",
  SCRIPT_ERR_SCHNORR_SIG_SIZE: "Invalid Schnorr signature size",
  SCRIPT_ERR_SCHNORR_SIG_HASHTYPE: "Invalid Schnorr signature hash type",
  SCRIPT_ERR_TAPROOT_WRONG_CONTROL_SIZE: "Invalid Taproot control block size",
  SCRIPT_ERR_UNSATISFIED_LOCKTIME: "Locktime requirement not satisfied",
  SCRIPT_ERR_NEGATIVE_LOCKTIME: "Negative locktime",
  SCRIPT_ERR_WITNESS_PROGRAM_MISMATCH: "Witness program hash mismatch",
  SCRIPT_ERR_WITNESS_PROGRAM_WITNESS_EMPTY: "Witness program was passed an empty witness",
  SCRIPT_ERR_WITNESS_UNEXPECTED: "Witness provided for non-witness script",
  SCRIPT_ERR_WITNESS_MALLEATED: "Witness requires empty scriptSig",
  SCRIPT_ERR_SIG_DER_INVALID_FORMAT: "Non-canonical DER signature",
}
