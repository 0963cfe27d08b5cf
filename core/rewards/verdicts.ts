// What is new to be said of accounts by the clusters found now, beside what was said of them before: pure.

import { canonical } from "../compliance/canonical.ts"
import type { Hash } from "../compliance/seals.ts"
import type { RewardEvent, RewardFact } from "./event.ts"
import { type Cluster, factsOf } from "./sybil.ts"
import { WEIGHT_WHOLE } from "./tally.ts"

export type Verdict = Extract<RewardFact, { kind: "verdict" | "standing" }>

/**
 * Facts that change something: another person or weight, a hold that this epoch does not have yet, and for whoever is
 * in no cluster any more that they are themselves again, whole. What people said of an account in this epoch
 * (`stand`) is not said otherwise: they have looked.
 */
export function newsOf(
  known: readonly RewardEvent[],
  clusters: readonly Cluster[],
  epoch: number,
  hash: Hash,
): readonly Verdict[] {
  const verdicts = new Map<string, Extract<RewardEvent, { kind: "verdict" }>>()
  const stood = new Set<string>()
  for (const one of known) {
    if (one.kind === "verdict") verdicts.set(one.account, one)
    if (one.kind === "standing" && one.epoch === epoch) stood.add(one.account)
  }
  const found = factsOf(clusters, epoch, hash)
  const news = found.filter((fact) => {
    if (fact.kind === "standing") return !stood.has(fact.account)
    const before = verdicts.get(fact.account)
    const person = before?.person ?? fact.account
    return person !== fact.person || (before?.weight ?? WEIGHT_WHOLE) !== fact.weight
  })
  const joined = new Set(found.map(({ account }) => account))
  const alone = [...verdicts.values()].filter(
    ({ account, person, weight }) =>
      !joined.has(account) && (person !== account || weight !== WEIGHT_WHOLE),
  )
  return [
    ...news,
    ...alone.map(({ account }): Verdict => {
      const evidence = hash(canonical({ account, accounts: [] }))
      return { kind: "verdict", account, person: account, weight: WEIGHT_WHOLE, evidence }
    }),
  ]
}
