// `causeway btc`: a deposit address made known to the bridge and computed here as well; a refund key, and its use.

import { parseArgs } from "node:util"
import { BridgeError } from "../../core/errors.ts"
import { depositAddress } from "../../sdk/bitcoin.ts"
import { bridgeApi } from "../../sdk/client.ts"
import { key, refund } from "./btc-refund.ts"
import type { Terminal } from "./commands.ts"
import { localNetwork } from "./local.ts"

const COMMANDS = { address, key, refund }

export async function run(words: readonly string[], terminal: Terminal): Promise<number> {
  const [name = "", ...rest] = words
  if (!Object.hasOwn(COMMANDS, name))
    throw new BridgeError("bad-request", { command: name, known: Object.keys(COMMANDS).join(", ") })
  return COMMANDS[name as keyof typeof COMMANDS](rest, terminal)
}

async function address(words: readonly string[], terminal: Terminal): Promise<number> {
  const { values } = parseArgs({
    args: [...words],
    options: {
      folder: { type: "string" },
      json: { type: "boolean" },
      recipient: { type: "string" },
      "refund-to": { type: "string" },
      "refund-key": { type: "string" },
      index: { type: "string" },
      "paid-by": { type: "string" },
    },
  })
  const { recipient, "refund-to": refundTo } = values
  if (!recipient) throw new BridgeError("bad-request", { missing: "--recipient ACCOUNT" })
  if (!refundTo) throw new BridgeError("bad-request", { missing: "--refund-to ADDRESS" })
  const refundKey = values["refund-key"] ?? null
  const wish = { recipient, refundTo, refundKey, index: indexOf(values.index) }
  const { apiUrl, places } = await localNetwork(values.folder)
  if (!places.bitcoin) throw new BridgeError("not-supported", { asset: "BTC" })
  const own = depositAddress(wish, { network: "devnet", key: places.bitcoin.key })
  const transaction = values["paid-by"]
  const told = await bridgeApi(apiUrl).depositAddress({
    ...wish,
    ...(transaction && { transaction }),
  })
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
