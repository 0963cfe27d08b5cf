// `causeway token`: the wrapped token as a module of HyperBEAM, to look at, and as a new process on a node; its guardian's word, and the group's.

import { writeFile } from "node:fs/promises"
import { parseArgs } from "node:util"
import { z } from "zod"
import { moduleOf, spawnProcess } from "../../chains/ao/spawn.ts"
import { openHttp } from "../../chains/http.ts"
import { ASSET_NAMES, ASSETS } from "../../core/assets.ts"
import { BridgeError } from "../../core/errors.ts"
import { hyperBundle } from "../../lua/bundle.ts"
import type { Terminal } from "./commands.ts"
import { jsonFile } from "./json-file.ts"
import { walletFile } from "./local.ts"
import { order, pause } from "./token-orders.ts"

const amount = z
  .string()
  .regex(/^(0|[1-9][0-9]{0,37})$/, "a whole number of base units, as text")
  .transform(BigInt)

/** What the bundle checks itself is only read here. */
const shape = z.strictObject({
  asset: z.enum(ASSET_NAMES),
  logo: z.string().optional(),
  bridge: z.string(),
  guardian: z.string(),
  feeRecipient: z.string(),
  mintFee: amount,
  source: z.strictObject({
    token: z.string(),
    vault: z.string(),
    burnFee: amount,
    minBurn: amount,
  }),
  limits: z.strictObject({
    ...{ row: amount, message: amount, window: amount },
    windowMs: z.number().int().positive(),
  }),
})

export async function run([act = "", ...words]: readonly string[], terminal: Terminal) {
  if (act === "pause") return pause(words, terminal)
  if (act === "order") return order(words, terminal)
  const { values } = parseArgs({
    args: [...words],
    options: {
      config: { type: "string" },
      out: { type: "string" },
      node: { type: "string" },
      bundler: { type: "string" },
      wallet: { type: "string" },
      authority: { type: "string", multiple: true },
    },
  })
  if (act !== "script" && act !== "spawn")
    throw new BridgeError("bad-request", {
      act: act || "none",
      known: "script, spawn, pause, order",
    })
  const script = await scriptIn(values.config)
  if (act === "script") {
    if (values.out) await writeFile(values.out, script)
    else terminal.out(script)
    return 0
  }
  const { node, bundler, authority } = values
  if (!node || !bundler)
    throw new BridgeError("bad-request", { missing: "--node URL --bundler URL" })
  const key = { ...(await walletFile(values.wallet)), e: "AQAB", kty: "RSA" }
  const http = openHttp({ timeoutMs: 60_000, atOnce: 2, pipelining: 1, readsErrors: true })
  try {
    const process = await spawnProcess(http, {
      ...{ node: trimmed(node), bundler: trimmed(bundler) },
      ...{ module: moduleOf(key, script), key },
      ...(authority && { authorities: authority }),
    })
    terminal.out(JSON.stringify({ process }))
    return 0
  } finally {
    http.close()
  }
}

/** Throws `bad-config` with everything that is wrong with the file. */
async function scriptIn(file: string | undefined): Promise<string> {
  if (!file) throw new BridgeError("bad-request", { missing: "--config FILE" })
  const result = shape.safeParse(await jsonFile(file))
  if (!result.success)
    throw new BridgeError("bad-config", { token: `\n${z.prettifyError(result.error)}` })
  const { asset, source, logo, ...rest } = result.data
  const { decimals, home, wrapped } = ASSETS[asset]
  return hyperBundle({
    ...{ ...wrapped, ...rest, denomination: decimals, sources: [{ chain: home, ...source }] },
    ...(logo !== undefined && { logo }),
  })
}

function trimmed(url: string): string {
  return url.replace(/\/$/, "")
}
