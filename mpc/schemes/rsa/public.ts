// The thread for arithmetic on public values: combining, the search for cheaters, proofs, and joining.

import { toBytes, toInteger } from "../integers.ts"
import { type SecretPower, secretPower } from "../modexp.ts"
import { encodeMessage } from "../pss.ts"
import type { Contribution, Dealt, Index, Renewal } from "../scheme.ts"
import { moving, serve } from "../worker.ts"
import { combineAny } from "./combine.ts"
import { MODULUS_BYTES, type RsaKey } from "./key.ts"
import { isProven } from "./proof.ts"
import { acceptRenewal } from "./renewal.ts"
import { encodeShare } from "./share.ts"

interface About {
  readonly key: RsaKey
  readonly message: Uint8Array
}

export type PublicCalls = {
  combine(argument: About & { readonly partials: readonly Contribution[] }): {
    readonly signature: Uint8Array<ArrayBuffer> | null
    readonly cheaters: readonly Index[]
  }
  isPartial(
    argument: About & { readonly partial: Contribution; readonly proof: Uint8Array },
  ): boolean
  /** The one call with a secret in it, a newcomer's dealt shares; its powers are in constant time. */
  join(argument: {
    readonly key: RsaKey
    readonly renewal: Renewal
    readonly index: Index
    readonly dealings: readonly Dealt[]
  }): { readonly key: RsaKey; readonly share: Uint8Array<ArrayBuffer> }
}

// Making one takes 0.2 s; a process deals with a handful of keys.
const powers = new Map<bigint, SecretPower>()

serve<PublicCalls>({
  combine: ({ key, message, partials }) => {
    const encoded = toInteger(encodeMessage(key.publicKey, message))
    const values = partials.map(({ from, bytes }) => ({ index: from, value: toInteger(bytes) }))
    const { signature, cheaters } = combineAny(key, encoded, values)
    return { signature: signature === null ? null : toBytes(signature, MODULUS_BYTES), cheaters }
  },
  isPartial: ({ key, message, partial, proof }) => {
    const encoded = toInteger(encodeMessage(key.publicKey, message))
    const value = toInteger(partial.bytes)
    return isProven(powerFor(key.modulus), key, encoded, { index: partial.from, value }, proof)
  },
  join: ({ key, renewal, index, dealings }) => {
    const power = powerFor(key.modulus)
    const renewed = acceptRenewal(power, key, index, 0n, renewal, dealings)
    for (const dealt of dealings) dealt.share.fill(0)
    const share = encodeShare(renewed.share)
    return moving({ key: renewed.key, share }, share)
  },
})

function powerFor(modulus: bigint): SecretPower {
  const power = powers.get(modulus) ?? secretPower(modulus)
  powers.set(modulus, power)
  return power
}
