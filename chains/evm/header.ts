// A block's header: read from a provider's JSON, and its hash computed here, so that nothing in it can be invented.

import { keccak_256 } from "@noble/hashes/sha3.js"
import { z } from "zod"
import { BridgeError } from "../../core/errors.ts"
import type { BlockRef } from "../../core/transfer.ts"
import { fromHex, toHex } from "./hex.ts"
import { numberBytes, type Rlp, rlp } from "./rlp.ts"
import { address, bloom, data, hash, quantity } from "./shape.ts"

/** Every field is covered by `id`, the hash. */
export interface Header extends BlockRef {
  readonly parent: string
  readonly timestampMs: number
  readonly bloom: Uint8Array
  readonly receiptsRoot: string
  /** Wei for a unit of gas. */
  readonly baseFee: bigint
}

/** In the order of the hashed list. */
const ALWAYS = {
  parentHash: hash,
  sha3Uncles: hash,
  miner: address,
  stateRoot: hash,
  transactionsRoot: hash,
  receiptsRoot: hash,
  logsBloom: bloom,
  difficulty: quantity,
  number: quantity,
  gasLimit: quantity,
  gasUsed: quantity,
  timestamp: quantity,
  extraData: data,
  mixHash: hash,
  nonce: z.string().regex(/^0x[0-9a-fA-F]{16}$/),
}

/** What forks have added to the end of the list, in their order. */
const LATER = {
  // London
  baseFeePerGas: quantity,
  // Shanghai
  withdrawalsRoot: hash,
  // Cancun
  blobGasUsed: quantity,
  excessBlobGas: quantity,
  parentBeaconBlockRoot: hash,
  // Prague
  requestsHash: hash,
  // Amsterdam (EIP-7928, EIP-7843)
  blockAccessListHash: hash,
  slotNumber: quantity,
}

const NAMES = [...Object.keys(ALWAYS), ...Object.keys(LATER)] as (
  | keyof typeof ALWAYS
  | keyof typeof LATER
)[]

/** What providers tell beside the header; BSC has `milliTimestamp`. */
const BESIDE: ReadonlySet<string> = new Set([
  ...["hash", "size", "totalDifficulty", "transactions", "uncles", "withdrawals", "milliTimestamp"],
])

const shape = z.looseObject({ hash, ...ALWAYS, ...z.object(LATER).partial().shape })

/**
 * The header in a block's JSON. Throws `rpc-unavailable` when it is none, and `rpc-disagrees` when its
 * hash is not the stated one: a lie, or a header of a fork that we do not know, whose fields it names.
 */
export function headerOf(json: unknown, url: string): Header {
  const entries = Object.entries(Object(json)).filter(([, value]) => value !== null)
  const { data: block, error } = shape.safeParse(Object.fromEntries(entries))
  if (!block)
    throw new BridgeError("rpc-unavailable", { url, header: z.prettifyError(error).slice(0, 300) })
  const present = NAMES.filter((name) => block[name] !== undefined)
  const id = toHex(keccak_256(rlp(present.map((name) => fieldBytes(block[name]!)))))
  if (id !== block.hash) {
    const unknown = Object.keys(block).filter(
      (key) => !BESIDE.has(key) && !NAMES.some((name) => name === key),
    )
    throw new BridgeError("rpc-disagrees", {
      ...{ url, height: block.number, why: "the header has not the hash it states" },
      ...(unknown.length > 0 && { unknownFields: unknown.join(" ").slice(0, 300) }),
    })
  }
  return {
    height: Number(block.number),
    id,
    parent: block.parentHash,
    timestampMs: Number(block.timestamp) * 1_000,
    bloom: fromHex(block.logsBloom),
    receiptsRoot: block.receiptsRoot,
    baseFee: block.baseFeePerGas ?? 0n,
  }
}

function fieldBytes(value: string | bigint): Rlp {
  return typeof value === "bigint" ? numberBytes(value) : fromHex(value)
}
