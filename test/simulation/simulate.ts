// Runs one seed to the end and says what it saw, or throws a Violation that names the seed.

import { isQuiet, isTold, whyLeft } from "./rest.ts"
import { RULES, type Rules } from "./rules.ts"
import { Halted, Violation } from "./violation.ts"
import { World } from "./world.ts"

/** Steps of a run with faults, and most steps after them until all must be at rest. */
const STORMY_STEPS = 5_000
const CALM_STEPS = 8_000

export interface Summary {
  readonly seed: number
  readonly transfers: number
  /** Steps after the faults ended until nothing moved any more. */
  readonly calmSteps: number
  /** Every `state Event` that was applied. */
  readonly moves: ReadonlySet<string>
  /** How many transfers ended how: `paid`, `paid refund`, `held (reason)`. */
  readonly states: Readonly<Record<string, number>>
}

/** Without a `log` errors have no stacks: most are refusals that somebody expects, and a seed can be run again with one. */
export async function simulate(
  seed: number,
  rules: Rules = RULES,
  log?: (line: string) => void,
): Promise<Summary> {
  if (log) return run(seed, rules, log)
  const { stackTraceLimit } = Error
  Error.stackTraceLimit = 0
  try {
    return await run(seed, rules, () => {})
  } finally {
    Error.stackTraceLimit = stackTraceLimit
  }
}

async function run(seed: number, rules: Rules, log: (line: string) => void): Promise<Summary> {
  const world = new World(seed, rules, log)
  try {
    await world.committee.start()
    for (let i = 0; i < STORMY_STEPS; i += 1) await world.step()
    world.calm()
    let calmSteps = 0
    while (!isQuiet(world)) {
      if (calmSteps === CALM_STEPS) throw new Violation(`8: not at rest: ${unfinished(world)}`)
      await world.step()
      calmSteps += 1
    }
    world.audit.quiet()
    return summary(world, seed, calmSteps)
  } catch (error) {
    if (error instanceof Halted) return summary(world, seed, 0, error.message)
    const words = error instanceof Error ? error.message : String(error)
    throw new Violation(`seed ${seed}, step ${world.now}: ${words}`, { cause: error })
  }
}

/** `halt`: why people have to look before anything goes on, which is the reason of whatever is not over. */
function summary(
  world: World,
  seed: number,
  calmSteps: number,
  halt: string | null = null,
): Summary {
  const states: Record<string, number> = {}
  for (const transfer of world.store.transfers.values()) {
    const { state, refund, reason } = transfer
    const isOver = state === "paid" || state === "dropped"
    const why = state === "held" ? reason : (whyLeft(world, transfer) ?? (isOver ? null : halt))
    const name = [state, ...(refund ? ["refund"] : []), ...(why ? [`(${why})`] : [])].join(" ")
    states[name] = (states[name] ?? 0) + 1
  }
  const moves = new Set(
    world.store.applied.map(
      ({ before, change }) => `${before?.state ?? "none"} ${change.event.kind}`,
    ),
  )
  return { seed, transfers: world.store.transfers.size, calmSteps, moves, states }
}

function unfinished(world: World): string {
  const { store, queue } = world
  const open = [...store.transfers.values()]
    .filter(({ state }) => state !== "paid" && state !== "dropped")
    .map(({ id, state, reason }) => `${id} ${state}${reason ? ` (${reason})` : ""}`)
  const truth = [...world.truth.keys()].filter((id) => !isTold(world, id))
  const jobs = [...store.outbox.keys()]
  return `${open.join(", ")}; jobs ${jobs.join(", ")}; queue ${queue.length}; not told ${truth.join(", ")}`
}
