// What a mint attests and counts, what a signer demands of that, and what became of it. Pure.

import type { HomeChain } from "../../core/assets.ts"
import { BridgeError } from "../../core/errors.ts"
import type { Fate, Terms } from "../chain.ts"
import { attestedKey } from "./codec.ts"

/**
 * `locked`: all that was ever deposited of the asset, base units, which a mint states for each chain that it mints for;
 * undefined when it mints none. `owner`: the key that signs, named when it is not the bridge's first. Throws `bad-request`.
 */
export function mintTerms(
  attempt: number,
  sources: readonly HomeChain[],
  locked: bigint | undefined,
  owner: string | null,
): Terms {
  const attested = sources.map((chain) => {
    if (locked === undefined) throw new BridgeError("bad-request", { missing: `locks of ${chain}` })
    return [attestedKey(chain), locked.toString()] as const
  })
  return {
    ...{ attempt: attempt.toString(), ...Object.fromEntries(attested) },
    ...(owner !== null && { owner }),
  }
}

/** A signer attests no more than it has counted itself. Throws `signer-refused`. */
export function demandCounted(chain: HomeChain, attested: bigint, counted: bigint): void {
  if (attested > counted)
    throw new BridgeError("signer-refused", {
      ...{ reason: "more is attested than was deposited", chain, attested, counted },
    })
}

/**
 * The token remembers every transfer that it minted. One that it has not minted can be at any time, unless `isFormer`: the
 * mint is signed by a key that came before the one that the token obeys now, and it never goes back.
 */
export function fateIn(minted: readonly (boolean | null)[], isFormer: boolean): Fate {
  if (minted.every((is) => is)) return "landed"
  return isFormer && !minted.some((is) => is) ? "dead" : "open"
}
