// `causeway btc`: a deposit address made known to the bridge and computed here as well; a refund key, and its use.

import { parseArgs } from "node:util"
import { BridgeError } from "../../core/errors.ts"
import { depositAddress, ownerOf } from "../../sdk/bitcoin.ts"
import { bridgeApi } from "../../sdk/client.ts"
import { bridgeOf, key, refund } from "./btc-refund.ts"
import type { Terminal } from "./commands.ts"
import { localNetwork } from "./local.ts"

const COMMANDS = { address, verify, key, refund }

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
      bridge: { type: "string" },
    },
  })
  const { recipient, "refund-to": refundTo } = values
  if (!recipient) throw new BridgeError("bad-request", { missing: "--recipient ACCOUNT" })
  if (!refundTo) throw new BridgeError("bad-request", { missing: "--refund-to ADDRESS" })
  const refundKey = values["refund-key"] ?? null
  const wish = { recipient, refundTo, refundKey, index: indexOf(values.index) }
  const own = depositAddress(wish, await bridgeOf(values))
  const transaction = values["paid-by"]
  if (values.bridge !== undefined) {
    if (transaction) throw new BridgeError("bad-request", { "--paid-by": "asks a server" })
    terminal.note("computed here alone: tell the bridge of it (POST /addresses) before you pay")
  } else await tell(own.address, { ...wish, ...(transaction && { transaction }) }, values.folder)
  terminal.out(
    values.json
      ? JSON.stringify({ ok: true, ...own, ...wish })
      : `${own.address}\n  for ${recipient} on AO; what cannot be carried goes to ${refundTo}\n  note ${own.note}`,
  )
  return 0
}

/** The bridge's own answer must be what was computed here. */
async function tell(
  address: string,
  wish: Parameters<ReturnType<typeof bridgeApi>["depositAddress"]>[0],
  folder: string | undefined,
): Promise<void> {
  const { apiUrl } = await localNetwork(folder)
  const told = await bridgeApi(apiUrl).depositAddress(wish)
  if (told.address !== address)
    throw new BridgeError("bad-address", { told: told.address, computed: address })
}

/** Whom an address is for, proven by its note and the bridge file; nobody is asked. */
async function verify(words: readonly string[], terminal: Terminal): Promise<number> {
  const text = { type: "string" } as const
  const { values } = parseArgs({
    args: [...words],
    options: { json: { type: "boolean" }, folder: text, bridge: text, address: text, note: text },
  })
  const { address, note } = values
  if (!address || !note)
    throw new BridgeError("bad-request", { missing: address ? "--note NOTE" : "--address ADDRESS" })
  const to = ownerOf(address, note, await bridgeOf(values))
  if (to === null)
    throw new BridgeError("bad-address", { address, why: "its note does not prove it" })
  const { recipient, refundTo, refundKey } = to
  terminal.out(
    values.json
      ? JSON.stringify({ ok: true, address, ...to })
      : `${address} is for ${recipient} on AO; refunds go to ${refundTo}, ${refundKey ?? "no key"} can take it back alone`,
  )
  return 0
}

function indexOf(text = "0"): number {
  if (!/^(0|[1-9][0-9]{0,9})$/.test(text)) throw new BridgeError("bad-request", { index: text })
  return Number(text)
}
