// All that was ever deposited on a source chain, counted block by block by a signer for itself.
//
// A mint states this sum, and the token never mints beyond it (peers.md: Wormhole's accountant). A signer
// that counts less than a coordinator claims does not sign.

import { readFile, rename, writeFile } from "node:fs/promises"
import { z } from "zod"
import type { Codec, Connection, Deployment } from "../chains/chain.ts"
import { BridgeError } from "../core/errors.ts"
import type { Policy } from "../core/policy.ts"

export interface LockedOptions {
  readonly connection: Connection
  readonly codec: Codec
  readonly deployment: Deployment
  readonly policy: Policy
  /** First block that can hold a deposit. */
  readonly heightMin: number
  /** Where the count is kept between two runs. */
  readonly file: string
}

/** Blocks asked for at once. */
const AHEAD = 16
/** Blocks after which the count is written down. */
const SAVE_EVERY = 500

export class Locked {
  readonly #options: LockedOptions
  #count: Count | null = null
  #counting: Promise<bigint> | null = null
  #savedHeight = 0
  #warmHeight = 0

  constructor(options: LockedOptions) {
    this.#options = options
  }

  /**
   * Base units of all deposits in final blocks up to now. The first call reads the whole chain from
   * `heightMin` or from where the last run saved; later ones what is new. Throws `rpc-unavailable`, and
   * `rpc-disagrees` when the chain no longer holds what was counted as final: then people must look.
   */
  total(): Promise<bigint> {
    this.#counting ??= this.#catchUp().finally(() => {
      this.#counting = null
    })
    return this.#counting
  }

  /** Counts what is final and reads what is new, so that a later lookup finds it in the connection's memory. */
  async warm(): Promise<void> {
    await this.total()
    const { connection } = this.#options
    const tip = await connection.tip()
    const first = Math.max(this.#warmHeight + 1, (this.#count?.height ?? 0) + 1)
    for (let height = first; height <= tip.height; height += 1) {
      await connection.block(height)
      this.#warmHeight = height
    }
  }

  async #catchUp(): Promise<bigint> {
    const { connection, policy, heightMin } = this.#options
    this.#count ??= await this.#resumed()
    const tip = await connection.tip()
    const final = tip.height - policy.depths[connection.chain] + 1
    while (this.#count.height < final) {
      const first = Math.max(this.#count.height + 1, heightMin)
      const heights = range(first, Math.min(first + AHEAD - 1, final))
      if (heights.length === 0) break
      const blocks = await Promise.all(heights.map((height) => connection.block(height)))
      for (const block of blocks) this.#add(block)
      await this.#save(SAVE_EVERY)
    }
    return this.#count.total
  }

  #add(block: Awaited<ReturnType<Connection["block"]>>): void {
    const { codec, deployment, connection } = this.#options
    const before = this.#count!
    if (block === null) throw new BridgeError("rpc-unavailable", { chain: connection.chain })
    if (before.id !== null && block.parent !== before.id)
      throw new BridgeError("rpc-disagrees", {
        height: block.height,
        why: "a final block vanished",
      })
    const { sightings } = codec.facts(block, deployment)
    const total = sightings.reduce((sum, { amount }) => sum + amount, before.total)
    this.#count = { height: block.height, id: block.id, total }
  }

  /** The saved count, if the chain still has the block that it ends with; else a new one. */
  async #resumed(): Promise<Count> {
    const { file, connection, heightMin } = this.#options
    const fresh: Count = { height: heightMin - 1, id: null, total: 0n }
    const saved = await readFile(file, "utf8").then(countFrom, () => null)
    if (saved === null || saved.id === null) return fresh
    const block = await connection.block(saved.height)
    this.#savedHeight = saved.height
    return block?.id === saved.id ? saved : fresh
  }

  /** Writes the count down when it is at least so many blocks further than the last time. */
  async #save(blocksMin: number): Promise<void> {
    const count = this.#count
    if (!count || count.height - this.#savedHeight < blocksMin) return
    const { file } = this.#options
    await writeFile(`${file}.new`, JSON.stringify({ ...count, total: String(count.total) }))
    await rename(`${file}.new`, file)
    this.#savedHeight = count.height
  }
}

interface Count {
  readonly height: number
  /** Of the last block counted; null when none is. */
  readonly id: string | null
  readonly total: bigint
}

const shape = z.strictObject({
  height: z.number().int(),
  id: z.string().nullable(),
  total: z
    .string()
    .regex(/^[0-9]+$/)
    .transform(BigInt),
})

function countFrom(text: string): Count | null {
  try {
    return shape.parse(JSON.parse(text))
  } catch {
    return null
  }
}

function range(first: number, last: number): number[] {
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, at) => first + at)
}
