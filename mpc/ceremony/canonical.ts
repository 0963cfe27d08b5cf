// One text for each JSON value, so that the same meaning has the same hash and the same signature everywhere.

import { createHash } from "node:crypto"
import { BridgeError } from "../../core/errors.ts"

/**
 * JSON without spaces, keys in the order of their code units, whole numbers only; fields that are
 * undefined are left out. What RFC 8785 writes for such values. Throws `bad-request` for others.
 */
export function canonical(value: unknown): string {
  if (value === null || typeof value === "boolean" || typeof value === "string")
    return JSON.stringify(value)
  if (typeof value === "number") {
    if (!Number.isSafeInteger(value)) throw new BridgeError("bad-request", { number: value })
    return String(value)
  }
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`
  if (typeof value !== "object") throw new BridgeError("bad-request", { reason: "not JSON" })
  const fields = Object.entries(value)
    .filter(([, field]) => field !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, field]) => `${JSON.stringify(name)}:${canonical(field)}`)
  return `{${fields.join(",")}}`
}

/** SHA-256 of the canonical text under a `context` that no other hash has, in hexadecimal. */
export function hashOf(context: string, value: unknown): string {
  return createHash("sha256")
    .update(`causeway/ceremony/${context}/v1\n${canonical(value)}`)
    .digest("hex")
}
