// What several signers' decisions come to: a quorum acts, one objection holds.

import { type Action, worse } from "./decision.ts"

export interface Vote {
  readonly signer: string
  readonly action: Action
  /** Name of the policy it judged by. */
  readonly policy: string
  /** Versions of its lists, one text (`versionsText`). */
  readonly lists: string
}

export interface Tally {
  readonly action: Action
  /** The worst that anybody found, acted upon or not. */
  readonly worst: Action
  /** Who judged by what: more than one row means that somebody is behind. */
  readonly versions: readonly {
    readonly policy: string
    readonly lists: string
    readonly signers: readonly string[]
  }[]
}

/**
 * The worst decision, when a quorum has come to it; until then nothing moves. So one signer with a newer list
 * stops a payout that the others would make, and cannot by itself freeze or return anybody's money. A signer
 * that votes twice counts once, by its worst.
 */
export function tallyOf(votes: readonly Vote[], needed: number): Tally {
  const bySigner = new Map<string, Action>()
  for (const { signer, action } of votes)
    bySigner.set(signer, worse(action, bySigner.get(signer) ?? "allow"))
  const actions = [...bySigner.values()]
  const worst = actions.reduce(worse, "allow")
  const agreed = actions.filter((action) => action === worst).length
  return { action: agreed >= needed ? worst : "hold", worst, versions: versionsOf(votes) }
}

function versionsOf(votes: readonly Vote[]): Tally["versions"] {
  const rows = new Map<string, { policy: string; lists: string; signers: string[] }>()
  for (const { signer, policy, lists } of votes) {
    const key = `${policy}\n${lists}`
    const row = rows.get(key) ?? { policy, lists, signers: [] }
    if (!row.signers.includes(signer)) row.signers.push(signer)
    rows.set(key, row)
  }
  return [...rows.values()]
}
