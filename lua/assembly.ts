// The files of a token as one Lua text, with its configuration in front of the door that opens it.

import { readFileSync } from "node:fs"

/** What a token is made of, by the names of its files. */
export interface Parts {
  /** Each finds the ones before it in `modules`. */
  readonly modules: readonly string[]
  /** The module that decides: it opens the books, and puts them back. */
  readonly rules: string
  /** The modules whose actions anybody can ask for. */
  readonly offers: readonly string[]
}

export type LuaValue = string | number | readonly LuaValue[] | { readonly [key: string]: LuaValue }

/** For the Eval of a fresh aos process. */
export function forAos(parts: Parts, config: LuaValue): string {
  return ["local modules = {}", ...shared(parts, config), opened("token")].join("\n")
}

/** For `lua@5.3a` of a HyperBEAM node. */
export function forHyper(parts: Parts, config: LuaValue): string {
  // The shared files find the libraries of aos under the names that they have there.
  const names = ["require", "assert", "utf8", "ao"]
  const given = `local ${names.join(", ")} = ${names.map((name) => `modules.native.${name}`).join(", ")}`
  const own = { ...parts, modules: parts.modules.filter((name) => !NATIVE.includes(name)) }
  const native = NATIVE.map(loaded)
  return ["local modules = {}", ...native, given, ...shared(own, config), opened("hyper")].join(
    "\n",
  )
}

const NATIVE = ["hashes", "json", "native"]

function shared({ modules, rules, offers }: Parts, config: LuaValue): string[] {
  const isRules = (name: string) => (name === rules ? [`modules.rules = modules.${name}`] : [])
  return [
    `modules.offers = ${lua(offers)}`,
    ...modules.flatMap((name) => [loaded(name), ...isRules(name)]),
    `local config = ${lua(config)}`,
  ]
}

function loaded(name: string): string {
  return `modules.${name} = (function(...)\n${source(name)}\nend)(modules)`
}

function opened(name: "token" | "hyper"): string {
  return `;(function(...)\n${source(name)}\nend)(modules, config)`
}

function source(name: string): string {
  return readFileSync(new URL(`${name}.lua`, import.meta.url), "utf8")
}

/** A Lua expression. Every byte that is not a plain letter or digit is escaped: no text can end its quotes. */
function lua(value: LuaValue): string {
  if (typeof value === "number") return String(value)
  if (typeof value === "string") {
    const bytes = [...Buffer.from(value, "utf8")]
    const escaped = bytes.map((byte) =>
      /[A-Za-z0-9]/.test(String.fromCharCode(byte))
        ? String.fromCharCode(byte)
        : `\\${String(byte).padStart(3, "0")}`,
    )
    return `"${escaped.join("")}"`
  }
  if (isList(value)) return `{${value.map(lua).join(",")}}`
  return `{${Object.entries(value).map(([key, inner]) => `[${lua(key)}]=${lua(inner)}`)}}`
}

function isList(value: LuaValue): value is readonly LuaValue[] {
  return Array.isArray(value)
}
