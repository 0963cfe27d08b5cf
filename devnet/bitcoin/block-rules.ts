// What a block must be apart from what it spends: work, time, roots, commitment, in Bitcoin Core's words.

import {
  BITS,
  type Block,
  COMMITMENT,
  heightScript,
  isWork,
  WEIGHT_MAX,
  weightOf,
} from "./block.ts"
import { hash256, merkleRoot, shown, unshown } from "./bytes.ts"
import { formFault } from "./consensus.ts"
import type { Transaction } from "./transaction.ts"

const FUTURE_SECONDS_MAX = 2 * 60 * 60

/** `medianTime` is that of the parent and the ten before it, `now` the node's clock, both in seconds. */
export function blockFault(
  block: Block,
  txs: readonly Transaction[],
  { medianTime, now }: { readonly medianTime: number; readonly now: number },
): string | null {
  const [coinbase] = txs
  if (block.bits !== BITS) return "bad-diffbits"
  if (!isWork(block.header)) return "high-hash"
  if (block.time <= medianTime) return "time-too-old"
  if (block.time > now + FUTURE_SECONDS_MAX) return "time-too-new"
  if (block.version < 4 || block.version > 0x7fffffff)
    return `bad-version(0x${block.version.toString(16).padStart(8, "0")})`
  if (shown(merkleRoot(txs.map(({ id }) => unshown(id)))) !== block.merkleRoot)
    return "bad-txnmrklroot"
  // The root is the same when the end of the list is repeated.
  if (new Set(block.ids).size < txs.length) return "bad-txns-duplicate"
  if (!coinbase?.isCoinbase) return "bad-cb-missing"
  if (txs.slice(1).some((tx) => tx.isCoinbase)) return "bad-cb-multiple"
  for (const tx of txs) {
    const fault = formFault(tx)
    if (fault !== null) return fault
  }
  const tag = heightScript(block.height)
  if (!Buffer.from(coinbase.inputs[0]!.script).subarray(0, tag.length).equals(tag))
    return "bad-cb-height"
  return witnessFault(coinbase, txs) ?? (weightOf(txs) > WEIGHT_MAX ? "bad-blk-weight" : null)
}

function witnessFault(coinbase: Transaction, txs: readonly Transaction[]): string | null {
  const committed = coinbase.outputs
    .map(({ script }) => Buffer.from(script))
    .filter((script) => script.length >= 38 && script.subarray(0, 6).equals(COMMITMENT))
    .at(-1)
  if (committed === undefined) {
    const isBare = txs.every(({ inputs }) => inputs.every(({ witness }) => witness.length === 0))
    return isBare ? null : "unexpected-witness"
  }
  const [reserved, ...more] = coinbase.inputs[0]!.witness
  if (reserved?.byteLength !== 32 || more.length > 0) return "bad-witness-nonce-size"
  const hashes = txs.map((tx, index) => (index === 0 ? Buffer.alloc(32) : unshown(tx.hash)))
  const expected = hash256(merkleRoot(hashes), reserved)
  return expected.equals(committed.subarray(6, 38)) ? null : "bad-witness-merkle-match"
}
