// `npm run simulate -- --seeds 5000 [--first 1] [--seed 42 --trace]`: any number of seeds, outside the tests. With
// `--faults` every rule is broken once instead, and the seed that notices is told; with `--explore` every state of the
// small model is visited, and they are counted.

import { parseArgs } from "node:util"
import { explorePairs, survey } from "./explore-pairs.ts"
import { exploreShared, WHOLE } from "./explore-shared.ts"
import { PLANTED } from "./planted.ts"
import { RULES, type Rules } from "./rules.ts"
import { simulate } from "./simulate.ts"

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "300" },
    first: { type: "string", default: "1" },
    seed: { type: "string" },
    trace: { type: "boolean", default: false },
    faults: { type: "boolean", default: false },
    explore: { type: "boolean", default: false },
  },
})
const first = Number(values.seed ?? values.first)
const count = values.seed === undefined ? Number(values.seeds) : 1
const log = values.trace ? (line: string) => console.log(line) : undefined
const started = performance.now()

const isSound = values.explore
  ? exploreAll()
  : values.faults
    ? await plantFaults()
    : await runSeeds()
process.exitCode = isSound ? 0 : 1

/** Throws for a state that breaks an invariant, with the way there. */
function exploreAll(): true {
  const [deposit, burn] = [survey("deposit", 1), survey("burn", 1)]
  for (const { kind, states, moves, steps } of [deposit, burn])
    console.log(
      `${kind}: ${states} states by ${moves} moves, up to ${steps} in a row; each keeps the invariants`,
    )
  for (const [first, second] of [
    [deposit, deposit],
    [deposit, burn],
    [burn, burn],
  ] as const) {
    const { states, apart, moves } = explorePairs(first, second)
    const both = `${first.kind} and ${second.kind}`
    console.log(
      `${both}: ${states} states, in ${states - apart} of which one reorganisation or crash has struck both; ${moves} moves of one are the same beside the other`,
    )
  }
  for (const bounds of WHOLE) {
    const { states, moves, steps } = exploreShared(bounds)
    const whose = bounds.isWicked ? ", others ask signers as well" : ""
    const words = `two in one ${bounds.kind}, up to ${bounds.plans} plans${whose}`
    console.log(
      `${words}: ${states} states by ${moves} moves, up to ${steps} in a row; each keeps the invariants and leads on`,
    )
  }
  return true
}

/** True when each planted fault is noticed by one of the seeds. */
async function plantFaults(): Promise<boolean> {
  const caught: boolean[] = []
  for (const [fault, rules] of Object.entries(PLANTED)) {
    const words = await firstViolation(rules)
    console.log(
      `${words === null ? "NOT CAUGHT" : "caught"}  ${fault}${words ? `\n          ${words}` : ""}`,
    )
    caught.push(words !== null)
  }
  console.log(`${caught.filter(Boolean).length} of ${caught.length} planted faults are caught`)
  return caught.every(Boolean)
}

async function firstViolation(rules: Rules): Promise<string | null> {
  for (let seed = first; seed < first + count; seed += 1)
    try {
      await simulate(seed, rules)
    } catch (error) {
      return String(error).slice(0, 160)
    }
  return null
}

/** True when all of them hold. */
async function runSeeds(): Promise<boolean> {
  const failed: number[] = []
  const states: Record<string, number> = {}
  const moves: Record<string, number> = {}
  let calmMax = 0
  for (let seed = first; seed < first + count; seed += 1) {
    try {
      const seen = await simulate(seed, RULES, log)
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
  return failed.length === 0
}
