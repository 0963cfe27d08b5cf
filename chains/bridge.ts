// The public description of one bridge as a JSON file: its deployment and its policy, the same on every side.

import { z } from "zod"
import { ASSETS, type AssetName, CHAINS, type ChainName } from "../core/assets.ts"
import { BridgeError } from "../core/errors.ts"
import type { Policy } from "../core/policy.ts"
import type { Deployment } from "./chain.ts"

export interface Bridge {
  readonly deployment: Deployment
  readonly policy: Policy
}

/** Base units as decimal text: JSON numbers end at 2^53. */
const amount = z
  .string()
  .regex(/^(0|[1-9][0-9]{0,37})$/, "a whole number of base units, as text")
  .transform(BigInt)
const height = z.number().int().nonnegative()
const asset = z.enum(Object.keys(ASSETS) as [AssetName, ...AssetName[]])
const chain = z.enum(CHAINS as unknown as [ChainName, ...ChainName[]])
const id = z.string().regex(/^[A-Za-z0-9_-]{43}$/, "43 base64url characters")

const shape = z.strictObject({
  deployment: z.strictObject({
    network: z.enum(["devnet", "testnet", "mainnet"]),
    owner: z.string().regex(/^[A-Za-z0-9_-]{683}$/, "an RSA-4096 modulus, base64url"),
    vault: id,
    tokens: z.record(asset, id),
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
    depths: z.record(chain, z.number().int().positive()),
    payoutDepths: z.record(chain, z.number().int().positive()),
  }),
})

/** Reads the file's parsed JSON; throws `bad-config` that lists everything wrong with it at once. */
export function parseBridge(json: unknown): Bridge {
  const result = shape.safeParse(json)
  if (!result.success)
    throw new BridgeError("bad-config", { problems: `\n${z.prettifyError(result.error)}` })
  const gaps = gapsIn(result.data.policy)
  if (gaps.length > 0) throw new BridgeError("bad-config", { problems: ["", ...gaps].join("\n") })
  return result.data
}

/** Every asset travels both ways, and each way needs a fee and limits from the first block on. */
function gapsIn({ fees, limits }: Policy): string[] {
  const ways = (Object.keys(ASSETS) as AssetName[]).flatMap((name) => [
    { asset: name, source: ASSETS[name].home },
    { asset: name, source: "ao" as const },
  ])
  return ways.flatMap(({ asset, source }) => {
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
}

/** The JSON that `parseBridge` reads. */
export function bridgeJson(bridge: Bridge): unknown {
  return JSON.parse(
    JSON.stringify(bridge, (_, value) => (typeof value === "bigint" ? value.toString() : value)),
  )
}
