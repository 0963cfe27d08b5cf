// What the command says of itself: by groups for people, as a table for programs, and the page docs/cli.md.

import { COMMANDS, type Command } from "./commands.ts"

export const EXIT = { done: 0, failed: 1, usage: 2 } as const

const EXIT_WORDS: Readonly<Record<keyof typeof EXIT, string>> = {
  done: "it is done, or what was asked about is well",
  failed:
    "it was refused or failed, and says why; what was asked about is not well (`audit verify`, `audit watch --once`, `signer doctor`, `drill`); a part of `run` died",
  usage: "no such command or option",
}

/** Whom a command is for; each is in one group. */
export const GROUPS: Readonly<Record<string, readonly string[]>> = {
  "Try it": ["run", "demo", "devnet"],
  "Move assets": ["deposit", "burn", "btc", "status", "rewards"],
  "Operate the services": ["operator", "backup", "restore", "drill", "audit"],
  "Decide whom the bridge serves": ["policy", "lists", "case"],
  "Run a signer": ["ceremony", "signer", "handover"],
  "Deploy on chains": ["token", "evm", "asset"],
  "This command": ["completion"],
}

export function overview(): string {
  const width = Math.max(...Object.keys(COMMANDS).map((one) => one.length))
  const groups = Object.entries(GROUPS).map(([title, names]) =>
    [
      title,
      ...names.map((one) => `  causeway ${one.padEnd(width)}  ${COMMANDS[one]!.summary}`),
    ].join("\n"),
  )
  const last = "Each takes --help and --json. Exit codes: 0 done, 1 failed, 2 not understood."
  return ["A bridge into AO.", ...groups, last].join("\n\n")
}

export function helpOf(name: string, { summary, usage, examples }: Command): string {
  const shown = examples.map((example) => `  causeway ${example}`).join("\n")
  return `${summary}\n\nUsage: causeway ${name} ${usage}\n\nExamples:\n${shown}`
}

/** A command without how it is loaded. */
export function toldOf({ summary, usage, examples }: Command): Omit<Command, "load"> {
  return { summary, usage, examples }
}

/** docs/cli.md; a test compares. */
export function cliPage(): string {
  const groups = Object.entries(GROUPS).flatMap(([title, names]) => [
    `## ${title}`,
    ...names.map((name) => sectionOf(name, COMMANDS[name]!)),
  ])
  const codes = Object.entries(EXIT).map(
    ([word, code]) => `| ${code} | ${EXIT_WORDS[word as keyof typeof EXIT]} |`,
  )
  return `${[
    "# The `causeway` command",
    "Written by `causeway help --markdown`; change `services/cli/commands.ts` instead. From a clone it is called `npm run causeway -- …`.",
    "## What holds for every command",
    [
      "- Results go to standard output, progress and remarks to standard error.",
      "- `--help` shows usage and examples; `causeway help --json` is the table of all commands.",
      '- `--json` gives one object of JSON: `"ok"` and the facts of the command; where a command has no form of its own for programs, `"lines"` of what it says to people, when it has ended. A failure is `{"ok":false,"error":{"code","message"}}`.',
      "- On a terminal a bar is drawn over; elsewhere, with `NO_COLOR` or `TERM=dumb`, each change is a line without any escape sign. There is no colour.",
      "- Secrets are never options: they are files that nobody else may read, or the first line of standard input.",
    ].join("\n"),
    ["| exit code | means |", "| --- | --- |", ...codes].join("\n"),
    ...groups,
  ].join("\n\n")}\n`
}

function sectionOf(name: string, { summary, usage, examples }: Command): string {
  const shown = examples.map((example) => `causeway ${example}`)
  const lines = [`causeway ${name} ${usage}`, "", "# Examples", ...shown]
  return [`### ${name}`, `${summary[0]!.toUpperCase()}${summary.slice(1)}.`, fenced(lines)].join(
    "\n\n",
  )
}

function fenced(lines: readonly string[]): string {
  return ["```text", ...lines, "```"].join("\n")
}
