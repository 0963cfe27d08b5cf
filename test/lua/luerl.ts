// The script of lua@5.3a on luerl itself, where Erlang and Debian's erlang-luerl (or LUERL_EBIN) are installed.

import { execFile } from "node:child_process"
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs"
import { readFile, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { promisify } from "node:util"
import type { NativeState } from "../../devnet/ao/native.ts"

const ERL = process.env.LUERL_ERL ?? "/usr/bin/erl"
const LIBRARIES = "/usr/lib/erlang/lib"

/** The folder with luerl's compiled modules, or null when this machine has none. */
export function luerlFolder(): string | null {
  if (!existsSync(ERL)) return null
  if (process.env.LUERL_EBIN) return process.env.LUERL_EBIN
  const name = existsSync(LIBRARIES)
    ? readdirSync(LIBRARIES).find((one) => one.startsWith("luerl-"))
    : null
  return name ? join(LIBRARIES, name, "ebin") : null
}

/** What each slot leaves behind, by luerl. */
export async function onLuerl(
  ebin: string,
  script: string,
  base: object,
  assignments: readonly object[],
): Promise<NativeState[]> {
  const folder = mkdtempSync(join(tmpdir(), "causeway-luerl-"))
  const [source, answers] = [join(folder, "all.lua"), join(folder, "answers")]
  try {
    await writeFile(source, program(script, base, assignments))
    const erlang = [
      `{ok, Source} = file:read_file("${source}")`,
      "Told = try luerl:do(Source, luerl:init()) of {ok, [One], _} -> One; {[One], _} -> One " +
        'catch _:Why -> iolist_to_binary(io_lib:format("~P", [Why, 40])) end',
      `ok = file:write_file("${answers}", Told)`,
      "halt()",
    ].join(", ")
    const words = ["-noshell", "-pa", ebin, "-eval", `${erlang}.`]
    await promisify(execFile)(ERL, words, { timeout: 120_000 })
    const told = await readFile(answers, "utf8")
    if (!told.startsWith("[")) throw new Error(`luerl: ${told.slice(0, 500)}`)
    return JSON.parse(told) as NativeState[]
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** One program for all slots: the script, then each assignment handed over and its state written down. */
function program(script: string, base: object, assignments: readonly object[]): string {
  return [
    script,
    WRITER,
    `local base, told = ${literal(base)}, {}`,
    "local function slot(assignment)",
    "  local status, after = compute(base, assignment)",
    "  base = after",
    "  told[#told + 1] = written(base)",
    "end",
    ...assignments.map((one) => `slot(${literal(one)})`),
    'return "[" .. table.concat(told, ",") .. "]"',
  ].join("\n")
}

const WRITER = `
local function written(value)
  if type(value) == "number" then return ("%d"):format(value) end
  if type(value) == "boolean" then return value and "true" or "false" end
  if type(value) == "string" then
    local inside = value:gsub('[%z\\1-\\31"%\\92]', function(letter)
      return "\\92" .. ("u%04x"):format(letter:byte())
    end)
    return '"' .. inside .. '"'
  end
  local parts, count = {}, 0
  for _ in pairs(value) do count = count + 1 end
  if count > 0 and count == #value then
    for at = 1, #value do parts[at] = written(value[at]) end
    return "[" .. table.concat(parts, ",") .. "]"
  end
  for key, inner in pairs(value) do parts[#parts + 1] = written(key) .. ":" .. written(inner) end
  return "{" .. table.concat(parts, ",") .. "}"
end
`

/** A value as Lua writes it; every byte that is no plain letter or digit is escaped. */
function literal(value: unknown): string {
  if (typeof value === "number" || typeof value === "boolean") return String(value)
  if (typeof value === "string")
    return `"${[...Buffer.from(value)].map((byte) => (/[A-Za-z0-9]/.test(String.fromCharCode(byte)) ? String.fromCharCode(byte) : `\\${String(byte).padStart(3, "0")}`)).join("")}"`
  if (Array.isArray(value)) return `{${value.map(literal).join(",")}}`
  const fields = Object.entries(Object(value) as object)
  return `{${fields.map(([key, inner]) => `[${literal(key)}]=${literal(inner)}`).join(",")}}`
}
