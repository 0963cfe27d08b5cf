// What people state, when they sign in, about accounts that are held to be one person's.

import type { Hash } from "../compliance/seals.ts"

/** So long a sign-in lasts that states nothing else, milliseconds: a longer one stays what it is. */
export const WORD_MS = 3_600_000

/** The word by which somebody states that another account is theirs too; the account is not in it. */
export function samePersonWord(account: string, hash: Hash): string {
  return `one-person-${hash(account).slice(0, 40)}`
}

/** The word by which an account that was found in a cluster says that it is nobody else's. */
export function appealWord(evidence: string): string {
  return `appeal-${evidence.slice(0, 40)}`
}
