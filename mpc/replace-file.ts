// Puts a file in the place of another: whole or not at all, and on the disk when it is done.

import { open, rename, rm } from "node:fs/promises"
import { dirname } from "node:path"

/** Readable by its owner alone. Rejects with the system's error, and the old file is as it was. */
export async function replaceFile(path: string, text: string): Promise<void> {
  const beside = `${path}.${process.pid}.new`
  await rm(beside, { force: true })
  const file = await open(beside, "wx", 0o600)
  try {
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(beside, path)
  const folder = await open(dirname(path), "r")
  await folder.sync()
  await folder.close()
}
