// A bridge's compliance policy on one operator's disk: signed versions and that operator's own lists, read anew when they change.

import { readdirSync } from "node:fs"
import { mkdir, open, readdir, readFile, rename } from "node:fs/promises"
import { join } from "node:path"
import { type Rulebook, rulebookOf } from "../core/compliance/evaluate.ts"
import { type Lists, versionsText } from "../core/compliance/lists.ts"
import {
  inForce,
  type PolicyRoot,
  type SignedPolicy,
  signedPolicyIn,
  successionOf,
  type Version,
} from "../core/compliance/succession.ts"
import { BridgeError } from "../core/errors.ts"
import { markOf } from "./file-mark.ts"
import { ListShelf, type Update } from "./list-shelf.ts"
import { seals } from "./seals.ts"

/** What decisions are made by at one moment. */
export interface Standing {
  /** Hash of the document in force. */
  readonly policy: string
  readonly book: Rulebook
  readonly lists: Lists
  /** Hash of the versions of the lists. */
  readonly listsHash: string
}

const FILE = /^(\d{1,6})\.json$/

/**
 * `<folder>/policy/<version>.json`, each signed by officers of the version before, and `<folder>/lists/`. It begins
 * with the root that the bridge file names, so that whoever puts files there needs no trust.
 */
export class PolicyShelf {
  readonly lists: ListShelf
  readonly #folder: string
  readonly #root: PolicyRoot
  #versions: readonly Version[] = []
  #seen = ""
  #problem: string | null = null
  #book: Rulebook | null = null
  /** The hash of the current lists: asked for with every payout. */
  #hashed: Pick<Standing, "lists" | "listsHash"> | null = null
  /** The look that is under way, and the one that begins when it is over. */
  #looking: Promise<unknown> = Promise.resolve()
  #next: Promise<readonly Update[]> | null = null

  private constructor(folder: string, root: PolicyRoot, lists: ListShelf) {
    this.#folder = folder
    this.#root = root
    this.lists = lists
  }

  /** Without a policy in the folder it opens, and everything is held. Throws `bad-config` for a bad one. */
  static async open(folder: string, root: PolicyRoot): Promise<PolicyShelf> {
    await mkdir(join(folder, "policy"), { recursive: true })
    const lists = await ListShelf.open(join(folder, "lists"))
    const shelf = new PolicyShelf(folder, root, lists)
    await shelf.refresh()
    if (shelf.#problem !== null) throw new BridgeError("bad-config", { policy: shelf.#problem })
    return shelf
  }

  /** What is in force, or null: then nothing may be paid. */
  at(nowMs: number): Standing | null {
    const version = inForce(this.#versions, nowMs)
    if (!version) return null
    if (this.#book?.document !== version.document) this.#book = rulebookOf(version.document)
    const { lists } = this.lists
    if (this.#hashed?.lists !== lists)
      this.#hashed = { lists, listsHash: seals.hash(versionsText(lists)) }
    return { policy: version.name, book: this.#book, ...this.#hashed }
  }

  get versions(): readonly Version[] {
    return this.#versions
  }

  /** Why the newest files are not in force; null when they are. What was read before stays. */
  get problem(): string | null {
    return this.#problem
  }

  /**
   * Looks whether files have changed, which costs little, and reads them when they have. One look at a time, or a slow
   * one would put back what a later one has replaced; who asks meanwhile shares the next, which begins after he asked.
   */
  refresh(): Promise<readonly Update[]> {
    this.#next ??= this.#looking.then(() => {
      this.#next = null
      const look = this.#look()
      this.#looking = look.catch(() => {})
      return look
    })
    return this.#next
  }

  async #look(): Promise<readonly Update[]> {
    const seen = this.#fingerprint()
    if (seen === this.#seen) return []
    try {
      this.#versions = successionOf(await this.#signed(), this.#root, seals)
      this.#problem = null
    } catch (error) {
      this.#problem = String(error)
    }
    const updates = await this.lists.refresh()
    this.#seen = seen
    return updates
  }

  /**
   * Puts the next version there, once enough officers have signed it. Throws `bad-config` for a version out of its
   * place and `bad-signature` for one that too few have signed.
   */
  async activate(signed: SignedPolicy): Promise<Version> {
    const before = await this.#signed()
    const versions = successionOf([...before, signed], this.#root, seals)
    const path = join(this.#folder, "policy", `${signed.document.version}.json`)
    const file = await open(`${path}.draft`, "w")
    try {
      await file.writeFile(`${JSON.stringify(signed, null, 2)}\n`)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(`${path}.draft`, path)
    await this.refresh()
    return versions.at(-1)!
  }

  async #signed(): Promise<SignedPolicy[]> {
    const names = await readdir(join(this.#folder, "policy"))
    const numbers = names.flatMap((name) => FILE.exec(name)?.[1] ?? []).map(Number)
    const paths = numbers
      .sort((a, b) => a - b)
      .map((one) => join(this.#folder, "policy", `${one}.json`))
    return Promise.all(
      paths.map(async (path) => signedPolicyIn(JSON.parse(await readFile(path, "utf8")))),
    )
  }

  /** Names, sizes and times of all files that count. */
  #fingerprint(): string {
    const lists = join(this.#folder, "lists")
    const policy = join(this.#folder, "policy")
    const folders = readdirSync(lists, { withFileTypes: true }).filter((one) => one.isDirectory())
    const paths = [
      ...readdirSync(policy).map((name) => join(policy, name)),
      ...folders.map(({ name }) => join(lists, name, "current.json")),
    ].sort()
    const marks = paths.map((path) => [path, markOf(path)] as const)
    return marks.flatMap(([path, mark]) => (mark === null ? [] : `${path} ${mark}`)).join("\n")
  }
}
