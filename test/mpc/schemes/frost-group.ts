// Keys that test groups made together, as a live one is made; each size once a file.

import { createHash } from "node:crypto"
import { announce, complete, dealTo } from "../../../mpc/schemes/frost/generation.ts"
import type { FrostKey, FrostName } from "../../../mpc/schemes/frost/key.ts"
import { encodeShare } from "../../../mpc/schemes/frost/share.ts"
import type {
  Contribution,
  Dealing,
  Dealt,
  Founding,
  Holding,
  Signer,
  Signing,
} from "../../../mpc/schemes/scheme.ts"

export const message = new Uint8Array(32).fill(7)

export interface FrostGroup {
  readonly key: FrostKey
  /** Of party i at place i - 1. */
  readonly shares: readonly bigint[]
}

export function aFounding(threshold = 3, parties = 5, name = "a run"): Founding {
  return { run: createHash("sha256").update(name).digest(), threshold, parties }
}

export function aFrostGroup(threshold = 3, parties = 5, scheme: FrostName = "taproot"): FrostGroup {
  const size = `${scheme} ${threshold} of ${parties}`
  const group = made.get(size) ?? makeGroup(scheme, aFounding(threshold, parties))
  made.set(size, group)
  return group
}

const made = new Map<string, FrostGroup>()

export function makeGroup(scheme: FrostName, founding: Founding): FrostGroup {
  const parts = places(founding.parties).map((index) => announce(scheme, founding, index))
  const said = parts.map(({ index, announcement }) => ({ from: index, bytes: announcement }))
  const dealt = parts.map((part) => dealTo(part, said))
  const done = parts.map((part) => complete(part, said, inboxOf(dealt, part.index)))
  return { key: done[0]!.key, shares: done.map(({ share }) => share) }
}

/** What `index` gets of what each party, in their order, dealt to the others. */
export function inboxOf(
  dealt: readonly ReadonlyMap<number, Uint8Array>[],
  index: number,
): Contribution[] {
  return dealt.flatMap((shares, place) => {
    const bytes = shares.get(index)
    return bytes ? [{ from: place + 1, bytes: Uint8Array.from(bytes) }] : []
  })
}

/** The dealings of a renewal as `index` gets them. */
export function dealtTo(dealings: readonly Dealing[], index: number): Dealt[] {
  return dealings.map(({ from, commitments, shares }) => {
    return { from, commitments, share: Uint8Array.from(shares.get(index)!) }
  })
}

export function holding({ key, shares }: FrostGroup, index: number): Holding<FrostKey> {
  return { key, index, share: encodeShare(shares[index - 1]!) }
}

let sessions = 0

/** Round one of a fresh session, and what round two signs. */
export async function roundOne(
  quorum: readonly Signer<FrostKey>[],
  text = message,
): Promise<Signing> {
  sessions += 1
  const session = `session-${sessions}`
  const commitments = await Promise.all(
    quorum.map(async (one) => ({ from: one.index, bytes: await one.commit(session) })),
  )
  return { session, message: text, commitments: commitments.sort((a, b) => a.from - b.from) }
}

export function partialsOf(
  quorum: readonly Signer<FrostKey>[],
  signing: Signing,
): Promise<Contribution[]> {
  return Promise.all(
    quorum.map(async (one) => ({ from: one.index, bytes: await one.partial(signing) })),
  )
}

export function places(count: number): number[] {
  return Array.from({ length: count }, (_, place) => place + 1)
}

export function unhex(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(Buffer.from(text, "hex"))
}

export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex")
}
