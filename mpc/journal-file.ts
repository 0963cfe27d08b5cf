// Where a journal's bytes lie: the one place at which it touches a disk.

import { type FileHandle, mkdir, open } from "node:fs/promises"
import { join } from "node:path"

/** A file that only ever grows, but for what a crash left at its end. Each call throws what the disk throws. */
export interface JournalFile {
  readonly path: string
  /** All that is there, from the start, in pieces of any length. */
  read(): AsyncIterable<Uint8Array>
  append(bytes: Uint8Array): Promise<void>
  /** Resolves when all that was appended is on the disk. */
  sync(): Promise<void>
  /** Resolves when its length and its name are on the disk too. */
  settle(): Promise<void>
  /** Bytes. */
  size(): Promise<number>
  truncate(size: number): Promise<void>
  close(): Promise<void>
}

/** The journal of a folder, making both when they are not there. */
export async function fileIn(folder: string): Promise<JournalFile> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const path = join(folder, "journal.log")
  return fileAt(await open(path, "a+", 0o600), path, folder)
}

function fileAt(file: FileHandle, path: string, folder: string): JournalFile {
  return {
    path,
    read: () => file.createReadStream({ autoClose: false, start: 0 }),
    append: (bytes) => file.appendFile(bytes),
    sync: () => file.datasync(),
    settle: async () => {
      await file.sync()
      // The file's name is on disk only once its folder is.
      const parent = await open(folder, "r")
      await parent.sync()
      await parent.close()
    },
    size: async () => (await file.stat()).size,
    truncate: (size) => file.truncate(size),
    close: () => file.close(),
  }
}
