// Tags for whoever receives the tokens, one a line: `X-Name: value`.

import type { Tag } from "../sdk/saying.ts"
import { say } from "./words/words.ts"

/** What the bridge lets travel (`chains/tags.ts`). */
const NAME = /^X-[A-Za-z0-9_.-]+$/
const COUNT_MAX = 32
const BYTES_MAX = 1_024

export function forwardTags(text: string): readonly Tag[] {
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "")
    .map((line) => {
      const colon = line.indexOf(":")
      return colon < 0
        ? { name: line, value: "" }
        : { name: line.slice(0, colon).trim(), value: line.slice(colon + 1).trim() }
    })
}

/** In words; null when all of them will arrive. */
export function tagProblem(text: string): string | null {
  const tags = forwardTags(text)
  const wrong = tags.find(({ name, value }) => !NAME.test(name) || value === "")
  if (wrong) return say("problem.tag", { tag: wrong.name.slice(0, 40) })
  const names = new Set(tags.map(({ name }) => name.toLowerCase()))
  if (names.size < tags.length) return say("problem.tag.twice")
  const bytes = tags.reduce(
    (sum, { name, value }) => sum + new TextEncoder().encode(name + value).length,
    0,
  )
  return tags.length > COUNT_MAX || bytes > BYTES_MAX ? say("problem.tag.many") : null
}
