// JSON of somebody's file. What is wrong with it is said, and nothing of it is quoted: it may be a key.

import { readFile } from "node:fs/promises"
import { BridgeError } from "../../core/errors.ts"

/** Throws `bad-config` that names the file. */
export function jsonIn(text: string, file: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new BridgeError("bad-config", { file, problems: "not JSON" })
  }
}

/** Throws `bad-config` that names the file, also when it cannot be read. */
export async function jsonFile(path: string): Promise<unknown> {
  const text = await readFile(path, "utf8").catch(({ code = "" }: NodeJS.ErrnoException) => {
    throw new BridgeError("bad-config", { file: path, problems: WORDS[code] ?? code })
  })
  return jsonIn(text, path)
}

const WORDS: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  EISDIR: "it is a folder",
  EACCES: "it may not be read",
}
