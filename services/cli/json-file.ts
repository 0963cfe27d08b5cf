// JSON of somebody's file.

import { BridgeError } from "../../core/errors.ts"

/** Throws `bad-config` that names the file. */
export function jsonIn(text: string, file: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new BridgeError("bad-config", { file, problems: "not JSON" }, { cause })
  }
}
