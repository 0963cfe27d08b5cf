// `causeway operator`: one operator's signed order; all but a pause is carried out when a second one has given the same.

import { createPrivateKey, createPublicKey, sign } from "node:crypto"
import { parseArgs } from "node:util"
import { parseBridge } from "../../chains/bridge.ts"
import { assert } from "../../core/assert.ts"
import { BridgeError } from "../../core/errors.ts"
import {
  type OrderedBridge,
  orderText,
  type PauseWish,
  parseOrder,
  stopsOf,
} from "../../core/orders.ts"
import { bridgeApi } from "../../sdk/client.ts"
import type { Terminal } from "./commands.ts"
import { jsonFile } from "./json-file.ts"
import { localNetwork } from "./local.ts"
import { byOwnEyes, type Told } from "./own-eyes.ts"
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
      bridge: { type: "string" },
      eyes: { type: "string" },
      signer: { type: "string", multiple: true },
      json: { type: "boolean" },
    },
  })
  const [what = "", ...about] = positionals
  const { name, key } = await keyFile(values.key)
  // Whoever stops the bridge may have to go around its API: the public file and the signers' doors are enough.
  const isAround = values.bridge !== undefined && values.api === undefined
  const url = isAround ? null : (values.api ?? (await localNetwork(values.folder)).apiUrl)
  const { order, meaning, transfer } = await orderOf(url, what, about)
  // Nothing is signed that the operator's own chains tell otherwise.
  const seen = values.eyes && transfer ? await byOwnEyes(values.eyes, transfer) : null
  if (!values.json) terminal.note(seen ? `${meaning}\n  ${seen}` : meaning)
  const text = orderText(await bridgeOf(values.bridge, url), order)
  const signature = sign(
    null,
    Buffer.from(text),
    createPrivateKey({ format: "jwk", key }),
  ).toString("base64url")
  const heard = await Promise.all(
    (values.signer ?? []).map(async (at) => {
      const body = { orders: [{ body: order, operator: name, signature }] }
      const problem = await post(`${at}/orders`, body).then(
        () => null,
        (error: unknown) => String(error),
      )
      return { signer: at, problem }
    }),
  )
  const answer =
    url === null
      ? null
      : ((await post(`${url}/orders`, { order, operator: name, signature })) as Answer)
  if (values.json) terminal.out(JSON.stringify({ ok: true, order, ...answer, signers: heard }))
  else terminal.out([...(answer ? [toldBy(answer)] : []), ...heard.map(shown)].join("\n"))
  return heard.every(({ problem }) => problem === null) ? 0 : 1
}

function toldBy({ given, needed, done }: Answer): string {
  if (done) return `done, by ${given.join(" and ")}`
  return `given by ${given.join(", ")}; ${needed - given.length} more must give it`
}

function shown({ signer, problem }: { signer: string; problem: string | null }): string {
  return `${signer}: ${problem ?? "heard"}`
}

async function bridgeOf(file: string | undefined, url: string | null): Promise<OrderedBridge> {
  if (file !== undefined) return parseBridge(await jsonFile(file)).deployment
  assert(url !== null, "the bridge is known by its file or its API")
  const info = (await bridgeApi(url).info()) as { network: "devnet"; bridgePid: string }
  return { network: info.network, vault: info.bridgePid }
}

const ANSWER_MS = 10_000

async function post(url: string, body: object): Promise<unknown> {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(ANSWER_MS),
  })
  const answer = (await response.json()) as Answer
  if (response.ok) return answer
  const error = answer.error as string | { readonly message: string } | undefined
  const refused = typeof error === "string" ? error : error?.message
  throw new BridgeError("bad-request", { refused: refused ?? response.status })
}

interface Answer {
  readonly given: readonly string[]
  readonly needed: number
  readonly done: boolean
  readonly error?: { readonly message: string }
}

interface Meant {
  readonly order: string
  readonly meaning: string
  readonly transfer?: Told
}

/** The text of an order, and what it will do, as the bridge tells the transfer now. */
async function orderOf(url: string | null, what: string, about: readonly string[]): Promise<Meant> {
  if (what === "pause" || what === "lift") {
    const order = [what, ...about].join(" ")
    const asked = parseOrder(order)
    if (asked.kind === "pause") return { order, meaning: meaningOf(asked) }
    assert(asked.kind === "lift", "an order is read as what it begins with")
    return { order, meaning: `end for good: ${meaningOf(asked.pause)}` }
  }
  if (url === null) throw new BridgeError("bad-request", { missing: "--api URL", for: what })
  const api = bridgeApi(url)
  if (what === "approve" || what === "refund") {
    const transfer = await api.transfer(about[0] ?? "")
    if (!transfer) throw new BridgeError("not-found", { transfer: about[0] ?? "none given" })
    const to = what === "approve" ? transfer.recipient : `its sender ${transfer.sender}`
    const meaning = `${what}: ${transfer.amount} base units of ${transfer.asset} to ${to}\n  ${describe(transfer)}`
    return { order: `${what} ${transfer.id} ${transfer.version}`, meaning, transfer }
  }
  const [chain, direction] = about
  const { pauses } = (await api.health()) as { pauses: readonly Paused[] }
  const pause = pauses.find((one) => one.chain === chain && one.direction === direction)
  if (what !== "resume" || !pause)
    throw new BridgeError("bad-request", {
      known:
        "approve TRANSFER, refund TRANSFER, resume CHAIN in|out, pause CHAIN|ASSET|all in|out|both REASON UNTIL",
      paused: pauses.map((one) => `${one.chain} ${one.direction}`).join(", ") || "nothing",
    })
  const meaning = `resume ${chain} ${direction}: paused since ${pause.since} for ${pause.reason}`
  if (pause.order === null) return { order: `resume ${chain} ${direction} ${pause.since}`, meaning }
  const all = parseOrder(pause.order)
  assert(all.kind === "pause", "a pause was given by an order to pause")
  const others = stopsOf(all).map((one) => `${one.chain} ${one.direction}`)
  return { order: `lift ${pause.order}`, meaning: `${meaning}; it ends for ${others.join(", ")}` }
}

function meaningOf(asked: PauseWish): string {
  const stops = stopsOf(asked).map((one) => `${one.chain} ${one.direction}`)
  return `pause ${stops.join(", ")} for ${asked.reason}, planned until ${asked.until}: one key is enough, and two operators end it`
}

interface Paused {
  readonly chain: string
  readonly direction: string
  readonly reason: string
  readonly since: string
  readonly order: string | null
}

/** `{ "name", "key": <Ed25519 JWK> }`; throws `bad-request` and `bad-config` that name the file. */
export async function keyFile(path: string | undefined): Promise<OperatorKey> {
  if (!path) throw new BridgeError("bad-request", { missing: "--key FILE" })
  const read = (await jsonFile(path)) as OperatorKey
  const problem = problemOf(read)
  if (problem) throw new BridgeError("bad-request", { key: path, reason: problem })
  return read
}

/** The public half is derived, so that a damaged file is found here and not by the bridge. */
function problemOf({ key }: OperatorKey): string | null {
  try {
    const { x } = createPublicKey(createPrivateKey({ format: "jwk", key })).export({
      format: "jwk",
    })
    return x === key.x ? null : "damaged"
  } catch {
    return "no Ed25519 key"
  }
}
