// What this browser remembers for its owner: theme, language, transfers that began here. Never a key.

import { effect, type Signal, signal } from "@preact/signals"

/** A value that outlives the page; `isFit` turns away what an older page, or a stranger, left there. */
export function kept<Value>(
  name: string,
  first: Value,
  isFit: (value: unknown) => value is Value,
): Signal<Value> {
  const key = `causeway.${name}`
  const state = signal<Value>(read(key, first, isFit))
  effect(() => {
    const text = JSON.stringify(state.value)
    try {
      if (state.value === first) localStorage.removeItem(key)
      else localStorage.setItem(key, text)
    } catch {
      // A browser may forbid it: then it is forgotten with the page.
    }
  })
  return state
}

function read<Value>(key: string, first: Value, isFit: (value: unknown) => value is Value): Value {
  try {
    const found: unknown = JSON.parse(localStorage.getItem(key) ?? "null")
    return isFit(found) ? found : first
  } catch {
    return first
  }
}

export type Theme = "auto" | "light" | "dark"
export const theme = kept<Theme>("theme", "auto", (value): value is Theme =>
  ["auto", "light", "dark"].includes(value as string),
)
effect(() => {
  document.documentElement.dataset.theme = theme.value
})

const MINE_MAX = 50

/** Ids of transfers, or of the transactions that began them, the newest first. */
export const mine = kept<readonly string[]>(
  "transfers",
  [],
  (value): value is readonly string[] =>
    Array.isArray(value) && value.every((one) => typeof one === "string"),
)

export function remember(id: string): void {
  mine.value = [id, ...mine.value.filter((one) => one !== id)].slice(0, MINE_MAX)
}
