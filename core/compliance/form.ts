// Reads a stranger's parsed JSON field by field: what is missing, odd or too much is refused by its path.

import { BridgeError } from "../errors.ts"

/** One value and where it stands, for example `rules[3].when`. */
export interface Form {
  readonly path: string
  readonly value: unknown
}

export function form(value: unknown, path: string): Form {
  return { path, value }
}

/** Throws `bad-config` naming the place. */
export function bad({ path }: Form, needed: string): never {
  throw new BridgeError("bad-config", { problems: `${path}: ${needed}` })
}

/** The fields of an object that has exactly these. */
export function fields<Name extends string>(
  from: Form,
  names: readonly Name[],
): Readonly<Record<Name, Form>> {
  const object = objectOf(from)
  const extra = Object.keys(object).find((key) => !names.some((name) => name === key))
  if (extra !== undefined) bad(from, `has ${extra.slice(0, 60)}, which nobody knows`)
  const absent = names.find((name) => !Object.hasOwn(object, name))
  if (absent !== undefined) bad(from, `lacks ${absent}`)
  return Object.fromEntries(
    names.map((name) => [name, form(object[name], `${from.path}.${name}`)]),
  ) as Record<Name, Form>
}

/** The members of an object that is a table, each with its key, in the order of their keys. */
export function members(from: Form, keys: RegExp): readonly (readonly [string, Form])[] {
  const object = objectOf(from)
  return Object.keys(object)
    .sort()
    .map((key) => {
      if (!keys.test(key)) bad(from, `has the odd name ${key.slice(0, 60)}`)
      return [key, form(object[key], `${from.path}.${key}`)] as const
    })
}

export function items(from: Form): readonly Form[] {
  if (!Array.isArray(from.value)) bad(from, "a list")
  return (from.value as unknown[]).map((value, at) => form(value, `${from.path}[${at}]`))
}

/** A list without repetition. */
export function distinct<Value>(from: Form, read: (item: Form) => Value): readonly Value[] {
  const values = items(from).map(read)
  if (new Set(values).size !== values.length) bad(from, "names nothing twice")
  return values
}

export function text(from: Form, pattern = /^[^\0]{1,500}$/): string {
  if (typeof from.value !== "string" || !pattern.test(from.value)) bad(from, `${pattern}`)
  return from.value as string
}

export function whole(from: Form, min = 0, max = Number.MAX_SAFE_INTEGER): number {
  const { value } = from
  if (typeof value !== "number" || !Number.isSafeInteger(value) || value < min || value > max)
    bad(from, `a whole number, ${min} to ${max}`)
  return value as number
}

export function bool(from: Form): boolean {
  if (typeof from.value !== "boolean") bad(from, "true or false")
  return from.value as boolean
}

export function oneOf<Value extends string>(from: Form, values: readonly Value[]): Value {
  const value = values.find((one) => one === from.value)
  if (value === undefined) bad(from, values.join(" or "))
  return value as Value
}

export function orNull<Value>(from: Form, read: (from: Form) => Value): Value | null {
  return from.value === null ? null : read(from)
}

/** 32 bytes in hexadecimal: a SHA-256. */
export const DIGEST = /^[0-9a-f]{64}$/
/** 32 bytes in base64url: an Ed25519 key. */
export const KEY = /^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/
export const NAME = /^[a-z0-9][a-z0-9.-]{0,63}$/

function objectOf(from: Form): Readonly<Record<string, unknown>> {
  const { value } = from
  if (typeof value !== "object" || value === null || Array.isArray(value)) bad(from, "an object")
  return value as Record<string, unknown>
}
