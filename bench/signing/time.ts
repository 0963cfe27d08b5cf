// Milliseconds: of a piece of work, between two turns of the event loop, and their rounding.

import { Worker } from "node:worker_threads"

export async function millisecondsOf(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now()
  await work()
  return performance.now() - start
}

export function rounded(value: number): number {
  return Number(value.toFixed(3))
}

/** Looks at the clock every millisecond; what it returns stops it and gives the longest time between two looks. */
export function watchLoop(): () => number {
  let last = performance.now()
  let longest = 0
  const look = () => {
    longest = Math.max(longest, performance.now() - last)
    last = performance.now()
  }
  const timer = setInterval(look, 1)
  return () => {
    clearInterval(timer)
    look()
    return longest
  }
}

/** The same in a thread that does nothing else: what the machine itself keeps from everybody meanwhile. */
export function watchIdle(): () => Promise<number> {
  // Plain JavaScript: a function of ours would bring along what its compiler added.
  const worker = new Worker(
    `const { parentPort } = require("node:worker_threads")
     let last = performance.now(), longest = 0
     const look = () => {
       longest = Math.max(longest, performance.now() - last)
       last = performance.now()
     }
     setInterval(look, 1)
     parentPort.once("message", () => parentPort.postMessage((look(), longest)))`,
    { eval: true },
  )
  return async () => {
    const answer = new Promise<number>((resolve) => worker.once("message", resolve))
    worker.postMessage("stop")
    const longest = await answer
    await worker.terminate()
    return longest
  }
}
