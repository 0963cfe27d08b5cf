// Arguments of a call, checked as Bitcoin Core checks them.

import type { Block } from "./block.ts"
import { fromHex, isHash } from "./bytes.ts"
import { scriptOfDescriptor } from "./descriptor.ts"
import { RpcError } from "./rpc-error.ts"
import { scriptOf } from "./script-type.ts"
import { type Transaction, transactionFrom } from "./transaction.ts"
import type { View } from "./view.ts"

/** Throws -1 or -3 for anything but a whole number; `otherwise` stands for one that is left out. */
export function wholeNumber(value: unknown, otherwise?: number): number {
  if ((value === undefined || value === null) && otherwise !== undefined) return otherwise
  if (typeof value !== "number") throw ofType(value, "number")
  if (!Number.isSafeInteger(value)) throw new RpcError("miscError", "JSON integer out of range")
  return value
}

/** True, false, or a number where that is an older way to say so. */
export function flag(value: unknown, otherwise: boolean): boolean {
  if (value === undefined || value === null) return otherwise
  if (typeof value === "boolean" || typeof value === "number") return Boolean(value)
  throw ofType(value, "bool")
}

export function text(value: unknown): string {
  if (typeof value !== "string") throw ofType(value, "string")
  return value
}

export function list(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw ofType(value, "array")
  return value
}

/** 64 hexadecimal digits, in lower case. */
export function hash(value: unknown, name: string): string {
  if (isHash(value)) return value.toLowerCase()
  const given = text(value)
  const problem =
    given.length === 64
      ? `must be hexadecimal string (not '${given}')`
      : `must be of length 64 (not ${given.length}, for '${given}')`
  throw new RpcError("invalidParameter", `${name} ${problem}`)
}

export function knownBlock(view: View, value: unknown, name = "blockhash"): Block {
  const block = view.blockBy(hash(value, name))
  if (block === null) throw new RpcError("invalidAddressOrKey", "Block not found")
  return block
}

/** A transaction in hexadecimal. */
export function transaction(value: unknown): Transaction {
  const tx = readTransaction(text(value))
  if (tx !== null) return tx
  const hint = "Make sure the tx has at least one input."
  throw new RpcError("deserializationError", `TX decode failed. ${hint}`)
}

export function readTransaction(hex: string): Transaction | null {
  const bytes = fromHex(hex)
  return bytes === null ? null : transactionFrom(bytes)
}

/** Of an address, or a descriptor where `orDescriptor` says so. */
export function payableScript(value: unknown, orDescriptor = false): Uint8Array {
  const given = text(value)
  const script = scriptOf(given) ?? (orDescriptor ? scriptOfDescriptor(given) : null)
  if (script !== null) return script
  const what = orDescriptor ? "Invalid address or descriptor" : "Invalid address"
  throw new RpcError("invalidAddressOrKey", `Error: ${what}`)
}

function ofType(value: unknown, expected: string): RpcError {
  const actual = Array.isArray(value) ? "array" : value === null ? "null" : typeof value
  const name = { undefined: "null", boolean: "bool" }[actual as string] ?? actual
  const problem = `JSON value of type ${name} is not of expected type ${expected}`
  return new RpcError("typeError", problem)
}
