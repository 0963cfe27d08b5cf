// The public description of a cluster: its group keys, its members and who may ask them. All hold the same.

import { createHash } from "node:crypto"
import { z } from "zod"
import type { Deployment, PublicKeyHex } from "../chains/chain.ts"
import { BridgeError } from "../core/errors.ts"
import { fingerprintOf } from "./certificate.ts"
import { schemeOf } from "./schemes/index.ts"
import { hexOf, SCHEMES, type SchemeName } from "./schemes/scheme.ts"

export interface Manifest {
  readonly format: 1
  readonly network: Deployment["network"]
  /** One process made the keys and knew all of them, RSA's from ordinary primes: good for a local network alone. */
  readonly devnet: boolean
  /** The canonical bytes of the group's key of each scheme that it has, base64url: `Scheme.encode`. */
  readonly keys: Readonly<Partial<Record<SchemeName, string>>>
  readonly members: readonly Member[]
  readonly coordinators: readonly Coordinator[]
  /** The oldest protocol that anybody of the cluster may speak: raised, it shuts out old software. */
  readonly protocolMin?: number | undefined
  /** For so many days after it joined, a member helps to pay no more than this part of its caps. */
  readonly newcomers?: { readonly days: number; readonly percent: number } | undefined
  /** ISO 8601, UTC. */
  readonly created: string
  /** What these keys can't promise, in plain words. */
  readonly limits?: readonly string[] | undefined
}

export interface Member extends Coordinator {
  /** Its place in the group, 1 to n. */
  readonly index: number
  /** When it joined, ISO 8601, UTC; with the others, at the beginning, when left out. */
  readonly joined?: string | undefined
}

export interface Coordinator {
  readonly name: string
  /** PEM. */
  readonly certificate: string
}

const party = { name: z.string().min(1).max(64), certificate: z.string().max(4096) }

const shape = z.strictObject({
  format: z.literal(1),
  network: z.enum(["devnet", "testnet", "mainnet"]),
  devnet: z.boolean(),
  keys: z
    .partialRecord(
      z.enum(SCHEMES),
      z
        .string()
        .max(1_000_000)
        .regex(/^[A-Za-z0-9_-]+$/),
    )
    .refine((keys) => Object.keys(keys).length > 0, "no key"),
  members: z
    .array(
      z.strictObject({
        ...{ index: z.number().int().min(1).max(1000), ...party },
        joined: z.iso.datetime().optional(),
      }),
    )
    .min(2)
    .refine(
      (members) => members.every(({ index }, place) => index === place + 1),
      "members are numbered from 1 in their order",
    ),
  coordinators: z.array(z.strictObject(party)),
  protocolMin: z.number().int().positive().optional(),
  newcomers: z
    .strictObject({
      days: z.number().int().positive().max(365),
      percent: z.number().int().min(0).max(100),
    })
    .optional(),
  created: z.iso.datetime(),
  limits: z.array(z.string().max(500)).max(20).optional(),
})

/**
 * Reads a manifest's parsed JSON; throws `bad-config` that lists everything wrong with it at once. What
 * it says about a key is for whoever opens a share to compare with the key.
 */
export function parseManifest(json: unknown): Manifest {
  const result = shape.safeParse(json)
  if (!result.success)
    throw new BridgeError("bad-config", { problems: `\n${z.prettifyError(result.error)}` })
  const manifest = result.data
  const pins = [...manifest.members, ...manifest.coordinators].map(({ certificate }) =>
    fingerprintOf(certificate),
  )
  // A party with two places would count twice towards the threshold.
  if (new Set(pins).size !== pins.length)
    throw new BridgeError("bad-config", { problems: "a certificate is listed twice" })
  return manifest
}

/** The schemes that the group has a key of, always in the same order. */
export function schemesOf({ keys }: Manifest): readonly SchemeName[] {
  return SCHEMES.filter((scheme) => keys[scheme] !== undefined)
}

/** The canonical bytes of a group key; throws `not-supported` when the group has none of that scheme. */
export function groupKeyBytes({ keys }: Manifest, scheme: SchemeName): Uint8Array {
  const key = keys[scheme]
  if (key === undefined) throw new BridgeError("not-supported", { scheme })
  return Buffer.from(key, "base64url")
}

/** The public key itself, hexadecimal; null when the group has none of that scheme. */
export function groupKeyHex(manifest: Manifest, scheme: SchemeName): PublicKeyHex | null {
  if (manifest.keys[scheme] === undefined) return null
  return hexOf(schemeOf(scheme).decode(groupKeyBytes(manifest, scheme)))
}

/** SHA-256 of the canonical bytes of each group key, in hexadecimal. */
export function groupKeyHashes(manifest: Manifest): Readonly<Partial<Record<SchemeName, string>>> {
  const rows = schemesOf(manifest).map((scheme) => {
    const bytes = groupKeyBytes(manifest, scheme)
    return [scheme, createHash("sha256").update(bytes).digest("hex")] as const
  })
  return Object.fromEntries(rows)
}
