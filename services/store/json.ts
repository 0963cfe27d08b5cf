// Values in jsonb columns: whole numbers and any text that strangers write survive the way there and back.

/** What jsonb refuses in a text: the character NUL and half of a surrogate pair. */
const UNSTORABLE = /\0|[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/

/** Most texts have neither, and need no closer look. */
const SUSPECT = /[\0\uD800-\uDFFF]/

function isUnstorable(text: string): boolean {
  return SUSPECT.test(text) && UNSTORABLE.test(text)
}

/**
 * `value` in terms that jsonb can hold. A bigint becomes `{"$bigint":"12"}`, a text that jsonb refuses
 * `{"$utf16":base64}`, an object with such keys (or with keys that begin with $) `{"$entries":[…]}`.
 */
export function encode(value: unknown): unknown {
  if (typeof value === "bigint") return { $bigint: value.toString() }
  if (typeof value === "string")
    return isUnstorable(value)
      ? { $utf16: Buffer.from(value, "utf16le").toString("base64") }
      : value
  if (Array.isArray(value)) return value.map(encode)
  if (typeof value !== "object" || value === null) return value
  const entries = Object.entries(value).map(([key, inner]) => [key, encode(inner)] as const)
  return entries.some(([key]) => key.startsWith("$") || isUnstorable(key))
    ? { $entries: entries.map(([key, inner]) => [encode(key), inner]) }
    : Object.fromEntries(entries)
}

/** The inverse of `encode`, from the text that the database returns. */
export function decode(text: string): unknown {
  return JSON.parse(text, (_, value) => {
    if (typeof value !== "object" || value === null) return value
    if (typeof value.$bigint === "string") return BigInt(value.$bigint)
    if (typeof value.$utf16 === "string")
      return Buffer.from(value.$utf16, "base64").toString("utf16le")
    return Array.isArray(value.$entries) ? Object.fromEntries(value.$entries) : value
  })
}
