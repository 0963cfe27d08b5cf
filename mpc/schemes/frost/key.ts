// The public side of a FROST key: what it must satisfy, and its canonical bytes.

import { createHash } from "node:crypto"
import { BridgeError } from "../../../core/errors.ts"
import { checkGroup, isMember, PARTIES_MAX } from "../group.ts"
import type { GroupKey, Index } from "../scheme.ts"
import {
  committedAt,
  hasEvenY,
  liftX,
  Point,
  pointFrom,
  Scalars,
  sumOf,
  tapTweak,
  xOnly,
} from "./curve.ts"

/** One purpose each, and one key: Bitcoin's outputs, and the vaults on Ethereum and BSC. */
export type FrostName = "taproot" | "evm"

export interface FrostKey extends GroupKey {
  readonly scheme: FrostName
  /**
   * The x-only key before BIP341's tweak, 32 bytes; the same in every epoch. It shows that the public
   * key commits to no script, and that no dealer of the library's made it: those do not tweak.
   */
  readonly internalKey: Uint8Array
  /**
   * To each coefficient of the polynomial that the shares lie on: `threshold` points of 33 bytes.
   * The first is the public key, and its y is even.
   */
  readonly commitments: readonly Uint8Array[]
  /** How the shares came to be: a hash of all that was dealt since the beginning, 32 bytes. */
  readonly history: Uint8Array
}

/** Begins every hash of a scheme of ours: what is of one purpose is nothing in the other. */
export function contextOf(scheme: FrostName): string {
  return `causeway/frost-${scheme}/v1`
}

/** A SHA-256 hash of `parts` in the scheme's context; each part is led by its length. */
export function hashOf(scheme: FrostName, purpose: string, ...parts: readonly Uint8Array[]) {
  const hash = createHash("sha256")
  for (const part of [Buffer.from(`${contextOf(scheme)}/${purpose}`), ...parts]) {
    const length = Buffer.alloc(4)
    length.writeUInt32BE(part.length)
    hash.update(length).update(part)
  }
  return Uint8Array.from(hash.digest())
}

/** The key with its derived fields, checked; throws `bad-key` with the reason. */
export function frostKey(fields: Omit<FrostKey, "publicKey">): FrostKey {
  const { scheme, epoch, threshold, parties, commitments, internalKey, history } = fields
  if (scheme !== "taproot" && scheme !== "evm") bad("the scheme is not one of FROST's")
  checkGroup(threshold, parties)
  if (!Number.isSafeInteger(epoch) || epoch < 0) bad("epoch is not a counter")
  if (history.length !== 32) bad("history is not a hash")
  // One more than the threshold would silently raise it.
  if (commitments.length !== threshold) bad("not as many commitments as the threshold")
  const points = pointsOf(commitments)
  if (!hasEvenY(points[0]!)) bad("the public key's y is odd")
  const publicKey = xOnly(points[0]!)
  const internal = internalKey.length === 32 ? liftX(internalKey) : null
  if (!internal) bad("the internal key is not on the curve")
  // All of it is public; a table of the base's multiples would cost more than this in each process that reads a key.
  const tweak = { point: Point.BASE, scalar: tapTweak(internalKey) }
  const tweaked = sumOf([{ point: internal, scalar: 1n }, tweak])
  if (!Buffer.from(xOnly(tweaked)).equals(publicKey)) {
    bad("the public key is not its internal key, tweaked: was it dealt?")
  }
  // The vault hands it to `ecrecover` as r, which must be below the order: false once in 2^128.
  if (scheme === "evm" && BigInt(`0x${hex(publicKey)}`) >= Scalars.ORDER) {
    bad("the public key is not below the order")
  }
  return { ...fields, publicKey }
}

/** The commitments as points; throws `bad-key`. */
export function pointsOf(commitments: readonly Uint8Array[]): readonly Point[] {
  return commitments.map((bytes) => pointFrom(bytes) ?? bad("a commitment is not a point"))
}

/** The point that party `index` shows it holds the logarithm of: its share times the base. */
export function verifyingShare(key: FrostKey, index: Index): Point {
  if (!isMember(key, index)) bad(`party ${index} is not in the group`)
  return committedAt(pointsOf(key.commitments), index)
}

/** JSON with fields in one order and bytes in hexadecimal, so equal keys have equal bytes. */
export function encodeKey(key: FrostKey): Uint8Array {
  return Buffer.from(
    JSON.stringify({
      context: contextOf(key.scheme),
      epoch: key.epoch,
      threshold: key.threshold,
      parties: key.parties,
      internalKey: hex(key.internalKey),
      commitments: key.commitments.map(hex),
      history: hex(key.history),
    }),
  )
}

/** Throws `bad-key` for anything that `encodeKey` does not write, to the byte, and for another purpose. */
export function decodeKey(scheme: FrostName, bytes: Uint8Array): FrostKey {
  const { context, commitments, ...fields } = parsed(bytes)
  if (context !== contextOf(scheme)) bad("the key is of another purpose")
  if (!Array.isArray(commitments) || commitments.length > PARTIES_MAX) bad("commitments is no list")
  const key = frostKey({
    scheme,
    epoch: Number(fields.epoch),
    threshold: Number(fields.threshold),
    parties: Number(fields.parties),
    internalKey: unhex(fields.internalKey),
    commitments: commitments.map(unhex),
    history: unhex(fields.history),
  })
  if (!Buffer.from(encodeKey(key)).equals(bytes)) bad("not the canonical bytes")
  return key
}

function parsed(bytes: Uint8Array): Record<string, unknown> {
  try {
    const fields: unknown = JSON.parse(Buffer.from(bytes).toString("utf8"))
    if (typeof fields === "object" && fields !== null) return fields as Record<string, unknown>
  } catch {}
  bad("not JSON")
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex")
}

function unhex(text: unknown): Uint8Array {
  if (typeof text !== "string" || !/^([0-9a-f]{2}){1,64}$/.test(text)) bad("not hexadecimal")
  return Uint8Array.from(Buffer.from(text, "hex"))
}

function bad(reason: string): never {
  throw new BridgeError("bad-key", { reason })
}
