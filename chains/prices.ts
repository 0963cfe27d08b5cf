// What assets are worth, as a file says that people or their own program keep: it can make limits stricter, never looser.

import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { z } from "zod"
import { ASSET_NAMES } from "../core/assets.ts"
import type { Prices } from "../core/governor.ts"
import { markOf } from "./file-mark.ts"

export const PRICES_FILE = "prices.json"

const shape = z.strictObject({
  /** When these were true. */
  at: z.iso.datetime(),
  /** US cents for one whole unit. */
  cents: z.partialRecord(
    z.enum(ASSET_NAMES),
    z
      .string()
      .regex(/^[1-9][0-9]{0,17}$/, "whole US cents, as text")
      .transform(BigInt),
  ),
})

/** Throws zod's error. */
export function pricesIn(json: unknown): Prices {
  const { at, cents } = shape.parse(json)
  const atMs = Date.parse(at)
  return new Map(
    ASSET_NAMES.flatMap((asset) => {
      const said = cents[asset]
      return said === undefined ? [] : [[asset, { cents: said, atMs }] as const]
    }),
  )
}

/** The prices of a folder. What is missing, broken or old counts as silence, and silence as the most an asset can be worth. */
export class PriceFile {
  readonly #path: string
  #seen: string | null = null
  #prices: Prices = new Map()

  constructor(folder: string) {
    this.#path = join(folder, PRICES_FILE)
  }

  get now(): Prices {
    return this.#prices
  }

  /** Looks whether the file has changed; never rejects. */
  async refresh(): Promise<Prices> {
    const seen = markOf(this.#path)
    if (seen === this.#seen) return this.#prices
    try {
      this.#prices =
        seen === null ? new Map() : pricesIn(JSON.parse(await readFile(this.#path, "utf8")))
      this.#seen = seen
    } catch {
      this.#prices = new Map()
      this.#seen = null
    }
    return this.#prices
  }
}
