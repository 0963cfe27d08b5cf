// Tags that strangers put on a deposit: which of them travel on with the payout. Pure.

import { utf8 } from "./bytes.ts"

/** A tag as text; null where the bytes are not UTF-8. */
export interface Tag {
  readonly name: string | null
  readonly value: string | null
}

/**
 * The `X-` tags that the payout carries, at most 32 of them and 1,024 bytes: with more, or with odd ones,
 * a batch could outgrow what one message holds, and one user would stop a hundred. A name that stands
 * twice (in whatever case) does not travel: every reader would see another value. Nor do those that the
 * token does not take (`lua/tags.lua`): it would refuse the whole batch.
 */
export function forwardOf(tags: readonly Tag[]): Readonly<Record<string, string>> {
  const counts = new Map<string, number>()
  for (const { name } of tags)
    if (name !== null) counts.set(name.toLowerCase(), (counts.get(name.toLowerCase()) ?? 0) + 1)

  const chosen: [string, string][] = []
  for (const { name, value } of tags) {
    if (name === null || value === null || counts.get(name.toLowerCase()) !== 1) continue
    if (!/^X-[A-Za-z0-9_.-]+$/.test(name) || ROUTING.has(name.toLowerCase())) continue
    if (value === "" || hasControl(value)) continue
    chosen.push([name, value])
  }
  const bytes = chosen.reduce((sum, pair) => sum + utf8(pair.join("")).length, 0)
  if (chosen.length > FORWARD_MAX || bytes > FORWARD_BYTES_MAX) return {}
  return Object.fromEntries(chosen.sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** The only value of a tag; null when it is missing, not text, or there more than once. */
export function tagOf(tags: readonly Tag[], name: string): string | null {
  const found = tags.filter((tag) => tag.name === name)
  return found.length === 1 ? found[0]!.value : null
}

const FORWARD_MAX = 32
const FORWARD_BYTES_MAX = 1_024
/** aos routes answers by these two. */
const ROUTING = new Set(["x-reference", "x-origin"])

function hasControl(text: string): boolean {
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at)
    if (code < 32 || code === 127) return true
  }
  return false
}
