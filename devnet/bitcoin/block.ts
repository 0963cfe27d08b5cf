// A block: its bytes, its proof of work at regtest's difficulty, and how one is made.

import { Transaction as Builder, script } from "bitcoinjs-lib"
import { compactSize, hash256, merkleRoot, shown, toHex, unshown } from "./bytes.ts"
import { type Transaction, transactionFrom, transactionOf } from "./transaction.ts"

/** The 80 bytes that a block's hash is over. `time` in seconds since 1970. */
export interface Header {
  readonly version: number
  readonly previous: string
  readonly merkleRoot: string
  readonly time: number
  readonly bits: number
  readonly nonce: number
}

export interface Block extends Header {
  readonly hash: string
  /** How many blocks came before it. */
  readonly height: number
  readonly header: Uint8Array
  /** The ids of its transactions, the coinbase first. */
  readonly ids: readonly string[]
  /** Their bytes, in the same order. They are read when they are asked for: a chain is long. */
  readonly raws: readonly Uint8Array[]
}

/** The easiest target that there is: every second hash is below it. Regtest never changes it. */
export const BITS = 0x207fffff
export const WEIGHT_MAX = 4_000_000
const HALVING_BLOCKS = 150
const HEADER_BYTES = 80

/** What a block of this height may create, in satoshis. Regtest halves it every 150 blocks. */
export function subsidyAt(height: number): bigint {
  return 5_000_000_000n >> BigInt(Math.min(64, Math.floor(height / HALVING_BLOCKS)))
}

/** The block that every regtest chain begins with. Nobody can spend its coinbase. */
export const GENESIS: Block = blockFrom(
  Buffer.from(
    "0100000000000000000000000000000000000000000000000000000000000000000000003ba3edfd7a7b12b27ac72c3e" +
      "67768f617fc81bc3888a51323a9fb8aa4b1e5e4adae5494dffff7f20020000000101000000010000000000000000" +
      "000000000000000000000000000000000000000000000000ffffffff4d04ffff001d0104455468652054696d6573" +
      "2030332f4a616e2f32303039204368616e63656c6c6f72206f6e206272696e6b206f66207365636f6e64206261696c" +
      "6f757420666f722062616e6b73ffffffff0100f2052a01000000434104678afdb0fe5548271967f1a67130b7105cd6" +
      "a828e03909a67962e0ea1f61deb649f6bc3f4cef38c4f35504e51ec112de5c384df7ba0b8d578a4c702b6bf11d5f" +
      "ac00000000",
    "hex",
  ),
  0,
)!

export interface BlockPlan {
  readonly height: number
  readonly previous: string
  /** In seconds since 1970. */
  readonly time: number
  /** The script that is paid. */
  readonly payTo: Uint8Array
  readonly txs: readonly Transaction[]
  /** Of all transactions, in satoshis. */
  readonly fees: bigint
  /** Up to 8 bytes that make this coinbase unlike any other. */
  readonly extraNonce: Uint8Array
}

/** Builds a block with coinbase, witness commitment (BIP141) and proof of work. */
export function sealed(plan: BlockPlan): Block {
  const coinbase = coinbaseOf(plan)
  const all = [coinbase, ...plan.txs]
  const fields = {
    version: 0x20000000,
    previous: plan.previous,
    merkleRoot: shown(merkleRoot(all.map(({ id }) => unshown(id)))),
    time: plan.time,
    bits: BITS,
  }
  for (let nonce = 0; ; nonce++) {
    const header = headerOf({ ...fields, nonce })
    if (!isWork(header)) continue
    return blockOf(header, plan.height, all)
  }
}

function coinbaseOf({ height, payTo, txs, fees, extraNonce }: BlockPlan): Transaction {
  const builder = new Builder()
  builder.version = 2
  const tag = Buffer.concat([heightScript(height), compactSize(extraNonce.length), extraNonce])
  builder.addInput(Buffer.alloc(32), 0xffffffff, 0xffffffff, tag)
  builder.setWitness(0, [Buffer.alloc(32)])
  builder.addOutput(payTo, subsidyAt(height) + fees)
  const hashes = [Buffer.alloc(32), ...txs.map(({ hash }) => unshown(hash))]
  const commitment = hash256(merkleRoot(hashes), Buffer.alloc(32))
  builder.addOutput(Buffer.concat([COMMITMENT, commitment]), 0n)
  return transactionOf(builder)
}

