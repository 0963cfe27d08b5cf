// Two transfers at once, with three signers, one reorganisation and one crash between them: their states are counted, and
// that each of them keeps the invariants is reduced to the states of one.
//
// They share the reorganisation and the crash, and nothing else: what either may do depends on its own state and on what is
// left of these, and changes nothing of the other's. A reorganisation may take the blocks of both, and a crash what was
// collected for both: then each is as it would be when that had struck it alone. None of this is taken for granted but looked
// at, move by move (`demandApart`), beside others that are anywhere on their way. So every state of two is a pair of states
// of one, and the invariants, which are of one transfer each, hold in all when they hold in those of one. Each pair is
// reached, too: both go their way as far as what strikes them, that strikes both, and they go on; only where a reorganisation
// and a crash strike both, and would have to in another order, a pair is counted that there is not.

import {
  CRASHES,
  EXPLORED,
  type Exploration,
  explore,
  isStruck,
  type Kind,
  type Move,
  movesOf,
  REORGS,
  start,
  type World,
} from "./explore.ts"
import { keyOf } from "./explore-key.ts"

export interface Pairs {
  readonly states: number
  /** Those in which what strikes has struck one of the two alone. */
  readonly apart: number
  /** Moves that were looked at beside another transfer. */
  readonly moves: number
}

/** The states of one transfer, as pairs of them want to know them. */
export interface Survey extends Exploration {
  readonly kind: Kind
  /** States by the reorganisations and crashes that they have used. */
  readonly used: ReadonlyMap<string, number>
  /** One in so many of them. */
  readonly some: readonly World[]
}

/** Others that a transfer is looked at beside. */
const NEIGHBOURS = 7

/** As `explore`; `every`: one state in so many is kept for looks at pairs. */
export function survey(kind: Kind, every: number): Survey {
  const used = new Map<string, number>()
  const some: World[] = []
  let seen = 0
  const explored = explore([kind], EXPLORED, (world) => {
    const name = `${REORGS - world.reorgs} ${CRASHES - world.crashes}`
    used.set(name, (used.get(name) ?? 0) + 1)
    if (seen % every === 0) some.push(world)
    seen += 1
  })
  return { ...explored, kind, used, some }
}

/** Throws for a move that is another one beside another transfer. `moves`: another rule of moves, to be found out. */
export function explorePairs(first: Survey, second: Survey, moves = movesOf): Pairs {
  return {
    states: first.states * second.states,
    apart: pairsOf(first.used, second.used),
    moves: looked(first, second, moves) + looked(second, first, moves),
  }
}

function pairsOf(first: Survey["used"], second: Survey["used"]): number {
  let sum = 0
  for (const [a, count] of first)
    for (const [b, other] of second) {
      const [reorgs, crashes] = [a, b]
        .map((name) => name.split(" ").map(Number))
        .reduce(([x, y], [u, v]) => [x! + u!, y! + v!], [0, 0])
      if (reorgs! <= REORGS && crashes! <= CRASHES) sum += count * other
    }
  return sum
}

/** Each of `ours` beside some of the other's states that have used nothing, on both sides of it. */
function looked(ours: Survey, others: Survey, movesOf: Moves): number {
  const calm = others.some.filter(({ reorgs, crashes }) => reorgs === REORGS && crashes === CRASHES)
  const step = Math.max(1, Math.floor(calm.length / NEIGHBOURS))
  const beside = [start([others.kind]), ...calm.filter((_, at) => at % step === 0)]
  let moves = 0
  for (const [at, one] of ours.some.entries())
    moves += demandApart(one, beside[at % beside.length]!, at % 2, movesOf)
  return moves
}

type Moves = typeof movesOf

/** What `one` may do is the same beside another, and leaves that as it is. */
function demandApart(one: World, other: World, at: number, movesOf: Moves): number {
  const place = <T>(own: T, its: T): readonly T[] => (at === 0 ? [own, its] : [its, own])
  const both: World = {
    ...one,
    cases: place(one.cases[0]!, other.cases[0]!),
    paused: place(one.paused[0]!, other.paused[0]!),
  }
  demandAtOnce(both, movesOf)
  const alone = [...movesOf(one, EXPLORED)]
  const together = [...movesOf(both, EXPLORED)].filter(([name]) => name.endsWith(` ${at}`))
  const isSame = together.every(([, after], n) => {
    const own = { ...after, cases: [after.cases[at]!], paused: [after.paused[at]!] }
    const isLeft =
      after.cases[1 - at] === other.cases[0] && after.paused[1 - at] === other.paused[0]
    return isLeft && keyOf(own) === keyOf(alone[n]![1])
  })
  if (alone.length !== together.length || !isSame) throw notApart(both)
  return alone.length
}

/** What strikes both at once leaves each as when it strikes that one alone, and is used up by it once. */
function demandAtOnce(both: World, movesOf: Moves): void {
  const moves = [...movesOf(both, EXPLORED)]
  const strikes = (at: number) =>
    moves.filter(([name, after]) => name.endsWith(` ${at}`) && isStruck(both, after))
  const wanted = strikes(0).flatMap(([, one]) =>
    strikes(1)
      .filter(([, two]) => one.reorgs === two.reorgs && one.crashes === two.crashes)
      .map(([, two]) => keyOf({ ...one, cases: [one.cases[0]!, two.cases[1]!] })),
  )
  const found = moves.filter(isAtOnce).map(([, after]) => keyOf(after))
  if (wanted.sort().join() !== found.sort().join()) throw notApart(both)
}

const isAtOnce = ([name]: Move) => name.endsWith(" at once")

const notApart = ({ cases }: World) =>
  new Error(`two transfers are not apart: ${cases.map(wordsOf).join(" beside ")}`)

function wordsOf({ kind, transfer, depth }: World["cases"][number]): string {
  return `${kind} ${transfer?.state ?? "unseen"} ${depth} deep`
}
