// Where an address is by all files of places at once: they disagree, so each of them is heard.

import type { Place } from "../../core/compliance/facts.ts"
import { BridgeError } from "../../core/errors.ts"
import type { IpAddress } from "./ip.ts"
import { type MmdbPin, openMmdb, type PlaceFile } from "./mmdb.ts"

export interface GeographyConfig {
  readonly files: readonly MmdbPin[]
  /** A file that was made longer ago than this knows nothing any more. */
  readonly maxAgeMs: number
}

/** All files of places of an operator; `reload` takes the place of all of them, or of none. */
export class Geography {
  #files: readonly PlaceFile[]
  #maxAgeMs: number

  private constructor(files: readonly PlaceFile[], maxAgeMs: number) {
    this.#files = files
    this.#maxAgeMs = maxAgeMs
  }

  /** Throws `bad-config` for a file that is not the pinned one, or two under one name. */
  static async open(config: GeographyConfig): Promise<Geography> {
    return new Geography(await filesOf(config), config.maxAgeMs)
  }

  /**
   * Reads other files, without a restart; lookups go on with the old ones until all of the new ones are good.
   * Throws `bad-config`, and keeps the old ones.
   */
  async reload(config: GeographyConfig): Promise<void> {
    const files = await filesOf(config)
    this.#files = files
    this.#maxAgeMs = config.maxAgeMs
  }

  /** What each source says; nothing for no address, and nothing from a file that is too old. */
  placesOf(address: IpAddress | null, nowMs: number): readonly Place[] {
    return this.#files.map((file) => {
      const isOld = nowMs - file.builtMs > this.#maxAgeMs
      return { source: file.source, codes: address && !isOld ? file.codesOf(address) : [] }
    })
  }

  /** Which files decisions are made by: for the evidence. */
  get digests(): Readonly<Record<string, string>> {
    return Object.fromEntries(this.#files.map(({ source, sha256 }) => [source, sha256]))
  }
}

async function filesOf({ files }: GeographyConfig): Promise<readonly PlaceFile[]> {
  const names = files.map(({ source }) => source)
  if (new Set(names).size !== names.length)
    throw new BridgeError("bad-config", { places: "two files under one name" })
  return Promise.all(files.map(openMmdb))
}
