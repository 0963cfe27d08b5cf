// What signing costs each party, for groups of three sizes, beside what the work itself costs in the same run.

import { frostFigures } from "./signing/frost.ts"
import { oneProcessFigures } from "./signing/one-process.ts"
import { processFigures } from "./signing/processes.ts"
import { rsaFigures } from "./signing/rsa.ts"

export interface Group {
  readonly threshold: number
  readonly parties: number
  /** Rounds that are measured, after as many to warm up as `warmup`. */
  readonly rounds: number
  readonly warmup: number
}

const GROUPS: readonly Group[] = [
  { threshold: 3, parties: 5, rounds: 31, warmup: 8 },
  { threshold: 7, parties: 10, rounds: 15, warmup: 4 },
  { threshold: 67, parties: 100, rounds: 3, warmup: 1 },
]

/**
 * Medians, all parties in one process. `perPartyMs`: what one party does for one signature, from message to
 * its part, its thread included. `floorMs`: the least that could take, in the same rounds: for RSA one
 * power of OpenSSL's, for BIP340 the library's own two calls. `roundMs`: a whole signature of a quorum,
 * one party after the other, its check included; `loopGapMaxMs`: the longest between two
 * turns of the event loop meanwhile; `eventLoopMaxMs`: what of that was this thread's own work, in processor time. All
 * of BIP340 alone. The session figures of groups up to ten are of processes, over TLS (`signing/processes.ts`); those of
 * the largest are of one process (`signing/one-process.ts`).
 */
export async function signing() {
  const figures: Record<string, number> = {}
  for (const group of GROUPS) {
    const name = `${group.threshold}of${group.parties}`
    const rows = {
      rsa: { ...(await rsaFigures(group)), ...(await sessionsOf("rsa", group)) },
      bip340: { ...(await frostFigures(group)), ...(await sessionsOf("bip340", group)) },
    }
    for (const [scheme, row] of Object.entries(rows))
      for (const [key, value] of Object.entries(row)) figures[`${scheme}_${name}_${key}`] = value
  }
  const units = Object.fromEntries(Object.keys(figures).map((key) => [key, unitOf(key)]))
  return { figures, units }
}

/** A hundred processes would measure this machine's patience: the largest group signs in one. */
async function sessionsOf(scheme: "rsa" | "bip340", group: Group): Promise<Record<string, number>> {
  if (group.parties > 10) return oneProcessFigures(scheme, group)
  return processFigures(scheme === "rsa" ? "rsa" : "evm", group)
}

function unitOf(key: string): string {
  const [, , figure = ""] = key.split("_")
  if (figure === "ratio") return "perParty : floor"
  if (figure === "perSecond") return "sessions/s"
  return figure === "bytes" || figure === "rounds" ? figure : "ms"
}
