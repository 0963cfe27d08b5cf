// What a signer's providers said differently: a file each in its folder, and the chains on which it signs nothing until
// its operator has looked.

import { mkdir, readdir, readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { z } from "zod"
import type { Divergence } from "../chains/divergence.ts"
import { CHAINS, type ChainName } from "../core/assets.ts"
import { BridgeError } from "../core/errors.ts"
import { replaceFile } from "./replace-file.ts"

export interface Halt {
  readonly chain: ChainName
  /** ISO 8601, UTC. */
  readonly since: string
  /** The file that says why. */
  readonly incident: string
}

const FOLDER = "incidents"
const HALTS = "halts.json"
/** What a provider that lies all the time may write. */
const FILES_MAX = 1_000

const shape = z.array(
  z.strictObject({
    chain: z.enum(CHAINS),
    since: z.iso.datetime(),
    incident: z.string().max(200),
  }),
)

/** The chains that are halted in a folder. Throws `bad-config` for a file that cannot be read: it is there to stop us. */
export async function readHalts(folder: string): Promise<readonly Halt[]> {
  const text = await readFile(join(folder, HALTS), "utf8").catch(() => null)
  if (text === null) return []
  try {
    return shape.parse(JSON.parse(text))
  } catch (cause) {
    throw new BridgeError("bad-config", { file: HALTS, problems: "not readable" }, { cause })
  }
}

/** The operator has looked: the chain is halted no more. Returns whether it was. */
export async function liftHalt(folder: string, chain: ChainName): Promise<boolean> {
  const halts = await readHalts(folder)
  const left = halts.filter((halt) => halt.chain !== chain)
  if (left.length === halts.length) return false
  await replaceFile(join(folder, HALTS), `${JSON.stringify(left, null, 2)}\n`)
  return true
}

export async function incidentFiles(folder: string): Promise<readonly string[]> {
  return (await readdir(join(folder, FOLDER)).catch(() => [])).sort()
}

export class Incidents {
  readonly #folder: string
  readonly #now: () => number
  #halts: ReadonlyMap<ChainName, Halt>
  #files: number
  #writing: Promise<void> = Promise.resolve()

  private constructor(folder: string, now: () => number, halts: readonly Halt[], files: number) {
    this.#folder = folder
    this.#now = now
    this.#halts = byChain(halts)
    this.#files = files
  }

  /** Throws `bad-config` as `readHalts`. */
  static async open(folder: string, now: () => number): Promise<Incidents> {
    const files = await incidentFiles(folder)
    return new Incidents(folder, now, await readHalts(folder), files.length)
  }

  get halts(): readonly Halt[] {
    return [...this.#halts.values()]
  }

  /** How many there are to be looked into. */
  get count(): number {
    return this.#files
  }

  /** Throws `paused` for a chain that is halted. */
  demand(chain: ChainName): void {
    const halt = this.#halts.get(chain)
    if (!halt) return
    const { since, incident } = halt
    throw new BridgeError("paused", { chain, reason: "rpc-disagrees", since, incident })
  }

  /** Halts at once, where it does; the files follow. */
  note(divergence: Divergence): void {
    const { chain, halts } = divergence
    const since = new Date(this.#now()).toISOString()
    const number = String(this.#files + 1).padStart(4, "0")
    const name = `${since.replaceAll(":", "-")}-${number}-${chain}.json`
    if (halts && !this.#halts.has(chain))
      this.#halts = new Map([...this.#halts, [chain, { chain, since, incident: name }]])
    const isKept = this.#files < FILES_MAX || halts
    this.#files += 1
    this.#writing = this.#writing
      .then(async () => {
        await mkdir(join(this.#folder, FOLDER), { recursive: true, mode: 0o700 })
        const text = `${JSON.stringify({ at: since, ...divergence }, null, 2)}\n`
        if (isKept) await writeFile(join(this.#folder, FOLDER, name), text, { mode: 0o600 })
        const rows = `${JSON.stringify(this.halts, null, 2)}\n`
        if (halts) await replaceFile(join(this.#folder, HALTS), rows)
      })
      // In memory it holds all the same.
      .catch(() => {})
  }

  /** What its operator has lifted since holds no more. */
  async refresh(): Promise<void> {
    if (this.#halts.size === 0) return
    await this.#writing
    this.#halts = byChain(await readHalts(this.#folder))
  }

  /** Everything is on the disk. */
  flush(): Promise<void> {
    return this.#writing
  }
}

function byChain(halts: readonly Halt[]): ReadonlyMap<ChainName, Halt> {
  return new Map(halts.map((halt) => [halt.chain, halt]))
}
