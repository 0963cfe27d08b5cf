// A signer's folder: what is in it, and the reading of it, with everything that is wrong told at once.

import { createHash } from "node:crypto"
import { readFile, stat } from "node:fs/promises"
import { join } from "node:path"
import { z } from "zod"
import { type Bridge, parseBridge } from "../chains/bridge.ts"
import type { Endpoints } from "../chains/chain.ts"
import { lonely } from "../chains/providers.ts"
import { networksOf } from "../chains/served.ts"
import { ASSET_NAMES, type AssetName, NETWORKS, type NetworkName } from "../core/assets.ts"
import { BridgeError } from "../core/errors.ts"
import type { Operator } from "../core/orders.ts"
import { checkIdentity, fingerprintOf, type Identity } from "./certificate.ts"
import { type Manifest, type Member, parseManifest } from "./manifest.ts"
import { SCHEMES, type SchemeName } from "./schemes/scheme.ts"

/** The files of a signer's folder, beside its shares. The first is secret (mode 0600). */
export const FILES = {
  identity: "identity.pem",
  certificate: "certificate.pem",
  manifest: "manifest.json",
  bridge: "bridge.json",
  settings: "settings.json",
  journal: "journal",
} as const

/** The file of the share of one key, as secret. */
export function shareFile(scheme: SchemeName): string {
  return `share-${scheme}.json`
}

/** What one operator decides alone (`settings.json`). */
export interface Settings {
  /** The network that this operator means to serve: a second opinion against a manifest of another one. */
  readonly network: Manifest["network"]
  /** `host:port`; port 0 takes a free one. */
  readonly listen: string
  /** This operator's own endpoints of each network that the bridge carries something on. */
  readonly endpoints: Readonly<Partial<Record<NetworkName, Endpoints>>>
  /** First block of each source chain that can hold a deposit; 0 when left out. */
  readonly heightMin?: Readonly<Partial<Record<NetworkName, number>>> | undefined
  readonly caps: readonly Cap[]
  /** Whose orders, two of them together, may pay what the policy holds for being too much; nobody's when left out. */
  readonly operators?: readonly Operator[] | undefined
  /** `host:port` of other members, by index: who is asked before it signs; else as in the last ceremony's roster. */
  readonly peers?: Readonly<Record<string, string>> | undefined
  /** Members whose objections this one no longer heeds, by index: one that objects to everything stops nobody else. */
  readonly disregarded?: readonly number[] | undefined
  /** Base URLs of attestors of the policy, by name: asked when a request brings no word of theirs. */
  readonly attestors?: Readonly<Record<string, string>> | undefined
  /** `host:port` where metrics are told to whoever asks: keep it on a local interface. */
  readonly metrics?: string | undefined
  /** Whose orders stop this signer, one of them alone, beside the operators'. */
  readonly pausers?: readonly Operator[] | undefined
  /** `host:port` where anybody may hand in such an order, which carries its own signature; nowhere when left out. */
  readonly orders?: string | undefined
}

/** The most that this signer helps to pay out, base units; an asset without a cap is not paid at all. */
export interface Cap {
  readonly asset: AssetName
  /** By one signature. */
  readonly signature: bigint
  /** In any 24 hours. */
  readonly day: bigint
}

export interface SignerConfig {
  readonly folder: string
  readonly manifest: Manifest
  readonly bridge: Bridge
  readonly settings: Settings
  readonly identity: Identity
  /** The member of the manifest whose certificate this is. */
  readonly member: Member
}

const asset = z.enum(ASSET_NAMES)
const network = z.enum(NETWORKS)
const amount = z
  .string()
  .regex(/^(0|[1-9][0-9]{0,37})$/, "a whole number of base units, as text")
  .transform(BigInt)

/** 32 bytes in base64url. */
const ED25519_KEY = /^[A-Za-z0-9_-]{43}$/

const people = z
  .array(z.strictObject({ name: z.string().min(1).max(64), key: z.string().regex(ED25519_KEY) }))
  .max(64)

const settingsShape = z.strictObject({
  network: z.enum(["devnet", "testnet", "mainnet"]),
  listen: z.string().min(3).max(260),
  endpoints: z.partialRecord(
    network,
    z.strictObject({ urls: z.record(z.string(), z.array(z.url()).min(1).max(16)) }),
  ),
  heightMin: z.partialRecord(network, z.number().int().nonnegative()).optional(),
  caps: z.array(z.strictObject({ asset, signature: amount, day: amount })),
  operators: people.optional(),
  peers: z.record(z.string().regex(/^[1-9][0-9]{0,2}$/), z.string().max(260)).optional(),
  disregarded: z.array(z.number().int().positive()).max(64).optional(),
  attestors: z.record(z.string().max(64), z.url()).optional(),
  metrics: z.string().min(3).max(260).optional(),
  pausers: people.optional(),
  orders: z.string().min(3).max(260).optional(),
})

