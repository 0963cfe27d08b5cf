// A Bitcoin transaction of taproot inputs: its bytes, its size before it is signed, what is signed, what it pays. Pure.

import { sha256 } from "@noble/hashes/sha2.js"
import { bytesToHex, hexToBytes } from "@noble/hashes/utils.js"
import { RawTx, Transaction } from "@scure/btc-signer"
import { RawOldTx } from "@scure/btc-signer/script.js"
import { assert } from "../../core/assert.ts"
import type { Leaf } from "./deposit.ts"

/** An output of a transaction, by the transaction's id as it is written (hexadecimal, byte order reversed). */
export interface Outpoint {
  readonly txid: string
  readonly vout: number
}

export interface Output {
  readonly script: Uint8Array
  /** Satoshi. */
  readonly value: bigint
}

/** An output that is spent: by the key path, or by a leaf. */
export interface Spend extends Outpoint, Output {
  readonly leaf: Leaf | null
  /** `SIGNALS_RBF`, or a relative lock. */
  readonly sequence: number
}

export interface Draft {
  readonly inputs: readonly Spend[]
  readonly outputs: readonly Output[]
  readonly lockTime: number
}

/** As bytes tell it: without values of what is spent. */
export interface ReadTransaction {
  readonly txid: string
  readonly inputs: readonly (Outpoint & {
    readonly sequence: number
    readonly scriptSig: Uint8Array
    readonly witness: readonly Uint8Array[]
  })[]
  readonly outputs: readonly Output[]
  readonly weight: number
}

/** Replaceable by a higher fee (BIP125). */
export const SIGNALS_RBF = 0xffff_fffd
/** A Schnorr signature under SIGHASH_DEFAULT has no byte for the kind of hash (BIP341). */
export const SIGNATURE_LENGTH = 64
/** Relative locks need version 2 (BIP68). */
const VERSION = 2

/** The 32 bytes that each input's signature is over, in the order of the inputs (BIP341, BIP342). */
export function sighashesOf({ inputs, outputs, lockTime }: Draft): Uint8Array[] {
  const transaction = new Transaction({
    version: VERSION,
    lockTime,
    disableScriptCheck: true,
    allowUnknownOutputs: true,
  })
  for (const { txid, vout, script, value, sequence } of inputs)
    transaction.addInput({
      ...{ txid: hexToBytes(txid), index: vout, sequence },
      witnessUtxo: { script, amount: value },
    })
  for (const { script, value } of outputs) transaction.addOutput({ script, amount: value })
  const scripts = inputs.map(({ script }) => script)
  const values = inputs.map(({ value }) => value)
  return inputs.map(({ leaf }, at) =>
    transaction.preimageWitnessV1(at, scripts, SIGHASH_DEFAULT, values, -1, leaf?.script),
  )
}

/** The whole transaction; `signatures`, one an input, are not checked. */
export function sealDraft(
  draft: Draft,
  signatures: readonly Uint8Array[],
): { readonly id: string; readonly raw: Uint8Array } {
  assert(signatures.length === draft.inputs.length, "each input has a signature")
  // A shorter one would be another's: leading zeros of a number are part of it.
  assert(
    signatures.every(({ length }) => length === SIGNATURE_LENGTH),
    "a signature is 64 bytes",
  )
  const whole = {
    ...bodyOf(draft),
    segwitFlag: true,
    witnesses: draft.inputs.map(({ leaf }, at) => witnessOf(leaf, signatures[at]!)),
  }
  return { id: idOf(whole), raw: RawTx.encode(whole) }
}

/** Weight units of the signed transaction, known before it is signed: every signature has 64 bytes. */
export function weightOf({
  inputs,
  outputs,
}: {
  readonly inputs: readonly Pick<Spend, "leaf">[]
  readonly outputs: readonly Pick<Output, "script">[]
}): number {
  const frame = 4 * (8 + compactSize(inputs.length) + compactSize(outputs.length)) + 2
  const spent = inputs.reduce((sum, { leaf }) => sum + inputWeight(leaf), 0)
  return frame + spent + outputs.reduce((sum, { script }) => sum + outputWeight(script), 0)
}

/** Of one input with its witness. */
export function inputWeight(leaf: Leaf | null): number {
  const signature = 1 + SIGNATURE_LENGTH
  const shown = leaf === null ? 0 : sized(leaf.script) + sized(leaf.controlBlock)
  return 4 * (32 + 4 + 1 + 4) + 1 + signature + shown
}

export function outputWeight(script: Uint8Array): number {
  return 4 * (8 + sized(script))
}

/** Virtual bytes: what fees are counted in, rounded up (BIP141). */
export function vsizeOf(weight: number): number {
  return Math.ceil(weight / 4)
}

/** What raw bytes say, or null when they are no transaction. */
export function readTransaction(raw: Uint8Array): ReadTransaction | null {
  try {
    const read = RawTx.decode(raw)
    const bare = RawOldTx.encode(read).length
    return {
      txid: idOf(read),
      inputs: read.inputs.map(({ txid, index, sequence, finalScriptSig }, at) => ({
        ...{ txid: bytesToHex(txid), vout: index, sequence, scriptSig: finalScriptSig },
        witness: read.witnesses?.[at] ?? [],
      })),
      outputs: read.outputs.map(({ amount, script }) => ({ value: amount, script })),
      weight: 3 * bare + raw.length,
    }
  } catch {
    return null
  }
}

const SIGHASH_DEFAULT = 0

function bodyOf({ inputs, outputs, lockTime }: Draft) {
  return {
    version: VERSION,
    inputs: inputs.map(({ txid, vout, sequence }) => ({
      ...{ txid: hexToBytes(txid), index: vout, sequence },
      finalScriptSig: new Uint8Array(),
    })),
    outputs: outputs.map(({ script, value }) => ({ amount: value, script })),
    lockTime,
  }
}

function witnessOf(leaf: Leaf | null, signature: Uint8Array): Uint8Array[] {
  return leaf === null ? [signature] : [signature, leaf.script, leaf.controlBlock]
}

/** The id leaves the witness out (BIP141). */
function idOf(transaction: Parameters<typeof RawOldTx.encode>[0]): string {
  return bytesToHex(sha256(sha256(RawOldTx.encode(transaction))).reverse())
}

function sized({ length }: Uint8Array): number {
  return compactSize(length) + length
}

/** Bytes that a count takes. */
function compactSize(count: number): number {
  return count < 0xfd ? 1 : count <= 0xffff ? 3 : 5
}
