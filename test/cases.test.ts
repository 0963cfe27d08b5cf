// The list of cases says the truth: a file that it names is there and carries the number.

import { existsSync, readFileSync } from "node:fs"
import path from "node:path"
import { expect, test } from "vitest"

const file = (name: string) => path.join(import.meta.dirname, name)
const rows = [
  ...readFileSync(file("cases.md"), "utf8").matchAll(/^\| ((?:[RH]-)?\d+) \| (.+?) \| (.+) \|$/gm),
]

test("no case is listed twice", () => {
  const numbers = rows.map(([, number]) => number)

  expect(numbers.length).toBeGreaterThan(30)
  expect(new Set(numbers).size).toBe(numbers.length)
})

test("every requirement has its row", () => {
  const numbers = rows.map(([, number]) => number)

  for (let n = 1; n <= 26; n += 1) expect(numbers).toContain(`R-${n}`)
  for (const [first, last] of [
    [1, 10],
    [41, 55],
    [61, 68],
  ] as const)
    for (let n = first; n <= last; n += 1) expect(numbers).toContain(`H-${n}`)
})

test.each(rows.map(([, number, rule, where]) => ({ number, rule, where: where! })))(
  "case $number: $rule",
  ({ number, where }) => {
    // What comes after a semicolon or a "not yet" is said in words.
    const [certain = ""] = where.split(/; |not yet|in part|: /)
    const named = [...where.matchAll(/`([^`]+\.test\.ts)`/g)].map(([, name]) => name!)
    const guards = named.filter(
      (name) => certain.includes(name) && !certain.includes("architecture"),
    )

    expect(named.filter((name) => !existsSync(file(name)))).toEqual([])
    expect(guards.filter((name) => !numbersIn(name).has(number!))).toEqual([])
    expect(named.length > 0 || where.startsWith("not yet")).toBe(true)
  },
)

/** Numbers in comments such as `Case 11`, `Cases 88, 90 and 106`, `R-15` and `H-2`. */
function numbersIn(name: string): ReadonlySet<string> {
  const text = readFileSync(file(name), "utf8")
  const cases = [...text.matchAll(/\/\/ Cases? ([\d, and]+)/g)]
  const requirements = [...text.matchAll(/^ *\/\/.*$/gm)].flatMap(
    ([line]) => line.match(/[RH]-\d+/g) ?? [],
  )
  return new Set([...cases.flatMap(([, list]) => list!.match(/\d+/g) ?? []), ...requirements])
}
