// The reading half of a node's HTTP API, answered from a view: paths, codes and words as on the network.

import { priceOf } from "./accounts.ts"
import { isId, sha256, toBase64url } from "./bytes.ts"
import { type Block, FORK_DEPTH_MAX, storedBytes } from "./chain.ts"
import { json, type Reply, refusal, text } from "./reply.ts"
import { SUGGESTED_ANCHOR_DEPTH } from "./rules.ts"
import type { Transaction } from "./transaction.ts"
import type { View } from "./view.ts"
import type { Weave } from "./weave.ts"

/** `GET path`; `wantsJson` is the `Accept: application/json` that changes what `/price` answers. */
export function read(view: View, weave: Weave, path: string, wantsJson: boolean): Reply {
  const [first = "", second = "", third = "", ...rest] = path.split("/").slice(1)
  if (rest.length > 0) return UNKNOWN_PATH
  switch (first) {
    case "":
    case "info":
      return json(200, infoOf(view))
    case "height":
      return text(200, `${view.height}`)
    case "peers":
      return json(200, [])
    case "recent":
      return json(200, recentOf(view))
    case "tx_anchor":
      return text(200, anchorOf(view))
    case "tx":
      return second === "pending" ? json(200, view.pending()) : readTx(view, weave, second, third)
    case "unconfirmed_tx":
      return readUnconfirmed(view, second)
    case "price":
      return readPrice(view, second, third, wantsJson)
    case "wallet":
      return readWallet(view, second, third)
    case "block":
      return readBlock(view, second, third)
    case "chunk":
      return readChunk(view, weave, Number(second))
    default:
      return isId(first) ? readData(view, weave, first, (data) => data) : UNKNOWN_PATH
  }
}

function readTx(view: View, weave: Weave, id: string, part: string): Reply {
  if (part === "status") return readStatus(view, id)
  if (!isId(id)) return text(400, "Invalid hash.")
  if (part === "offset") return readOffset(view, id)
  const sighting = view.find(id)
  if (sighting === null) return NOT_FOUND
  if (sighting.state === "pending") return PENDING
  if (sighting.state === "dropped") {
    return part === "" ? text(410, sighting.codes.join(" ")) : NOT_FOUND
  }
  const { tx } = sighting
  if (part === "") return { status: 200, type: "application/json", body: tx.served }
  if (part === "data") return readData(view, weave, id, toBase64url)
  if (part.startsWith("data.")) return readData(view, weave, id, (data) => data)
  const value = Object.entries(tx.json).find(([field]) => field === part)?.[1]
  if (value === undefined) return refusal(400, "invalid_field")
  return typeof value === "string" ? text(200, value) : json(200, value)
}

function readStatus(view: View, id: string): Reply {
  if (!isId(id)) return text(400, "Invalid address.")
  const sighting = view.find(id)
  if (sighting?.state === "pending") return PENDING
  if (sighting?.state !== "mined") return NOT_FOUND
  const { height, hash } = sighting.block
  return json(200, {
    block_height: height,
    block_indep_hash: hash,
    number_of_confirmations: view.height - height + 1,
  })
}

function readUnconfirmed(view: View, id: string): Reply {
  if (!isId(id)) return text(400, "Invalid hash.")
  const sighting = view.find(id)
  if (sighting === null || sighting.state === "dropped") return NOT_FOUND
  return { status: 200, type: "application/json", body: sighting.tx.served }
}

/** Where the data ends among all data ever stored, counted as the client counts: from 1. */
function readOffset(view: View, id: string): Reply {
  const sighting = view.find(id)
  if (sighting?.state !== "mined") return text(404, "")
  const { tx, block } = sighting
  const { dataSize } = tx
  return json(200, { size: `${dataSize}`, offset: `${startOf(view, tx, block) + dataSize}` })
}

function readChunk(view: View, weave: Weave, offset: number): Reply {
  if (!Number.isSafeInteger(offset)) return refusal(400, "invalid_offset")
  for (let height = view.height; height > 0; height--) {
    const block = view.blockAt(height)!
    if (offset <= (view.chain.weaveSizes.get(block.previous) ?? 0)) continue
    for (const id of view.txsOf(block)) {
      const tx = view.chain.transactions.get(id)!
      const chunk = weave.chunkAt(tx, offset - 1 - startOf(view, tx, block))
      if (chunk === null) continue
      const [bytes, data_path] = [toBase64url(chunk.bytes), toBase64url(chunk.path)]
      return json(200, { chunk: bytes, data_path, tx_path: "", packing: "unpacked" })
    }
    break
  }
  return text(404, "")
}

