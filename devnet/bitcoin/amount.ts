// Amounts as Bitcoin Core writes them: satoshis here, decimal bitcoin with eight places outside.

const SATOSHIS = 100_000_000n

/** 150000000n is `1.50000000`. */
export function formatBitcoin(satoshis: bigint): string {
  const size = satoshis < 0n ? -satoshis : satoshis
  const digits = `${size % SATOSHIS}`.padStart(8, "0")
  return `${satoshis < 0n ? "-" : ""}${size / SATOSHIS}.${digits}`
}

/**
 * Satoshis of a number or text in bitcoin; null for what is no amount. A JSON number that has passed
 * through a double is exact as long as it is an amount of bitcoin at all.
 */
export function parseBitcoin(value: unknown): bigint | null {
  const text = typeof value === "number" && value < 1e9 ? value.toFixed(8) : value
  if (typeof text !== "string") return null
  const match = /^(\d{1,8})(?:\.(\d{1,8}))?$/.exec(text)
  if (match === null) return null
  return BigInt(match[1]!) * SATOSHIS + BigInt((match[2] ?? "").padEnd(8, "0"))
}

/**
 * JSON text of a value in which every bigint is an amount in satoshis: it is written as a number of
 * bitcoin with eight places, exactly. What is undefined is left out.
 */
export function toJson(value: unknown): string {
  if (typeof value === "bigint") return formatBitcoin(value)
  if (Array.isArray(value)) return `[${value.map(toJson).join(",")}]`
  if (typeof value === "object" && value !== null) {
    const fields = Object.entries(value).filter(([, field]) => field !== undefined)
    const texts = fields.map(([name, field]) => `${JSON.stringify(name)}:${toJson(field)}`)
    return `{${texts.join(",")}}`
  }
  return JSON.stringify(value) ?? "null"
}
