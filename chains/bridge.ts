// The public description of one bridge as a JSON file: its deployment and its policy, the same on every side.

import { bytesToHex, hexToBytes } from "@noble/hashes/utils.js"
import { z } from "zod"
import {
  ASSET_NAMES,
  ASSETS,
  type AssetName,
  CHAINS,
  type ChainName,
  NETWORKS,
} from "../core/assets.ts"
import { KEY, NAME } from "../core/compliance/form.ts"
import type { PolicyRoot } from "../core/compliance/succession.ts"
import { BridgeError } from "../core/errors.ts"
import type { Policy } from "../core/policy.ts"
import type { CampaignFacts } from "../core/rewards/payable.ts"
import { usualGovernor } from "../core/usual-limits.ts"
import { fromBase64url, toBase64url } from "./bytes.ts"
import type { Deployment } from "./chain.ts"
import { ownerOf, vaultsEver } from "./owners.ts"
import { assetsOf, networksOf } from "./served.ts"

export interface Bridge {
  readonly deployment: Deployment
  readonly policy: Policy
  /** Whose compliance policy decides who may be paid; without one nobody is screened, which a live network refuses. */
  readonly compliance?: PolicyRoot | undefined
  /** What is given to those who use the bridge, where something is. */
  readonly campaign?: CampaignFacts | undefined
}

/** The same bridge when a token may obey another key of the group as well; `key` is its modulus, hexadecimal. */
export function withOtherOwner<Described extends Bridge>(
  bridge: Described,
  key: string,
): Described {
  const { deployment } = bridge
  const otherOwners = [...(deployment.otherOwners ?? []), toBase64url(hexToBytes(key))]
  return { ...bridge, deployment: { ...deployment, otherOwners: [...new Set(otherOwners)] } }
}

/** Base units as decimal text: JSON numbers end at 2^53. */
const amount = z
  .string()
  .regex(/^(0|[1-9][0-9]{0,37})$/, "a whole number of base units, as text")
  .transform(BigInt)
const height = z.number().int().nonnegative()
const asset = z.enum(ASSET_NAMES)
const chain = z.enum(CHAINS)
const depths = z.partialRecord(z.enum(NETWORKS), z.number().int().positive())
const id = z.string().regex(/^[A-Za-z0-9_-]{43}$/, "43 base64url characters")

const hex = (bytes: number) => z.string().regex(new RegExp(`^0x[0-9a-f]{${2 * bytes}}$`))
const evmVault = z.strictObject({
  chainId: z.number().int().positive(),
  vault: hex(20),
  key: hex(32),
  heightMin: height,
  contracts: z.partialRecord(asset, hex(20)),
  former: z
    .array(z.strictObject({ vault: hex(20), heightMin: height }))
    .max(16)
    .optional(),
})
const movableVault = evmVault.refine(
  ({ vault, former = [] }) =>
    new Set([vault, ...former.map((one) => one.vault)]).size === former.length + 1,
  "a vault is named twice",
)

const xOnlyKey = z.string().regex(/^[0-9a-f]{64}$/, "an x-only key, 64 hexadecimal digits")
const bitcoinVault = z
  .strictObject({ key: xOnlyKey, former: z.array(xOnlyKey).max(16).optional(), heightMin: height })
  .refine(
    ({ key, former = [] }) => new Set([key, ...former]).size === former.length + 1,
    "a key is named twice",
  )

const governor = z.strictObject({
  delayMs: z.number().int().positive(),
  windows: z.array(z.strictObject({ asset, target: chain, day: amount, large: amount })),
  worth: z
    .strictObject({
      days: z.array(z.strictObject({ target: chain, day: amount })),
      prices: z.array(z.strictObject({ asset, least: amount, most: amount })),
      freshMs: z.number().int().positive(),
    })
    .nullable()
    .default(null),
  cancels: z.array(z.strictObject({ asset, target: chain })).optional(),
})

const modulus = z.string().regex(/^[A-Za-z0-9_-]{683}$/, "an RSA-4096 modulus, base64url")

const shape = z.strictObject({
  deployment: z.strictObject({
    network: z.enum(["devnet", "testnet", "mainnet"]),
    owner: modulus,
    vault: id,
    former: z
      .array(z.strictObject({ owner: modulus, vault: id }))
      .max(16)
      .optional(),
    otherOwners: z.array(modulus).max(8).optional(),
    tokens: z
      .partialRecord(asset, id)
      .refine((tokens) => Object.keys(tokens).length > 0, "no asset is carried"),
    vaults: z
      .strictObject({
        ethereum: movableVault.optional(),
        bsc: movableVault.optional(),
        bitcoin: bitcoinVault.optional(),
      })
      .optional(),
  }),
  policy: z.strictObject({
    fees: z.array(
      z.strictObject({
        asset,
        source: chain,
        heightMin: height,
        flat: amount,
        basisPoints: amount,
      }),
    ),
    limits: z.array(
      z.strictObject({
        asset,
        source: chain,
        minimum: amount,
        cap: amount,
        refundFee: amount,
        dust: amount,
      }),
    ),
    depths,
    payoutDepths: depths,
    governor: governor.optional(),
  }),
  compliance: z
    .strictObject({
      id: z.string().regex(NAME),
      officers: z.strictObject({
        needed: z.number().int().min(2),
        keys: z.record(z.string().regex(NAME), z.string().regex(KEY, "an Ed25519 key, base64url")),
      }),
    })
    .refine(
      ({ officers: { needed, keys } }) => new Set(Object.values(keys)).size >= needed,
      "fewer officers than are needed",
    )
    .optional(),
  campaign: z
    .strictObject({
      id: z.string().regex(/^[a-z0-9][a-z0-9-]{0,31}$/),
      rules: z.string().regex(/^[0-9a-f]{64}$/, "a hash, 64 hexadecimal digits"),
      process: id,
      allocation: amount,
      claimS: z.number().int().positive(),
      pushMax: amount,
    })
    .optional(),
})

