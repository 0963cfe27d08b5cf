// `causeway ceremony`: how strangers come to a key that none of them holds, step by step.

import { BridgeError } from "../../core/errors.ts"
import { attestation, discard, participate } from "./ceremony-acts.ts"
import { identity, invite, join, verify } from "./ceremony-papers.ts"
import type { Terminal } from "./commands.ts"

type Step = (words: readonly string[], terminal: Terminal) => Promise<number>

const STEPS: Readonly<Record<string, Step>> = {
  identity,
  invite,
  join,
  verify,
  run: participate,
  attest: attestation,
  discard,
}

export async function run([name = "", ...words]: readonly string[], terminal: Terminal) {
  const step = Object.hasOwn(STEPS, name) ? STEPS[name] : undefined
  if (!step)
    throw new BridgeError("bad-request", {
      step: name || "none",
      known: Object.keys(STEPS).join(", "),
    })
  return step(words, terminal)
}
