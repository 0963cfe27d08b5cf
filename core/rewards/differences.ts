// Where two artifacts differ, place by place, in words: what was tampered with, by somebody who can only claim.

import { type Artifact, CHUNK } from "./artifact.ts"

/** One sentence for each place, at most so many; none when both are the same. */
export function differences(claimed: Artifact, made: Artifact, most = 20): readonly string[] {
  const found: string[] = []
  compare(claimed, made, "", found, most)
  return found
}

function compare(claimed: unknown, made: unknown, path: string, found: string[], most: number) {
  if (found.length >= most || claimed === made) return
  if (!isTable(claimed) || !isTable(made)) {
    found.push(sentence(path, claimed, made))
    return
  }
  const rows = path === "rows"
  const [one, other] = rows ? [byAccount(claimed), byAccount(made)] : [claimed, made]
  for (const key of new Set([...Object.keys(one), ...Object.keys(other)]))
    compare(one[key], other[key], path === "" ? key : `${path}.${key}`, found, most)
}

type Table = Readonly<Record<string, unknown>>

function isTable(value: unknown): value is Table {
  return typeof value === "object" && value !== null
}

function byAccount(rows: Table): Table {
  return Object.fromEntries(
    Object.values(rows).map((row) => [(row as { account: string }).account, row]),
  )
}

function sentence(path: string, claimed: unknown, made: unknown): string {
  const digest = /^events\.digests\.(\d+)$/.exec(path)
  if (digest) {
    const first = Number(digest[1]) * CHUNK + 1
    return `events ${first} to ${first + CHUNK - 1} are not those that the artifact was made from`
  }
  return `${path}: ${textOf(claimed)} is claimed, ${textOf(made)} is made`
}

function textOf(value: unknown): string {
  if (value === undefined) return "nothing"
  return isTable(value) ? JSON.stringify(value).slice(0, 200) : String(value)
}
