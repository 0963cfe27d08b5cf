// The simulation itself, tested: every rule is broken once, and some seed must notice.

import { expect, test } from "vitest"
import { PLANTED } from "./planted.ts"
import { RULES, type Rules } from "./rules.ts"
import { simulate } from "./simulate.ts"
import { Violation } from "./violation.ts"

/** What `npm test` runs; a fault that needs more seeds than this could go unnoticed. */
const SEEDS_MAX = 300
const LIMIT_MS = 60_000 + SEEDS_MAX * 500

test.each(Object.entries(PLANTED))(
  "a planted fault is caught: %s",
  async (_, rules) => {
    const violation = await firstViolation(rules)

    expect(violation).toBeInstanceOf(Violation)
    expect(violation?.message).toMatch(/^seed \d+, step \d+: /)
  },
  LIMIT_MS,
)

test("each planted fault differs from the rules", () => {
  for (const rules of Object.values(PLANTED)) expect(rules).not.toEqual(RULES)
})

async function firstViolation(rules: Rules): Promise<Violation | null> {
  for (let seed = 1; seed <= SEEDS_MAX; seed += 1) {
    try {
      await simulate(seed, rules)
    } catch (error) {
      if (error instanceof Violation) return error
      throw error
    }
  }
  return null
}
