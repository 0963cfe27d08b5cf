// A raw block, read and proven: its hash, its work, and that its transactions are the ones its header names.

import { hash } from "node:crypto"
import { bytesToHex } from "@noble/hashes/utils.js"
import type { Outpoint, Output } from "./transaction.ts"

export interface RawBlock {
  readonly id: string
  readonly parent: string
  readonly timestampMs: number
  readonly transactions: readonly RawTransaction[]
}

/** As the scan of a chain needs it: thousands go by for one that is ours. */
export interface RawTransaction {
  readonly txid: string
  readonly isCoinbase: boolean
  readonly spent: readonly Outpoint[]
  readonly outputs: readonly Output[]
  /** With its witnesses. */
  readonly raw: Uint8Array
}

/**
 * Reads a block; null when the bytes are no block, or their hash shows too little work, or the transactions
 * are not those that the header commits to. What it is the child of, and that it is canonical, others say.
 */
export function readBlock(bytes: Uint8Array): RawBlock | null {
  try {
    const header = bytes.subarray(0, HEADER_LENGTH)
    const id = twice(header)
    if (header.length !== HEADER_LENGTH || !hasWork(id, header)) return null
    const reader = new Reader(bytes, HEADER_LENGTH)
    const count = reader.count()
    const transactions: RawTransaction[] = []
    const ids: Uint8Array[] = []
    for (let place = 0; place < count; place += 1) {
      const { transaction, hash: own } = readOne(reader, place === 0)
      transactions.push(transaction)
      ids.push(own)
    }
    const root = bytesToHex(header.subarray(36, 68))
    // The last ones named twice would have the same root (CVE-2012-2459).
    const isOnce = new Set(transactions.map(({ txid }) => txid)).size === count
    if (!reader.isAtEnd || count === 0 || !isOnce || bytesToHex(rootOf(ids)) !== root) return null
    const view = new DataView(header.buffer, header.byteOffset)
    return {
      id: shown(id),
      parent: shown(header.subarray(4, 36)),
      timestampMs: view.getUint32(68, true) * 1_000,
      transactions,
    }
  } catch (error) {
    if (error instanceof RangeError) return null
    throw error
  }
}

const HEADER_LENGTH = 80

/** Reads past the end throw a RangeError. */
class Reader {
  at: number
  readonly bytes: Uint8Array
  readonly #view: DataView

  constructor(bytes: Uint8Array, at: number) {
    this.bytes = bytes
    this.at = at
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  get isAtEnd(): boolean {
    return this.at === this.bytes.length
  }

  skip(length: number): number {
    const from = this.at
    this.at += length
    if (this.at > this.bytes.length) throw new RangeError("beyond the end")
    return from
  }

  take(length: number): Uint8Array {
    const from = this.skip(length)
    return this.bytes.subarray(from, this.at)
  }

  uint32(): number {
    return this.#view.getUint32(this.skip(4), true)
  }

  uint64(): bigint {
    return this.#view.getBigUint64(this.skip(8), true)
  }

  /** A compact size. */
  count(): number {
    const first = this.#view.getUint8(this.skip(1))
    if (first < 0xfd) return first
    if (first === 0xfd) return this.#view.getUint16(this.skip(2), true)
    if (first === 0xfe) return this.uint32()
    throw new RangeError("more than any block holds")
  }
}

function readOne(reader: Reader, isCoinbase: boolean) {
  const start = reader.at
  reader.skip(4)
  const { bytes } = reader
  const isSegwit = bytes[reader.at] === 0 && bytes[reader.at + 1] === 1
  if (isSegwit) reader.skip(2)
  const bodyStart = reader.at
  const spent: Outpoint[] = []
  for (let left = reader.count(); left > 0; left -= 1) {
    const txid = shown(reader.take(32))
    spent.push({ txid, vout: reader.uint32() })
    reader.skip(reader.count() + 4)
  }
  const outputs: Output[] = []
  for (let left = reader.count(); left > 0; left -= 1)
    outputs.push({ value: reader.uint64(), script: reader.take(reader.count()) })
  const bodyEnd = reader.at
  if (isSegwit)
    for (const _ of spent)
      for (let left = reader.count(); left > 0; left -= 1) reader.skip(reader.count())
  reader.skip(4)
  const raw = bytes.subarray(start, reader.at)
  const own = isSegwit
    ? twice(
        Buffer.concat([
          bytes.subarray(start, start + 4),
          bytes.subarray(bodyStart, bodyEnd),
          bytes.subarray(reader.at - 4, reader.at),
        ]),
      )
    : twice(raw)
  return { transaction: { txid: shown(own), isCoinbase, spent, outputs, raw }, hash: own }
}

/** Of a list of hashes, an odd last one paired with itself. */
function rootOf(hashes: readonly Uint8Array[]): Uint8Array {
  let row = [...hashes]
  while (row.length > 1) {
    const next: Uint8Array[] = []
    for (let at = 0; at < row.length; at += 2)
      next.push(twice(Buffer.concat([row[at]!, row[at + 1] ?? row[at]!])))
    row = next
  }
  return row[0] ?? new Uint8Array()
}

/** Whether the hash is not above the target that the header states. */
function hasWork(id: Uint8Array, header: Uint8Array): boolean {
  const exponent = header[75]!
  const mantissa = (header[74]! << 16) | (header[73]! << 8) | header[72]!
  if (mantissa > 0x7fffff || exponent < 3 || exponent > 34) return false
  return BigInt(`0x${shown(id)}`) <= BigInt(mantissa) << BigInt(8 * (exponent - 3))
}

/** SHA-256 of SHA-256, by OpenSSL. */
function twice(bytes: Uint8Array): Uint8Array {
  return hash("sha256", hash("sha256", bytes, "buffer"), "buffer")
}

/** Hashes are written with their last byte first. */
function shown(bytes: Uint8Array): string {
  return Buffer.from(bytes).reverse().toString("hex")
}
