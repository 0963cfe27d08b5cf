// How long a thread's own work kept its event loop from turning, whatever else the machine was doing meanwhile.

import { readFileSync } from "node:fs"

/** Processor time of the thread that asks, milliseconds; null where the system does not tell. */
export function ownTimeMs(): number | null {
  try {
    return Number(readFileSync("/proc/thread-self/schedstat", "utf8").split(" ")[0]) / 1e6
  } catch {
    return null
  }
}

/**
 * Looks at each turn, a millisecond apart at least; `longest` gives the most processor time between two looks since it
 * was asked last, milliseconds. Null where the system does not tell.
 */
export function watchBusy(): { longest(): number; stop(): void } | null {
  let last = ownTimeMs()
  if (last === null) return null
  let most = 0
  const look = () => {
    const now = ownTimeMs()!
    most = Math.max(most, now - last!)
    last = now
  }
  const timer = setInterval(look, 1).unref()
  return {
    longest() {
      look()
      const found = most
      most = 0
      return found
    },
    stop: () => clearInterval(timer),
  }
}

/** For a program that is watched from outside: says it on standard error whenever it was longer than ever before. */
export function tellBusy(everyMs = 200): void {
  const watch = watchBusy()
  let ever = 0
  if (watch)
    setInterval(() => {
      const longest = watch.longest()
      if (longest <= ever) return
      ever = longest
      process.stderr.write(`${JSON.stringify({ event: "busy", ms: longest })}\n`)
    }, everyMs).unref()
}
