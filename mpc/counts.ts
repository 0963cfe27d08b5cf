// What this signer has counted as deposited, kept in its folder so that a start need not read every block again.
//
// It saves work and decides nothing new: a count goes on only from a block that the signer's own endpoints still
// call canonical, and only for the same vaults and tokens.

import { createHash } from "node:crypto"
import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { z } from "zod"
import type { Deployment } from "../chains/chain.ts"
import type { Tallies, Tally } from "../chains/locked.ts"
import { ASSET_NAMES, CHAINS, type ChainName, type NetworkName } from "../core/assets.ts"
import { replaceFile } from "./replace-file.ts"

const FILE = "counts.json"
const WRITE_MS = 2_000

const amount = z.string().regex(/^(0|[1-9][0-9]{0,37})$/)
const shape = z.strictObject({
  /** Of what is counted: with other vaults or tokens it would be another sum. */
  about: z.string(),
  counts: z.partialRecord(
    z.enum(CHAINS),
    z.strictObject({
      height: z.number().int().nonnegative(),
      id: z.string().min(1).max(128),
      amounts: z.partialRecord(z.enum(ASSET_NAMES), amount),
    }),
  ),
})

export class Counts implements Tallies {
  readonly #path: string
  readonly #about: string
  readonly #tallies: Map<ChainName, Tally>
  #timer: NodeJS.Timeout | null = null
  #writing: Promise<void> = Promise.resolve()

  private constructor(path: string, about: string, tallies: Map<ChainName, Tally>) {
    this.#path = path
    this.#about = about
    this.#tallies = tallies
  }

  /** `heightMin` is where counting begins. A file that is not there, of other vaults or damaged is no count: it is made anew. */
  static async open(
    folder: string,
    deployment: Deployment,
    heightMin: Readonly<Partial<Record<NetworkName, number>>> = {},
  ): Promise<Counts> {
    const { network, vault, tokens, vaults = null } = deployment
    const about = createHash("sha256")
      .update(JSON.stringify([network, vault, tokens, vaults, heightMin]))
      .digest("hex")
    const path = join(folder, FILE)
    return new Counts(path, about, await read(path, about))
  }

  get(chain: ChainName): Tally | undefined {
    return this.#tallies.get(chain)
  }

  set(chain: ChainName, tally: Tally): void {
    if (this.#tallies.get(chain)?.block.height === tally.block.height) return
    this.#tallies.set(chain, tally)
    this.#timer ??= setTimeout(() => void this.flush(), WRITE_MS).unref()
  }

  /** What was counted is on the disk, or can't be written there: then the next start counts again. */
  flush(): Promise<void> {
    if (this.#timer) clearTimeout(this.#timer)
    this.#timer = null
    const rows = [...this.#tallies].map(([chain, { block, amounts }]) => {
      const sums = [...amounts].map(([asset, sum]) => [asset, `${sum}`] as const)
      const { height, id } = block
      return [chain, { height, id, amounts: Object.fromEntries(sums) }] as const
    })
    const file = { about: this.#about, counts: Object.fromEntries(rows) }
    const text = `${JSON.stringify(file, null, 2)}\n`
    this.#writing = this.#writing.then(() => replaceFile(this.#path, text)).catch(() => {})
    return this.#writing
  }
}

async function read(path: string, about: string): Promise<Map<ChainName, Tally>> {
  try {
    const kept = shape.parse(JSON.parse(await readFile(path, "utf8")))
    if (kept.about !== about) return new Map()
    return new Map(
      Object.entries(kept.counts).map(([chain, { height, id, amounts }]) => {
        const sums = Object.entries(amounts).map(
          ([asset, sum]) => [asset as (typeof ASSET_NAMES)[number], BigInt(sum)] as const,
        )
        return [chain as ChainName, { block: { height, id }, amounts: new Map(sums) }]
      }),
    )
  } catch {
    return new Map()
  }
}
