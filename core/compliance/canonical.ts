// One text for one value (JCS, RFC 8785): what is hashed and signed, and the same on every machine.

import { BridgeError } from "../errors.ts"

/** What has a canonical text. Amounts of money are texts of digits in it, never numbers. */
export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [key: string]: Json | undefined }

/** Most texts have none, and need no closer look. */
const SURROGATE = /[\uD800-\uDFFF]/

/** Half of a surrogate pair has no UTF-8, so two texts could become the same bytes. */
const LONE = /[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/

/**
 * The canonical JSON text: keys in the order of their UTF-16 units, no spaces, numbers as ECMAScript writes
 * them. A key whose value is undefined is left out. Throws `bad-request` for what JSON cannot hold.
 */
export function canonical(value: Json): string {
  switch (typeof value) {
    case "string":
      if (SURROGATE.test(value) && LONE.test(value))
        throw new BridgeError("bad-request", { text: "half a surrogate pair" })
      return JSON.stringify(value)
    case "number":
      if (!Number.isFinite(value)) throw new BridgeError("bad-request", { number: `${value}` })
      return JSON.stringify(value)
    case "boolean":
      return value ? "true" : "false"
    case "object":
      break
    default:
      throw new BridgeError("bad-request", { notJson: typeof value })
  }
  if (value === null) return "null"
  if (isArray(value)) return `[${value.map(canonical).join(",")}]`
  let members = ""
  for (const key of Object.keys(value).sort()) {
    const member = value[key]
    if (member !== undefined) members += `${members && ","}${canonical(key)}:${canonical(member)}`
  }
  return `{${members}}`
}

function isArray(value: object): value is readonly Json[] {
  return Array.isArray(value)
}
