// Accounts that are held to be one person's, and what an account says of that by its wallet.

import { sha256 } from "@noble/hashes/sha2.js"
import { bytesToHex } from "@noble/hashes/utils.js"
import { appealWord, samePersonWord, WORD_MS } from "../../core/rewards/own-word.ts"
import type { ClusterView } from "../../sdk/schemas/rewards.ts"
import { ask } from "./ask.ts"
import { signIn } from "./rewards.ts"

export type { ClusterView } from "../../sdk/schemas/rewards.ts"

/** The newest first; of one account when it is named. */
export async function clustersOf(
  campaign: string,
  account: string | null,
): Promise<readonly ClusterView[]> {
  const about = new URLSearchParams({ campaign, ...(account !== null && { account }) })
  return (await ask<{ clusters: readonly ClusterView[] }>(`/rewards/clusters?${about}`)).clusters
}

/** This is wrong: operators see it with the cluster. */
export async function appeal(account: string, terms: string, evidence: string): Promise<void> {
  await signIn(account, terms, [appealWord(evidence)], WORD_MS)
}

/** These are mine too; it counts when each of them says the same. */
export async function report(
  account: string,
  terms: string,
  others: readonly string[],
): Promise<void> {
  const hash = (text: string) => bytesToHex(sha256(new TextEncoder().encode(text)))
  const words = others.map((other) => samePersonWord(other, hash))
  await signIn(account, terms, words, WORD_MS)
}

export interface Shown {
  readonly reason: ClusterView["edges"][number]["reason"]
  readonly by: string | null
  readonly accounts: readonly string[]
}

/** What joins them, each reason once with all whom it joins. */
export function reasonsOf({ edges }: ClusterView): readonly Shown[] {
  const found = new Map<string, { shown: Omit<Shown, "accounts">; accounts: Set<string> }>()
  for (const { reason, by, accounts } of edges) {
    const key = `${reason} ${by}`
    const one = found.get(key) ?? { shown: { reason, by }, accounts: new Set() }
    for (const account of accounts) one.accounts.add(account)
    found.set(key, one)
  }
  return [...found.values()].map(({ shown, accounts }) => ({ ...shown, accounts: [...accounts] }))
}