/** How a coinbase begins, so that no two are the same (BIP34). */
export function heightScript(height: number): Uint8Array {
  if (height === 0) return Buffer.from([0])
  return height <= 16
    ? Buffer.from([0x50 + height])
    : script.compile([script.number.encode(height)])
}

/** Of the output that commits to the witnesses of a block. */
export const COMMITMENT = Buffer.from("6a24aa21a9ed", "hex")

function headerOf({ version, previous, merkleRoot, time, bits, nonce }: Header): Buffer {
  const bytes = Buffer.alloc(HEADER_BYTES)
  bytes.writeUInt32LE(version, 0)
  unshown(previous).copy(bytes, 4)
  unshown(merkleRoot).copy(bytes, 36)
  bytes.writeUInt32LE(time, 68)
  bytes.writeUInt32LE(bits, 72)
  bytes.writeUInt32LE(nonce, 76)
  return bytes
}

/** At the one target that regtest knows, the first bit of the hash decides. */
export function isWork(header: Uint8Array): boolean {
  return hash256(header)[31]! < 0x80
}

/** A block of a header and its transactions. Does not ask whether they belong together. */
export function blockOf(header: Uint8Array, height: number, txs: readonly Transaction[]): Block {
  const bytes = Buffer.from(header)
  return {
    hash: shown(hash256(bytes)),
    height,
    header: bytes,
    version: bytes.readUInt32LE(0),
    previous: shown(bytes.subarray(4, 36)),
    merkleRoot: shown(bytes.subarray(36, 68)),
    time: bytes.readUInt32LE(68),
    bits: bytes.readUInt32LE(72),
    nonce: bytes.readUInt32LE(76),
    ids: txs.map(({ id }) => id),
    raws: txs.map(({ raw }) => raw),
  }
}

/** Reads a block that others have made; null when the bytes are none. */
export function blockFrom(bytes: Uint8Array, height: number): Block | null {
  const raws = split(bytes)
  const txs = raws?.map(transactionFrom) ?? []
  if (txs.length === 0 || txs.some((tx) => tx === null)) return null
  return blockOf(bytes.subarray(0, HEADER_BYTES), height, txs as Transaction[])
}

/** The bytes of each transaction of a block. */
function split(bytes: Uint8Array): Uint8Array[] | null {
  let at = HEADER_BYTES
  try {
    const view = Buffer.from(bytes)
    const first = view.readUInt8(at)
    const count = first < 0xfd ? first : view.readUInt16LE(at + 1)
    at += first < 0xfd ? 1 : 3
    const raws: Uint8Array[] = []
    for (let i = 0; i < count; i++) {
      const length = lengthAt(view.subarray(at))
      raws.push(view.subarray(at, at + length))
      at += length
    }
    return at === view.byteLength ? raws : null
  } catch {
    return null
  }
}

/** How long the transaction is that these bytes begin with. */
function lengthAt(bytes: Buffer): number {
  return Builder.fromBuffer(bytes, true).byteLength()
}

export function bytesOf(block: Block): Buffer {
  return Buffer.concat([block.header, compactSize(block.raws.length), ...block.raws])
}

export function transactionsOf(block: Block): Transaction[] {
  return block.raws.map((raw) => transactionFrom(raw)!)
}

/** The weight of a whole block (BIP141), of its transactions' weight. */
export function weightOf(txs: readonly Transaction[]): number {
  const frame = HEADER_BYTES + compactSize(txs.length).byteLength
  return frame * 4 + txs.reduce((sum, { weight }) => sum + weight, 0)
}

export function shownHeader(block: Block): string {
  return toHex(block.header)
}
