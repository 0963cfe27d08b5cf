// The list of cases as data: its rows, the files that guard them, and the tests in those files that carry a number.

import { readFileSync } from "node:fs"
import path from "node:path"

export interface Row {
  readonly number: string
  readonly rule: string
  /** What the third column says. */
  readonly where: string
}

const file = (name: string) => path.join(import.meta.dirname, name)

export const ROWS: readonly Row[] = [
  ...readFileSync(file("cases.md"), "utf8").matchAll(/^\| ((?:[RH]-)?\d+) \| (.+?) \| (.+) \|$/gm),
].map(([, number, rule, where]) => ({ number: number!, rule: rule!, where: where! }))

/** All files that a row names. */
export function namedIn({ where }: Row): readonly string[] {
  return [...where.matchAll(/`([^`]+\.test\.ts)`/g)].map(([, name]) => name!)
}

/** Those that it names before a semicolon, a colon or a "not yet": they carry its number. */
export function guardsOf(row: Row): readonly string[] {
  const [certain = ""] = row.where.split(/; |not yet|in part|: /)
  return namedIn(row).filter((name) => certain.includes(name) && !certain.includes("architecture"))
}

/** Numbers in comments such as `Case 11`, `Cases 88, 90 and 106`, `R-15` and `H-2`. */
export function numbersIn(line: string): readonly string[] {
  const cases = [...line.matchAll(/\/\/ Cases? ([\d, and]+)/g)]
  const requirements = /^ *\/\//.test(line) ? (line.match(/[RH]-\d+/g) ?? []) : []
  return [...cases.flatMap(([, list]) => list!.match(/\d+/g) ?? []), ...requirements]
}

export function sourceOf(name: string): string {
  return readFileSync(file(name), "utf8")
}

/** What a run says of one test. */
export interface Ran {
  /** As `cases.md` names files. */
  readonly file: string
  /** Of the test and all that it stands in. */
  readonly titles: readonly string[]
  readonly passed: boolean
}

/**
 * For each row, which of its guards did not show it in a run: no test under a comment with its number has passed there.
 * A file whose tests were all skipped (a program that they want is not there) is told by itself; one that the run did not
 * know is not.
 */
export function unshown(
  rows: readonly Row[],
  run: readonly Ran[],
  read: (name: string) => string = sourceOf,
): { readonly number: string; readonly file: string; readonly isLeftOut: boolean }[] {
  return rows.flatMap((row) =>
    guardsOf(row).flatMap((name) => {
      const own = run.filter((one) => one.file === name)
      const passed = own.filter((one) => one.passed)
      const marks = marksOf(read(name), row.number)
      const isShown = marks.some((mark) => passed.some(({ titles }) => isUnder(mark, titles)))
      return isShown
        ? []
        : [{ number: row.number, file: name, isLeftOut: own.length > 0 && passed.length === 0 }]
    }),
  )
}

/** A comment with a number: the tests, or groups of them, just after and just before it; null: the whole file. */
type Mark = readonly RegExp[] | null

function isUnder(mark: Mark, titles: readonly string[]): boolean {
  return mark === null || mark.some((title) => titles.some((one) => title.test(one)))
}

function marksOf(source: string, number: string): readonly Mark[] {
  const lines = source.split("\n")
  const heads = lines.flatMap((line, at) =>
    /^\s*(test|describe|it)\b/.test(line)
      ? [{ at, title: titleFrom(lines.slice(at).join("\n")) }]
      : [],
  )
  return lines.flatMap((line, at): Mark[] => {
    if (!numbersIn(line).includes(number)) return []
    const next = heads.find((head) => head.at > at)
    const isAtTop = lines.slice(0, at).every((before) => /^(\/\/.*|\s*)$/.test(before))
    if (isAtTop && next?.at !== at + 1) return [null]
    const last = heads.findLast((head) => head.at < at)
    return [[next, last].flatMap((head) => head?.title ?? [])]
  })
}

/** The first title of a call: after the table, when there is one. What a run fills in matches anything. */
function titleFrom(text: string): RegExp | null {
  const isTable = /^\s*\w+\.(each|skipIf|runIf|for)\b/.test(text)
  const from = text.search(isTable ? /\)\(\s*["`]/ : /\(/)
  const rest = text.slice(isTable ? from + 1 : from)
  const quoted = /^\(\s*(?:"((?:[^"\\]|\\.)*)"|`((?:[^`\\]|\\.)*)`)/.exec(rest)
  const title = (quoted?.[1] ?? quoted?.[2])?.replace(/\\(["`\\])/g, "$1")
  if (from < 0 || title === undefined) return null
  const parts = title.split(/%[sdifjoO#]|\$\{[^}]*\}|\$[\w.]+/)
  const literal = parts.map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"))
  return new RegExp(`^${literal.join(".*")}$`, "s")
}
