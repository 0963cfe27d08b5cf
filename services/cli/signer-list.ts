// `causeway signer list`: an operator takes a further token in, after a look at it by the own signer's endpoints.

import { join } from "node:path"
import { parseArgs } from "node:util"
import { fromUnits } from "../../core/amount.ts"
import { ASSETS } from "../../core/assets.ts"
import { BridgeError } from "../../core/errors.ts"
import { FILES, parseSettings, readSignerConfig } from "../../mpc/config.ts"
import { replaceFile } from "../../mpc/replace-file.ts"
import type { Terminal } from "./commands.ts"
import { jsonFile } from "./json-file.ts"
import { type Listing, readListing, withListing } from "./listing.ts"
import { demandProcess, vetted } from "./listing-checks.ts"
import { approveHere } from "./signer-orders.ts"
import { orderText } from "./vault-words.ts"

/** Nothing of the file is believed: before anything is written, token and wrapped token are looked at; then the order is. */
export async function list(words: readonly string[], terminal: Terminal): Promise<number> {
  const text = { type: "string" } as const
  const { values, positionals } = parseArgs({
    args: [...words],
    allowPositionals: true,
    options: {
      ...{ folder: text, cap: text, holder: text, untried: { type: "boolean" } },
      json: { type: "boolean" },
    },
  })
  const [file] = positionals
  const { folder, holder, untried = false } = values
  if (!file || !folder)
    throw new BridgeError("bad-request", { missing: file ? "--folder DIR" : "a listing's file" })
  const listing = await readListing(file)
  const { bridge, settings } = await readSignerConfig(folder)
  const eyes = { deployment: bridge.deployment, endpoints: settings.endpoints }
  const facts = await vetted(eyes, listing, { holder: holder?.toLowerCase(), untried })
  await demandProcess(eyes, listing)
  if (values.cap !== undefined) await putCap(folder, listing, values.cap)
  await putAsset(folder, listing)
  const { asset, contract, order, process } = listing
  const approved = order && orderText(order, (await approveHere(folder, order)).deployment)
  const isCapped = (await readSignerConfig(folder)).settings.caps.some((cap) => cap.asset === asset)
  const said = [
    `${asset} is ${contract}, which calls itself ${facts.symbol}; its wrapped token is ${process}.`,
    ...(approved ? [`approved: ${approved}`] : []),
    ...(isCapped ? [] : [`No cap is set for it (--cap): your signer will pay none of it.`]),
    "Start your signer again: it knows the token from then on, and signs the order when asked.",
  ]
  terminal.out(
    values.json ? JSON.stringify({ ok: true, asset, process, capped: isCapped }) : said.join("\n"),
  )
  return 0
}

async function putAsset(folder: string, listing: Listing): Promise<void> {
  const file = join(folder, FILES.bridge)
  const json = await jsonFile(file)
  await replaceFile(file, `${JSON.stringify(withListing(json, listing), null, 2)}\n`)
}

/** `SIGNATURE/DAY` in whole units. */
async function putCap(folder: string, { asset }: Listing, text: string): Promise<void> {
  const file = join(folder, FILES.settings)
  const json = (await jsonFile(file)) as { caps: { asset: string }[] }
  const [signature, day] = text
    .split("/")
    .map((part) => String(fromUnits(part, ASSETS[asset].decimals)))
  if (!signature || !day) throw new BridgeError("bad-request", { wanted: "--cap SIGNATURE/DAY" })
  const caps = [...json.caps.filter((cap) => cap.asset !== asset), { asset, signature, day }]
  parseSettings({ ...json, caps })
  await replaceFile(file, `${JSON.stringify({ ...json, caps }, null, 2)}\n`)
}
