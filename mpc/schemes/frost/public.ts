// The thread for FROST's arithmetic on public values: sums of parts, the search for cheaters, replays.

import { schnorr } from "@noble/curves/secp256k1.js"
import type { Contribution, Founding, Index, PublicDealing, Renewal, Signing } from "../scheme.ts"
import { serve } from "../worker.ts"
import { isPart, roundOf, sumOfParts } from "./core.ts"
import { scalarFrom } from "./curve.ts"
import { assemble } from "./generation.ts"
import { type FrostKey, type FrostName, verifyingShare } from "./key.ts"
import { committedList } from "./list.ts"
import { renewKey } from "./renewal.ts"

interface About {
  readonly key: FrostKey
  readonly signing: Signing
}

export type PublicCalls = {
  /** One partial of 32 bytes of each party that committed, in the order of the list. */
  combine(argument: About & { readonly partials: readonly Contribution[] }): {
    readonly signature: Uint8Array | null
    readonly cheaters: readonly Index[]
  }
  isPartial(argument: About & { readonly partial: Contribution }): boolean
  assemble(argument: {
    readonly scheme: FrostName
    readonly founding: Founding
    readonly announcements: readonly Contribution[]
  }): FrostKey
  renew(argument: {
    readonly key: FrostKey
    readonly renewal: Renewal
    readonly dealings: readonly PublicDealing[]
  }): FrostKey
}

serve<PublicCalls>({
  combine: ({ key, signing, partials }) => {
    const list = committedList(key, signing.commitments)
    const round = roundOf(key.publicKey, list, signing.message)
    const parts = partials.map(({ bytes }) => scalarFrom(bytes))
    const whole = parts.flatMap((part) => part ?? [])
    if (whole.length === parts.length) {
      const signature = sumOfParts(round, whole)
      // Not by the arithmetic that made it.
      if (schnorr.verify(signature, signing.message, key.publicKey)) {
        return { signature, cheaters: [] }
      }
    }
    const cheaters = list.filter((committed, place) => {
      const part = parts[place] ?? null
      return part === null || !isPart(round, committed, verifyingShare(key, committed.from), part)
    })
    return { signature: null, cheaters: cheaters.map(({ from }) => from) }
  },
  isPartial: ({ key, signing, partial }) => {
    const list = committedList(key, signing.commitments)
    const committed = list.find(({ from }) => from === partial.from)
    const part = scalarFrom(partial.bytes)
    if (!committed || part === null) return false
    const round = roundOf(key.publicKey, list, signing.message)
    return isPart(round, committed, verifyingShare(key, partial.from), part)
  },
  assemble: ({ scheme, founding, announcements }) => assemble(scheme, founding, announcements),
  renew: ({ key, renewal, dealings }) => renewKey(key, renewal, dealings),
})
