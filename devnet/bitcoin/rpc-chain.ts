// Calls that read the chain: blocks, headers, tips, unspent outputs.

import { flag, hash, knownBlock, list, text, wholeNumber } from "./arguments.ts"
import { bytesOf, shownHeader } from "./block.ts"
import { toHex } from "./bytes.ts"
import { descriptorOf, scriptOfDescriptor } from "./descriptor.ts"
import { blockJson, DIFFICULTY, headerJson, scriptJson, workOf } from "./render.ts"
import type { Methods, RpcContext } from "./rpc.ts"
import { RpcError } from "./rpc-error.ts"
import type { View } from "./view.ts"

export const CHAIN_METHODS: Methods = {
  getblockchaininfo: { names: [], run: chainInfo },
  getblockcount: { names: [], run: ({ view }) => view.tip.height },
  getbestblockhash: { names: [], run: ({ view }) => view.tip.hash },
  getblockhash: {
    names: ["height"],
    run: ({ view }, [height]) => {
      const block = view.blockAt(wholeNumber(height))
      if (block === null) throw new RpcError("invalidParameter", "Block height out of range")
      return block.hash
    },
  },
  getblockheader: {
    names: ["blockhash", "verbose"],
    run: ({ view }, [blockhash, verbose]) => {
      const block = knownBlock(view, blockhash, "hash")
      return flag(verbose, true) ? headerJson(view, block) : shownHeader(block)
    },
  },
  getblock: {
    names: ["blockhash", "verbosity"],
    run: ({ view }, [blockhash, verbosity]) => {
      const block = knownBlock(view, blockhash)
      const level = typeof verbosity === "boolean" ? Number(verbosity) : wholeNumber(verbosity, 1)
      return level <= 0 ? toHex(bytesOf(block)) : blockJson(view, block, level)
    },
  },
  getchaintips: { names: [], run: ({ view }) => tips(view) },
  gettxout: {
    names: ["txid", "n", "include_mempool"],
    run: ({ view }, [txid, n, includeMempool]) =>
      unspent(view, hash(txid, "txid"), wholeNumber(n), flag(includeMempool, true)),
  },
  scantxoutset: {
    names: ["action", "scanobjects"],
    run: ({ view }, [action, objects]) => scan(view, text(action), objects),
  },
}

function chainInfo({ node, view }: RpcContext): object {
  const { tip } = view
  return {
    chain: "regtest",
    blocks: tip.height,
    headers: tip.height,
    bestblockhash: tip.hash,
    ...DIFFICULTY,
    time: tip.time,
    mediantime: view.chain.medianTimeOf(tip),
    verificationprogress: 1,
    initialblockdownload: false,
    chainwork: workOf(tip),
    size_on_disk: node.bytesOnDisk,
    pruned: false,
    warnings: [],
  }
}

function tips(view: View): object[] {
  const { chain } = view
  const blocks = view.blocks()
  const parents = new Set(blocks.map(({ previous }) => previous))
  const bad = new Set<string>()
  for (const { hash, previous } of blocks)
    if (chain.invalid.has(hash) || bad.has(previous)) bad.add(hash)
  return blocks
    .filter((block) => block === view.tip || !parents.has(block.hash))
    .map((block) => {
      let fork = block
      while (!view.isActive(fork)) fork = chain.blocks.get(fork.previous)!
      const side = bad.has(block.hash) ? "invalid" : "valid-fork"
      const status = block === view.tip ? "active" : side
      const { height, hash } = block
      return { height, hash, branchlen: height - fork.height, status }
    })
    .sort((a, b) => b.height - a.height)
}

function unspent(view: View, txid: string, n: number, withMempool: boolean): object | null {
  const coin = view.coin(txid, n, withMempool)
  if (coin === null) return null
  const isMined = view.placeOf(txid) !== null
  return {
    bestblock: view.tip.hash,
    confirmations: isMined ? view.tip.height - coin.height + 1 : 0,
    value: coin.value,
    scriptPubKey: scriptJson(coin.script),
    coinbase: coin.isCoinbase,
  }
}

function scan(view: View, action: string, objects: unknown): unknown {
  if (action === "status") return null
  if (action === "abort") return false
  if (action !== "start") throw new RpcError("invalidParameter", `Invalid action '${action}'`)
  const wanted = new Set(list(objects).map((object) => toHex(scanned(object))))
  const found = view.unspent(({ script }) => wanted.has(toHex(script)))
  const unspents = found.map(([point, { script, value, isCoinbase, height }]) => {
    const [txid = "", vout] = point.split(":")
    return {
      ...{ txid, vout: Number(vout), scriptPubKey: toHex(script), desc: descriptorOf(script) },
      ...{ amount: value, coinbase: isCoinbase, height, blockhash: view.blockAt(height)!.hash },
      confirmations: view.tip.height - height + 1,
    }
  })
  return {
    success: true,
    txouts: view.unspent(() => true).length,
    height: view.tip.height,
    bestblock: view.tip.hash,
    unspents,
    total_amount: unspents.reduce((sum, { amount }) => sum + amount, 0n),
  }
}

function scanned(object: unknown): Uint8Array {
  const given = text((object as { desc?: unknown } | null)?.desc ?? object)
  const script = scriptOfDescriptor(given)
  if (script !== null) return script
  throw new RpcError("invalidAddressOrKey", `'${given}' is not a valid descriptor function`)
}
