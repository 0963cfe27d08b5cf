// A local EVM chain with a vault on it, providers in front of it that lie, and readers of them.

import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import { schnorr } from "@noble/curves/secp256k1.js"
import { onTestFinished } from "vitest"
import type { FinalityRule } from "../../../chains/evm/finality.ts"
import { Heads } from "../../../chains/evm/heads.ts"
import { toHex } from "../../../chains/evm/hex.ts"
import { evmNode } from "../../../chains/evm/node.ts"
import { type Incident, Panel } from "../../../chains/evm/panel.ts"
import { Reader } from "../../../chains/evm/reader.ts"
import { openHttp } from "../../../chains/http.ts"
import type { AnvilOptions } from "../../../devnet/evm/anvil.ts"
import { type EvmDevnet, startEvm } from "../../../devnet/evm/index.ts"

export const CHAIN_ID = 31_337

export const groupSecret = new Uint8Array(32).fill(5)
export const groupKey = toHex(schnorr.getPublicKey(groupSecret))

/** Some account, lower case. */
export function account(number: number): string {
  return `0x${number.toString(16).padStart(40, "a")}`
}

/** Ends with the test. */
export async function aChain(options: Partial<AnvilOptions> = {}): Promise<EvmDevnet> {
  const chain = await startEvm({ chainId: CHAIN_ID, ...options })
  onTestFinished(() => chain.stop())
  return chain
}

/** One call as it passes a provider. */
export interface Passing {
  readonly method: string
  readonly params: readonly unknown[]
  /** Calls in the same request. */
  readonly count: number
  /** Of the true chain; already spoiled by what came before. */
  readonly result: unknown
}

/** What a provider makes of an answer: another one; `Refused` is an error of JSON-RPC. */
export type Manner = (passing: Passing) => unknown

export class Refused {
  readonly message: string
  constructor(message: string) {
    this.message = message
  }
}

export interface Provider {
  readonly url: string
  /** Every call that was asked, in order. */
  readonly asked: { readonly method: string; readonly params: readonly unknown[] }[]
  manner: Manner
  /** Instead of an answer of JSON-RPC; `silent` is none at all. */
  status: number | "silent" | null
}

/** A provider of the chain with a manner of its own; honest when none is given. */
export async function aProvider(
  chain: EvmDevnet,
  manner: Manner = ({ result }) => result,
): Promise<Provider> {
  const asked: Provider["asked"] = []
  const provider = { url: "", asked, manner, status: null as Provider["status"] }
  const server = createServer((request, response) => {
    answer(chain.url, provider, request, response).catch(() => response.writeHead(500).end())
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  provider.url = `http://127.0.0.1:${(server.address() as { port: number }).port}`
  return provider
}

interface Answer {
  readonly id: number
  readonly result?: unknown
  readonly error?: unknown
}

async function answer(
  url: string,
  provider: Provider,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  let body = ""
  for await (const chunk of request) body += String(chunk)
  if (provider.status === "silent") return
  if (provider.status !== null) {
    response.writeHead(provider.status).end()
    return
  }
  const json = JSON.parse(body)
  const calls: { id: number; method: string; params: unknown[] }[] = [json].flat()
  provider.asked.push(...calls.map(({ method, params }) => ({ method, params })))
  const reply = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(calls),
  })
  const answers = ((await reply.json()) as Answer[]).map((one) => {
    const call = calls.find(({ id }) => id === one.id)!
    if ("error" in one) return one
    const spoiled = provider.manner({ ...call, count: calls.length, result: one.result })
    return spoiled instanceof Refused
      ? { jsonrpc: "2.0", id: one.id, error: { code: -32_000, message: spoiled.message } }
      : { ...one, result: spoiled ?? null }
  })
  // In any order: the ids tell.
  response.end(JSON.stringify(Array.isArray(json) ? answers.reverse() : answers[0]))
}

export const RULE: FinalityRule = {
  ...{ depthMin: 0, lagMax: 160, spreadMax: 5 },
}

export interface Reading {
  readonly panel: Panel
  readonly heads: Heads
  readonly reader: Reader
  readonly incidents: Incident[]
}

/** A reader of a contract through these providers. It counts nothing unless it is told how. */
export function aReading(
  urls: readonly string[],
  contract: string,
  options: {
    readonly quorum?: number
    readonly rule?: Partial<FinalityRule>
    readonly freshMs?: number
    readonly timeoutMs?: number
    readonly counter?: ConstructorParameters<typeof Reader>[0]["counter"]
  } = {},
): Reading {
  const http = openHttp({ timeoutMs: options.timeoutMs ?? 2_000, atOnce: 16, pipelining: 1 })
  onTestFinished(() => http.close())
  const rule = { ...RULE, ...options.rule }
  const incidents: Incident[] = []
  const panel = new Panel({
    nodes: urls.map((url) => evmNode(url, BigInt(CHAIN_ID), http)),
    quorum: options.quorum ?? Math.floor(urls.length / 2) + 1,
    report: (incident) => incidents.push(incident),
  })
  const heads = new Heads({ panel, rule, freshMs: options.freshMs ?? 0 })
  const counter = options.counter ?? NOTHING
  return { panel, heads, incidents, reader: new Reader({ panel, heads, contract, counter }) }
}

const NOTHING = { numberOf: () => null, input: "0x", countIn: () => 0n }
