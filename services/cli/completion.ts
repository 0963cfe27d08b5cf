// `causeway completion`: a script for a shell, made from the table of commands.

import { BridgeError } from "../../core/errors.ts"
import { COMMANDS, type Command, type Terminal } from "./commands.ts"

const SHELLS: Readonly<Record<string, () => string>> = { bash, zsh, fish }

export async function run(words: readonly string[], terminal: Terminal): Promise<number> {
  const script = SHELLS[words[0] ?? ""]
  if (!script || words.length > 1)
    throw new BridgeError("bad-request", { known: Object.keys(SHELLS).join(", ") })
  terminal.out(script())
  return 0
}

/** What can follow a command: its own commands and options, as its usage names them. */
export function wordsOf({ usage }: Command): readonly string[] {
  const options = usage.match(/--[a-z][a-z-]*/g) ?? []
  const acts = usage
    .split("\n")
    .flatMap((line, at) => (at === 0 || line.startsWith("       causeway ") ? [line] : []))
    .flatMap((line) => line.replace(/^ +causeway [a-z]+ /, "").split(" | "))
    .flatMap((text) => /^([a-z-]+(?:\|[a-z-]+)*)(?: |$)/.exec(text.trim())?.[1]?.split("|") ?? [])
  return [...new Set([...acts, ...options, "--help", "--json"])]
}

const NAMES = Object.keys(COMMANDS)

function bash(): string {
  const cases = NAMES.map((name) => `    ${name}) words="${wordsOf(COMMANDS[name]!).join(" ")}" ;;`)
  return [
    "# bash completion of causeway",
    "_causeway() {",
    `  local current="\${COMP_WORDS[COMP_CWORD]}" words=""`,
    '  if [ "$COMP_CWORD" -eq 1 ]; then',
    `    COMPREPLY=($(compgen -W "help ${NAMES.join(" ")}" -- "$current"))`,
    "    return",
    "  fi",
    `  case "\${COMP_WORDS[1]}" in`,
    ...cases,
    "  esac",
    '  COMPREPLY=($(compgen -W "$words" -- "$current"))',
    `  [ \${#COMPREPLY[@]} -gt 0 ] || COMPREPLY=($(compgen -f -- "$current"))`,
    "}",
    "complete -F _causeway causeway",
  ].join("\n")
}

function zsh(): string {
  const names = NAMES.map(
    (name) =>
      `    '${name}:${COMMANDS[name]!.summary.replaceAll("'", "’").replaceAll(":", "\\:")}'`,
  )
  const cases = NAMES.map(
    (name) => `    ${name}) compadd -- ${wordsOf(COMMANDS[name]!).join(" ")} ;;`,
  )
  return [
    "#compdef causeway",
    "_causeway() {",
    "  local -a names=(",
    ...names,
    "  )",
    "  if (( CURRENT == 2 )); then",
    "    _describe command names",
    "    return",
    "  fi",
    '  case "$words[2]" in',
    ...cases,
    "  esac",
    "  _files",
    "}",
    '_causeway "$@"',
  ].join("\n")
}

function fish(): string {
  const first = "__fish_use_subcommand"
  return NAMES.flatMap((name) => {
    const { summary } = COMMANDS[name]!
    const after = `__fish_seen_subcommand_from ${name}`
    const words = wordsOf(COMMANDS[name]!)
    const acts = words.filter((word) => !word.startsWith("--")).join(" ")
    const options = words.filter((word) => word.startsWith("--"))
    return [
      `complete -c causeway -n ${first} -a ${name} -d '${summary.replaceAll("'", "’")}'`,
      ...(acts ? [`complete -c causeway -n '${after}' -a '${acts}'`] : []),
      ...options.map((word) => `complete -c causeway -n '${after}' -l ${word.slice(2)}`),
    ]
  }).join("\n")
}
