// Deploys the wrapped token on the local AO units, as its deployer would: spawn, one Eval, and a look at Info.

import { connect, createDataItemSigner } from "@permaweb/aoconnect"
import { assert } from "../core/assert.ts"
import { ASSETS } from "../core/assets.ts"
import { BridgeError } from "../core/errors.ts"
import { bundle } from "../lua/bundle.ts"
import type { Jwk } from "./arweave/wallet.ts"
import { BURN_FEE, BURN_MIN, TOKEN_LIMITS } from "./terms.ts"

export interface Units {
  readonly muUrl: string
  readonly cuUrl: string
  readonly graphqlUrl: string
  readonly url: string
  readonly moduleId: string
  readonly scheduler: string
  readonly authority: string
}

/**
 * The process id of a fresh wAR token that belongs to `bridge` alone. The deployer's key is of no use
 * afterwards. Throws `bad-config` when the process is not what it should be.
 */
export async function deployToken(
  units: Units,
  { deployer, bridge, guardian }: { deployer: Jwk; bridge: string; guardian: string },
): Promise<string> {
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
  const code = bundle({
    ledger: ASSETS.AR.wrapped.ledger,
    name: ASSETS.AR.wrapped.name,
    ticker: ASSETS.AR.wrapped.ticker,
    denomination: ASSETS.AR.decimals,
    bridge,
    guardian,
    feeRecipient: bridge,
    mintFee: 0n,
    sources: [
      {
        chain: "arweave",
        token: "A".repeat(43),
        vault: bridge,
        burnFee: BURN_FEE,
        minBurn: BURN_MIN,
      },
    ],
    limits: TOKEN_LIMITS,
  })
  const tags = [{ name: "Action", value: "Eval" }]
  const message = await ao.message({ process, signer, tags, data: code })
  const { Error: failure } = await ao.result({ process, message: message as string })
  if (failure) throw new BridgeError("bad-config", { token: String(failure).slice(0, 500) })
  const info = await ao.dryrun({ process, tags: [{ name: "Action", value: "Info" }] })
  const told: { name: string; value: string }[] = info.Messages[0]?.Tags ?? []
  const toldOf = (name: string) => told.find((tag) => tag.name === name)?.value
  assert(toldOf("Ticker") === ASSETS.AR.wrapped.ticker, "the token tells its ticker")
  assert(Number(toldOf("Authorities")) > 0, "the token has an authority")
  return process
}
