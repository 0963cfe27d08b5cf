// One line of what the doctor says, and how it is put.

import { BridgeError } from "../core/errors.ts"

export interface Finding {
  readonly about: string
  /** `bad`: the signer would not start, or not sign. `watch`: it would, and somebody should look. */
  readonly verdict: "ok" | "watch" | "bad"
  readonly said: string
}

const finding =
  (verdict: Finding["verdict"]) =>
  (about: string, said: string): Finding => ({ about, verdict, said })

export const good = finding("ok")
export const watch = finding("watch")
export const bad = finding("bad")

/** Of an error, what may be shown: others than ours may quote what they read. */
export function wordsOf(error: unknown): string {
  if (error instanceof BridgeError) return error.message
  return error instanceof Error ? error.name : "unknown"
}
