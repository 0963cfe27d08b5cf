// `causeway btc key` and `btc refund`: a person's own key, and the transaction by which it takes a deposit back alone.

import { randomBytes } from "node:crypto"
import { readFile, stat, writeFile } from "node:fs/promises"
import { parseArgs } from "node:util"
import { schnorr } from "@noble/curves/secp256k1.js"
import { parseBridge } from "../../chains/bridge.ts"
import { BridgeError } from "../../core/errors.ts"
import { type BitcoinBridge, takeBack } from "../../sdk/bitcoin.ts"
import type { Terminal } from "./commands.ts"
import { jsonFile } from "./json-file.ts"
import { localNetwork } from "./local.ts"

/** Makes a key in a file that only its owner reads, and tells the public half. */
export async function key(words: readonly string[], terminal: Terminal): Promise<number> {
  const { values, positionals } = parseArgs({
    ...{ args: [...words], allowPositionals: true },
    options: { json: { type: "boolean" }, folder: { type: "string" } },
  })
  const [file] = positionals
  if (!file || positionals.length > 1) throw new BridgeError("bad-request", { missing: "FILE" })
  const secret = schnorr.utils.randomSecretKey(randomBytes(48))
  await writeFile(file, `${hex(secret)}\n`, { mode: 0o600, flag: "wx" })
  const made = { refundKey: hex(schnorr.getPublicKey(secret)), file }
  terminal.out(values.json ? JSON.stringify({ ok: true, ...made }) : made.refundKey)
  terminal.note(`keep ${file}: without it nobody can take a deposit back alone`)
  return 0
}

/** Prints the signed transaction; nothing is sent anywhere. */
export async function refund(words: readonly string[], terminal: Terminal): Promise<number> {
  const text = { type: "string" } as const
  const { values } = parseArgs({
    args: [...words],
    options: {
      ...{ json: { type: "boolean" }, folder: text, bridge: text, key: text, note: text },
      ...{ deposit: text, value: text, to: text, "fee-rate": text, address: text },
    },
  })
  const given = (name: "key" | "note" | "deposit" | "value" | "to"): string => {
    const value = values[name]
    if (!value) throw new BridgeError("bad-request", { missing: `--${name}` })
    return value
  }
  const spend = {
    ...{ note: given("note"), to: given("to"), deposit: pointIn(given("deposit")) },
    ...{ value: satoshiIn(given("value")), rate: rateIn(values["fee-rate"]) },
    ...(values.address && { address: values.address }),
  }
  const back = takeBack(spend, await bridgeOf(values))
  const secret = await secretIn(given("key"))
  const { id, raw } = back.seal(schnorr.sign(back.message, secret, randomBytes(32)))
  secret.fill(0)
  const { fee, amount } = back
  const made = { transaction: id, raw: hex(raw), amount: `${amount}`, fee: `${fee}` }
  terminal.out(values.json ? JSON.stringify({ ok: true, ...made }) : made.raw)
  terminal.note(`pays ${amount} satoshi, ${fee} to the miners; good 4,320 blocks after the deposit`)
  return 0
}

/** The bridge of a file, or else of the local network. */
export async function bridgeOf(values: {
  bridge?: string
  folder?: string
}): Promise<BitcoinBridge> {
  const { network, vaults } =
    values.bridge === undefined
      ? { network: "devnet" as const, vaults: (await localNetwork(values.folder)).places }
      : parseBridge(await jsonFile(values.bridge)).deployment
  if (!vaults?.bitcoin) throw new BridgeError("not-supported", { asset: "BTC" })
  const { key, former } = vaults.bitcoin
  return { network, key, former }
}

async function secretIn(file: string): Promise<Uint8Array> {
  const { mode } = await stat(file).catch((cause: unknown) => {
    throw new BridgeError("bad-request", { key: file, why: "no such file" }, { cause })
  })
  if ((mode & 0o077) !== 0)
    throw new BridgeError("bad-request", { key: file, why: "others may read it: chmod 600" })
  const text = (await readFile(file, "utf8")).trim()
  if (!/^[0-9a-f]{64}$/.test(text))
    throw new BridgeError("bad-request", { key: file, why: "not a key" })
  return new Uint8Array(Buffer.from(text, "hex"))
}

function pointIn(text: string) {
  const [, txid, vout] = /^([0-9a-f]{64}):(0|[1-9][0-9]{0,7})$/.exec(text) ?? []
  if (!txid) throw new BridgeError("bad-request", { deposit: text.slice(0, 100), wanted: "TXID:N" })
  return { txid, vout: Number(vout) }
}

function satoshiIn(text: string): bigint {
  if (!/^[1-9][0-9]{0,15}$/.test(text))
    throw new BridgeError("bad-amount", { value: text.slice(0, 50) })
  return BigInt(text)
}

/** Satoshi a virtual byte with up to three decimals, as satoshi for 1,000 of them. */
function rateIn(text = "2"): bigint {
  const [, whole, part = ""] = /^([0-9]{1,4})(?:\.([0-9]{1,3}))?$/.exec(text) ?? []
  const rate = whole === undefined ? 0n : BigInt(whole + part.padEnd(3, "0"))
  if (rate === 0n) throw new BridgeError("bad-amount", { "fee-rate": text.slice(0, 50) })
  return rate
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex")
}
