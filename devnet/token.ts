// Deploys the wrapped token on the local AO units, as its deployer would: spawn, one Eval, and a look at Info.

import { connect, createDataItemSigner } from "@permaweb/aoconnect"
import { moduleOf, spawnProcess } from "../chains/ao/spawn.ts"
import { openHttp } from "../chains/http.ts"
import { assert } from "../core/assert.ts"
import { ASSETS, type AssetName } from "../core/assets.ts"
import { BridgeError } from "../core/errors.ts"
import { bundle, hyperBundle, type TokenConfig } from "../lua/bundle.ts"
import type { Jwk } from "./arweave/wallet.ts"
import { burnFeeOf, burnMinOf, tokenLimitsOf } from "./terms.ts"

export interface Units {
  readonly muUrl: string
  readonly cuUrl: string
  readonly graphqlUrl: string
  readonly url: string
  readonly moduleId: string
  readonly scheduler: string
  readonly authority: string
}

/** Which AO a local network speaks to: its units, or its HyperBEAM nodes. */
export type AoKind = "units" | "hyperbeam"

export interface TokenFacts {
  readonly deployer: Jwk
  readonly bridge: string
  readonly guardian: string
  /** AR when left out. */
  readonly asset?: AssetName
  /** The asset on its home chain, and the vault there; the bridge's own on Arweave. */
  readonly home?: { readonly token: string; readonly vault: string }
}

/**
 * The process id of a fresh wrapped token that belongs to `bridge` alone. The deployer's key is of no use
 * afterwards. Throws `bad-config` when the process is not what it should be.
 */
export async function deployToken(units: Units, facts: TokenFacts): Promise<string> {
  const { wrapped } = ASSETS[facts.asset ?? "AR"]
  const { process, info } = await spawnEvaluated(units, facts.deployer, bundle(configOf(facts)))
  assert(info("Ticker") === wrapped.ticker, "the token tells its ticker")
  assert(Number(info("Authorities")) > 0, "the token has an authority")
  return process
}

/** A fresh process that has evaluated `code`, and what its Info tells. Throws `bad-config` when it could not. */
export async function spawnEvaluated(units: Units, deployer: Jwk, code: string) {
  const ao = connect({
    MODE: "legacy",
    MU_URL: units.muUrl,
    CU_URL: units.cuUrl,
    GRAPHQL_URL: units.graphqlUrl,
    GATEWAY_URL: units.url,
  })
  const signer = createDataItemSigner(deployer)
  const process = await ao.spawn({
    module: units.moduleId,
    scheduler: units.scheduler,
    signer,
    tags: [{ name: "Authority", value: units.authority }],
  })
  const tags = [{ name: "Action", value: "Eval" }]
  const message = await ao.message({ process, signer, tags, data: code })
  const { Error: failure } = await ao.result({ process, message: message as string })
  if (failure) throw new BridgeError("bad-config", { token: String(failure).slice(0, 500) })
  const info = await ao.dryrun({ process, tags: [{ name: "Action", value: "Info" }] })
  const told: { name: string; value: string }[] = info.Messages[0]?.Tags ?? []
  return { process, info: (name: string) => told.find((tag) => tag.name === name)?.value }
}

/** HyperBEAM nodes that are not ours, by `HYPERBEAM_URL`: two or more, with commas; none when it is not set. */
export function foreignNodes(): readonly string[] {
  return (process.env.HYPERBEAM_URL ?? "").split(",").filter((url) => url !== "")
}

/** As `deployToken`, but of `lua@5.3a` on a node; it belongs to the bridge from its first slot on. */
export async function deployHyperToken(ours: string, facts: TokenFacts): Promise<string> {
  const node = foreignNodes()[0] ?? ours
  const bundler = process.env.HYPERBEAM_BUNDLER ?? node
  const http = openHttp({ timeoutMs: 30_000, atOnce: 4, pipelining: 1, readsErrors: true })
  try {
    const script = hyperBundle(configOf(facts))
    return await spawnProcess(http, {
      node,
      bundler,
      module: moduleOf(facts.deployer, script),
      key: facts.deployer,
    })
  } finally {
    http.close()
  }
}

function configOf({ bridge, guardian, asset = "AR", home }: TokenFacts): TokenConfig {
  const { decimals, home: chain, wrapped } = ASSETS[asset]
  const { token, vault } = home ?? { token: "A".repeat(43), vault: bridge }
  return {
    ...{ ...wrapped, denomination: decimals, bridge, guardian, feeRecipient: bridge, mintFee: 0n },
    sources: [{ chain, token, vault, burnFee: burnFeeOf(asset), minBurn: burnMinOf(asset) }],
    limits: tokenLimitsOf(asset),
  }
}
