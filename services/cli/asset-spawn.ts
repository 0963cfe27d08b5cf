// The wrapped token of a further asset: a new process, on whichever kind of AO the bridge is.

import { moduleOf, spawnProcess } from "../../chains/ao/spawn.ts"
import { spawnOnUnits } from "../../chains/ao/spawn-units.ts"
import { toBase64url } from "../../chains/bytes.ts"
import { openHttp } from "../../chains/http.ts"
import { assetsOf } from "../../chains/served.ts"
import { BridgeError } from "../../core/errors.ts"
import { bundle, hyperBundle } from "../../lua/bundle.ts"
import type { Values } from "./asset.ts"
import type { Wish } from "./asset-wish.ts"
import { tokenOf } from "./listing.ts"
import { type Eyes, tagsOf } from "./listing-checks.ts"
import { walletFile } from "./local.ts"

/** Throws `bad-request` for what is missing, and as `spawnProcess` and `spawnOnUnits`. */
export async function spawnedFor(
  eyes: Eyes,
  wish: Wish,
  { wallet, node, bundler }: Pick<Values, "wallet" | "node" | "bundler">,
): Promise<{ readonly process: string; readonly module?: string }> {
  const { deployment, endpoints } = eyes
  const config = tokenOf(wish, deployment)
  const key = { ...(await walletFile(wallet)), e: "AQAB", kty: "RSA" }
  const { mu = [], su = [], cu = [], node: nodes = [] } = endpoints.ao?.urls ?? {}
  const http = openHttp({ timeoutMs: 60_000, atOnce: 2, pipelining: 1, readsErrors: true })
  try {
    const [first] = assetsOf(deployment)
    if (nodes.length === 0) {
      const like = deployment.tokens[first!]!
      const code = bundle(config)
      return { process: await spawnOnUnits(http, { urls: { mu, su, cu }, like, code, key }) }
    }
    const at = node ?? nodes[0]!
    if (!bundler) throw new BridgeError("bad-request", { missing: "--bundler URL" })
    const module = moduleOf(key, hyperBundle(config))
    const trimmed = { node: at.replace(/\/$/, ""), bundler: bundler.replace(/\/$/, "") }
    // Whom the bridge's other tokens believe, it believes.
    const authorities = (await tagsOf(eyes, first!)).flatMap(({ name, value }) =>
      name.toLowerCase() === "authority" ? [value] : [],
    )
    const process = await spawnProcess(http, { ...trimmed, module, key, authorities })
    return { process, module: toBase64url(module.raw) }
  } finally {
    http.close()
  }
}
