// A signer that was restored from a backup signs nothing for a while: it may have promised what it no longer knows.

import { readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { z } from "zod"
import { BridgeError } from "../core/errors.ts"

/** Promises of the last hours are not in the newest backup: so long nothing is signed after a restore. */
export const REST_HOURS = 24

const FILE = "resting.json"
const shape = z.strictObject({ until: z.iso.datetime() })

/** Written by a restore. */
export async function rest(folder: string, until: Date): Promise<void> {
  await writeFile(join(folder, FILE), `${JSON.stringify({ until: until.toISOString() })}\n`)
}

/** Until when, milliseconds since 1970; 0 when it does not rest. Throws `bad-config` for a damaged file. */
export async function restsUntil(folder: string): Promise<number> {
  const text = await readFile(join(folder, FILE), "utf8").catch(() => null)
  if (text === null) return 0
  try {
    return Date.parse(shape.parse(JSON.parse(text)).until)
  } catch {
    // Not to know is no reason to sign.
    throw new BridgeError("bad-config", { file: FILE, problems: "it does not say until when" })
  }
}
