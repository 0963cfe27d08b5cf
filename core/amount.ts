// Amounts: whole base units as bigint, read strictly at the door and printed for people.

import { BridgeError } from "./errors.ts"

/** 38 decimal digits hold every asset we carry, with room (2^126 base units). */
export const AMOUNT_DIGITS_MAX = 38

const STRICT = /^[1-9][0-9]*$/

/**
 * A positive whole number of base units from its decimal text.
 * Signs, zero, leading zeros, fractions, exponents, spaces and over-long texts throw `bad-amount`.
 */
export function parseAmount(text: unknown): bigint {
  if (typeof text !== "string" || text.length > AMOUNT_DIGITS_MAX || !STRICT.test(text))
    throw new BridgeError("bad-amount", {
      text: typeof text === "string" ? text.slice(0, 60) : typeof text,
    })
  return BigInt(text)
}

/** As `parseAmount`, but null instead of a throw: for texts that strangers put on a chain. */
export function amountIn(text: unknown): bigint | null {
  return typeof text === "string" && text.length <= AMOUNT_DIGITS_MAX && STRICT.test(text)
    ? BigInt(text)
    : null
}

/** A decimal text such as "1.25" as base units of an asset with `decimals`; throws `bad-amount`. */
export function fromUnits(text: string, decimals: number): bigint {
  const match = /^(0|[1-9][0-9]*)(?:\.([0-9]+))?$/.exec(text)
  const fraction = match?.[2] ?? ""
  const digits = `${match?.[1]}${fraction.padEnd(decimals, "0")}`.replace(/^0+/, "")
  const amount = match && fraction.length <= decimals ? amountIn(digits) : null
  if (amount === null) throw new BridgeError("bad-amount", { text: text.slice(0, 60), decimals })
  return amount
}

/** Base units as a decimal text without trailing zeros: `formatUnits(1500n, 3) === "1.5"`. */
export function formatUnits(amount: bigint, decimals: number): string {
  const digits = (amount < 0n ? -amount : amount).toString().padStart(decimals + 1, "0")
  const whole = digits.slice(0, digits.length - decimals)
  const fraction = digits.slice(digits.length - decimals).replace(/0+$/, "")
  return `${amount < 0n ? "-" : ""}${whole}${fraction ? `.${fraction}` : ""}`
}
