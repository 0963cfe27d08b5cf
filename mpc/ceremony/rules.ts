// What a group must be before it may hold money: thresholds, and who controls how much of it.

import type { Participant, Statement } from "./statement.ts"

/** Everything that stands against this group on its network; empty when nothing does. */
export function groupProblems(statement: Statement): string[] {
  const { network, threshold, parties, participants, kind } = statement
  if (network !== "mainnet") return []
  const members = participants.filter(({ after }) => after !== null)
  return [
    ...(threshold >= 3 ? [] : ["the threshold is below 3"]),
    ...(3 * threshold >= 2 * parties ? [] : ["the threshold is below two thirds of the members"]),
    ...controlProblems(members, threshold, ({ operator }) => operator, "operator"),
    ...controlProblems(members, threshold, ({ hosting }) => hosting, "host"),
    ...controlProblems(members, threshold, ({ custody }) => custody, "custodian"),
    ...(kind === "deal" && witnessesOf(statement).length < 2
      ? ["a dealt key needs two witnesses"]
      : []),
  ]
}

/** Who takes part without dealing and without a share. */
export function witnessesOf({ participants, dealer }: Statement): readonly Participant[] {
  return participants.filter(
    ({ before, after }, at) => before === null && after === null && at + 1 !== dealer,
  )
}

/** One party behind so many members could block alone, or comes half way to signing alone. */
function controlProblems(
  members: readonly Participant[],
  threshold: number,
  of: (one: Participant) => string,
  what: string,
): string[] {
  const counts = new Map<string, number>()
  for (const member of members) {
    const name = of(member).trim().toLowerCase()
    counts.set(name, (counts.get(name) ?? 0) + 1)
  }
  const limit = Math.min(members.length - threshold + 1, Math.ceil(threshold / 2))
  return [...counts]
    .filter(([, count]) => count >= limit && count > 1)
    .map(([name, count]) => `${what} ${name} is behind ${count} members`)
}

/** What a dealt RSA key can't promise; in its statement, its transcript and its manifest. */
export const DEALT_LIMITS: readonly string[] = [
  "One machine, the dealer's, knew the whole of this key when it was made. No transcript can show that it forgot.",
  "The refresh that follows makes the shares that were dealt worthless. It does not stop a dealer who kept the primes: it could sign alone, for ever.",
  "Witnesses saw the dealer's machine started, used and cut off from power. Whoever trusts this key trusts them.",
  "Keep what this key guards under low caps, and be ready to move it to a newer key.",
]
