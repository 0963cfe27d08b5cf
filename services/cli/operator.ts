// `causeway operator`: one operator's signed order; all but a pause is carried out when a second one has given the same.

import { createPrivateKey, createPublicKey, sign } from "node:crypto"
import { readFile } from "node:fs/promises"
import { parseArgs } from "node:util"
import { assert } from "../../core/assert.ts"
import { BridgeError } from "../../core/errors.ts"
import { orderText, parseOrder } from "../../core/orders.ts"
import { bridgeApi } from "../../sdk/client.ts"
import type { Terminal } from "./commands.ts"
import { localNetwork } from "./local.ts"
import { describe } from "./progress.ts"

/** A key file: an Ed25519 key as JWK with the operator's name beside it. */
export interface OperatorKey {
  readonly name: string
  readonly key: {
    readonly kty: "OKP"
    readonly crv: "Ed25519"
    readonly x: string
    readonly d: string
  }
}

export async function run(words: readonly string[], terminal: Terminal): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...words],
    allowPositionals: true,
    options: {
      key: { type: "string" },
      api: { type: "string" },
      folder: { type: "string" },
      json: { type: "boolean" },
    },
  })
  const [what = "", ...about] = positionals
  const url = values.api ?? (await localNetwork(values.folder)).apiUrl
  const { name, key } = await keyFile(values.key)
  const { order, meaning } = await orderOf(url, what, about)
  if (!values.json) terminal.note(meaning)
  const info = (await bridgeApi(url).info()) as { network: "devnet"; arLocker: string }
  const text = orderText({ network: info.network, vault: info.arLocker }, order)
  const signature = sign(null, Buffer.from(text), createPrivateKey({ format: "jwk", key }))
  const response = await fetch(`${url}/orders`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ order, operator: name, signature: signature.toString("base64url") }),
  })
  const answer = (await response.json()) as Answer
  if (answer.error) throw new BridgeError("bad-request", { refused: answer.error.message })
  const { given, needed, done } = answer
  if (values.json) terminal.out(JSON.stringify({ ok: true, order, given, needed, done }))
  else if (done) terminal.out(`done, by ${given.join(" and ")}`)
  else terminal.out(`given by ${given.join(", ")}; ${needed - given.length} more must give it`)
  return 0
}

interface Answer {
  readonly given: readonly string[]
  readonly needed: number
  readonly done: boolean
  readonly error?: { readonly message: string }
}

/** The text of an order, and what it will do, as the bridge tells the transfer now. */
async function orderOf(url: string, what: string, about: readonly string[]) {
  const api = bridgeApi(url)
  if (what === "approve" || what === "refund") {
    const transfer = await api.transfer(about[0] ?? "")
    if (!transfer) throw new BridgeError("not-found", { transfer: about[0] ?? "none given" })
    const to = what === "approve" ? transfer.recipient : `its sender ${transfer.sender}`
    const meaning = `${what}: ${transfer.amount} base units of ${transfer.asset} to ${to}\n  ${describe(transfer)}`
    return { order: `${what} ${transfer.id} ${transfer.version}`, meaning }
  }
  if (what === "pause") {
    const order = ["pause", ...about].join(" ")
    const asked = parseOrder(order)
    assert(asked.kind === "pause", "a pause is read as one")
    const meaning = `pause ${asked.chain} ${asked.direction} for ${asked.reason}, planned until ${asked.until}: one key is enough, and two operators end it`
    return { order, meaning }
  }
  const [chain, direction] = about
  const { pauses } = (await api.health()) as { pauses: readonly Paused[] }
  const pause = pauses.find((one) => one.chain === chain && one.direction === direction)
  if (what !== "resume" || !pause)
    throw new BridgeError("bad-request", {
      known:
        "approve TRANSFER, refund TRANSFER, resume CHAIN in|out, pause CHAIN in|out REASON UNTIL",
      paused: pauses.map((one) => `${one.chain} ${one.direction}`).join(", ") || "nothing",
    })
  const meaning = `resume ${chain} ${direction}: paused since ${pause.since} for ${pause.reason}`
  return { order: `resume ${chain} ${direction} ${pause.since}`, meaning }
}

interface Paused {
  readonly chain: string
  readonly direction: string
  readonly reason: string
  readonly since: string
}

export async function keyFile(path: string | undefined): Promise<OperatorKey> {
  if (!path) throw new BridgeError("bad-request", { missing: "--key FILE" })
  const read = JSON.parse(await readFile(path, "utf8")) as OperatorKey
  // The public half is derived, so that a damaged file is found here and not by the bridge.
  const { x } = createPublicKey(createPrivateKey({ format: "jwk", key: read.key })).export({
    format: "jwk",
  })
  if (x !== read.key.x) throw new BridgeError("bad-request", { key: path, reason: "damaged" })
  return read
}
