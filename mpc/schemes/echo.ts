// The echo of a round: parties tell each other what they received, and who told them different things is named.
//
// It holds for what everybody should have received alike and its sender signed: announcements of a
// new key, commitments of a renewal, nonce commitments of a session.

import { createHash } from "node:crypto"
import type { Contribution, Index } from "./scheme.ts"

/** What a party saw of a round, as a hash to compare: of who sent what, whatever the order. */
export function echoOf(round: string, seen: readonly Contribution[]): string {
  const rows = [...seen]
    .sort((a, b) => a.from - b.from)
    .map(({ from, bytes }) => [from, Buffer.from(bytes).toString("hex")])
  return createHash("sha256")
    .update(JSON.stringify([round, rows]))
    .digest("hex")
}

/**
 * Senders of whom two views show different bytes, in their order: with their signature under both,
 * that is proof. Somebody who is missing in a view is not to blame for it: whoever collected may be.
 */
export function equivocators(views: readonly (readonly Contribution[])[]): readonly Index[] {
  const first = new Map<Index, string>()
  const caught = new Set<Index>()
  for (const { from, bytes } of views.flat()) {
    const text = Buffer.from(bytes).toString("hex")
    if ((first.get(from) ?? text) !== text) caught.add(from)
    first.set(from, text)
  }
  return [...caught].sort((a, b) => a - b)
}
