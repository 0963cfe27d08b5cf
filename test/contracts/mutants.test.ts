// The list of faults fits the sources as they are; `npm run mutants` shows that the suite notices each of them.

import { readFileSync } from "node:fs"
import path from "node:path"
import { expect, test } from "vitest"
import { ROOT } from "../../contracts/forge.ts"
import { MUTANTS, type Mutant, mutated } from "../../contracts/mutate.ts"
import { BridgeError } from "../../core/errors.ts"

test("each fault has one place, where the sources have it still", () => {
  for (const mutant of MUTANTS) {
    const source = readFileSync(path.join(ROOT, "contracts/src", mutant.file), "utf8")

    expect(mutated(source, mutant)).not.toBe(source)
  }
})

test("each fault has a name of its own, and few are said to be none", () => {
  const names = MUTANTS.map(({ name }) => name)
  const equivalent = MUTANTS.filter((mutant) => mutant.equivalent !== undefined)

  expect(new Set(names).size).toBe(names.length)
  expect(equivalent.length).toBeLessThanOrEqual(5)
})

test.each<[why: string, change: Partial<Mutant>]>([
  ["is not there", { from: "b" }],
  ["is there twice", { from: "a" }],
  ["stays as it is", { from: "c", to: "c" }],
])("a fault whose place %s is refused", (_, change) => {
  const mutant = { name: "a fault", file: "Vault.sol", from: "c", to: "d", ...change }

  expect(() => mutated("a c a", mutant)).toThrow(BridgeError)
  expect(mutated("a c a", { ...mutant, from: "c", to: "d" })).toBe("a d a")
})
