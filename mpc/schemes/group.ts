// The size of a group, and who may deal to the next one: rules that every scheme keeps.

import { BridgeError } from "../../core/errors.ts"
import type { GroupKey, Index, Renewal } from "./scheme.ts"

export const PARTIES_MAX = 128

export type Size = Pick<GroupKey, "threshold" | "parties">

/** Throws `bad-key` for a group that must not be. */
export function checkGroup(threshold: number, parties: number): void {
  if (!isWhole(parties, 2, PARTIES_MAX)) bad(`parties is not from 2 to ${PARTIES_MAX}`)
  // One share alone must never be the key.
  if (!isWhole(threshold, 2, parties)) bad("threshold is not from 2 to the number of parties")
}

export function isMember({ parties }: Size, index: Index): boolean {
  return isWhole(index, 1, parties)
}

/**
 * The size that a renewal leads to. Throws `bad-request` for dealers who are not distinct members,
 * `quorum-missing` for too few or too many, `bad-key` for a size that must not be.
 */
export function sizeAfter(key: Size, renewal: Renewal): Size {
  const { dealers } = renewal
  const known = dealers.every((index) => isMember(key, index))
  if (!known || new Set(dealers).size !== dealers.length) {
    throw new BridgeError("bad-request", { reason: "dealers are distinct members of the group" })
  }
  // With fewer dealers than the threshold, those who hold old shares might know all the changes.
  const enough =
    renewal.kind === "refresh" ? dealers.length >= key.threshold : dealers.length === key.threshold
  if (!enough)
    throw new BridgeError("quorum-missing", { have: dealers.length, need: key.threshold })
  const { threshold, parties } = renewal.kind === "refresh" ? key : renewal
  checkGroup(threshold, parties)
  return { threshold, parties }
}

/** What each of `senders` sent, in their order: exactly one each and of nobody else, or `bad-dealing`. */
export function oneOfEach<Sent extends { readonly from: Index }>(
  senders: readonly Index[],
  sent: readonly Sent[],
): readonly Sent[] {
  const ordered = senders.map((sender) => {
    const own = sent.filter(({ from }) => from === sender)
    if (own.length !== 1) blame(sender, "not exactly one dealing")
    return own[0]!
  })
  const stranger = sent.find(({ from }) => !senders.includes(from))
  if (stranger) blame(stranger.from, "no dealer")
  return ordered
}

/** The one way to refuse what a dealer sent: the error names it. */
export function blame(from: Index, reason: string): never {
  throw new BridgeError("bad-dealing", { from, reason })
}

function isWhole(value: number, low: number, high: number): boolean {
  return Number.isSafeInteger(value) && value >= low && value <= high
}

function bad(reason: string): never {
  throw new BridgeError("bad-key", { reason })
}
