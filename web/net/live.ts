// An answer that is asked for again and again while somebody looks at it.

import { type ReadonlySignal, signal, useSignal } from "@preact/signals"
import { useEffect } from "preact/hooks"

export interface Live<Value> {
  /** The last answer; undefined before the first one. */
  readonly value: Value | undefined
  /** Why the last question had no answer; null when it had one. */
  readonly failure: unknown
}

/** Everything that is shown is asked for again now: somebody has just changed something. */
export function lookAgain(): void {
  turn.value += 1
}

const turn = signal(0)

/**
 * Asks at once, and `everyMs` after each answer; not while the page is hidden. A change of `about` begins anew, and
 * null asks nothing.
 */
export function useLive<Value>(
  about: string | null,
  everyMs: number,
  question: (about: string) => Promise<Value>,
): ReadonlySignal<Live<Value>> {
  const state = useSignal<Live<Value>>({ value: undefined, failure: null })
  useEffect(() => {
    state.value = { value: undefined, failure: null }
    if (about === null) return
    let timer: ReturnType<typeof setTimeout> | undefined
    let looks = 0
    const look = async () => {
      clearTimeout(timer)
      looks += 1
      const mine = looks
      if (!document.hidden)
        try {
          const value = await question(about)
          if (mine === looks) state.value = { value, failure: null }
        } catch (failure) {
          if (mine === looks) state.value = { value: state.peek().value, failure }
        }
      // Of two that overlap, only the later one counts and goes on.
      if (mine === looks) timer = setTimeout(look, everyMs)
    }
    const awake = () => {
      if (!document.hidden) look()
    }
    // Asks at once, too.
    const unwatch = turn.subscribe(() => void look())
    document.addEventListener("visibilitychange", awake)
    return () => {
      looks += 1
      clearTimeout(timer)
      unwatch()
      document.removeEventListener("visibilitychange", awake)
    }
  }, [about, everyMs])
  return state
}
