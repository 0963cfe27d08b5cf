// The services' folder: what is in it, and the reading of it, with everything that is wrong told at once.

import { access, readFile } from "node:fs/promises"
import { join } from "node:path"
import { z } from "zod"
import { type Bridge, parseBridge, withOtherOwner } from "../chains/bridge.ts"
import type { Endpoints } from "../chains/chain.ts"
import { lonely } from "../chains/providers.ts"
import { networksOf } from "../chains/served.ts"
import { ASSET_NAMES, NETWORKS, type NetworkName } from "../core/assets.ts"
import { NETWORKS as KINDS, type Network } from "../core/compliance/facts.ts"
import { BridgeError } from "../core/errors.ts"
import type { Operator } from "../core/orders.ts"
import { groupKeyHex, parseManifest } from "../mpc/client.ts"
import type { MmdbPin } from "./compliance/mmdb.ts"
import type { ProviderConfig } from "./compliance/providers.ts"

/** `services.json`. */
export interface Settings {
  /** PostgreSQL; the environment's DATABASE_URL overrides it. */
  readonly database: string
  /** Redis for the queue instead of PostgreSQL; the environment's REDIS_URL overrides it. */
  readonly redis: string | null
  /** Of each network that the bridge carries something on, as `watch`. */
  readonly endpoints: Readonly<Partial<Record<NetworkName, Endpoints>>>
  readonly watch: Readonly<Partial<Record<NetworkName, Watch>>>
  /**
   * Files with the key of the gas wallet, in the folder, of each network where somebody must pay for having
   * payouts included. The key's file is secret (mode 0600).
   */
  readonly gas: Readonly<Partial<Record<NetworkName, string>>>
  /** `host:port` of each signer, by its index in the manifest. */
  readonly signers: Readonly<Record<string, string>>
  /** Whose orders count: two of them together release what is held, or end a pause. */
  readonly operators: readonly Operator[]
  /** Whose orders stop a chain, and do nothing else; one is enough. Auditors have such keys. */
  readonly pausers: readonly Operator[]
  /** `host:port` of the HTTP API; port 0 takes a free one. */
  readonly listen: string
  /** `host:port` of the operators' console, 127.0.0.1 and a free port when left out; null for none. */
  readonly admin: string | null
  /** `host:port` of `GET /metrics`, for nobody but a monitoring system; null for none. */
  readonly metrics: string | null
  /** Where an OpenTelemetry collector takes traces, OTLP over HTTP; null for nowhere. */
  readonly traces: string | null
  /** Requests a minute that one client of the API may make. */
  readonly requestsPerMinute: number
  readonly screening: ScreeningSettings
  /** Seconds after its end until an epoch is closed, as watchers may be behind; and between two looks at a campaign. */
  readonly rewards: {
    readonly settleSeconds: number
    readonly lookSeconds: number
    /** Wallet file of the campaign's token's guardian, in the folder (mode 0600); null: nobody's claims are held. */
    readonly guardian: string | null
  }
  /** `allowPrivate`: messages may go to addresses that are not public, and without TLS, in a network of one's own. */
  readonly webhooks: { readonly allowPrivate: boolean }
}

/** What screening needs beside `policy/` and `lists/` of the folder. */
export interface ScreeningSettings {
  /** Version of the terms that people sign in on. */
  readonly terms: string
  /** Proxies whose word on where a request comes from is believed: addresses or CIDR blocks. */
  readonly proxies: readonly string[]
  /** Files of places; paths are from the folder. */
  readonly places: readonly MmdbPin[]
  readonly placesMaxAgeMs: number
  /** Files of networks, from the folder. */
  readonly networks: Readonly<Partial<Record<Network, readonly string[]>>>
  readonly providers: readonly ProviderConfig[]
  /** How long an address of a person is kept, for abuse and debugging. */
  readonly rawAddressHours: number
  /** Who vouches to the signers for what only a session tells: base URLs. */
  readonly attestors: readonly string[]
  /** When we are one of them: under which name, with which key (a JWK file of the folder, mode 0600), for whom. */
  readonly attestor: {
    readonly name: string
    readonly key: string
    readonly askers: Readonly<Record<string, string>>
  } | null
}

export interface Watch {
  /** First height that can concern us. */
  readonly heightMin: number
  /** Pause between two looks at an unchanged chain, milliseconds. */
  readonly pollMs: number
}

export interface ServicesConfig {
  readonly folder: string
  readonly bridge: Bridge
  readonly settings: Settings
}

const network = z.enum(NETWORKS)
const account = z.string().regex(/^0x[0-9a-fA-F]{40}$/, "an EVM address")
/** 45 days: files of places come monthly. */
const PLACES_AGE_MS = 45 * 86_400_000
const address = z.string().regex(/^.+:[0-9]{1,5}$/, "host:port")

const people = z
  .array(
    z.strictObject({
      name: z.string().regex(/^[a-z0-9-]{1,64}$/),
      key: z.string().regex(/^[A-Za-z0-9_-]{43}$/, "an Ed25519 key, base64url"),
    }),
  )
  .refine((all) => new Set(all.map(({ key }) => key)).size === all.length, "one has one key")

