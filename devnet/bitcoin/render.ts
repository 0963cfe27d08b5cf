// Blocks, transactions and scripts as Bitcoin Core shows them in JSON. A bigint is an amount in satoshis.

import { script as codec, opcodes } from "bitcoinjs-lib"
import { BITS, type Block, bytesOf, transactionsOf, weightOf } from "./block.ts"
import { toHex } from "./bytes.ts"
import type { Place } from "./chain.ts"
import { descriptorOf } from "./descriptor.ts"
import { addressOf, typeOf } from "./script-type.ts"
import { hexOf, type Input, type Output, type Transaction } from "./transaction.ts"
import type { View } from "./view.ts"

/** `verbosity` as `getblock` counts it: 1 ids, 2 transactions with fees, 3 with what they spend. */
export function blockJson(view: View, block: Block, verbosity: number): object {
  const places = view.placesOf(block)
  const { byteLength } = bytesOf(block)
  const txs = transactionsOf(block)
  const weight = weightOf(txs)
  // weight = 3 * stripped + whole
  const strippedsize = (weight - byteLength) / 3
  const tx = places.map((place) =>
    verbosity < 2 ? block.ids[place.index] : minedJson(view, place, verbosity),
  )
  const { nTx, previousblockhash, nextblockhash, ...header } = headerJson(view, block)
  return {
    ...header,
    nTx,
    previousblockhash,
    nextblockhash,
    strippedsize,
    size: byteLength,
    weight,
    tx,
  }
}

function minedJson(view: View, place: Place, verbosity: number): object {
  const tx = view.read(place)
  const fee = tx.isCoinbase ? undefined : minedFeeOf(view, tx, place.block)
  return {
    ...transactionJson(tx, (input) => {
      if (verbosity < 3) return undefined
      return prevoutJson(view, input, place.block)
    }),
    fee,
    hex: hexOf(tx),
  }
}

/** In satoshis. */
export function minedFeeOf(view: View, tx: Transaction, branch: Block): bigint {
  const had = tx.inputs.map(({ txid, vout }) => {
    const place = view.chain.placeOn(branch, txid)!
    return view.read(place).outputs[vout]!.value
  })
  const given = tx.outputs.map(({ value }) => value)
  return had.reduce((sum, value) => sum + value, 0n) - given.reduce((sum, value) => sum + value, 0n)
}

export function prevoutJson(view: View, { txid, vout }: Input, branch: Block): object {
  const place = view.chain.placeOn(branch, txid)!
  const tx = view.read(place)
  const { value, script } = tx.outputs[vout]!
  const { height } = place.block
  return { generated: tx.isCoinbase, height, value, scriptPubKey: scriptJson(script) }
}

export function headerJson(view: View, block: Block) {
  const { chain } = view
  const confirmations = view.confirmationsOf(block)
  return {
    hash: block.hash,
    confirmations,
    height: block.height,
    version: block.version,
    versionHex: block.version.toString(16).padStart(8, "0"),
    merkleroot: block.merkleRoot,
    time: block.time,
    mediantime: chain.medianTimeOf(block),
    nonce: block.nonce,
    ...DIFFICULTY,
    chainwork: workOf(block),
    nTx: block.ids.length,
    previousblockhash: block.height === 0 ? undefined : block.previous,
    nextblockhash: confirmations > 0 ? view.blockAt(block.height + 1)?.hash : undefined,
  }
}

export const DIFFICULTY = {
  bits: BITS.toString(16),
  target: "7fffff".padEnd(64, "0"),
  difficulty: 4.656542373906925e-10,
}

/** Each block counts for two hashes. */
export function workOf({ height }: Block): string {
  return (2 * (height + 1)).toString(16).padStart(64, "0")
}

/** `prevoutOf` may add to an input what it spends. */
export function transactionJson(
  tx: Transaction,
  prevoutOf: (input: Input) => object | undefined = () => undefined,
): object {
  return {
    txid: tx.id,
    hash: tx.hash,
    version: tx.version,
    size: tx.raw.byteLength,
    vsize: tx.vsize,
    weight: tx.weight,
    locktime: tx.locktime,
    vin: tx.inputs.map((input) => inputJson(tx, input, prevoutOf)),
    vout: tx.outputs.map((output, n) => outputJson(output, n)),
  }
}

function inputJson(
  { isCoinbase }: Transaction,
  input: Input,
  prevoutOf: (input: Input) => object | undefined,
): object {
  const { txid, vout, script, sequence, witness } = input
  const txinwitness = witness.length === 0 ? undefined : witness.map(toHex)
  if (isCoinbase) return { coinbase: toHex(script), txinwitness, sequence }
  const scriptSig = { asm: asmOf(script), hex: toHex(script) }
  return { txid, vout, scriptSig, txinwitness, prevout: prevoutOf(input), sequence }
}

function outputJson({ value, script }: Output, n: number): object {
  return { value, n, scriptPubKey: scriptJson(script) }
}

export function scriptJson(script: Uint8Array): object {
  return {
    asm: asmOf(script),
    desc: descriptorOf(script),
    hex: toHex(script),
    address: addressOf(script) ?? undefined,
    type: typeOf(script),
  }
}

const NAMES = new Map(Object.entries(opcodes).map(([name, code]) => [code, name]))

/** Short pushes are numbers, long ones hexadecimal. */
function asmOf(script: Uint8Array): string {
  const parts = codec.decompile(script)
  if (parts === null) return "[error]"
  const words = parts.map((part) => {
    if (typeof part !== "number")
      return part.byteLength > 4 ? toHex(part) : `${codec.number.decode(part, 4, false)}`
    if (part === 0) return "0"
    if (part === 0x4f) return "-1"
    return part > 0x50 && part <= 0x60 ? `${part - 0x50}` : (NAMES.get(part) ?? "OP_UNKNOWN")
  })
  return words.join(" ")
}
