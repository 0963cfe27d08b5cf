// The list of cases says the truth: a file that it names is there and carries the number, and a run shows it.

import { existsSync } from "node:fs"
import path from "node:path"
import { describe, expect, test } from "vitest"
import { guardsOf, namedIn, numbersIn, type Ran, ROWS, sourceOf, unshown } from "./cases.ts"

test("no case is listed twice", () => {
  const numbers = ROWS.map(({ number }) => number)

  expect(numbers.length).toBeGreaterThan(30)
  expect(new Set(numbers).size).toBe(numbers.length)
})

test("every requirement has its row", () => {
  const numbers = ROWS.map(({ number }) => number)

  for (let n = 1; n <= 26; n += 1) expect(numbers).toContain(`R-${n}`)
  for (const [first, last] of [
    [1, 10],
    [41, 55],
    [61, 68],
  ] as const)
    for (let n = first; n <= last; n += 1) expect(numbers).toContain(`H-${n}`)
})

test.each(ROWS)("case $number: $rule", (row) => {
  const named = namedIn(row)
  const carries = (name: string) => sourceOf(name).split("\n").flatMap(numbersIn)

  expect(named.filter((name) => !existsSync(path.join(import.meta.dirname, name)))).toEqual([])
  expect(guardsOf(row).filter((name) => !carries(name).includes(row.number))).toEqual([])
  expect(named.length > 0 || row.where.startsWith("not yet")).toBe(true)
})

// What `.ci/run` asks of the whole run when it is over: `ran.ts`.
describe("a run shows a case", () => {
  const row = { number: "7", rule: "a rule", where: "`a.test.ts`; in part: `b.test.ts`" }
  const source = [
    "// A file.",
    'test("a rule above", () => {})',
    "// Case 7.",
    "const given = 1",
    'test("a rule", () => {})',
    'test("another rule", () => {})',
    "// Cases 7 and 8.",
    'describe("a group", () => {',
    "  test.each([",
    "    1,",
    '  ])("of %s in a table", () => {})',
    "})",
  ].join("\n")
  const ran = (passed: boolean, ...titles: string[]): Ran => ({ file: "a.test.ts", titles, passed })
  const missing = (...run: Ran[]) => unshown([row], run, () => source)

  test.each([
    ["its own test", ["a rule"]],
    ["a test of its group", ["a group", "of 1 in a table"]],
  ])("when %s has passed", (_, titles) => {
    expect(missing(ran(true, ...titles))).toEqual([])
  })

  const other = ran(true, "something else")
  test.each<[string, readonly Ran[], boolean]>([
    ["its test has failed", [ran(false, "a rule"), other], false],
    ["only others have passed", [ran(true, "a group of another name"), other], false],
    ["it has passed in another file", [{ ...ran(true, "a rule"), file: "b.test.ts" }], false],
    ["all of its file was skipped", [ran(false, "a rule"), ran(false, "another rule")], true],
  ])("but not when %s", (_, run, isLeftOut) => {
    expect(missing(...run)).toEqual([{ number: "7", file: "a.test.ts", isLeftOut }])
  })

  test("by a comment at the head of a file, whatever passed in it", () => {
    const whole = () => `// Case 7: all of this.\n\n${source}`

    expect(unshown([row], [ran(true, "something else")], whole)).toEqual([])
  })

  test("with values that a run fills in, in the title of a table", () => {
    const table = () => '// Case 7.\ntest.each([[1]])("a rule of $name and %s", () => {})'

    expect(unshown([row], [ran(true, "a rule of x and 3")], table)).toEqual([])
    expect(unshown([row], [ran(true, "a rule of x")], table)).toHaveLength(1)
  })
})
