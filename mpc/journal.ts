// What a signer must never forget: an append-only log that is on disk before anything leaves.
//
// File: an 8-byte mark, then frames: length (4 bytes, little-endian), CRC-32 of the payload,
// CRC-32 of those 8 bytes, payload (JSON). A crash leaves at most a frame cut short at the end, which
// nobody was told of, so it is dropped. Anything else that does not check is damage: the signer
// stops, because a forgotten record could be a payment made twice.

import { crc32 } from "node:zlib"
import { assert } from "../core/assert.ts"
import { BridgeError } from "../core/errors.ts"
import { fileIn, type JournalFile } from "./journal-file.ts"

/** One fact, as JSON; `kind` says which rule it is for. */
export interface Entry {
  readonly kind: string
  readonly [field: string]: unknown
}

export interface Journal {
  readonly path: string
  /** Entries on disk. */
  readonly entries: number
  /** Times the disk was waited for since it was opened; entries of one moment share one. */
  readonly syncs: number
  /**
   * Resolves when the entry, and all before it, are on disk. Rejects with `journal-unwritable` (halt)
   * when that is not certain, and does so ever after: only opening it again tells what is there.
   */
  append(entry: Entry): Promise<void>
  close(): Promise<void>
}

/**
 * Opens the journal of a folder, making both when they are not there, and hands every entry to
 * `replay` in order. Throws `journal-damaged` (halt) with the byte offset. `openFile` gives the file of a folder.
 *
 * Two processes must not use one journal. If they do, the first append of one makes every append of
 * the other fail: an entry is confirmed only if the file ends where it was expected to.
 */
export async function openJournal(
  folder: string,
  replay: (entry: Entry) => void,
  openFile: (folder: string) => Promise<JournalFile> = fileIn,
): Promise<Journal> {
  const file = await openFile(folder)
  try {
    const extent = await read(file, replay)
    return new OpenJournal(file, await trimmed(file, extent), extent.entries)
  } catch (error) {
    await file.close()
    throw error
  }
}

class OpenJournal implements Journal {
  readonly path: string
  readonly #file: JournalFile
  #end: number
  #waiting: Waiting[] = []
  #writing: Promise<void> | null = null
  #failure: BridgeError | null = null
  entries: number
  syncs = 0

  constructor(file: JournalFile, end: number, entries: number) {
    this.#file = file
    this.path = file.path
    this.#end = end
    this.entries = entries
  }

  append(entry: Entry): Promise<void> {
    if (this.#failure) return Promise.reject(this.#failure)
    const frame = framed(entry)
    return new Promise((resolve, reject) => {
      this.#waiting.push({ frame, resolve, reject })
      this.#writing ??= this.#writeAll()
    })
  }

  async close(): Promise<void> {
    await this.#writing
    this.#failure ??= new BridgeError("journal-unwritable", { reason: "it was closed" })
    await this.#file.close()
  }

  async #writeAll(): Promise<void> {
    // What is appended in the same turn shares the first sync; what comes during a sync, the next.
    await null
    while (this.#waiting.length > 0) {
      const batch = this.#waiting
      this.#waiting = []
      try {
        if (this.#failure) throw this.#failure
        await this.#write(Buffer.concat(batch.map(({ frame }) => frame)))
        this.entries += batch.length
        for (const { resolve } of batch) resolve()
      } catch (cause) {
        this.#failure ??=
          cause instanceof BridgeError
            ? cause
            : new BridgeError("journal-unwritable", { path: this.path }, { cause })
        for (const { reject } of batch) reject(this.#failure)
      }
    }
    this.#writing = null
  }

  async #write(bytes: Buffer): Promise<void> {
    await this.#file.append(bytes)
    await this.#file.sync()
    this.syncs += 1
    this.#end += bytes.length
    if ((await this.#file.size()) !== this.#end) {
      throw new BridgeError("journal-unwritable", { path: this.path, reason: OTHER_WRITER })
    }
  }
}

interface Waiting {
  readonly frame: Buffer
  readonly resolve: () => void
  readonly reject: (error: BridgeError) => void
}

const MARK = Buffer.from("CWJRNL1\n")
const OTHER_WRITER = "another process writes to this journal"
const HEADER_BYTES = 12
const PAYLOAD_BYTES_MAX = 2 ** 20

function framed(entry: Entry): Buffer {
  const payload = Buffer.from(JSON.stringify(entry))
  assert(payload.length <= PAYLOAD_BYTES_MAX, "a journal entry is shorter than a mebibyte")
  const header = Buffer.alloc(HEADER_BYTES)
  header.writeUInt32LE(payload.length, 0)
  header.writeUInt32LE(crc32(payload), 4)
  header.writeUInt32LE(crc32(header.subarray(0, 8)), 8)
  return Buffer.concat([header, payload])
}

interface Extent {
  /** Where the last whole frame ends; 0 when not even the mark is whole. */
  readonly end: number
  readonly size: number
  readonly entries: number
}

async function read(file: JournalFile, replay: (entry: Entry) => void): Promise<Extent> {
  const { path } = file
  let end = 0
  let entries = 0
  let rest = Buffer.alloc(0)
  for await (const chunk of file.read()) {
    rest = Buffer.concat([rest, chunk])
    if (end === 0 && rest.length >= MARK.length) {
      if (!rest.subarray(0, MARK.length).equals(MARK)) damaged(path, 0, "not a journal")
      end = MARK.length
      rest = rest.subarray(end)
    }
    for (let frame = end > 0 && frameOf(rest, path, end); frame; frame = frameOf(rest, path, end)) {
      replay(frame.entry)
      entries += 1
      end += frame.length
      rest = rest.subarray(frame.length)
    }
  }
  if (end === 0 && !MARK.subarray(0, rest.length).equals(rest)) damaged(path, 0, "not a journal")
  return { end, size: end + rest.length, entries }
}

/** The frame at the start of the bytes, or null when they end before it does. */
function frameOf(bytes: Buffer, path: string, at: number): { entry: Entry; length: number } | null {
  if (bytes.length < HEADER_BYTES) return null
  const size = bytes.readUInt32LE(0)
  // The header has a sum of its own: a damaged length must not pass for a frame cut short.
  if (crc32(bytes.subarray(0, 8)) !== bytes.readUInt32LE(8)) damaged(path, at, "a header is wrong")
  if (bytes.length < HEADER_BYTES + size) return null
  const payload = bytes.subarray(HEADER_BYTES, HEADER_BYTES + size)
  if (crc32(payload) !== bytes.readUInt32LE(4)) damaged(path, at, "an entry is wrong")
  return { entry: JSON.parse(payload.toString("utf8")) as Entry, length: HEADER_BYTES + size }
}

/** Cuts off what a crash left behind the last whole frame; a new file gets its mark. */
async function trimmed(file: JournalFile, { end, size }: Extent): Promise<number> {
  if ((await file.size()) !== size) {
    // What looked cut short may be another process's entry on its way.
    throw new BridgeError("journal-unwritable", { path: file.path, reason: OTHER_WRITER })
  }
  if (size > end) await file.truncate(end)
  if (end === 0) await file.append(MARK)
  await file.settle()
  return Math.max(end, MARK.length)
}

function damaged(path: string, offset: number, reason: string): never {
  throw new BridgeError("journal-damaged", { path, offset, reason })
}
