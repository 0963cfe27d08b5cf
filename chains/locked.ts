// What was ever deposited of each asset, counted block by block by whoever asks, from its own endpoints.

import {
  type AssetName,
  type ChainName,
  isLedger,
  type NetworkName,
  networkOf,
} from "../core/assets.ts"
import { BridgeError } from "../core/errors.ts"
import type { BlockRef } from "../core/transfer.ts"
import type { Block, Codec, Connection, Deployment, Locks } from "./chain.ts"
import { startOf } from "./served.ts"
import { shortTurn } from "./turns.ts"

export interface Source {
  readonly codec: Codec
  readonly connection: Connection
}

/** The count up to and including a block. */
export interface Tally {
  readonly block: BlockRef
  readonly amounts: Amounts
}

/** Where counts of chains are kept from one call to the next; it may outlive the process. */
export interface Tallies {
  get(chain: ChainName): Tally | undefined
  set(chain: ChainName, tally: Tally): unknown
}

/** Base units of each asset. */
export type Amounts = ReadonlyMap<AssetName, bigint>

/**
 * A function that counts up to the tip, deposits that are not final yet included: the sum is a bound, and
 * must not lag behind a peer that sees one block more. The first call reads every block from `heightMin`
 * on; later ones only what is new. Throws what the connections throw.
 */
export function lockCounter(
  sources: Readonly<Partial<Record<ChainName, Source>>>,
  deployment: Deployment,
  heightMin: Readonly<Partial<Record<NetworkName, number>>> = {},
  tallies: Tallies = new Map<ChainName, Tally>(),
): LockCounter {
  const homes = (Object.keys(sources) as ChainName[]).filter((name) => !isLedger(name))
  const counting = new Map<ChainName, Promise<Deposited>>()

  const count = async (name: ChainName): Promise<Deposited> => {
    const source = sources[name]!
    const known = await source.connection.deposited?.()
    if (known) return [...known]
    const start = startOf(deployment, name, heightMin[networkOf(name)])
    const before = tallies.get(name) ?? null
    const { settled, amounts } = await countFrom(source, deployment, before, start)
    if (settled) tallies.set(name, settled)
    return [...amounts]
  }
  const once = (name: ChainName): Promise<Deposited> => {
    const known = counting.get(name)
    if (known) return known
    const fresh = count(name).finally(() => counting.delete(name))
    counting.set(name, fresh)
    return fresh
  }
  return async (asked = homes) => {
    const rows = await Promise.all(homes.filter((name) => asked.includes(name)).map(once))
    return Object.fromEntries(rows.flat())
  }
}

/** What was deposited on these home chains, or on all: what one of them suffers is nothing to the others. */
export type LockCounter = (homes?: readonly ChainName[]) => Promise<Locks>

type Deposited = readonly (readonly [AssetName, bigint])[]

/** Blocks this deep are not counted again unless the chain has been reorganised below them. */
const SETTLED_DEPTH = 20
/** Blocks read at one time. */
const AT_ONCE = 64

/** The sum up to the tip, and the sum up to a block that is deep enough to go on from. */
export async function countFrom(
  { codec, connection }: Source,
  deployment: Deployment,
  before: Tally | null,
  heightMin: number,
): Promise<{ readonly settled: Tally | null; readonly amounts: Amounts }> {
  const tip = await connection.tip()
  let settled = before && (await isCanonical(connection, before.block)) ? before : null
  let amounts = settled?.amounts ?? new Map()
  let parent = settled?.block.id ?? null
  for (let height = (settled?.block.height ?? heightMin - 1) + 1; height <= tip.height; ) {
    const last = Math.min(tip.height, height + AT_ONCE - 1)
    const heights = Array.from({ length: last - height + 1 }, (_, n) => height + n)
    for (const block of await Promise.all(heights.map((one) => connection.block(one)))) {
      if (block === null || (parent !== null && block.parent !== parent))
        throw new BridgeError("not-yet", { chain: connection.chain, why: "the chain moved" })
      await shortTurn()
      amounts = sumOf(amounts, depositedIn(block, codec, deployment))
      parent = block.id
      if (block.height <= tip.height - SETTLED_DEPTH)
        settled = { block: { height: block.height, id: block.id }, amounts }
    }
    height = last + 1
  }
  return { settled, amounts }
}

/** Blocks near the tip are asked about again and again, and connections keep them. */
const sums = new WeakMap<Block, Amounts>()

function depositedIn(block: Block, codec: Codec, deployment: Deployment): Amounts {
  const known = sums.get(block)
  if (known !== undefined) return known
  const { sightings } = codec.facts(block, deployment)
  const sum = new Map<AssetName, bigint>()
  for (const { asset, amount } of sightings) sum.set(asset, (sum.get(asset) ?? 0n) + amount)
  sums.set(block, sum)
  return sum
}

function sumOf(all: Amounts, more: Amounts): Amounts {
  if (more.size === 0) return all
  const sum = new Map(all)
  for (const [asset, amount] of more) sum.set(asset, (sum.get(asset) ?? 0n) + amount)
  return sum
}

async function isCanonical(connection: Connection, block: BlockRef): Promise<boolean> {
  return (await connection.block(block.height))?.id === block.id
}