/** Reads the folder; throws one `bad-config` that lists everything wrong in it, file by file. */
export async function readSignerConfig(folder: string): Promise<SignerConfig> {
  const problems: string[] = []
  const read = async <Value>(
    file: string,
    parse: (text: string) => Value,
  ): Promise<Value | null> => {
    try {
      return parse(await readFile(join(folder, file), "utf8"))
    } catch (error) {
      problems.push(`${file}: ${sayWhy(error)}`)
      return null
    }
  }
  const manifest = await read(FILES.manifest, (text) => parseManifest(JSON.parse(text)))
  const bridge = await read(FILES.bridge, (text) => parseBridge(JSON.parse(text)))
  const settings = await read(FILES.settings, (text) => parseSettings(JSON.parse(text)))
  const key = await read(FILES.identity, (text) => text)
  const identity = await read(FILES.certificate, (certificate) => {
    if (key !== null) checkIdentity({ certificate, key })
    return { certificate, key: key ?? "" }
  })
  for (const file of [FILES.identity, ...SCHEMES.map(shareFile)]) {
    const open = await stat(join(folder, file)).then(
      ({ mode }) => (mode & 0o077) !== 0,
      () => false,
    )
    if (open) problems.push(`${file}: others may read it; its mode must be 0600`)
  }
  const member = manifest && identity && memberOf(manifest, identity)
  if (manifest && identity && !member)
    problems.push("certificate.pem: not a member of the manifest")
  if (manifest && settings) problems.push(...networkProblems(manifest, settings))
  if (manifest && bridge) problems.push(...bridgeProblems(manifest, bridge))
  if (bridge && settings) problems.push(...endpointProblems(bridge, settings))
  if (problems.length > 0 || !manifest || !bridge || !settings || !identity || !member)
    throw new BridgeError("bad-config", { problems: ["", ...problems].join("\n  ") })
  return { folder, manifest, bridge, settings, identity, member }
}

/** Reads `settings.json`; throws `bad-config`. */
export function parseSettings(json: unknown): Settings {
  const result = settingsShape.safeParse(json)
  if (!result.success)
    throw new BridgeError("bad-config", { problems: `\n${z.prettifyError(result.error)}` })
  return result.data
}

/** The JSON that `parseSettings` reads. */
export function settingsJson(settings: Settings): string {
  const text = (_: string, value: unknown) => (typeof value === "bigint" ? String(value) : value)
  return `${JSON.stringify(settings, text, 2)}\n`
}

function networkProblems(manifest: Manifest, settings: Settings): string[] {
  const { network, devnet } = manifest
  return [
    ...(network === settings.network
      ? []
      : [`settings.json: network ${settings.network}, but the manifest is of ${network}`]),
    // Whoever ran the ceremony of a devnet key knew all of it.
    ...(devnet && (network !== "devnet" || settings.network !== "devnet")
      ? ["manifest.json: a key made for a local network is refused on any other"]
      : []),
  ]
}

function bridgeProblems({ network }: Manifest, { deployment }: Bridge): string[] {
  const vault = createHash("sha256")
    .update(Buffer.from(deployment.owner, "base64url"))
    .digest("base64url")
  return [
    ...(deployment.network === network
      ? []
      : [`bridge.json: network ${deployment.network}, but the manifest is of ${network}`]),
    ...(deployment.vault === vault ? [] : ["bridge.json: the vault is not the owner's address"]),
  ]
}

function endpointProblems({ deployment }: Bridge, { endpoints }: Settings): string[] {
  return [
    ...networksOf(deployment)
      .filter((name) => endpoints[name] === undefined)
      .map((name) => `settings.json: no endpoints of ${name}`),
    ...lonely(deployment, endpoints).map((problem) => `settings.json: ${problem}`),
  ]
}

function memberOf(manifest: Manifest, { certificate }: Identity): Member | null {
  const own = fingerprintOf(certificate)
  return manifest.members.find((member) => fingerprintOf(member.certificate) === own) ?? null
}

function sayWhy(error: unknown): string {
  if (error instanceof BridgeError) return String(error.detail.problems ?? error.message)
  if (error instanceof Error && "code" in error && error.code === "ENOENT") return "missing"
  return error instanceof SyntaxError ? "not JSON" : String(error)
}
