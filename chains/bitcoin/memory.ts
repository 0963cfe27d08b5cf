// What a reader has read, kept in a file, so that it goes on where it was instead of reading years of blocks again.

import { appendFile, open, readFile, rm, truncate, writeFile } from "node:fs/promises"
import { BridgeError } from "../../core/errors.ts"
import type { Vault } from "./deposit.ts"

/** A block, and of its transactions those that concern us. */
export interface KeptBlock {
  readonly height: number
  readonly id: string
  readonly parent: string
  readonly timestampMs: number
  readonly transactions: readonly KeptTransaction[]
}

export interface KeptTransaction {
  readonly raw: Uint8Array
  readonly isCoinbase: boolean
  /** Address of each input, as its node told it. */
  readonly from: readonly (string | null)[]
}

/**
 * One line a block, and one for each that was taken off again. The file is no truth: whatever is wrong with it,
 * blocks are read from the nodes again, and nodes say whether its newest block is canonical.
 */
export class Memory {
  readonly #file: string
  readonly #head: string
  #writing: Promise<void> = Promise.resolve()
  /** After a failed write the lines behind it would hang in the air. */
  #isBroken = false
  /** Blocks that were taken off again, in the order of the file; there when it is loaded. */
  readonly dropped: KeptBlock[] = []

  constructor(file: string, { network, key, former = [] }: Vault, heightMin: number) {
    this.#file = file
    const [present, ...others] = [key, ...former].map((one) => Buffer.from(one).toString("hex"))
    // What was read by other keys left out what these would have found.
    const keys = { key: present, ...(others.length > 0 && { former: others }) }
    const about = { version: 1, network, ...keys, heightMin }
    this.#head = `${JSON.stringify(about)}\n`
  }

  /** The blocks that stand, lowest first, each the child of the one before; the file ends with the last of them. */
  async load(heightMin: number): Promise<readonly KeptBlock[]> {
    const text = await readFile(this.#file, "utf8").catch(() => "")
    const blocks: KeptBlock[] = []
    let length = 0
    if (text.startsWith(this.#head)) {
      length = this.#head.length
      for (const line of text.slice(length).split("\n").slice(0, -1)) {
        if (!take(blocks, this.dropped, line, heightMin)) break
        length += line.length + 1
      }
    }
    if (length === 0)
      await writeFile(this.#file, this.#head, { mode: 0o600 }).catch(() => this.#break())
    else if (length < text.length) await truncate(this.#file, length).catch(() => this.#break())
    return blocks
  }

  put({ transactions, height, id, parent, timestampMs }: KeptBlock): void {
    const rows = transactions.map(({ raw, isCoinbase, from }) => [
      Buffer.from(raw).toString("hex"),
      isCoinbase,
      from,
    ])
    this.#append([height, id, parent, timestampMs, ...(rows.length > 0 ? [rows] : [])])
  }

  /** The block at a height, the newest, is taken off. */
  drop(height: number): void {
    this.#append(height)
  }

  /**
   * All that was put is on the disk, or the file is gone. Whoever writes down elsewhere that something is known waits
   * for this first: a file that does not know it would hide it for ever. Throws `journal-unwritable`.
   */
  async sync(): Promise<void> {
    await this.#writing
    try {
      if (this.#isBroken) return await rm(this.#file, { force: true })
      const file = await open(this.#file, "r+")
      await file.sync().finally(() => file.close())
    } catch (cause) {
      throw new BridgeError("journal-unwritable", { file: this.#file }, { cause })
    }
  }

  #append(line: unknown): void {
    this.#writing = this.#writing.then(async () => {
      if (this.#isBroken) return
      await appendFile(this.#file, `${JSON.stringify(line)}\n`).catch(() => this.#break())
    })
  }

  #break(): void {
    this.#isBroken = true
  }
}

/** Applies a line; false for one that cannot be. */
function take(blocks: KeptBlock[], dropped: KeptBlock[], line: string, heightMin: number): boolean {
  const last = blocks.at(-1)
  try {
    const read: unknown = JSON.parse(line)
    if (typeof read === "number") {
      if (last) dropped.push(last)
      return blocks.pop()?.height === read
    }
    const [height, id, parent, timestampMs, rows = []] = read as [
      number,
      string,
      string,
      number,
      [string, boolean, (string | null)[]][]?,
    ]
    const follows = last === undefined ? height === heightMin : parent === last.id
    if (!follows || height !== (last?.height ?? heightMin - 1) + 1 || typeof id !== "string")
      return false
    const transactions = rows.map(([raw, isCoinbase, from]) => {
      return { raw: new Uint8Array(Buffer.from(raw, "hex")), isCoinbase, from }
    })
    blocks.push({ height, id, parent, timestampMs, transactions })
    return true
  } catch {
    return false
  }
}
