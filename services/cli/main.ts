// The `causeway` command: finds the command that was meant, and says clearly what went wrong.

import { BridgeError } from "../../core/errors.ts"
import { COMMANDS, type Command, type Terminal } from "./commands.ts"

const terminal: Terminal = {
  out: (text) => process.stdout.write(`${text}\n`),
  note: (text) => process.stderr.write(`${text}\n`),
  isTty: process.stderr.isTTY === true,
}

const [name = "help", ...words] = process.argv.slice(2)
process.exitCode = await main(name, words)

async function main(name: string, words: readonly string[]): Promise<number> {
  if (name === "help" || name === "--help" || name === "-h") {
    terminal.out(overview())
    return 0
  }
  const command = COMMANDS[name]
  if (!command) {
    terminal.note(`causeway: there is no command "${name}"${nearest(name)}\n\n${overview()}`)
    return 2
  }
  if (words.includes("--help") || words.includes("-h")) {
    terminal.out(helpOf(name, command))
    return 0
  }
  const json = words.includes("--json")
  try {
    const { run } = await command.load()
    return await run(words, terminal)
  } catch (error) {
    const failure = failureOf(error)
    if (json) terminal.out(JSON.stringify({ ok: false, error: failure }))
    else terminal.note(`causeway ${name}: ${failure.message}`)
    return failure.code === "usage" ? 2 : 1
  }
}

function overview(): string {
  const width = Math.max(...Object.keys(COMMANDS).map((one) => one.length))
  const lines = Object.entries(COMMANDS).map(
    ([one, { summary }]) => `  causeway ${one.padEnd(width)}  ${summary}`,
  )
  return `A bridge into AO.\n\n${lines.join("\n")}\n\nEach takes --help and --json.`
}

function helpOf(name: string, { summary, usage, examples }: Command): string {
  const shown = examples.map((example) => `  causeway ${example}`).join("\n")
  return `${summary}\n\nUsage: causeway ${name} ${usage}\n\nExamples:\n${shown}`
}

/** The command that begins most like what was typed. */
function nearest(name: string): string {
  const shared = (one: string) => [...one].findIndex((letter, at) => letter !== name[at])
  const alike = (one: string) => (shared(one) < 0 ? one.length : shared(one))
  const [best] = Object.keys(COMMANDS).sort((a, b) => alike(b) - alike(a))
  return best && alike(best) > 0 ? `; did you mean "${best}"?` : ""
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
