// A signer's share at rest: sealed under a passphrase, and bound to its key, epoch and place.

import {
  createCipheriv,
  createDecipheriv,
  createHash,
  randomBytes,
  type ScryptOptions,
  scrypt,
} from "node:crypto"
import { readFile, stat } from "node:fs/promises"
import { promisify } from "node:util"
import { z } from "zod"
import { BridgeError } from "../core/errors.ts"
import { replaceFile } from "./replace-file.ts"
import type { GroupKey, Index, SchemeName } from "./schemes/scheme.ts"

/** What a share is good for; authenticated, not secret. */
export interface Binding {
  readonly scheme: SchemeName
  readonly index: Index
  readonly epoch: number
  /** SHA-256 of the group's public key, hexadecimal: the same in every epoch. */
  readonly publicKeyHash: string
}

/** AES-256-GCM under a key from scrypt. Bytes are base64url. */
export interface SealedShare {
  readonly format: 1
  readonly binding: Binding
  readonly kdf: { readonly N: number; readonly r: 8; readonly p: 1; readonly salt: string }
  readonly iv: string
  readonly ciphertext: string
  readonly tag: string
  /** SHA-256 of all of the above, hexadecimal: tells a damaged file from a wrong passphrase, and protects nothing. */
  readonly sum: string
}

/** `devnet` is the manifest's word for a key that protects nothing: it opens in milliseconds. */
export interface SealOptions {
  readonly devnet: boolean
}

export function bindingOf(key: GroupKey, index: Index): Binding {
  const publicKeyHash = createHash("sha256").update(key.publicKey).digest("hex")
  return { scheme: key.scheme, index, epoch: key.epoch, publicKeyHash }
}

/**
 * Seals a copy of the share. Both `share` and `passphrase` stay the caller's to wipe. One to two
 * seconds and 256 MiB for a live key.
 */
export async function sealShare(
  share: Uint8Array,
  passphrase: Uint8Array,
  binding: Binding,
  { devnet }: SealOptions,
): Promise<SealedShare> {
  const kdf = { N: devnet ? N_DEVNET : N_LIVE, r: 8, p: 1, salt: text(randomBytes(16)) } as const
  const iv = randomBytes(12)
  const key = await derived(passphrase, kdf)
  const cipher = createCipheriv("aes-256-gcm", key, iv)
  key.fill(0)
  cipher.setAAD(authenticated(binding, kdf))
  const ciphertext = text(Buffer.concat([cipher.update(share), cipher.final()]))
  const sealed = { binding, kdf, iv: text(iv), ciphertext, tag: text(cipher.getAuthTag()) }
  return { format: 1, ...sealed, sum: sumOf(sealed) }
}

/**
 * The share, which is the caller's to wipe. Throws `share-locked` with the exact `reason`: another
 * scheme, place, key or epoch than `expected`; a derivation too cheap for a live key or too dear to
 * try; damage; a wrong passphrase.
 */
export async function openShare(
  sealed: SealedShare,
  passphrase: Uint8Array,
  expected: Binding,
  { devnet }: SealOptions,
): Promise<Uint8Array> {
  checkCost(sealed.kdf.N, devnet)
  if (sumOf(sealed) !== sealed.sum) throw locked("the share file is damaged")
  checkBinding(sealed.binding, expected)
  const key = await derived(passphrase, sealed.kdf)
  const decipher = createDecipheriv("aes-256-gcm", key, bytes(sealed.iv), { authTagLength: 16 })
  key.fill(0)
  decipher.setAAD(authenticated(sealed.binding, sealed.kdf))
  decipher.setAuthTag(bytes(sealed.tag))
  const part = decipher.update(bytes(sealed.ciphertext))
  try {
    decipher.final()
    return Uint8Array.from(part)
  } catch {
    // The cause says no more, and errors travel to logs.
    throw locked("wrong passphrase")
  } finally {
    part.fill(0)
  }
}

/** Writes whole or not at all, readable by its owner alone; an older share of that name is replaced. */
export async function writeShare(path: string, sealed: SealedShare): Promise<void> {
  await replaceFile(path, `${JSON.stringify(sealed, null, 2)}\n`)
}

