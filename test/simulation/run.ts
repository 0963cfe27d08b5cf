// `npx tsx test/simulation/run.ts --seeds 5000 [--first 1] [--seed 42 --trace]`: any number of seeds, outside the tests.

import { parseArgs } from "node:util"
import { RULES } from "./rules.ts"
import { simulate } from "./simulate.ts"

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "200" },
    first: { type: "string", default: "1" },
    seed: { type: "string" },
    trace: { type: "boolean", default: false },
  },
})
const first = Number(values.seed ?? values.first)
const count = values.seed === undefined ? Number(values.seeds) : 1
const log = values.trace ? (line: string) => console.log(line) : () => {}
const started = performance.now()
const failed: number[] = []
const states: Record<string, number> = {}
const moves: Record<string, number> = {}
let calmMax = 0
for (let seed = first; seed < first + count; seed += 1) {
  try {
    const seen = simulate(seed, RULES, log)
    calmMax = Math.max(calmMax, seen.calmSteps)
    for (const [state, times] of Object.entries(seen.states))
      states[state] = (states[state] ?? 0) + times
    for (const move of seen.moves) moves[move] = (moves[move] ?? 0) + 1
  } catch (error) {
    failed.push(seed)
    if (failed.length <= 10) console.log(values.trace ? error : String(error))
  }
}
console.log(
  `${count - failed.length} of ${count} seeds hold, ${failed.length} fail ${failed.slice(0, 50).join(" ")}`,
)
console.log(
  `${((performance.now() - started) / count).toFixed(1)} ms a seed; calm after at most ${calmMax} steps`,
)
console.log("transfers by end:", states)
console.log("seeds by move:", moves)
process.exitCode = failed.length > 0 ? 1 : 0
