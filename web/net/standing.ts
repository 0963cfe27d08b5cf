// How the bridge is just now: how far it has read, and what is stopped. One look for all who show it.

import { signal } from "@preact/signals"
import type { ChainName } from "../../core/assets.ts"
import type { Health } from "../../sdk/schemas/bridge.ts"

/** Null before the first answer. */
export const health = signal<Health | null>(null)
/** The last look had no answer: what is shown is old. */
export const isUnreachable = signal(false)

const EVERY_MS = 10_000

export async function look(): Promise<void> {
  try {
    // It answers 503 when something is stopped, and says what.
    const response = await fetch("/health")
    health.value = (await response.json()) as Health
    isUnreachable.value = false
  } catch {
    isUnreachable.value = true
  }
}

/** Looks for as long as the page is open. */
export function keepLooking(): void {
  look()
  setInterval(() => document.hidden || look(), EVERY_MS)
}

/** Up to where a chain has been read; 0 before anybody said. */
export function heightOf(chain: ChainName | string): number {
  return health.value?.heights[chain as ChainName] ?? 0
}
