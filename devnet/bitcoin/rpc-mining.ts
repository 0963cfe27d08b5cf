// Calls that make blocks, undo them, and say what node this is.

import { BridgeError } from "../../core/errors.ts"
import {
  flag,
  hash,
  knownBlock,
  list,
  payableScript,
  readTransaction,
  text,
  wholeNumber,
} from "./arguments.ts"
import { type Block, blockFrom, bytesOf } from "./block.ts"
import { fromHex, isHash, shown, toHex } from "./bytes.ts"
import type { Methods, RpcContext } from "./rpc.ts"
import { RpcError } from "./rpc-error.ts"
import { addressOf, scriptOf, typeOf } from "./script-type.ts"
import type { Transaction } from "./transaction.ts"
import type { View } from "./view.ts"

export const MINING_METHODS: Methods = {
  generatetoaddress: {
    names: ["nblocks", "address", "maxtries"],
    run: ({ node }, [nblocks, address]) => {
      const payTo = payableScript(address)
      return Array.from({ length: wholeNumber(nblocks) }, () => kept(node.mineAsCore(payTo, null)))
    },
  },
  generateblock: { names: ["output", "transactions", "submit"], run: generateBlock },
  submitblock: { names: ["hexdata", "dummy"], run: submitBlock },
  invalidateblock: {
    names: ["blockhash"],
    run: ({ node, view }, [blockhash]) => {
      const block = knownBlock(view, blockhash)
      // Without a word, as there.
      if (block.height > 0) node.invalidate(block)
      return null
    },
  },
  reconsiderblock: {
    names: ["blockhash"],
    run: ({ node, view }, [blockhash]) => {
      node.reconsider(knownBlock(view, blockhash))
      return null
    },
  },
  estimatesmartfee: {
    names: ["conf_target", "estimate_mode"],
    run: ({ node }, [target]) => {
      const blocks = wholeNumber(target)
      if (blocks < 1 || blocks > 1008)
        throw new RpcError("invalidParameter", "Invalid conf_target, must be between 1 and 1008")
      if (node.feeRate !== null) return { feerate: node.feeRate, blocks }
      return { errors: ["Insufficient data or no feerate found"], blocks }
    },
  },
  setmocktime: {
    names: ["timestamp"],
    run: ({ node }, [timestamp]) => {
      const seconds = wholeNumber(timestamp)
      if (seconds < 0) throw new RpcError("invalidParameter", "Mocktime must not be negative")
      node.setMockTime(seconds)
      return null
    },
  },
  getnetworkinfo: { names: [], run: networkInfo },
  getindexinfo: {
    names: ["index_name"],
    run: ({ view }) => ({ txindex: { synced: true, best_block_height: view.tip.height } }),
  },
  uptime: { names: [], run: ({ node }) => Math.max(0, node.seconds - node.startedAt) },
  validateaddress: { names: ["address"], run: (_, [address]) => judgedAddress(text(address)) },
}

function generateBlock(
  { node, view }: RpcContext,
  [output, transactions, submit]: readonly unknown[],
): object {
  const payTo = payableScript(output, true)
  if (!flag(submit, true))
    throw new RpcError("invalidParameter", "This node makes no block that it does not keep.")
  const txs = list(transactions).map((item) => named(view, text(item)))
  try {
    return { hash: kept(node.mineAsCore(payTo, txs)) }
  } catch (error) {
    if (!(error instanceof BridgeError) || error.code !== "bad-request") throw error
    throw new RpcError("verifyError", `TestBlockValidity failed: ${error.detail.rule}`)
  }
}

/** The same block as one that was declared invalid is invalid as well. */
function kept(block: Block | null): string {
  if (block === null) throw new RpcError("internalError", "ProcessNewBlock, block not accepted")
  return block.hash
}

/** A transaction by its id in the mempool, or in hexadecimal. */
function named({ chain }: View, item: string): Transaction {
  if (isHash(item)) {
    const entry = chain.mempool.find(hash(item, "txid"))
    if (entry !== null) return entry.tx
    throw new RpcError("invalidAddressOrKey", `Transaction ${item} not in mempool.`)
  }
  const tx = readTransaction(item)
  if (tx !== null) return tx
  const hint = "Make sure the tx has at least one input."
  throw new RpcError("deserializationError", `Transaction decode failed for ${item}. ${hint}`)
}

/** Null when it is on the branch that counts, or why it is not. */
function submitBlock({ node, view }: RpcContext, [hexdata]: readonly unknown[]): string | null {
  const block = decodedBlock(view, fromHex(text(hexdata)))
  if (block === null) throw new RpcError("deserializationError", "Block decode failed")
  if (view.chain.blocks.has(block.hash)) return "duplicate"
  const objection = node.submitBlock(block)
  if (objection !== null) return objection
  return view.chain.tip.hash === block.hash ? null : "inconclusive"
}

function decodedBlock({ chain }: View, bytes: Uint8Array | null): Block | null {
  if (bytes === null || bytes.byteLength < 80) return null
  const parent = chain.blocks.get(shown(bytes.subarray(4, 36)))
  const block = blockFrom(bytes, (parent?.height ?? -1) + 1)
  return block !== null && toHex(bytesOf(block)) === toHex(bytes) ? block : null
}

function networkInfo({ node }: RpcContext): object {
  return {
    version: 300000,
    subversion: "/Causeway-regtest:30.0.0/",
    protocolversion: 70016,
    localservices: "0000000000000009",
    localservicesnames: ["NETWORK", "WITNESS"],
    localrelay: true,
    timeoffset: 0,
    networkactive: false,
    connections: 0,
    connections_in: 0,
    connections_out: 0,
    networks: [],
    relayfee: node.rates.minimum,
    incrementalfee: node.rates.incremental,
    localaddresses: [],
    warnings: [],
  }
}

function judgedAddress(address: string): object {
  const script = scriptOf(address)
  if (script === null) {
    const error = "Invalid or unsupported Segwit (Bech32) or Base58 encoding."
    return { isvalid: false, error_locations: [], error }
  }
  const type = typeOf(script)
  const isWitness = type.startsWith("witness") || type === "anchor"
  return {
    isvalid: true,
    address: addressOf(script),
    scriptPubKey: toHex(script),
    isscript: ["scripthash", "witness_v0_scripthash", "witness_v1_taproot"].includes(type),
    iswitness: isWitness,
    ...(isWitness && {
      witness_version: script[0] === 0 ? 0 : script[0]! - 0x50,
      witness_program: toHex(script.subarray(2)),
    }),
  }
}
