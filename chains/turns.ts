// Work takes turns with what else a thread has to do, so that between two pieces it sees to everything else.
//
// What a batch needs (its bytes, its hashes, a signer's entry in its journal) takes milliseconds, but answers to
// many requests come at one moment, and would make one long piece of all of it.

let last: Promise<void> = Promise.resolve()

/**
 * Resolves in a turn of the event loop that is nobody else's. What follows, up to its next wait, is one piece:
 * it should take a few milliseconds.
 */
export function ownTurn(): Promise<void> {
  // Those that wait already would all run in one phase of one turn: each asks for its own when it is first.
  last = last.then(() => new Promise((resolve) => setImmediate(resolve)))
  return last
}

/** Pieces of work share a turn as long as they take no longer than this together, milliseconds. */
const SHARED_MS = 8

let line: Promise<void> = Promise.resolve()

/**
 * For many small pieces of work: resolves when the piece before is done, in this turn while it is young, else in a turn
 * of its own. A piece goes up to its next wait.
 */
export function shortTurn(): Promise<void> {
  // Whoever waits goes on before the next in line looks how old the turn is.
  line = line.then(() => (isOld() ? ownTurn() : undefined))
  return line
}

let beganAt: number | null = null

/** Whether such work began in this turn a while ago. */
function isOld(): boolean {
  if (beganAt === null) {
    beganAt = performance.now()
    setImmediate(() => {
      beganAt = null
    })
  }
  return performance.now() - beganAt >= SHARED_MS
}
