// `causeway btc address`: a deposit address on Bitcoin, made known to the bridge and computed here as well.

import { parseArgs } from "node:util"
import { BridgeError } from "../../core/errors.ts"
import { depositAddress } from "../../sdk/bitcoin.ts"
import { bridgeApi } from "../../sdk/client.ts"
import type { Terminal } from "./commands.ts"
import { localNetwork } from "./local.ts"

export async function run(words: readonly string[], terminal: Terminal): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...words],
    allowPositionals: true,
    options: {
      folder: { type: "string" },
      json: { type: "boolean" },
      recipient: { type: "string" },
      "refund-to": { type: "string" },
      index: { type: "string" },
    },
  })
  if (positionals.join(" ") !== "address")
    throw new BridgeError("bad-request", { command: positionals.join(" "), known: "address" })
  const { recipient, "refund-to": refundTo } = values
  if (!recipient) throw new BridgeError("bad-request", { missing: "--recipient ACCOUNT" })
  if (!refundTo) throw new BridgeError("bad-request", { missing: "--refund-to ADDRESS" })
  const wish = { recipient, refundTo, index: indexOf(values.index) }
  const { apiUrl, places } = await localNetwork(values.folder)
  if (!places.bitcoin) throw new BridgeError("not-supported", { asset: "BTC" })
  const own = depositAddress(wish, { network: "devnet", key: places.bitcoin.key })
  const told = await bridgeApi(apiUrl).depositAddress(wish)
  if (told.address !== own.address)
    throw new BridgeError("bad-address", { told: told.address, computed: own.address })
  terminal.out(
    values.json
      ? JSON.stringify({ ok: true, ...own, ...wish })
      : `${own.address}\n  for ${recipient} on AO; what cannot be carried goes to ${refundTo}\n  note ${own.note}`,
  )
  return 0
}

function indexOf(text = "0"): number {
  if (!/^(0|[1-9][0-9]{0,9})$/.test(text)) throw new BridgeError("bad-request", { index: text })
  return Number(text)
}
