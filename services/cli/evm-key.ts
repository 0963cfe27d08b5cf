// An Ethereum key in a file of its own, which nobody else may read.

import { readFile, stat } from "node:fs/promises"
import { BridgeError } from "../../core/errors.ts"

/** 32 bytes, hex with 0x. Throws `bad-config` for what is none, and for a file that others may read. */
export async function evmKeyIn(file: string): Promise<string> {
  const { mode } = await stat(file).catch((cause: unknown) => {
    throw new BridgeError("bad-config", { key: file, reason: "missing" }, { cause })
  })
  if ((mode & 0o077) !== 0)
    throw new BridgeError("bad-config", { key: file, reason: "others may read it: chmod 600" })
  const text = (await readFile(file, "utf8")).trim()
  if (!/^0x[0-9a-fA-F]{64}$/.test(text))
    throw new BridgeError("bad-config", { key: file, reason: "not a key: 32 bytes, hex with 0x" })
  return text
}
