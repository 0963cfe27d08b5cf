// Work that goes on step by step, and can end between any two. A step may wait for real code of the signers: nothing else
// goes on meanwhile.

/** Undefined: the step is over. */
export type Pending = undefined | Promise<unknown>

export type Steps = Generator<Pending, unknown, unknown>

/** What a promise comes to, in the same step. Whoever moves the steps waits for it, and hands it back. */
export function* awaited<T>(promise: Promise<T>): Generator<Promise<T>, T, unknown> {
  return (yield promise) as T
}

/** Moves to the end of a step; true when there is no other. */
export function next(steps: Steps): boolean | Promise<boolean> {
  const { done, value } = steps.next()
  if (done) return true
  return value instanceof Promise ? settle(steps, value) : false
}

async function settle(steps: Steps, pending: Promise<unknown>): Promise<boolean> {
  for (let wait: Pending = pending; wait !== undefined; ) {
    const known = await wait
    const { done, value } = steps.next(known)
    if (done) return true
    wait = value as Pending
  }
  return false
}
