// The `causeway` command: finds the command that was meant, and says clearly what went wrong.

import { BridgeError } from "../../core/errors.ts"
import { COMMANDS, type Command, type Terminal } from "./commands.ts"
import { cliPage, EXIT, helpOf, overview, toldOf } from "./help.ts"

/** Whoever wants no colour wants no other signs for a terminal either (no-color.org). */
const isPlain = Boolean(process.env.NO_COLOR) || process.env.TERM === "dumb"

const terminal: Terminal = {
  out: (text) => process.stdout.write(`${text}\n`),
  note: (text) => process.stderr.write(`${text}\n`),
  isTty: process.stderr.isTTY === true && !isPlain,
}

const [name = "help", ...words] = process.argv.slice(2)
process.exitCode = await main(name, words)

async function main(name: string, words: readonly string[]): Promise<number> {
  const json = words.includes("--json")
  if (name === "help" || name === "--help" || name === "-h") return help(words, json)
  const command = COMMANDS[name]
  if (!command) {
    const near = nearest(name)
    const message = `there is no command "${name}"${near ? `; did you mean "${near}"?` : ""}`
    if (json) fail("usage", message)
    else terminal.note(`causeway: ${message}\n\n${overview()}`)
    return EXIT.usage
  }
  if (words.includes("--help") || words.includes("-h")) {
    terminal.out(json ? JSON.stringify({ name, ...toldOf(command) }) : helpOf(name, command))
    return EXIT.done
  }
  try {
    const { run } = await command.load()
    return json && !command.usage.includes("--json")
      ? await captured(run, words)
      : await run(words, terminal)
  } catch (error) {
    const failure = failureOf(error)
    if (json) fail(failure.code, failure.message)
    else terminal.note(`causeway ${name}: ${failure.message}`)
    return failure.code === "usage" ? EXIT.usage : EXIT.failed
  }
}

function help(words: readonly string[], json: boolean): number {
  const all = Object.entries(COMMANDS)
  if (words.includes("--markdown")) terminal.out(cliPage().trimEnd())
  else if (json)
    terminal.out(JSON.stringify(all.map(([one, command]) => ({ name: one, ...toldOf(command) }))))
  else terminal.out(overview())
  return EXIT.done
}

function fail(code: string, message: string): void {
  terminal.out(JSON.stringify({ ok: false, error: { code, message } }))
}

/** A command that speaks to people only, for a program: its lines, when it has ended. */
async function captured(
  run: Awaited<ReturnType<Command["load"]>>["run"],
  words: readonly string[],
): Promise<number> {
  const lines: string[] = []
  const code = await run(
    words.filter((word) => word !== "--json"),
    { ...terminal, out: (text) => lines.push(...text.split("\n")) },
  )
  terminal.out(JSON.stringify({ ok: code === EXIT.done, lines }))
  return code
}

/** The command that begins most like what was typed. */
function nearest(name: string): string | null {
  const shared = (one: string) => [...one].findIndex((letter, at) => letter !== name[at])
  const alike = (one: string) => (shared(one) < 0 ? one.length : shared(one))
  const [best] = Object.keys(COMMANDS).sort((a, b) => alike(b) - alike(a))
  return best && alike(best) > 0 ? best : null
}

function failureOf(error: unknown): { code: string; message: string } {
  if (error instanceof BridgeError) return { code: error.code, message: error.message }
  if (
    error instanceof TypeError &&
    "code" in error &&
    String(error.code).startsWith("ERR_PARSE_ARGS")
  )
    return { code: "usage", message: error.message }
  if (error instanceof Error) {
    const code = "code" in error ? String(error.code) : error.name
    const cause = error.cause instanceof Error ? ` (${error.cause.message})` : ""
    return { code, message: `${error.message}${cause}` }
  }
  return { code: "unknown", message: String(error) }
}