function startOf(view: View, tx: Transaction, block: Block): number {
  let start = view.chain.weaveSizes.get(block.previous) ?? 0
  for (const id of block.txs) {
    if (id === tx.id) break
    start += storedBytes(view.chain.transactions.get(id)!)
  }
  return start
}

function readData(
  view: View,
  weave: Weave,
  id: string,
  write: (data: Buffer) => string | Buffer,
): Reply {
  const sighting = view.find(id)
  const data = sighting?.state === "mined" ? weave.dataOf(sighting.tx) : null
  if (data === null) return sighting?.state === "pending" ? PENDING : NOT_FOUND
  const body = write(data)
  const type = typeof body === "string" ? "text/plain" : "application/octet-stream"
  return { status: 200, type, body }
}

function readPrice(view: View, bytes: string, target: string, wantsJson: boolean): Reply {
  if (!/^\d{1,15}$/.test(bytes)) return refusal(400, "size_must_be_an_integer")
  if (target !== "" && !isId(target)) return text(400, "Invalid address.")
  const fee = priceOf(Number(bytes), target, view.accounts, view.chain.price)
  return wantsJson ? json(200, { fee: `${fee}`, denomination: 1 }) : text(200, `${fee}`)
}

function readWallet(view: View, address: string, part: string): Reply {
  if (!isId(address)) return text(400, "Invalid address.")
  const account = view.accounts.find(address)
  if (part === "balance") return text(200, `${account?.winston ?? 0n}`)
  return part === "last_tx" ? text(200, account?.lastTx ?? "") : UNKNOWN_PATH
}

function readBlock(view: View, by: string, which: string): Reply {
  if (by === "current" && which === "") return blockReply(view, view.tip)
  if (by === "hash") return blockReply(view, view.blockBy(which))
  if (by !== "height") return UNKNOWN_PATH
  return /^\d{1,15}$/.test(which)
    ? blockReply(view, view.blockAt(Number(which)))
    : text(400, "Invalid height.")
}

function blockReply(view: View, block: Block | null): Reply {
  if (block === null) return text(404, "Block not found.")
  const { hash, previous, height, timestamp } = block
  const weaveSize = view.chain.weaveSizes.get(hash)!
  return json(200, {
    indep_hash: hash,
    previous_block: previous,
    height,
    timestamp,
    txs: view.txsOf(block),
    weave_size: `${weaveSize}`,
    block_size: `${weaveSize - (view.chain.weaveSizes.get(previous) ?? 0)}`,
  })
}

function infoOf(view: View) {
  return {
    network: "causeway.devnet",
    version: 5,
    height: view.height,
    current: view.tip.hash,
    blocks: view.height + 1,
    peers: 0,
    queue_length: 0,
  }
}

function recentOf(view: View) {
  const heights = Array.from({ length: FORK_DEPTH_MAX }, (_, back) => view.height - back)
  return {
    blocks: heights.flatMap((height) => {
      const block = view.blockAt(height)
      return block === null ? [] : [{ id: block.hash, received: block.timestamp, height }]
    }),
    // A view that stays on an abandoned branch does not know that it was abandoned.
    forks: view.chain.forks
      .filter(({ height, blocks }) => height <= view.height && view.trunk[height] !== blocks[0])
      .map(({ height, timestamp, blocks }) => {
        const id = toBase64url(sha256(...blocks.map((hash) => Buffer.from(hash, "base64url"))))
        return { id, height, timestamp, blocks }
      })
      .reverse(),
  }
}

function anchorOf(view: View): string {
  return view.blockAt(Math.max(0, view.height - SUGGESTED_ANCHOR_DEPTH + 1))!.hash
}

const UNKNOWN_PATH = text(400, "Request type not found.")
const NOT_FOUND = text(404, "Not Found.")
const PENDING = text(202, "Pending")
