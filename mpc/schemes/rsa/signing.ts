// The thread that holds one share: everything that touches the secret happens here.
//
// What JavaScript cannot promise: a big integer made from the share stays in this thread's memory
// until the collector reuses it, and OpenSSL's copy lives as long as the thread. So a signer is a
// process that does nothing else, without core dumps or heap snapshots.

import { workerData } from "node:worker_threads"
import { assert } from "../../../core/assert.ts"
import { toInteger } from "../integers.ts"
import { type SecretPower, secretPower } from "../modexp.ts"
import { encodeMessage } from "../pss.ts"
import type { Dealing, Dealt, Index, Renewal } from "../scheme.ts"
import { moving, serve } from "../worker.ts"
import type { RsaKey } from "./key.ts"
import { checkShare, partialMaker } from "./partial.ts"
import { prove } from "./proof.ts"
import { acceptRenewal, dealRenewal } from "./renewal.ts"
import { decodeShare, encodeShare } from "./share.ts"

export interface SigningStart {
  readonly key: RsaKey
  readonly index: Index
  readonly allowVariableTime: boolean
}

export type SigningCalls = {
  /** Self-test, then the check that the share is the key's; must come first. */
  open(argument: null): { readonly constantTime: boolean }
  partial(message: Uint8Array): Uint8Array<ArrayBuffer>
  prove(message: Uint8Array): Uint8Array<ArrayBuffer>
  deal(renewal: Renewal): Dealing
  refresh(argument: { readonly renewal: Renewal; readonly dealings: readonly Dealt[] }): {
    readonly key: RsaKey
    readonly share: Uint8Array<ArrayBuffer>
  }
}

interface Opened {
  readonly power: SecretPower
  readonly share: bigint
  readonly partialOf: (encoded: Uint8Array<ArrayBuffer>) => Uint8Array<ArrayBuffer>
}

const { input, secret } = workerData as { input: SigningStart; secret: Uint8Array }
const { key, index } = input
let held: Opened | null = null

serve<SigningCalls>({
  open: () => {
    const power = secretPower(key.modulus, input)
    const share = decodeShare(secret)
    secret.fill(0)
    checkShare(power, key, index, share)
    held = { power, share, partialOf: partialMaker(power, key, share) }
    return { constantTime: power.constantTime }
  },
  partial: (message) => opened().partialOf(encodeMessage(key.publicKey, message)),
  prove: (message) => {
    const { power, share, partialOf } = opened()
    const encoded = encodeMessage(key.publicKey, message)
    const value = toInteger(partialOf(encoded))
    return prove(power, key, share, toInteger(encoded), { index, value })
  },
  deal: (renewal) => {
    const { power, share } = opened()
    const dealing = dealRenewal(power, key, index, share, renewal)
    return moving(dealing, ...dealing.shares.values())
  },
  refresh: ({ renewal, dealings }) => {
    const { power, share: old } = opened()
    const renewed = acceptRenewal(power, key, index, old, renewal, dealings)
    for (const dealt of dealings) dealt.share.fill(0)
    const share = encodeShare(renewed.share)
    return moving({ key: renewed.key, share }, share)
  },
})

function opened(): Opened {
  assert(held !== null, "the share was opened first")
  return held
}