/** Reads the file's parsed JSON; throws `bad-config` that lists everything wrong with it at once. */
export function parseBridge(json: unknown): Bridge {
  const result = shape.safeParse(json)
  if (!result.success)
    throw new BridgeError("bad-config", { problems: `\n${z.prettifyError(result.error)}` })
  const bridge = limited(result.data)
  const gaps = gapsIn(bridge)
  if (gaps.length > 0) throw new BridgeError("bad-config", { problems: ["", ...gaps].join("\n") })
  return bridge
}

/** A live network that names no limits of a day has the usual ones: the same for whoever reads the file. */
function limited({ policy, ...bridge }: Bridge): Bridge {
  if (policy.governor || bridge.deployment.network !== "mainnet") return { ...bridge, policy }
  return { ...bridge, policy: { ...policy, governor: usualGovernor(assetsOf(bridge.deployment)) } }
}

/**
 * Every asset travels both ways, and each way needs a fee and limits from the first block on; every chain
 * needs its depths, and every home a vault.
 */
function gapsIn({ deployment, policy, compliance, campaign }: Bridge): string[] {
  const lawless =
    deployment.network === "mainnet" && !compliance
      ? ["compliance: none, and on a live network everybody is screened"]
      : []
  const { fees, limits } = policy
  const ways = assetsOf(deployment).flatMap((name) => [
    { asset: name, source: ASSETS[name].home },
    { asset: name, source: ASSETS[name].wrapped.ledger },
  ])
  const shallow = (["depths", "payoutDepths"] as const).flatMap((name) =>
    networksOf(deployment)
      .filter((network) => policy[name][network] === undefined)
      .map((network) => `policy.${name}: none for ${network}`),
  )
  const missing = ways.flatMap(({ asset, source }) => {
    const of = (row: { asset: AssetName; source: ChainName }) =>
      row.asset === asset && row.source === source
    const rows = limits.filter(of).length
    return [
      ...(fees.some((rule) => of(rule) && rule.heightMin === 0)
        ? []
        : [`policy.fees: no rule for ${asset} from ${source} that holds from height 0`]),
      ...(rows === 1 ? [] : [`policy.limits: ${rows} rows for ${asset} from ${source}, not one`]),
    ]
  })
  const homeless = assetsOf(deployment).flatMap((name) => {
    const { home } = ASSETS[name]
    if (home === "bitcoin" && !deployment.vaults?.bitcoin)
      return [`deployment.vaults: no key for ${name} on ${home}`]
    if (home !== "ethereum" && home !== "bsc") return []
    const isThere = deployment.vaults?.[home]?.contracts[name] !== undefined
    return isThere ? [] : [`deployment.vaults: no contract for ${name} on ${home}`]
  })
  const isToken = campaign && Object.values(deployment.tokens).includes(campaign.process)
  const mixed = isToken ? ["campaign: its token is one of the wrapped tokens"] : []
  const bounds = boundlessIn(deployment, policy)
  return [
    ...missing,
    ...shallow,
    ...homeless,
    ...lawless,
    ...mixed,
    ...bounds,
    ...formerIn(deployment),
  ]
}

function formerIn(deployment: Bridge["deployment"]): string[] {
  const strange = (deployment.former ?? []).filter(
    ({ owner, vault }) => ownerOf(bytesToHex(fromBase64url(owner)!)).vault !== vault,
  )
  const vaults = vaultsEver(deployment)
  return [
    ...strange.map(({ vault }) => `deployment.former: ${vault} is not the address of its owner`),
    ...(new Set(vaults).size === vaults.length ? [] : ["deployment.former: a key is named twice"]),
  ]
}

/** Each way of each asset has a window. */
function boundlessIn(deployment: Bridge["deployment"], { governor: limits }: Policy): string[] {
  if (!limits) return []
  const ways = assetsOf(deployment).flatMap((name) =>
    [ASSETS[name].home, ASSETS[name].wrapped.ledger].map((target) => ({ name, target })),
  )
  const windows = ways.flatMap(({ name, target }) => {
    const rows = limits.windows.filter((row) => row.asset === name && row.target === target)
    return rows.length === 1 && rows[0]!.day > 0n
      ? []
      : [`policy.governor: not one window with room for ${name} to ${target}`]
  })
  const prices = (limits.worth?.prices ?? [])
    .filter(({ least, most }) => least > most)
    .map((row) => `policy.governor.worth: ${row.asset} is worth at least more than at most`)
  return [...windows, ...prices]
}

/** The JSON that `parseBridge` reads. */
export function bridgeJson(bridge: Bridge): unknown {
  return JSON.parse(
    JSON.stringify(bridge, (_, value) => (typeof value === "bigint" ? value.toString() : value)),
  )
}
