// What signing costs each party, for groups of three sizes, beside what the work itself costs in the same run.

import { frostFigures } from "./signing/frost.ts"
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
 * turns of the event loop meanwhile. Both of BIP340 alone.
 */
export async function signing() {
  const figures: Record<string, number> = {}
  for (const group of GROUPS) {
    const name = `${group.threshold}of${group.parties}`
    for (const [key, value] of Object.entries(await rsaFigures(group))) {
      figures[`rsa_${name}_${key}`] = value
    }
    for (const [key, value] of Object.entries(await frostFigures(group))) {
      figures[`bip340_${name}_${key}`] = value
    }
  }
  const unitOf = (key: string) => (key.endsWith("_ratio") ? "perParty : floor" : "ms")
  const units = Object.fromEntries(Object.keys(figures).map((key) => [key, unitOf(key)]))
  return { figures, units }
}
