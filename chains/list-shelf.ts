// An operator's own copies of lists on disk: every version is kept, one of each is current, updates are all or nothing.

import { mkdir, open, readdir, readFile, rename } from "node:fs/promises"
import { join } from "node:path"
import { DIGEST, fields, form, NAME, text, whole } from "../core/compliance/form.ts"
import {
  type AddressList,
  changeBetween,
  digestOf,
  type HeldList,
  indexOf,
  type ListChange,
  type Lists,
  listFile,
  listIn,
} from "../core/compliance/lists.ts"
import { BridgeError } from "../core/errors.ts"
import { kindOf, kinOf } from "./party.ts"
import { seals } from "./seals.ts"

/** What became of a list that its publisher was asked for. */
export interface Update extends ListChange {
  readonly list: string
  readonly digest: string
  /** Digest of the version before; null for the first. */
  readonly before: string | null
}

/** A list that loses more than this at once is more likely cut short than delisted. */
const SHRINK_MAX = 0.5

/**
 * Lists as files: `<folder>/<list>/<digest>.json` for every version there ever was, and `current.json`, which says
 * which of them counts and when its publisher was last asked. A list that could never be read is not there, and what
 * is not there holds every decision; `problems` says why.
 */
export class ListShelf {
  readonly #folder: string
  #held: ReadonlyMap<string, HeldList> = new Map()
  #lists: Lists = indexOf([], kinOf)
  #problems: ReadonlyMap<string, string> = new Map()

  private constructor(folder: string) {
    this.#folder = folder
  }

  static async open(folder: string): Promise<ListShelf> {
    await mkdir(folder, { recursive: true })
    const shelf = new ListShelf(folder)
    await shelf.refresh()
    return shelf
  }

  /** All current lists; an update replaces this object and never changes it. */
  get lists(): Lists {
    return this.#lists
  }

  get held(): ReadonlyMap<string, HeldList> {
    return this.#held
  }

  /** Why a list that has a folder is not there, or is not renewed. */
  get problems(): ReadonlyMap<string, string> {
    return this.#problems
  }

  /**
   * Puts a version that was read at its publisher's at `checkedMs` in the place of the current one. The same
   * addresses again only make it fresh. Throws `bad-request`, and leaves everything as it was, for a version older
   * than the current one, and for one that loses more than half of its addresses, unless `isShrinkMeant`.
   */
  async put(list: AddressList, checkedMs: number, { isShrinkMeant = false } = {}): Promise<Update> {
    const current = this.#held.get(list.list) ?? null
    const digest = digestOf(list, seals.hash)
    const change = current
      ? changeBetween(current, list)
      : { added: list.entries.map(({ key }) => key), removed: [] }
    if (current) demandNewer(current, list, change, isShrinkMeant)
    const folder = join(this.#folder, list.list)
    await mkdir(folder, { recursive: true })
    const stale = current !== null && current.checkedMs > checkedMs
    const checked = stale ? current.checkedMs : checkedMs
    await write(folder, `${digest}.json`, listFile(list, kindOf))
    // Only now can anybody see it.
    await write(folder, "current.json", { digest, checkedMs: checked })
    this.#replace(new Map(this.#held).set(list.list, { ...list, digest, checkedMs: checked }))
    return { list: list.list, digest, before: current?.digest ?? null, ...change }
  }

  /** Reads what another process has put there; returns what changed, for whoever screens again. */
  async refresh(): Promise<readonly Update[]> {
    const held = new Map<string, HeldList>()
    const problems = new Map<string, string>()
    for (const entry of await readdir(this.#folder, { withFileTypes: true })) {
      if (!entry.isDirectory() || !NAME.test(entry.name)) continue
      try {
        held.set(entry.name, await this.#read(entry.name))
      } catch (error) {
        problems.set(entry.name, String(error))
        // What was read before stays good until it is stale.
        const before = this.#held.get(entry.name)
        if (before) held.set(entry.name, before)
      }
    }
    const updates = [...held.values()].flatMap((list) => updateOf(this.#held.get(list.list), list))
    this.#problems = problems
    this.#replace(held)
    return updates
  }

  /** A version of the past, to judge again what was judged by it; null when it was never here. */
  async version(list: string, digest: string): Promise<AddressList | null> {
    if (!NAME.test(list) || !DIGEST.test(digest)) return null
    try {
      return await this.#readVersion(list, digest)
    } catch (error) {
      if (isMissing(error)) return null
      throw error
    }
  }

  async #read(list: string): Promise<HeldList> {
    const current = await readJson(join(this.#folder, list, "current.json"))
    const file = fields(form(current, "current"), ["digest", "checkedMs"])
    const digest = text(file.digest, DIGEST)
    const version = await this.#readVersion(list, digest)
    return { ...version, digest, checkedMs: whole(file.checkedMs) }
  }

  async #readVersion(list: string, digest: string): Promise<AddressList> {
    const read = listIn(await readJson(join(this.#folder, list, `${digest}.json`)))
    if (read.list !== list || digestOf(read, seals.hash) !== digest)
      throw new BridgeError("bad-config", { list, digest, why: "the file is not what it was" })
    return read
  }

  #replace(held: ReadonlyMap<string, HeldList>): void {
    this.#held = held
    this.#lists = indexOf(held.values(), kinOf)
  }
}

function demandNewer(
  current: HeldList,
  list: AddressList,
  { removed }: ListChange,
  isShrinkMeant: boolean,
): void {
  if (list.publishedAt < current.publishedAt)
    throw new BridgeError("bad-request", {
      list: list.list,
      publishedAt: list.publishedAt,
      current: current.publishedAt,
    })
  if (!isShrinkMeant && removed.length > current.entries.length * SHRINK_MAX)
    throw new BridgeError("bad-request", {
      list: list.list,
      removed: removed.length,
      of: current.entries.length,
    })
}

function updateOf(before: HeldList | undefined, after: HeldList): Update[] {
  const { list, digest } = after
  if (!before) {
    const added = after.entries.map(({ key }) => key)
    return [{ list, digest, before: null, added, removed: [] }]
  }
  if (before.digest === digest) return []
  return [{ list, digest, before: before.digest, ...changeBetween(before, after) }]
}

/** A reader sees the old file or the new one, and after a crash one of them is there. */
async function write(folder: string, name: string, value: object): Promise<void> {
  const draft = join(folder, `${name}.${process.pid}.draft`)
  const file = await open(draft, "w")
  try {
    await file.writeFile(JSON.stringify(value))
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(draft, join(folder, name))
}

async function readJson(path: string): Promise<unknown> {
  return JSON.parse(await readFile(path, "utf8"))
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT"
}