const shape = z.strictObject({
  database: z.string().regex(/^postgres(ql)?:\/\//, "postgres://…"),
  redis: z
    .string()
    .regex(/^rediss?:\/\//, "redis://…")
    .nullable(),
  endpoints: z.partialRecord(
    network,
    z.strictObject({ urls: z.record(z.string(), z.array(z.url()).min(1).max(16)) }),
  ),
  watch: z.partialRecord(
    network,
    z.strictObject({
      heightMin: z.number().int().nonnegative(),
      pollMs: z.number().int().positive(),
    }),
  ),
  gas: z.partialRecord(network, z.string().regex(/^[\w.-]+$/, "a file of the folder")).default({}),
  signers: z.record(z.string().regex(/^[1-9][0-9]*$/), address),
  operators: people,
  pausers: people.default([]),
  listen: address,
  admin: address.nullable().default("127.0.0.1:0"),
  metrics: address.nullable().default(null),
  traces: z
    .url({ protocol: /^https?$/ })
    .nullable()
    .default(null),
  requestsPerMinute: z.number().int().positive().default(1_200),
  rewards: z
    .strictObject({
      settleSeconds: z.number().int().min(0).max(86_400).default(600),
      lookSeconds: z.number().int().min(1).max(3_600).default(30),
      guardian: z
        .string()
        .regex(/^[\w.-]+$/, "a file of the folder")
        .nullable()
        .default(null),
    })
    .prefault({}),
  webhooks: z.strictObject({ allowPrivate: z.boolean().default(false) }).prefault({}),
  screening: z
    .strictObject({
      terms: z.string().min(1).max(120).default("1"),
      proxies: z.array(z.string()).default([]),
      places: z
        .array(
          z.strictObject({
            source: z.string().regex(/^[a-z0-9][a-z0-9.-]{0,63}$/),
            path: z.string(),
            sha256: z.string().regex(/^[0-9a-f]{64}$/),
            schema: z.enum(["flat", "nested"]),
          }),
        )
        .default([]),
      placesMaxAgeMs: z.number().int().positive().default(PLACES_AGE_MS),
      networks: z.partialRecord(z.enum(KINDS), z.array(z.string())).default({}),
      providers: z
        .array(
          z
            .strictObject({
              source: z.string().regex(/^[a-z0-9][a-z0-9.-]{0,63}$/),
              kind: z.enum(["http", "call"]),
              url: z.url(),
              contract: account.optional(),
              method: z
                .string()
                .regex(/^[A-Za-z]{1,64}$/)
                .optional(),
              asset: z.enum(ASSET_NAMES).optional(),
              vault: account.optional(),
            })
            .refine(
              ({ kind, contract, method }) => kind === "http" || (contract && method),
              "a call needs a contract and a method",
            ),
        )
        .default([]),
      rawAddressHours: z.number().int().min(0).max(72).default(72),
      attestors: z.array(z.url()).max(9).default([]),
      attestor: z
        .strictObject({
          name: z.string().regex(/^[a-z0-9][a-z0-9.-]{0,63}$/),
          key: z.string().regex(/^[\w.-]+$/, "a file of the folder"),
          askers: z.record(z.string(), z.string().regex(/^[A-Za-z0-9_-]{43}$/)),
        })
        .nullable()
        .default(null),
    })
    .prefault({}),
})

/**
 * Reads `bridge.json` and `services.json`, and lets the environment's DATABASE_URL and REDIS_URL speak last.
 * Throws one `bad-config` that lists everything wrong, file by file, before anything has started.
 */
export async function readServicesConfig(
  folder: string,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<ServicesConfig> {
  const problems: string[] = []
  const read = async <Value>(file: string, parse: (json: unknown) => Value) => {
    try {
      return parse(JSON.parse(await readFile(join(folder, file), "utf8")))
    } catch (error) {
      problems.push(`${file}: ${reasonOf(error)}`)
      return null
    }
  }
  const bridge = await read("bridge.json", parseBridge)
  const settings = await read("services.json", (json) =>
    parseSettings({ ...(json as object), ...overridesOf(environment) }),
  )
  // While tokens and vaults pass to the group's next key, some obey it already.
  const hasNext = await access(join(folder, NEXT)).then(...YES_OR_NO)
  const next = hasNext ? await read(NEXT, parseManifest) : null
  if (bridge && settings) problems.push(...gapsIn(bridge, settings))
  if (problems.length > 0 || !bridge || !settings)
    throw new BridgeError("bad-config", { problems: ["", ...problems].join("\n  ") })
  const key = next && groupKeyHex(next, "rsa")
  return { folder, bridge: key ? withOtherOwner(bridge, key) : bridge, settings }
}

const NEXT = join("next", "manifest.json")
const YES_OR_NO = [() => true, () => false] as const

/** Reads the parsed JSON of `services.json`; throws `bad-config`. */
export function parseSettings(json: unknown): Settings {
  const result = shape.safeParse(json)
  if (result.success) return result.data
  throw new BridgeError("bad-config", { problems: `\n${z.prettifyError(result.error)}` })
}

function gapsIn({ deployment }: Bridge, settings: Settings): string[] {
  const missing = networksOf(deployment).flatMap((network) =>
    (["endpoints", "watch"] as const)
      .filter((name) => settings[name][network] === undefined)
      .map((name) => `services.json: ${name}: none of ${network}`),
  )
  const alone = lonely(deployment, settings.endpoints).map((one) => `services.json: ${one}`)
  return [...missing, ...alone]
}

function overridesOf({ DATABASE_URL, REDIS_URL }: NodeJS.ProcessEnv) {
  return {
    ...(DATABASE_URL && { database: DATABASE_URL }),
    ...(REDIS_URL && { redis: REDIS_URL }),
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof BridgeError) return String(error.detail.problems ?? error.message)
  if (error instanceof Error && "code" in error && error.code === "ENOENT") return "missing"
  return error instanceof SyntaxError ? "not JSON" : String(error)
}
