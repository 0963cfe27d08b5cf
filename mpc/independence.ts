// A member's word of the month: its own key answers, what it was told stands, and whom it asks, so that what members share
// shows (requirements ). It names a new block, so that nobody can have prepared it, nor had it prepared.

import { createPrivateKey, sign, verify } from "node:crypto"
import { z } from "zod"
import type { Block } from "../chains/chain.ts"
import { providersOf } from "../chains/providers.ts"
import { CHAINS, type ChainName, NETWORKS, type NetworkName } from "../core/assets.ts"
import { BridgeError } from "../core/errors.ts"
import { canonical, hashOf } from "./ceremony/canonical.ts"
import { keyOf } from "./ceremony/envelope.ts"
import type { SignerConfig } from "./config.ts"
import { groupKeyBytes, groupKeyHashes, type Manifest, schemesOf } from "./manifest.ts"
import { schemeOf } from "./schemes/index.ts"

export interface Proof {
  readonly format: 1
  /** Hash of the group's keys. */
  readonly group: string
  readonly index: number
  readonly name: string
  readonly block: { readonly chain: ChainName; readonly height: number; readonly id: string }
  /** The last line of what its endpoints answered: it cannot be told differently later. */
  readonly answers: string
  /**
   * Of each network, whom it asks: the same digest for the same owner in every proof of a month. Who guesses a name can
   * check it; a key in a path is in none. The member's own nodes are left out.
   */
  readonly providers: Readonly<Partial<Record<NetworkName, readonly string[]>>>
  /** By the member's identity, over all of the above. */
  readonly signature: string
}

const hash = z.string().regex(/^[0-9a-f]{64}$/)
const shape: z.ZodType<Proof> = z.strictObject({
  ...{ format: z.literal(1), group: hash, answers: hash },
  index: z.number().int().min(1).max(1000),
  name: z.string().min(1).max(64),
  block: z.strictObject({
    chain: z.enum(CHAINS),
    height: z.number().int().nonnegative(),
    id: z.string().min(1).max(100),
  }),
  providers: z.partialRecord(z.enum(NETWORKS), z.array(hash).max(64)),
  signature: z.string().regex(/^[A-Za-z0-9_-]{86}$/),
})

/** By the newest block that the member's own endpoints show. */
export function makeProof(
  { manifest, member, identity, settings }: SignerConfig,
  chain: ChainName,
  { height, id, timestampMs }: Pick<Block, "height" | "id" | "timestampMs">,
  answers: string,
): Proof {
  const group = groupOf(manifest)
  const month = monthOf(timestampMs)
  const digests = ([network, { urls }]: (typeof endpoints)[number]) => {
    const named = [...providersOf(urls)].map((provider) =>
      hashOf("provider", { group, month, network, provider }),
    )
    return [network, named.sort()] as const
  }
  const endpoints = Object.entries(settings.endpoints)
  const { index, name } = member
  const unsigned = {
    ...{ format: 1 as const, group, index, name, block: { chain, height, id }, answers },
    providers: Object.fromEntries(endpoints.map(digests)),
  }
  const signature = sign(null, bytesOf(unsigned), createPrivateKey(identity.key))
  return { ...unsigned, signature: signature.toString("base64url") }
}

export interface Judgement {
  /** Whose proof of the month holds. */
  readonly proven: readonly Proof[]
  /** A sentence for each member that gave none. */
  readonly missing: readonly string[]
  /** A sentence for each provider that too many ask: fewer than a quorum may hear one voice. */
  readonly shared: readonly string[]
}

/**
 * What proofs show of a month (`2026-11`). `blockAt` reads the judge's own chain; a block that it does not have, or that is
 * of another month, proves nothing. The last proof of a member counts. Throws `bad-config` for what no member signed.
 */
export async function judge(
  manifest: Manifest,
  proofs: readonly unknown[],
  month: string,
  blockAt: (chain: ChainName, height: number) => Promise<Block | null>,
): Promise<Judgement> {
  const proven = new Map<number, Proof>()
  const reasons = new Map<number, string>()
  for (const proof of proofs.map((json) => checkProof(json, manifest))) {
    const { chain, height, id } = proof.block
    const block = await blockAt(chain, height)
    if (block?.id !== id) reasons.set(proof.index, `${chain} has no block ${id} at ${height}`)
    else if (monthOf(block.timestampMs) === month) proven.set(proof.index, proof)
    else reasons.set(proof.index, `its block is of ${monthOf(block.timestampMs)}`)
  }
  const missing = manifest.members
    .filter(({ index }) => !proven.has(index))
    .map(({ index, name }) => `${index} ${name}: ${reasons.get(index) ?? "no proof"}`)
  const all = [...proven.values()].sort((a, b) => a.index - b.index)
  return { proven: all, missing, shared: sharedAmong(all, quorumOf(manifest)) }
}

export function monthOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 7)
}

function checkProof(json: unknown, manifest: Manifest): Proof {
  const read = shape.safeParse(json)
  if (!read.success) throw new BridgeError("bad-config", { problems: z.prettifyError(read.error) })
  const { signature, ...rest } = read.data
  const member = manifest.members.find(({ index }) => index === rest.index)
  const isSigned =
    rest.group === groupOf(manifest) &&
    member?.name === rest.name &&
    verify(null, bytesOf(rest), keyOf(member.certificate), Buffer.from(signature, "base64url"))
  if (!isSigned)
    throw new BridgeError("bad-config", { problems: `no member of ours signed it: ${rest.name}` })
  return read.data
}

/** The published limit: one that a quorum asks could tell all of it one story. */
function sharedAmong(proofs: readonly Proof[], quorum: number): readonly string[] {
  const askers = new Map<string, Proof[]>()
  for (const proof of proofs)
    for (const [network, digests] of Object.entries(proof.providers))
      for (const digest of new Set(digests)) {
        const key = `${network} ${digest}`
        askers.set(key, [...(askers.get(key) ?? []), proof])
      }
  return [...askers]
    .filter(([, who]) => who.length >= quorum)
    .map(([key, who]) => {
      const [network, digest] = key.split(" ")
      const names = who.map(({ index, name }) => `${index} ${name}`).join(", ")
      return `${network}: ${who.length} ask one provider (${digest!.slice(0, 12)}), at most ${quorum - 1} may: ${names}`
    })
}

/** The fewest members that any key of the group takes. */
function quorumOf(manifest: Manifest): number {
  const thresholds = schemesOf(manifest).map(
    (scheme) => schemeOf(scheme).decode(groupKeyBytes(manifest, scheme)).threshold,
  )
  return Math.min(...thresholds)
}

function groupOf(manifest: Manifest): string {
  return hashOf("group", groupKeyHashes(manifest))
}

function bytesOf(unsigned: Omit<Proof, "signature">): Uint8Array {
  return Buffer.from(`causeway/independence/v1\n${canonical(unsigned)}`)
}
