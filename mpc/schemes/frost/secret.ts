// The thread that holds this process's FROST shares: everything that touches a secret happens here.
//
// What JavaScript cannot promise: big integers made from a share or a nonce stay in this thread's memory
// until the collector reuses it. So a signer is a process that does nothing else, without core dumps
// or heap snapshots.

import { assert } from "../../../core/assert.ts"
import { BridgeError } from "../../../core/errors.ts"
import type { Contribution, Dealing, Dealt, Founding, Index, Renewal, Signing } from "../scheme.ts"
import { moving, serve } from "../worker.ts"
import { commitTo, drawNonces, partOf, roundOf } from "./core.ts"
import { SCALAR_BYTES, Scalars } from "./curve.ts"
import { abandon, announce, complete, dealTo, type Part } from "./generation.ts"
import type { FrostKey, FrostName } from "./key.ts"
import { committedList } from "./list.ts"
import { NoncePool, wipe } from "./pool.ts"
import { acceptRenewal, dealRenewal } from "./renewal.ts"
import { decodeShare, encodeShare } from "./share.ts"

/** A key with the share that leaves with it. */
export interface Made {
  readonly key: FrostKey
  readonly share: Uint8Array<ArrayBuffer>
}

/** `id` names a share that was opened, or a run that was begun; the caller picks it. */
interface Held {
  readonly id: number
}

export type SecretCalls = {
  open(
    argument: Held & { readonly key: FrostKey; readonly index: Index; readonly share: Uint8Array },
  ): null
  commit(argument: Held & { readonly session: string }): Uint8Array
  partial(argument: Held & { readonly signing: Signing }): Uint8Array
  deal(argument: Held & { readonly renewal: Renewal }): Dealing
  refresh(argument: Held & { readonly renewal: Renewal; readonly dealings: readonly Dealt[] }): Made
  forget(argument: Held): null
  join(argument: {
    readonly key: FrostKey
    readonly renewal: Renewal
    readonly index: Index
    readonly dealings: readonly Dealt[]
  }): Made
  begin(
    argument: Held & {
      readonly scheme: FrostName
      readonly founding: Founding
      readonly index: Index
    },
  ): Uint8Array
  dealTo(
    argument: Held & { readonly announcements: readonly Contribution[] },
  ): ReadonlyMap<Index, Uint8Array>
  complete(argument: Held & { readonly shares: readonly Contribution[] }): Made
}

interface Opened {
  readonly key: FrostKey
  readonly index: Index
  readonly share: Uint8Array
  readonly pool: NoncePool
}

interface Begun {
  readonly part: Part
  /** Of the second step, so that the third sees the same. */
  announcements: readonly Contribution[] | null
}

const opened = new Map<number, Opened>()
const begun = new Map<number, Begun>()

serve<SecretCalls>({
  open: ({ id, key, index, share }) => {
    decodeShare(key, index, share)
    opened.set(id, { key, index, share, pool: new NoncePool() })
    return null
  },
  commit: ({ id, session }) => {
    const { pool, share } = at(opened, id)
    return pool.commitment(session, () => {
      const nonces = drawNonces(share)
      return { nonces, commitment: commitTo(nonces) }
    })
  },
  partial: ({ id, signing }) => {
    const held = at(opened, id)
    // From here on these nonces are nowhere else: no failure and no retry can use them twice.
    const pending = held.pool.take(signing.session)
    if (!pending) throw new BridgeError("nonces-gone", { session: signing.session })
    try {
      return partial(held, signing, pending)
    } finally {
      wipe(pending.nonces)
    }
  },
  deal: ({ id, renewal }) => {
    const { key, index, share } = at(opened, id)
    const dealing = dealRenewal(key, index, Scalars.fromBytes(share), renewal)
    return moving(dealing, ...dealing.shares.values())
  },
  refresh: ({ id, renewal, dealings }) => {
    const { key, index, share } = at(opened, id)
    return made(acceptRenewal(key, index, Scalars.fromBytes(share), renewal, dealings))
  },
  forget: ({ id }) => {
    opened.get(id)?.share.fill(0)
    opened.get(id)?.pool.clear()
    opened.delete(id)
    const run = begun.get(id)
    if (run) abandon(run.part)
    begun.delete(id)
    return null
  },
  join: ({ key, renewal, index, dealings }) =>
    made(acceptRenewal(key, index, 0n, renewal, dealings)),
  begin: ({ id, scheme, founding, index }) => {
    const part = announce(scheme, founding, index)
    begun.set(id, { part, announcements: null })
    return part.announcement
  },
  dealTo: ({ id, announcements }) => {
    const run = at(begun, id)
    inTurn(run.announcements === null)
    run.announcements = announcements
    const dealt = dealTo(run.part, announcements)
    return moving(dealt, ...dealt.values())
  },
  complete: ({ id, shares }) => {
    const { part, announcements } = at(begun, id)
    inTurn(announcements !== null)
    begun.delete(id)
    try {
      return made(complete(part, announcements!, shares))
    } finally {
      abandon(part)
    }
  },
})

function partial(
  { key, index, share }: Opened,
  { message, commitments }: Signing,
  { nonces, commitment }: NonNullable<ReturnType<NoncePool["take"]>>,
): Uint8Array {
  if (message.length !== 32) refuse("what is signed is a digest of 32 bytes")
  const list = committedList(key, commitments)
  const own = commitments.find(({ from }) => from === index)
  if (!own) refuse("this party is not in the quorum")
  // It was told to others with another commitment of ours in it, or not to us alone.
  if (!Buffer.from(own.bytes).equals(commitment)) refuse("this party committed to something else")
  const round = roundOf(key.publicKey, list, message)
  return Scalars.toBytes(partOf(round, index, Scalars.fromBytes(share), nonces))
}

function made({ key, share }: { readonly key: FrostKey; readonly share: bigint }): Made {
  const bytes = encodeShare(share)
  assert(bytes.length === SCALAR_BYTES, "a share has 32 bytes")
  return moving({ key, share: bytes }, bytes)
}

function at<Value>(held: ReadonlyMap<number, Value>, id: number): Value {
  const value = held.get(id)
  if (value === undefined) refuse("it was closed")
  return value
}

function inTurn(isTurn: boolean): void {
  if (!isTurn) refuse("each step of a run comes once, in order")
}

function refuse(reason: string): never {
  throw new BridgeError("bad-request", { reason })
}
