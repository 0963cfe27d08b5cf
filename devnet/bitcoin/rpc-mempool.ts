// Calls about transactions: read one, offer one, and what waits in the mempool.

import type { Verdict } from "./admission.ts"
import { MISSING } from "./admission.ts"
import { parseBitcoin } from "./amount.ts"
import { flag, hash, knownBlock, list, transaction, wholeNumber } from "./arguments.ts"
import { minedFeeOf, prevoutJson, transactionJson } from "./render.ts"
import { feeAt } from "./replacement.ts"
import type { Methods, RpcContext } from "./rpc.ts"
import { RpcError } from "./rpc-error.ts"
import { hexOf, isUnspendable, pointOf, type Transaction } from "./transaction.ts"
import type { View } from "./view.ts"

export const MEMPOOL_METHODS: Methods = {
  getrawtransaction: {
    names: ["txid", "verbosity", "blockhash"],
    run: ({ view }, [txid, verbosity, blockhash]) => {
      const level = typeof verbosity === "boolean" ? Number(verbosity) : wholeNumber(verbosity, 0)
      return readRaw(view, hash(txid, "parameter 1"), level, blockhash)
    },
  },
  decoderawtransaction: {
    names: ["hexstring", "iswitness"],
    run: (_, [hexstring]) => transactionJson(transaction(hexstring)),
  },
  sendrawtransaction: {
    names: ["hexstring", "maxfeerate", "maxburnamount"],
    run: (context, [hexstring, maxFeeRate, maxBurn]) =>
      send(context, transaction(hexstring), rateOf(maxFeeRate), rateOf(maxBurn, 0n)),
  },
  testmempoolaccept: {
    names: ["rawtxs", "maxfeerate"],
    run: (context, [rawtxs, maxFeeRate]) => {
      const texts = list(rawtxs)
      if (texts.length !== 1)
        throw new RpcError("invalidParameter", "This node tests one transaction at a time.")
      return [test(context, transaction(texts[0]), rateOf(maxFeeRate))]
    },
  },
  getmempoolinfo: { names: [], run: mempoolInfo },
  getrawmempool: {
    names: ["verbose", "mempool_sequence"],
    run: ({ view }, [verbose]) => {
      const ids = view.waitingIds()
      if (!flag(verbose, false)) return ids
      return Object.fromEntries(ids.map((id) => [id, entryJson(view, id)]))
    },
  },
  getmempoolentry: {
    names: ["txid"],
    run: ({ view }, [txid]) => {
      const id = hash(txid, "txid")
      if (view.entryOf(id) !== null) return entryJson(view, id)
      throw new RpcError("invalidAddressOrKey", "Transaction not in mempool")
    },
  },
  gettxspendingprevout: {
    names: ["outputs"],
    run: ({ view }, [outputs]) =>
      list(outputs).map((output) => {
        const { txid, vout } = (output ?? {}) as { txid?: unknown; vout?: unknown }
        const place = { txid: hash(txid, "txid"), vout: wholeNumber(vout) }
        const id = view.chain.mempool.spenderOf(pointOf(place.txid, place.vout))
        return id === null || view.waiting(id) === null ? place : { ...place, spendingtxid: id }
      }),
  },
}

function readRaw(view: View, id: string, verbosity: number, blockhash: unknown): unknown {
  const branch = blockhash === undefined || blockhash === null ? null : knownBlock(view, blockhash)
  const index = branch?.ids.indexOf(id) ?? -1
  const own = branch !== null && index >= 0 ? { block: branch, index } : null
  const active = branch === null ? view.placeOf(id) : own
  const waiting = branch === null && active === null ? view.waiting(id) : null
  const isFound = branch !== null || active !== null || waiting !== null
  const place = isFound ? active : view.stalePlaceOf(id)
  if (place === null && waiting === null) {
    const where = branch === null ? "mempool or blockchain" : "the provided block"
    const hint = "Use gettransaction for wallet transactions."
    throw new RpcError("invalidAddressOrKey", `No such transaction found in ${where}. ${hint}`)
  }
  const tx = waiting ?? view.read(place!)
  if (verbosity <= 0) return hexOf(tx)
  if (place === null) return { ...transactionJson(tx), hex: hexOf(tx) }
  const { block } = place
  const json = transactionJson(tx, (input) =>
    verbosity < 2 ? undefined : prevoutJson(view, input, block),
  )
  const confirmations = Math.max(0, view.confirmationsOf(block))
  return {
    in_active_chain: branch === null ? undefined : view.isActive(block),
    ...json,
    fee: verbosity < 2 || tx.isCoinbase ? undefined : minedFeeOf(view, tx, block),
    hex: hexOf(tx),
    blockhash: block.hash,
    confirmations,
    ...(confirmations > 0 && { time: block.time, blocktime: block.time }),
  }
}

