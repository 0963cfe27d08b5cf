// Threshold RSA-4096 with PSS for Arweave and AO: one round, no nonces, the same bytes every time.
//
// Shoup, "Practical Threshold Signatures", 2000, over OpenSSL's constant-time exponentiation. Any
// quorum makes the one signature there is of a message, so a retry, a second coordinator or
// another quorum can't make a second transaction.

import { constants, createPublicKey, type KeyObject, verify } from "node:crypto"
import { assert } from "../../core/assert.ts"
import { BridgeError } from "../../core/errors.ts"
import { SALT_BYTES } from "./pss.ts"
import { decodeKey, encodeKey, MODULUS_BYTES, type RsaKey } from "./rsa/key.ts"
import type { PublicCalls } from "./rsa/public.ts"
import type { SigningCalls, SigningStart } from "./rsa/signing.ts"
import type { Contribution, Scheme, Signer } from "./scheme.ts"
import { startThread, type Thread } from "./worker.ts"

export interface RsaOptions {
  /**
   * Runs where OpenSSL's constant-time exponentiation is missing, fifteen times slower and open to
   * whoever can measure it. Never for a live key.
   */
  readonly allowVariableTime?: boolean
}

/** The scheme. Its thread for public arithmetic starts with the first call that needs it. */
export function rsaScheme({ allowVariableTime = false }: RsaOptions = {}): Scheme<RsaKey> {
  let shared: Thread<PublicCalls> | null = null
  const calculator = () => {
    shared ??= startThread<PublicCalls>(new URL("./rsa/public.ts", import.meta.url), {
      input: { allowVariableTime },
    })
    return shared
  }
  return {
    name: "rsa",
    rounds: 1,
    encode: encodeKey,
    decode: decodeKey,
    verify: isSigned,
    open: async ({ key, index, share }) => {
      const thread = startThread<SigningCalls>(new URL("./rsa/signing.ts", import.meta.url), {
        input: { key, index, allowVariableTime } satisfies SigningStart,
        secret: share,
      })
      await thread.call("open", null).catch(async (error) => {
        await thread.close()
        throw error
      })
      return signer(key, index, thread)
    },
    aggregate: async (key, { message }, partials) => {
      checkSenders(key, partials)
      if (partials.length < key.threshold) {
        throw new BridgeError("quorum-missing", { have: partials.length, need: key.threshold })
      }
      const whole = partials.filter(({ bytes }) => bytes.length === MODULUS_BYTES)
      const cut = partials.filter((partial) => !whole.includes(partial)).map(({ from }) => from)
      if (whole.length < key.threshold) return { signature: null, cheaters: cut }
      const combined = await calculator().call("combine", { key, message, partials: whole })
      const { signature, cheaters } = combined
      assert(signature === null || isSigned(key, message, signature), "a signature verifies")
      return { signature, cheaters: [...cut, ...cheaters] }
    },
    isPartial: async (key, { message }, partial, proof) => {
      checkSenders(key, [partial])
      if (partial.bytes.length !== MODULUS_BYTES) return false
      return calculator().call("isPartial", { key, message, partial, proof })
    },
    join: async (key, renewal, index, dealings) => {
      const joined = await calculator().call("join", { key, renewal, index, dealings })
      return { ...joined, index }
    },
  }
}

export const rsa = rsaScheme()

function signer(key: RsaKey, index: number, thread: Thread<SigningCalls>): Signer<RsaKey> {
  return {
    key,
    index,
    commit: async () => {
      throw new BridgeError("not-supported", { reason: "RSA has one round" })
    },
    partial: ({ message }) => thread.call("partial", message),
    prove: ({ message }) => thread.call("prove", message),
    deal: (renewal) => thread.call("deal", renewal),
    refresh: async (renewal, dealings) => ({
      ...(await thread.call("refresh", { renewal, dealings })),
      index,
    }),
    close: () => thread.close(),
  }
}

/** OpenSSL's own check, RSA-PSS with SHA-256 and a salt of 32 bytes, as Arweave's. */
function isSigned(key: RsaKey, message: Uint8Array, signature: Uint8Array): boolean {
  const options = {
    key: openSslKey(key),
    padding: constants.RSA_PKCS1_PSS_PADDING,
    saltLength: SALT_BYTES,
  }
  return signature.length === MODULUS_BYTES && verify("sha256", message, options, signature)
}

const openSslKeys = new WeakMap<RsaKey, KeyObject>()

function openSslKey(key: RsaKey): KeyObject {
  const n = Buffer.from(key.publicKey).toString("base64url")
  const made =
    openSslKeys.get(key) ?? createPublicKey({ key: { kty: "RSA", n, e: "AQAB" }, format: "jwk" })
  openSslKeys.set(key, made)
  return made
}

function checkSenders(key: RsaKey, partials: readonly Contribution[]): void {
  const senders = partials.map(({ from }) => from)
  const members = senders.every(
    (from) => Number.isInteger(from) && from >= 1 && from <= key.parties,
  )
  if (!members || new Set(senders).size !== senders.length) {
    throw new BridgeError("bad-request", { reason: "partials are of distinct members", senders })
  }
}
