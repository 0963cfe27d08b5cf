// A transaction as the chain uses it, read from its bytes.

import { Transaction as Parsed } from "bitcoinjs-lib"
import { compactSize, hash256, shown, toHex } from "./bytes.ts"

/** An output by its transaction and position, as `txid:vout`: the key under which a coin is found. */
export type Outpoint = `${string}:${number}`

export interface Input {
  readonly txid: string
  readonly vout: number
  readonly point: Outpoint
  readonly script: Uint8Array
  readonly sequence: number
  readonly witness: readonly Uint8Array[]
}

/** `value` in satoshis. */
export interface Output {
  readonly value: bigint
  readonly script: Uint8Array
}

export interface Transaction {
  /** Over everything but the witnesses; what others spend it by. */
  readonly id: string
  /** Over everything, `wtxid`: another one when only a witness differs. */
  readonly hash: string
  readonly raw: Uint8Array
  readonly version: number
  readonly locktime: number
  readonly inputs: readonly Input[]
  readonly outputs: readonly Output[]
  readonly weight: number
  /** A quarter of the weight, rounded up: what a fee rate is counted by. */
  readonly vsize: number
  readonly isCoinbase: boolean
}

/** Null when the bytes are no transaction, or more than one. */
export function transactionFrom(raw: Uint8Array): Transaction | null {
  try {
    const parsed = Parsed.fromBuffer(raw)
    return parsed.ins.length === 0 ? null : transactionOf(parsed, raw)
  } catch {
    return null
  }
}

export function transactionOf(parsed: Parsed, raw: Uint8Array = parsed.toBuffer()): Transaction {
  const witnessBytes = witnessBytesOf(parsed)
  const bare = witnessBytes === 0 ? raw : withoutWitnesses(raw, witnessBytes)
  const id = shown(hash256(bare))
  const weight = bare.byteLength * 3 + raw.byteLength
  return {
    id,
    hash: witnessBytes === 0 ? id : shown(hash256(raw)),
    raw,
    version: parsed.version,
    locktime: parsed.locktime,
    inputs: parsed.ins.map(({ hash, index, script, sequence, witness }) => {
      const txid = shown(hash)
      return { txid, vout: index, point: pointOf(txid, index), script, sequence, witness }
    }),
    outputs: parsed.outs,
    weight,
    vsize: Math.ceil(weight / 4),
    isCoinbase: parsed.isCoinbase(),
  }
}

/** How many bytes all witnesses take up together; none when no input has one. */
function witnessBytesOf({ ins }: Parsed): number {
  if (ins.every(({ witness }) => witness.length === 0)) return 0
  const sizeOf = (length: number) => compactSize(length).byteLength
  return ins.reduce(
    (sum, { witness }) =>
      witness.reduce(
        (size, { byteLength }) => size + sizeOf(byteLength) + byteLength,
        sum + sizeOf(witness.length),
      ),
    0,
  )
}

/** What an id is over: neither marker, flag nor witnesses (BIP144). */
function withoutWitnesses(raw: Uint8Array, witnessBytes: number): Buffer {
  const version = raw.subarray(0, 4)
  const locktime = raw.subarray(-4)
  return Buffer.concat([version, raw.subarray(6, -4 - witnessBytes), locktime])
}

export function hexOf(tx: Transaction): string {
  return toHex(tx.raw)
}

export function pointOf(id: string, vout: number): Outpoint {
  return `${id}:${vout}`
}

/** Nobody can ever spend it, so no node keeps it. */
export function isUnspendable(script: Uint8Array): boolean {
  return script[0] === OP_RETURN || script.byteLength > SCRIPT_BYTES_MAX
}

const OP_RETURN = 0x6a
const SCRIPT_BYTES_MAX = 10_000
