// Threshold Schnorr signatures over secp256k1 (FROST, RFC 9591, with BIP340): for Bitcoin, and for the
// vaults on Ethereum and BSC. Two rounds, and a key that its members make together.
//
// One suite, but one key for each purpose: nothing of the one passes for anything of the other.

import { schnorr } from "@noble/curves/secp256k1.js"
import { BridgeError } from "../../core/errors.ts"
import { decodeKey, encodeKey, type FrostKey, type FrostName } from "./frost/key.ts"
import { committed } from "./frost/list.ts"
import type { PublicCalls } from "./frost/public.ts"
import type { Made, SecretCalls } from "./frost/secret.ts"
import { isMember } from "./group.ts"
import type {
  Contribution,
  Founder,
  Founding,
  Holding,
  Index,
  Signer,
  Signing,
  TwoRoundScheme,
} from "./scheme.ts"
import { moving, startThread, type Thread } from "./worker.ts"

export const taproot = frostScheme("taproot")
export const evm = frostScheme("evm")

/**
 * A scheme. Its shares live in one thread and its public arithmetic in another, both shared by all of
 * a process and started by the first call that needs them.
 */
export function frostScheme(name: FrostName): TwoRoundScheme<FrostKey> {
  return {
    name,
    rounds: 2,
    encode: encodeKey,
    decode: (bytes) => decodeKey(name, bytes),
    verify: ({ publicKey }, message, signature) =>
      signature.length === 64 && schnorr.verify(signature, message, publicKey),
    isCommitment: (key, contribution) =>
      isMember(key, contribution.from) && committed(contribution) !== null,
    open: async (holding) => {
      checkPurpose(name, holding.key)
      return openSigner(holding)
    },
    aggregate: async (key, signing, partials) => {
      checkPurpose(name, key)
      const ordered = partialsOf(key, signing, partials)
      return calculator().call("combine", { key, signing, partials: ordered })
    },
    isPartial: async (key, signing, partial) => {
      checkPurpose(name, key)
      return calculator().call("isPartial", { key, signing, partial })
    },
    join: async (key, renewal, index, dealings) => {
      checkPurpose(name, key)
      const shares = dealings.map(({ share }) => share)
      const joined = await vault.use((thread) =>
        thread.call("join", { key, renewal, index, dealings }),
      )
      for (const share of shares) share.fill(0)
      return held(joined, index)
    },
    found: (founding, index) => found(name, founding, index),
    assemble: (founding, announcements) =>
      calculator().call("assemble", { scheme: name, founding, announcements }),
    renew: async (key, renewal, dealings) => {
      checkPurpose(name, key)
      const bare = dealings.map(({ from, commitments }) => ({ from, commitments }))
      return calculator().call("renew", { key, renewal, dealings: bare })
    },
  }
}

let shared: Thread<PublicCalls> | null = null

function calculator(): Thread<PublicCalls> {
  shared ??= startThread<PublicCalls>(new URL("./frost/public.ts", import.meta.url), {
    input: null,
  })
  return shared
}

/** The thread of this process's shares: it lives as long as one of them, or a call, needs it. */
class Vault {
  #thread: Thread<SecretCalls> | null = null
  #users = 0
  #next = 0

  /** A name for what is kept there, and the thread; `release` it in the end. */
  enter(): { readonly id: number; readonly thread: Thread<SecretCalls> } {
    this.#thread ??= startThread<SecretCalls>(new URL("./frost/secret.ts", import.meta.url), {
      input: null,
    })
    this.#users += 1
    return { id: this.#next++, thread: this.#thread }
  }

  async release(id: number, thread: Thread<SecretCalls>): Promise<void> {
    await thread.call("forget", { id }).catch(() => {})
    this.#users -= 1
    if (this.#users > 0) return
    // With the thread goes its memory, and what the collector had left of secrets in it.
    this.#thread = null
    await thread.close()
  }

  async use<Result>(work: (thread: Thread<SecretCalls>) => Promise<Result>): Promise<Result> {
    const { id, thread } = this.enter()
    try {
      return await work(thread)
    } finally {
      await this.release(id, thread)
    }
  }
}

const vault = new Vault()

async function openSigner({ key, index, share }: Holding<FrostKey>): Promise<Signer<FrostKey>> {
  const { id, thread } = vault.enter()
  const own = Uint8Array.from(share)
  share.fill(0)
  const close = closing(id, thread)
  await thread.call("open", moving({ id, key, index, share: own }, own)).catch(async (error) => {
    await close()
    throw error
  })
  return {
    key,
    index,
    commit: (session) => thread.call("commit", { id, session }),
    partial: ({ session, message, commitments }) =>
      thread.call("partial", { id, signing: { session, message, commitments } }),
    // A part is checked against what its party committed to: it needs no proof.
    prove: async () => new Uint8Array(),
    deal: (renewal) => thread.call("deal", { id, renewal }),
    refresh: async (renewal, dealings) => {
      const made = await thread.call("refresh", { id, renewal, dealings })
      for (const { share } of dealings) share.fill(0)
      return held(made, index)
    },
    close,
  }
}

async function found(
  scheme: FrostName,
  founding: Founding,
  index: Index,
): Promise<Founder<FrostKey>> {
  const { id, thread } = vault.enter()
  const close = closing(id, thread)
  const begin = thread.call("begin", { id, scheme, founding, index })
  const announcement = await begin.catch(async (error) => {
    await close()
    throw error
  })
  return {
    index,
    announcement,
    deal: (announcements) => thread.call("dealTo", { id, announcements }),
    complete: async (shares) => {
      const made = await thread.call("complete", { id, shares })
      for (const { bytes } of shares) bytes.fill(0)
      return held(made, index)
    },
    close,
  }
}

function closing(id: number, thread: Thread<SecretCalls>): () => Promise<void> {
  let closed: Promise<void> | null = null
  return () => {
    closed ??= vault.release(id, thread)
    return closed
  }
}

function held({ key, share }: Made, index: Index): Holding<FrostKey> {
  return { key, index, share }
}

/** One partial of each party that committed, in the order of the list; a scheme of two rounds has no spare ones. */
function partialsOf(key: FrostKey, { commitments }: Signing, partials: readonly Contribution[]) {
  const senders = partials.map(({ from }) => from)
  const quorum = commitments.map(({ from }) => from)
  const known = senders.every((from) => quorum.includes(from))
  if (!known || new Set(senders).size !== senders.length) {
    const reason = "partials are of distinct parties of the quorum"
    throw new BridgeError("bad-request", { reason, senders })
  }
  if (partials.length < key.threshold || partials.length < quorum.length) {
    throw new BridgeError("quorum-missing", { have: partials.length, need: key.threshold })
  }
  return quorum.map((index) => partials.find(({ from }) => from === index)!)
}

function checkPurpose(name: FrostName, key: FrostKey): void {
  if (key.scheme !== name) {
    throw new BridgeError("bad-key", { reason: "the key is of another purpose", key: key.scheme })
  }
}
