// Claims the code makes about itself; they stay on in production.

import { BridgeError } from "./errors.ts"

/** Stops the bridge (`assertion`, halt) unless the claim holds. Say the claim positively. */
export function assert(holds: boolean, claim: string): asserts holds {
  if (!holds) throw new BridgeError("assertion", { claim })
}

/** The end of a switch over a union: a new case fails to compile here. */
export function unreachable(value: never): never {
  const text = JSON.stringify(value, (_, part) => (typeof part === "bigint" ? `${part}` : part))
  throw new BridgeError("assertion", { claim: `unreachable ${text}` })
}
