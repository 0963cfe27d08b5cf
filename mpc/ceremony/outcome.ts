// The key that a session makes, from what everybody can see of it: for its participants, and for whoever replays it.

import { BridgeError } from "../../core/errors.ts"
import { schemeOf } from "../schemes/index.ts"
import type { RsaKey } from "../schemes/rsa/key.ts"
import { renewKey } from "../schemes/rsa/renewal.ts"
import { type GroupKey, hasTwoRounds, type TwoRoundScheme } from "../schemes/scheme.ts"
import { hashOf } from "./canonical.ts"
import type { Heard } from "./said.ts"
import {
  dealerIndex,
  dealersOf,
  foundingOf,
  type Place,
  renewalOf,
  type Statement,
} from "./statement.ts"
import { Trouble } from "./trouble.ts"

/** Throws `Trouble` that names the dealer whose announcement is wrong. */
export async function keyAfter(
  statement: Statement,
  before: GroupKey | null,
  heard: Heard,
): Promise<GroupKey> {
  return namingPlaces(statement, async () => {
    const { kind } = statement
    if (kind === "generate")
      return twoRounds(statement).assemble(foundingOf(statement), announcementsOf(statement, heard))
    if (kind === "deal") return dealtKey(statement, heard)
    if (before === null) throw new BridgeError("bad-request", { reason: "no key to renew" })
    const renewal = renewalOf(statement)
    const dealings = dealersOf(statement).map((place) => ({
      from: dealerIndex(statement, place),
      commitments: heard.get(place)?.commitments ?? [],
    }))
    const scheme = schemeOf(statement.scheme)
    return hasTwoRounds(scheme)
      ? scheme.renew(before, renewal, dealings)
      : renewKey(before as RsaKey, renewal, dealings)
  })
}

/** What participants compare of a key; also in the transcript. */
export function packageHash(key: GroupKey): string {
  return hashOf("package", Buffer.from(schemeOf(key.scheme).encode(key)).toString("base64url"))
}

export function announcementsOf(statement: Statement, heard: Heard) {
  return dealersOf(statement).map((place) => ({
    from: dealerIndex(statement, place),
    bytes: heard.get(place)?.announcement ?? new Uint8Array(),
  }))
}

/** Throws `not-supported` for a scheme whose key needs a dealer. */
export function twoRounds({ scheme: name }: Pick<Statement, "scheme">): TwoRoundScheme {
  const scheme = schemeOf(name)
  if (!hasTwoRounds(scheme)) throw new BridgeError("not-supported", { scheme: name })
  return scheme
}

/** Turns a scheme's `bad-dealing`, which names an index, into trouble that names a place. */
export async function namingPlaces<Result>(
  statement: Statement,
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof BridgeError) || error.code !== "bad-dealing") throw error
    const place = placeOfDealer(statement, Number(error.detail.from))
    const reason = String(error.detail.reason)
    throw new Trouble(reason, [{ place, certainty: "seen", reason }])
  }
}

function placeOfDealer(statement: Statement, index: number): Place {
  return dealersOf(statement).find((place) => dealerIndex(statement, place) === index) ?? 0
}

function dealtKey(statement: Statement, heard: Heard): GroupKey {
  const place = statement.dealer ?? 0
  const blame = (reason: string) => new Trouble(reason, [{ place, certainty: "seen", reason }])
  const { scheme, threshold, parties, network } = statement
  const key = readKey(scheme, heard.get(place)?.key ?? new Uint8Array())
  if (key === null) throw blame("the dealt key is malformed")
  if (key.epoch !== 0 || key.threshold !== threshold || key.parties !== parties)
    throw blame("the dealt key is of another group")
  if (network !== "devnet" && "primes" in key && key.primes !== "safe")
    throw blame("the dealt key is of ordinary primes")
  return key
}

function readKey(scheme: Statement["scheme"], bytes: Uint8Array): GroupKey | null {
  try {
    return schemeOf(scheme).decode(bytes)
  } catch {
    return null
  }
}