/** Satoshis per thousand virtual bytes, or satoshis; the default is what Bitcoin Core allows. */
function rateOf(value: unknown, otherwise = 10_000_000n): bigint {
  if (value === undefined || value === null) return otherwise
  const rate = parseBitcoin(value)
  if (rate === null) throw new RpcError("typeError", "Invalid amount")
  return rate
}

function send({ node, view }: RpcContext, tx: Transaction, maxRate: bigint, maxBurn: bigint) {
  const burns = tx.outputs.filter(({ script }) => isUnspendable(script))
  if (burns.some(({ value }) => value > maxBurn)) {
    const problem = "Unspendable output exceeds maximum configured by user (maxburnamount)"
    throw new RpcError("verifyError", problem)
  }
  if (view.chain.mempool.find(tx.id) !== null) return tx.id
  const verdict = node.judge(tx)
  if (!verdict.isTaken) throw refusalOf(verdict)
  if (isTooDear(tx, verdict.fee, maxRate)) {
    const problem = "Fee exceeds maximum configured by user (e.g. -maxtxfee, maxfeerate)"
    throw new RpcError("verifyError", problem)
  }
  node.submit(tx)
  return tx.id
}

function refusalOf({ reason, detail }: Extract<Verdict, { isTaken: false }>): RpcError {
  if (reason === MISSING) return new RpcError("verifyError", reason)
  if (reason === "txn-already-known")
    return new RpcError("verifyAlreadyInUtxoSet", "Transaction outputs already in utxo set")
  return new RpcError("verifyRejected", detail === "" ? reason : `${reason}, ${detail}`)
}

function test({ node }: RpcContext, tx: Transaction, maxRate: bigint): object {
  const ids = { txid: tx.id, wtxid: tx.hash }
  const verdict = node.judge(tx)
  if (!verdict.isTaken) {
    const { reason, detail } = verdict
    if (reason === MISSING) return { ...ids, allowed: false, "reject-reason": "missing-inputs" }
    const details = detail === "" ? reason : `${reason}, ${detail}`
    return { ...ids, allowed: false, "reject-reason": reason, "reject-details": details }
  }
  if (isTooDear(tx, verdict.fee, maxRate))
    return { ...ids, allowed: false, "reject-reason": "max-fee-exceeded" }
  const fees = { base: verdict.fee, "effective-feerate": rate(verdict.fee, tx.vsize) }
  return {
    ...ids,
    allowed: true,
    vsize: tx.vsize,
    fees: { ...fees, "effective-includes": [tx.hash] },
  }
}

function isTooDear({ vsize }: Transaction, fee: bigint, maxRate: bigint): boolean {
  return maxRate > 0n && fee > feeAt(maxRate, vsize)
}

function rate(fee: bigint, vsize: number): bigint {
  return (fee * 1000n) / BigInt(vsize)
}

function mempoolInfo({ node, view }: RpcContext): object {
  const { mempool } = view.chain
  const { count, vsize, fee } = mempool.totalsOf(mempool.ids())
  return {
    loaded: true,
    size: count,
    bytes: vsize,
    usage: mempool.entries().reduce((sum, { tx }) => sum + tx.raw.byteLength, 0),
    total_fee: fee,
    maxmempool: 300_000_000,
    mempoolminfee: node.rates.minimum,
    minrelaytxfee: node.rates.minimum,
    incrementalrelayfee: node.rates.incremental,
    unbroadcastcount: 0,
    fullrbf: true,
  }
}

/** An id that only a lag makes wait has no entry: the endpoint has forgotten what it paid. */
function entryJson(view: View, id: string): object | undefined {
  const { mempool } = view.chain
  const entry = view.entryOf(id)
  if (entry === null) return undefined
  const { tx, fee, time, height } = entry
  const before = mempool.totalsOf([...mempool.ancestorsOf(tx), id])
  const after = mempool.totalsOf(mempool.descendantsOf(id))
  const signals = [id, ...mempool.ancestorsOf(tx)].some((one) =>
    mempool.find(one)!.tx.inputs.some(({ sequence }) => sequence < 0xfffffffe),
  )
  return {
    vsize: tx.vsize,
    weight: tx.weight,
    time,
    height,
    descendantcount: after.count,
    descendantsize: after.vsize,
    ancestorcount: before.count,
    ancestorsize: before.vsize,
    wtxid: tx.hash,
    fees: { base: fee, modified: fee, ancestor: before.fee, descendant: after.fee },
    depends: [...mempool.parentsOf(tx)],
    spentby: [...mempool.childrenOf(id)],
    "bip125-replaceable": signals,
    unbroadcast: false,
  }
}
