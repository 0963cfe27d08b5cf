// Messages of one payout that lie under several keys of the group: each key signs its own.

import type { PublicKeyHex } from "../chains/chain.ts"
import type { Index } from "./schemes/scheme.ts"
import type { Signatures } from "./session.ts"

interface Messages {
  readonly messages: readonly Uint8Array[]
  /** One a message; the group's present key when left out. */
  readonly keys?: readonly PublicKeyHex[] | undefined
}

/**
 * All signatures in the order of the messages, one session a key, one after the other. `isPart`: there is more than
 * one key, and the session must name its own.
 */
export async function byKey(
  { messages, keys }: Messages,
  sign: (
    key: PublicKeyHex | undefined,
    messages: readonly Uint8Array[],
    isPart: boolean,
  ) => Promise<Signatures>,
): Promise<Signatures> {
  const named = new Set(keys)
  if (keys === undefined || named.size <= 1) return sign(keys?.[0], messages, false)
  const made = new Map<number, Uint8Array>()
  const parties = new Set<Index>()
  for (const key of named) {
    const places = messages.flatMap((_, place) => (keys[place] === key ? [place] : []))
    const own = places.map((place) => messages[place]!)
    const { signatures, signers } = await sign(key, own, true)
    for (const [at, place] of places.entries()) made.set(place, signatures[at]!)
    for (const party of signers) parties.add(party)
  }
  const signatures = messages.map((_, place) => made.get(place)!)
  return { signatures, signers: [...parties].sort((a, b) => a - b) }
}
