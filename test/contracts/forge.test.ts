// The contract suite: every test that forge runs, by its own name. The tests are in `contracts/test`.

import { readFileSync } from "node:fs"
import path from "node:path"
import { describe, expect, test } from "vitest"
import { compile } from "../../contracts/build.ts"
import { forge, forgeMissing, ROOT } from "../../contracts/forge.ts"

interface Suites {
  readonly [suite: string]: {
    readonly test_results: Readonly<Record<string, Result>>
  }
}

interface Result {
  readonly status: string
  readonly reason: string | null
  readonly counterexample: unknown
  /** Group, name, gas of the whole transaction. */
  readonly gas_snapshots: Readonly<Record<string, Readonly<Record<string, string>>>>
}

const CASES = readFileSync(path.join(ROOT, "test/cases.md"), "utf8")

const missing = forgeMissing()
if (missing) console.warn(`the contract suite is skipped: ${missing}`)

const { code, suites, words } = missing ? { code: 0, suites: {}, words: "" } : await run()

describe.skipIf(missing !== null)("the contract suite", () => {
  test("compiles, runs and ends well", () => {
    expect(Object.keys(suites).length, words).toBeGreaterThan(1)
    expect(code).toBe(0)
  })

  test("what we build and deploy is the code that was tested", () => {
    const file = path.join(ROOT, ".cache/forge/out/Vault.sol/Vault.json")
    const tested = JSON.parse(readFileSync(file, "utf8"))

    const built = compile("Vault")

    expect(built.bytecode).toBe(tested.bytecode.object)
    expect(built.deployedBytecode).toBe(tested.deployedBytecode.object)
  })

  test("costs the gas that it did", () => {
    const kept = JSON.parse(readFileSync(path.join(ROOT, "contracts/test/gas/vault.json"), "utf8"))

    const measured = Object.values(suites).flatMap(({ test_results }) =>
      Object.values(test_results).flatMap(({ gas_snapshots: { vault = {} } }) =>
        Object.entries(vault),
      ),
    )

    expect(Object.fromEntries(measured)).toEqual(kept)
  })

  test("every case that the list sends here is in a title", () => {
    // Cases 64, 65, 67, 68, 69, 70, 75, 77, 78 and 79
    const listed = [...CASES.matchAll(/^\| (\d+) \| .*contracts\/forge\.test\.ts/gm)]
    const titles = Object.values(suites).flatMap(({ test_results }) => Object.keys(test_results))

    const lost = listed.filter(
      ([, number]) => !titles.some((name) => name.includes(`case${number}_`)),
    )

    expect(listed.length).toBeGreaterThan(0)
    expect(lost).toEqual([])
  })

  describe.each(Object.entries(suites))("%s", (_, { test_results }) => {
    const results = Object.entries(test_results).map(([name, result]) => ({
      title: titleOf(name),
      result,
    }))

    test.each(results)("$title", ({ result }) => {
      expect(result).toMatchObject({ status: "Success" })
    })
  })
})

async function run(): Promise<{ code: number | null; suites: Suites; words: string }> {
  const { code, stdout, stderr } = await forge(["test", "--json"])
  try {
    return { code, suites: JSON.parse(stdout.slice(stdout.indexOf("{"))), words: "" }
  } catch {
    return { code, suites: {}, words: `${stdout}${stderr}` }
  }
}

/** `test_case70_forced_coins_are_nobodys()` -> `case 70: forced coins are nobodys`. */
function titleOf(name: string): string {
  return name
    .replace(/\(.*$/, "")
    .replace(/^(test|testFuzz|invariant)_/, "")
    .replace(/^(case(\d+)_)/, "case $2: ")
    .replaceAll("_", " ")
}
