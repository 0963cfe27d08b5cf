// When a list changes: what was done before with those who are on it now, for officers to know of.

import type { TransferId } from "../../core/ids.ts"
import { transfersOfParties } from "../store/decisions.ts"
import { listsSeen, seeList } from "../store/lists.ts"
import type { Desk } from "./desk.ts"

export interface Met {
  readonly list: string
  readonly key: string
  readonly transfer: TransferId
}

/**
 * Transfers whose parties have been added to a list since it was looked at last. The change itself goes into the
 * audit log; each version is looked through once, also over a restart.
 */
export async function lookBack(desk: Desk): Promise<readonly Met[]> {
  const { lists } = desk.shelf
  const seen = await listsSeen(desk.sql)
  await seePolicy(desk, seen.get(POLICY) ?? null)
  const met: Met[] = []
  for (const held of lists.held.values()) {
    const { list, digest, publishedAt, entries } = held
    const before = seen.get(list) ?? null
    if (before === digest) continue
    const old = before === null ? null : await lists.version(list, before)
    const known = new Set(old?.entries.map(({ key }) => key))
    const fresh = new Set(entries.map(({ key }) => key))
    const added = [...fresh].filter((key) => !known.has(key))
    const removed = [...known].filter((key) => !fresh.has(key)).length
    const found = await transfersOfParties(desk.sql, added)
    const nowMs = desk.now()
    const change = { list, before, digest, publishedAt, added: added.length, removed }
    await desk.audit.append("list", nowMs, {
      ...change,
      met: found.map(({ transfer }) => transfer),
    })
    await seeList(desk.sql, { list, digest, publishedAt })
    met.push(...found.map((one) => ({ ...one, list })))
  }
  return met
}

/** No list has such a name. */
const POLICY = "(policy)"

/** Which policy came into force, and when we saw it, is a row of the log too. */
async function seePolicy(desk: Desk, before: string | null): Promise<void> {
  const nowMs = desk.now()
  const standing = desk.shelf.at(nowMs)
  if (!standing || standing.policy === before) return
  const { version, effectiveMs } = standing.book.document
  await desk.audit.append("policy", nowMs, {
    policy: standing.policy,
    version,
    effectiveMs,
    before,
  })
  await seeList(desk.sql, { list: POLICY, digest: standing.policy, publishedAt: `${version}` })
}
