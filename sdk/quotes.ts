// Quotes, checked by whoever got one: that the bridge's own key has signed just these terms.

import { ed25519 } from "@noble/curves/ed25519.js"
import { base64urlnopad } from "@scure/base"
import { canonical, type Json } from "../core/compliance/canonical.ts"
import type { SignedQuote } from "./schemas/quotes.ts"

export type { Quote, QuoteStatus, QuoteWish, SignedQuote } from "./schemas/quotes.ts"

/** Whether `key` (Ed25519, base64url), known beforehand, has signed these terms. */
export function isQuoteOf({ quote, signature }: SignedQuote, key: string): boolean {
  const text = new TextEncoder().encode(`causeway quote\n${canonical(quote as Json)}`)
  try {
    return ed25519.verify(base64urlnopad.decode(signature), text, base64urlnopad.decode(key))
  } catch {
    // Not base64url, or no key.
    return false
  }
}
