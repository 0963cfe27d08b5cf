// What the bridge promises for one amount, signed by it, while somebody still types.

import { type ReadonlySignal, useSignal } from "@preact/signals"
import { useEffect } from "preact/hooks"
import type { AssetName } from "../../core/assets.ts"
import type { SignedQuote } from "../../sdk/schemas/quotes.ts"
import { ask } from "./ask.ts"
import type { Direction } from "./facts.ts"

interface Wish {
  readonly asset: AssetName
  readonly direction: Direction
  readonly amount: bigint | null
  readonly recipient: string | null
  readonly sender: string | null
}

/** So long nothing must be typed. */
const STILL_MS = 400
/** It is asked for again so long before it ends; and what was refused, after so long. */
const EARLY_MS = 10_000
const AGAIN_MS = 30_000

/** Null while there is nothing to promise, or the bridge promises nothing: the published terms hold anyway. */
export function useQuote({
  asset,
  direction,
  amount,
  recipient,
  sender,
}: Wish): ReadonlySignal<SignedQuote | null> {
  const quote = useSignal<SignedQuote | null>(null)
  useEffect(() => {
    quote.value = null
    if (amount === null || recipient === null) return
    let isOver = false
    let timer = setTimeout(look, STILL_MS)
    async function look() {
      const wish = {
        asset,
        direction,
        amount: String(amount),
        recipient,
        ...(sender && { sender }),
      }
      const told = await ask<SignedQuote>("/quotes", wish).catch(() => null)
      if (isOver) return
      quote.value = told
      const left =
        told === null ? AGAIN_MS : Date.parse(told.quote.expiresAt) - Date.now() - EARLY_MS
      timer = setTimeout(look, Math.max(AGAIN_MS, left))
    }
    return () => {
      isOver = true
      clearTimeout(timer)
    }
  }, [asset, direction, amount, recipient, sender])
  return quote
}