/** Throws `share-locked` with the `reason`: no file, a file that others may read, not a sealed share. */
export async function readShare(path: string): Promise<SealedShare> {
  const file = await stat(path).catch(() => null)
  if (!file) throw locked("there is no share file", { path })
  if ((file.mode & 0o077) !== 0) throw locked("others may read the share file: chmod 600", { path })
  if (file.size > 65_536) throw locked("the file is too long for a share", { path })
  const sealed = shape.safeParse(parsed(await readFile(path, "utf8")))
  if (!sealed.success) throw locked("the file is not a sealed share", { path })
  return sealed.data
}

const N_LIVE = 2 ** 18
const N_DEVNET = 2 ** 12
/** One GiB of memory: more in a file is an attempt to bring the signer down. */
const N_MAX = 2 ** 20

const base64url = (bytes: number) =>
  z.string().regex(new RegExp(`^[A-Za-z0-9_-]{${Math.ceil((bytes * 4) / 3)}}$`))

const shape: z.ZodType<SealedShare> = z.strictObject({
  format: z.literal(1),
  binding: z.strictObject({
    scheme: z.enum(["rsa", "taproot", "evm"]),
    index: z.number().int().min(1),
    epoch: z.number().int().min(0),
    publicKeyHash: z.string().regex(/^[0-9a-f]{64}$/),
  }),
  kdf: z.strictObject({
    N: z.number().int(),
    r: z.literal(8),
    p: z.literal(1),
    salt: base64url(16),
  }),
  iv: base64url(12),
  ciphertext: z.string().regex(/^[A-Za-z0-9_-]+$/),
  tag: base64url(16),
  sum: z.string().regex(/^[0-9a-f]{64}$/),
})

function checkBinding(found: Binding, expected: Binding): void {
  for (const name of ["scheme", "publicKeyHash", "epoch", "index"] as const) {
    if (found[name] === expected[name]) continue
    const isOld = name === "epoch" && found.epoch < expected.epoch
    throw locked(`the share is of ${isOld ? "an older" : "another"} ${NAMES[name]}`, {
      found: found[name],
      expected: expected[name],
    })
  }
}

const NAMES = { scheme: "scheme", publicKeyHash: "key", epoch: "epoch", index: "place" } as const

function checkCost(N: number, devnet: boolean): void {
  const whole = Number.isInteger(Math.log2(N)) && N > 1
  if (!whole || N > N_MAX) throw locked("the derivation's cost is out of range", { N })
  if (!devnet && N < N_LIVE) throw locked("the share is sealed too cheaply for a live key", { N })
}

const stretch = promisify<Uint8Array, Uint8Array, number, ScryptOptions, Buffer>(scrypt)

/** A key of 32 bytes from a passphrase, at the cost that was sealed with. */
export function derived(
  passphrase: Uint8Array,
  { N, r, p, salt }: SealedShare["kdf"],
): Promise<Buffer> {
  // scrypt needs 128 * N * r bytes and a little; Node's own limit is far below.
  return stretch(passphrase, bytes(salt), 32, { N, r, p, maxmem: 128 * N * r + 2 ** 20 })
}

function sumOf(sealed: Omit<SealedShare, "format" | "sum">): string {
  const { binding, kdf, iv, ciphertext, tag } = sealed
  return createHash("sha256")
    .update(authenticated(binding, kdf))
    .update(JSON.stringify([iv, ciphertext, tag]))
    .digest("hex")
}

/** Fields in one order, so that the same meaning has the same bytes. */
function authenticated({ scheme, index, epoch, publicKeyHash }: Binding, kdf: SealedShare["kdf"]) {
  const { N, r, p, salt } = kdf
  const fields = ["causeway/share/v1", scheme, index, epoch, publicKeyHash, N, r, p, salt]
  return Buffer.from(JSON.stringify(fields))
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return null
  }
}

function text(raw: Uint8Array): string {
  return Buffer.from(raw).toString("base64url")
}

function bytes(encoded: string): Buffer {
  return Buffer.from(encoded, "base64url")
}

function locked(reason: string, detail: Record<string, unknown> = {}): BridgeError {
  return new BridgeError("share-locked", { reason, ...detail })
}
