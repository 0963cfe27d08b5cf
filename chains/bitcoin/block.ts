// A raw block, read and proven: its hash, its work, and that its transactions are the ones its header names.

import { hash } from "node:crypto"
import type { Outpoint, Output } from "./transaction.ts"

export interface RawBlock {
  readonly id: string
  readonly parent: string
  readonly timestampMs: number
  readonly transactions: readonly RawTransaction[]
}

/** As the scan of a chain needs it: thousands go by for one that is ours, so names are written when asked for. */
export interface RawTransaction {
  readonly txid: string
  readonly isCoinbase: boolean
  /** What it spends, as `keyOf` names it. */
  readonly spends: readonly string[]
  readonly outputs: readonly Output[]
  /** With its witnesses. */
  readonly raw: Uint8Array
}

/** The 36 bytes that name an output in a transaction, one character a byte: quick to make and to compare. */
export function keyOf({ txid, vout }: Outpoint): string {
  const bytes = Buffer.alloc(36)
  bytes.write(txid, "hex")
  bytes.subarray(0, 32).reverse()
  bytes.writeUInt32LE(vout, 32)
  return bytes.toString("latin1")
}

/** The inverse of `keyOf`. */
export function outpointOf(key: string): Outpoint {
  const bytes = Buffer.from(key, "latin1")
  return { txid: shown(bytes.subarray(0, 32)), vout: bytes.readUInt32LE(32) }
}

/**
 * Reads a block; null when the bytes are no block, or their hash shows too little work, or the transactions
 * are not those that the header commits to. What it is the child of, and that it is canonical, others say.
 */
export function readBlock(given: Uint8Array): RawBlock | null {
  const bytes = Buffer.from(given.buffer, given.byteOffset, given.byteLength)
  const header = bytes.subarray(0, HEADER_LENGTH)
  const id = twice(header)
  if (header.length !== HEADER_LENGTH || !hasWork(id, header)) return null
  const transactions = transactionsIn(new Reader(bytes, HEADER_LENGTH))
  const root = transactions && rootOf(transactions.map(({ hash: own }) => own))
  if (!transactions || !root || !header.subarray(36, 68).equals(root)) return null
  return {
    id: shown(id),
    parent: shown(header.subarray(4, 36)),
    timestampMs: header.readUInt32LE(68) * 1_000,
    transactions,
  }
}

/** One transaction by its bytes alone; null when they are none. */
export function readRaw(raw: Uint8Array, isCoinbase: boolean): RawTransaction | null {
  const bytes = Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength)
  try {
    const reader = new Reader(bytes, 0)
    const read = readOne(reader, Buffer.alloc(bytes.length), isCoinbase)
    return reader.at === bytes.length ? read : null
  } catch (error) {
    if (error instanceof RangeError) return null
    throw error
  }
}

const HEADER_LENGTH = 80

class Read implements RawTransaction {
  readonly hash: Buffer
  readonly isCoinbase: boolean
  readonly spends: readonly string[]
  readonly outputs: readonly Output[]
  readonly raw: Uint8Array

  constructor(
    hash: Buffer,
    isCoinbase: boolean,
    fields: Omit<RawTransaction, "txid" | "isCoinbase">,
  ) {
    this.hash = hash
    this.isCoinbase = isCoinbase
    this.spends = fields.spends
    this.outputs = fields.outputs
    this.raw = fields.raw
  }

  get txid(): string {
    return shown(this.hash)
  }
}

/** Reads past the end throw a RangeError. */
class Reader {
  at: number
  readonly bytes: Buffer

  constructor(bytes: Buffer, at: number) {
    this.bytes = bytes
    this.at = at
  }

  skip(length: number): number {
    const from = this.at
    this.at += length
    if (this.at > this.bytes.length) throw new RangeError("beyond the end")
    return from
  }

  /** A compact size. */
  count(): number {
    const first = this.bytes[this.skip(1)]!
    if (first < 0xfd) return first
    if (first === 0xfd) return this.bytes.readUInt16LE(this.skip(2))
    if (first === 0xfe) return this.bytes.readUInt32LE(this.skip(4))
    throw new RangeError("more than any block holds")
  }
}

/** Null when the bytes end too early or too late, or hold none. */
function transactionsIn(reader: Reader): readonly Read[] | null {
  try {
    const count = reader.count()
    const found: Read[] = []
    const scratch = Buffer.alloc(reader.bytes.length)
    while (found.length < count) found.push(readOne(reader, scratch, found.length === 0))
    return count > 0 && reader.at === reader.bytes.length ? found : null
  } catch (error) {
    if (error instanceof RangeError) return null
    throw error
  }
}

function readOne(reader: Reader, scratch: Buffer, isCoinbase: boolean): Read {
  const { bytes } = reader
  const start = reader.skip(4)
  const isSegwit = bytes[reader.at] === 0 && bytes[reader.at + 1] === 1
  if (isSegwit) reader.skip(2)
  const bodyStart = reader.at
  const spends: string[] = []
  for (let left = reader.count(); left > 0; left -= 1) {
    const at = reader.skip(36)
    spends.push(bytes.toString("latin1", at, at + 36))
    reader.skip(reader.count() + 4)
  }
  const outputs: Output[] = []
  for (let left = reader.count(); left > 0; left -= 1) {
    const value = bytes.readBigUInt64LE(reader.skip(8))
    const length = reader.count()
    const at = reader.skip(length)
    outputs.push({ value, script: bytes.subarray(at, at + length) })
  }
  const bodyEnd = reader.at
  if (isSegwit)
    for (const _ of spends)
      for (let left = reader.count(); left > 0; left -= 1) reader.skip(reader.count())
  reader.skip(4)
  const raw = bytes.subarray(start, reader.at)
  // The id leaves marker, flag and witnesses out.
  const length = bodyEnd - bodyStart
  bytes.copy(scratch, 0, start, start + 4)
  bytes.copy(scratch, 4, bodyStart, bodyEnd)
  bytes.copy(scratch, 4 + length, reader.at - 4, reader.at)
  const own = twice(isSegwit ? scratch.subarray(0, length + 8) : raw)
  return new Read(own, isCoinbase, { spends, outputs, raw })
}

/**
 * Of a list of hashes, an odd last one paired with itself; null when a pair is the same twice, which would
 * be another list with the same root (CVE-2012-2459).
 */
function rootOf(hashes: readonly Buffer[]): Buffer | null {
  const pair = Buffer.alloc(64)
  let row = hashes
  while (row.length > 1) {
    const next: Buffer[] = []
    for (let at = 0; at < row.length; at += 2) {
      const left = row[at]!
      const right = row[at + 1] ?? left
      if (at + 1 < row.length && left.equals(right)) return null
      left.copy(pair, 0)
      right.copy(pair, 32)
      next.push(twice(pair))
    }
    row = next
  }
  return row[0] ?? null
}

/** Whether the hash is not above the target that the header states. */
function hasWork(id: Buffer, header: Buffer): boolean {
  const exponent = header[75]!
  const mantissa = (header[74]! << 16) | (header[73]! << 8) | header[72]!
  if (mantissa > 0x7fffff || exponent < 3 || exponent > 34) return false
  return BigInt(`0x${shown(id)}`) <= BigInt(mantissa) << BigInt(8 * (exponent - 3))
}

/** SHA-256 of SHA-256, by OpenSSL. */
function twice(bytes: Uint8Array): Buffer {
  return hash("sha256", hash("sha256", bytes, "buffer"), "buffer")
}

/** Hashes are written with their last byte first. */
function shown(bytes: Uint8Array): string {
  return Buffer.from(bytes).reverse().toString("hex")
}
