// Fields of an order as a person or a program writes them: the first that is wrong is named.

import { BridgeError } from "../core/errors.ts"

/** Throws `bad-request`. */
export function whole(value: unknown, field: string, least: number, most: number): number {
  if (Number.isInteger(value) && Number(value) >= least && Number(value) <= most)
    return Number(value)
  throw wrong(field, `a whole number from ${least} to ${most}`)
}

/** Nothing, of what is left over; throws `bad-request` for anything: whoever added a word meant something by it. */
export function only(rest: Readonly<Record<string, unknown>>): object {
  const [field] = Object.keys(rest)
  if (field !== undefined) throw wrong(field.slice(0, 40), "nothing")
  return {}
}

export function wrong(field: string, wanted: string): BridgeError {
  return new BridgeError("bad-request", { order: field, wanted })
}
