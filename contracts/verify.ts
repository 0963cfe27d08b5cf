// Whether code on a chain is the vault of these sources: the same bytes, and in the places of immutables nothing but its own facts.

import type { Artifact } from "./build.ts"

/** What is wrong with `code` (hex with 0x), in words, or null. `facts`: 32-byte words, hex without 0x, lower case. */
export function faultIn(
  code: string,
  { deployedBytecode, immutables }: Pick<Artifact, "deployedBytecode" | "immutables">,
  facts: ReadonlySet<string>,
): string | null {
  const [found, expected] = [code.slice(2).toLowerCase(), deployedBytecode.slice(2)]
  if (found.length === 0) return "there is no code"
  if (found.length !== expected.length) return "the code has another length"
  let plain = found
  for (const start of immutables) {
    const [from, to] = [2 * start, 2 * start + 64]
    const word = found.slice(from, to)
    if (!facts.has(word)) return `an immutable is none of its facts: ${word}`
    plain = plain.slice(0, from) + "0".repeat(64) + plain.slice(to)
  }
  return plain === expected ? null : "the code is another"
}
