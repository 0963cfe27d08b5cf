// What a node relays beyond what blocks may hold: usual scripts, no dust, sensible sizes; as Bitcoin Core 30.

import { compactSize } from "./bytes.ts"
import type { Coin } from "./coins.ts"
import { isPushOnly, multisigOf, typeOf } from "./script-type.ts"
import { isUnspendable, type Output, type Transaction } from "./transaction.ts"

/** A standard transaction is at most a tenth of a block. */
const WEIGHT_MAX = 400_000
const BYTES_MIN = 65
const SCRIPT_SIG_BYTES_MAX = 1_650
/** What it costs to spend an output is counted at 3 sat/vB. */
const DUST_RATE = 3n
/** All `OP_RETURN` outputs of a transaction together. */
const DATA_BYTES_MAX = 100_000

/** Why a node would not relay a transaction whatever it spends; null when it would. */
export function shapeFault(tx: Transaction): string | null {
  if (tx.version < 1 || tx.version > 3) return "version"
  if (tx.weight > WEIGHT_MAX) return "tx-size"
  for (const { script } of tx.inputs) {
    if (script.byteLength > SCRIPT_SIG_BYTES_MAX) return "scriptsig-size"
    if (!isPushOnly(script)) return "scriptsig-not-pushonly"
  }
  let data = 0
  for (const { script } of tx.outputs) {
    const type = typeOf(script)
    if (type === "nonstandard") return "scriptpubkey"
    if (type === "multisig" && multisigOf(script)!.keys.length > 3) return "scriptpubkey"
    if (type === "nulldata") data += script.byteLength
  }
  if (data > DATA_BYTES_MAX) return "datacarrier"
  if (tx.outputs.some((output) => output.value < dustLimitOf(output.script))) return "dust"
  return bareBytesOf(tx) < BYTES_MIN ? "tx-size-small" : null
}

/** The least value of an output with this script that is not dust, in satoshis: 330 for taproot. */
export function dustLimitOf(script: Output["script"]): bigint {
  if (isUnspendable(script)) return 0n
  const own = 8 + compactSize(script.byteLength).byteLength + script.byteLength
  const type = typeOf(script)
  const toSpend = type.startsWith("witness") || type === "anchor" ? 67 : 148
  return BigInt(own + toSpend) * DUST_RATE
}

/** Why a node would not relay a transaction for what it spends; null when it would. */
export function inputsFault(tx: Transaction, spent: readonly Coin[]): string | null {
  for (const [index, { witness }] of tx.inputs.entries()) {
    const type = typeOf(spent[index]!.script)
    if (type === "nonstandard" || type === "witness_unknown") return "bad-txns-nonstandard-inputs"
    if (type === "witness_v1_taproot" && !isUsualTaproot(witness)) return "bad-witness-nonstandard"
    if (type === "witness_v0_scripthash" && !isUsualV0(witness)) return "bad-witness-nonstandard"
  }
  return null
}

const ANNEX = 0x50
const ITEM_BYTES_MAX = 80

function isUsualTaproot(witness: readonly Uint8Array[]): boolean {
  if (witness.length < 2) return true
  if (witness.at(-1)![0] === ANNEX) return false
  const isTapscript = (witness.at(-1)![0]! & 0xfe) === 0xc0
  return !isTapscript || witness.slice(0, -2).every((item) => item.byteLength <= ITEM_BYTES_MAX)
}

function isUsualV0(witness: readonly Uint8Array[]): boolean {
  const [script, ...items] = [...witness].reverse()
  if (script === undefined) return true
  const areUsual = items.every((item) => item.byteLength <= ITEM_BYTES_MAX)
  return areUsual && items.length <= 100 && script.byteLength <= 3_600
}

/** Without witnesses. Nodes refuse what is as short as a node of a Merkle tree. */
function bareBytesOf(tx: Transaction): number {
  // weight = 3 * bare + whole
  return (tx.weight - tx.raw.byteLength) / 3
}
