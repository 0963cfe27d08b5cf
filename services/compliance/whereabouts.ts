// What a request tells about where somebody is, before the address itself is forgotten.

import { readFile } from "node:fs/promises"
import type { IncomingMessage } from "node:http"
import { join } from "node:path"
import type { Network, Place } from "../../core/compliance/facts.ts"
import { BridgeError } from "../../core/errors.ts"
import type { ScreeningSettings } from "../config.ts"
import { AddressTags } from "./address-tags.ts"
import { clientOf, type Trust, trustOf } from "./client-address.ts"
import { Geography } from "./geography.ts"
import { networksOf, type Ranges, rangesIn } from "./networks.ts"

export interface Found {
  /** What each source says; sources that know nothing are there too. */
  readonly places: readonly Place[]
  readonly networks: readonly Network[]
  readonly files: Readonly<Record<string, string>>
  readonly tag: string | null
  /** The address as text; null when it is not known. It is not for any record. */
  readonly address: string | null
}

/** The operator's files of places and networks, and the keys of the tags. */
export class Whereabouts {
  readonly #trust: Trust
  readonly #tags: AddressTags
  readonly #geography: Geography
  #networks: Readonly<Partial<Record<Network, readonly Ranges[]>>>

  private constructor(
    trust: Trust,
    tags: AddressTags,
    geography: Geography,
    networks: Readonly<Partial<Record<Network, readonly Ranges[]>>>,
  ) {
    this.#trust = trust
    this.#tags = tags
    this.#geography = geography
    this.#networks = networks
  }

  /** Throws `bad-config` for a file that is not there, or not the pinned one. */
  static async open(folder: string, settings: ScreeningSettings): Promise<Whereabouts> {
    return new Whereabouts(
      trustOf(settings.proxies),
      await AddressTags.open(join(folder, "tags")),
      await Geography.open(geographyIn(folder, settings)),
      await networksIn(folder, settings),
    )
  }

  /** Other files without a restart; all of them are good, or the old ones stay and it throws `bad-config`. */
  async reload(folder: string, settings: ScreeningSettings): Promise<void> {
    const networks = await networksIn(folder, settings)
    await this.#geography.reload(geographyIn(folder, settings))
    this.#networks = networks
  }

  /** SHA-256 of each file of places. */
  get files(): Readonly<Record<string, string>> {
    return this.#geography.digests
  }

  async of(request: IncomingMessage, nowMs: number): Promise<Found> {
    const address = clientOf(request, this.#trust)
    return {
      places: this.#geography.placesOf(address, nowMs),
      networks: address ? networksOf(address, this.#networks) : [],
      files: this.files,
      tag: address && (await this.#tags.tagOf(address, nowMs)),
      address: address?.text ?? null,
    }
  }

  /** Destroys the keys of tags that are older; returns their months. */
  forgetTags(nowMs: number, months: number): Promise<readonly string[]> {
    return this.#tags.destroyBefore(nowMs, months)
  }
}

function geographyIn(folder: string, { places, placesMaxAgeMs }: ScreeningSettings) {
  const files = places.map((pin) => ({ ...pin, path: join(folder, pin.path) }))
  return { files, maxAgeMs: placesMaxAgeMs }
}

async function networksIn(folder: string, { networks }: ScreeningSettings) {
  const rows = Object.entries(networks).map(async ([kind, files]) => {
    const ranges = files.map(async (file) => {
      try {
        return rangesIn(await readFile(join(folder, file), "utf8"))
      } catch (cause) {
        throw new BridgeError("bad-config", { networks: kind, file }, { cause })
      }
    })
    return [kind, await Promise.all(ranges)] as const
  })
  return Object.fromEntries(await Promise.all(rows)) as Readonly<
    Partial<Record<Network, readonly Ranges[]>>
  >
}
