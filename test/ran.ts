// `tsx test/ran.ts REPORT`: after a whole run, whether every test that `cases.md` names has run and passed. `REPORT` is what
// vitest's JSON reporter wrote.

import { readFileSync } from "node:fs"
import path from "node:path"
import { z } from "zod"
import { type Ran, ROWS, unshown } from "./cases.ts"

const report = z.object({
  testResults: z.array(
    z.object({
      name: z.string(),
      assertionResults: z.array(
        z.object({
          ancestorTitles: z.array(z.string()),
          title: z.string(),
          status: z.string(),
        }),
      ),
    }),
  ),
})

const { testResults } = report.parse(JSON.parse(readFileSync(process.argv[2] ?? "", "utf8")))
const run = testResults.flatMap(({ name, assertionResults }) =>
  assertionResults.map(({ ancestorTitles, title, status }): Ran => {
    const file = path.relative(import.meta.dirname, name)
    return { file, titles: [...ancestorTitles, title], passed: status === "passed" }
  }),
)
const missing = unshown(ROWS, run)
for (const { number, file, isLeftOut } of missing)
  console.log(
    `case ${number}: ${isLeftOut ? "all is skipped in" : "its test did not run in"} ${file}`,
  )
// What is left out for want of a program says so by itself; a test that is gone, or skipped alone, says nothing.
const gone = missing.filter(({ isLeftOut }) => !isLeftOut)
console.log(`${ROWS.length} cases: ${gone.length} of their tests are not there or did not pass`)
process.exitCode = gone.length > 0 ? 1 : 0
