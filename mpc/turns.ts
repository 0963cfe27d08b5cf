// Requests take turns with what keeps this thread busy, so that between two of them it sees to everything else.
//
// What a batch needs here (its bytes, its hashes, its entry in the journal) takes milliseconds, but answers to
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
