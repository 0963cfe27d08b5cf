// An answer that is asked for again and again while somebody looks at it.

import { type ReadonlySignal, useSignal } from "@preact/signals"
import { useEffect } from "preact/hooks"

export interface Live<Value> {
  /** The last answer; undefined before the first one. */
  readonly value: Value | undefined
  /** Why the last question had no answer; null when it had one. */
  readonly failure: unknown
}

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
    let isOver = false
    let timer: ReturnType<typeof setTimeout> | undefined
    const look = async () => {
      if (!document.hidden)
        try {
          const value = await question(about)
          if (!isOver) state.value = { value, failure: null }
        } catch (failure) {
          if (!isOver) state.value = { value: state.peek().value, failure }
        }
      if (!isOver) timer = setTimeout(look, everyMs)
    }
    const awake = () => {
      if (document.hidden) return
      clearTimeout(timer)
      look()
    }
    look()
    document.addEventListener("visibilitychange", awake)
    return () => {
      isOver = true
      clearTimeout(timer)
      document.removeEventListener("visibilitychange", awake)
    }
  }, [about, everyMs])
  return state
}
