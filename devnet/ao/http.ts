// One endpoint of the local AO units over HTTP: MU, SU and CU as the official client calls them.

import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import type { AoMessage, AoResult } from "../evaluator.ts"
import type { Messenger } from "./messenger.ts"
import type { Process, Schedule, Slot } from "./schedule.ts"
import type { View } from "./view.ts"

export interface EndpointOptions {
  readonly view: View
  readonly schedule: Schedule
  readonly messenger: Messenger
  /** Tags of the module and of the scheduler, for the checks that a client makes before a spawn. */
  readonly gateway: Gateway
  /** Answers `POST /devnet/...`. */
  readonly command: (name: string, body: unknown) => Promise<unknown>
  /** 0 lets the kernel choose. */
  readonly port: number
}

export interface Gateway {
  readonly module: string
  readonly moduleFormat: string
  /** Address that announces the scheduler's URL. */
  readonly scheduler: string
  readonly url: () => string
}

export interface Endpoint {
  readonly port: number
  readonly url: string
  stop(): Promise<void>
}

interface Reply {
  readonly status: number
  readonly body: unknown
}

/** Megabytes, as the real units take: an Eval of 150 KB is ordinary. */
const BODY_BYTES_MAX = 10 * 1024 * 1024
const PAGE_DEFAULT = 100
const PAGE_MAX = 1_000

/** Listens on 127.0.0.1 before it returns. Rejects when the port is taken. */
export async function serve(options: EndpointOptions): Promise<Endpoint> {
  const server = createServer((request, response) => {
    handle(options, request, response).catch((error) =>
      send(response, { status: 500, body: { error: String(error) } }),
    )
  })
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject)
    server.listen(options.port, "127.0.0.1", resolve)
  })
  const { port } = server.address() as AddressInfo
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

async function handle(
  options: EndpointOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? "/", "http://units")
  const path = url.pathname.replace(/(?<=.)\/$/, "")
  const body = request.method === "POST" ? await bodyOf(request) : Buffer.alloc(0)
  if (body === null) return send(response, { status: 413, body: { error: "too large" } })
  // A faulty endpoint must still take the command that mends it.
  if (path.startsWith("/devnet/"))
    return send(response, await command(options, request, path, body))
  if (options.view.faults.hang) return
  const failure = options.view.failure(path)
  if (failure !== null)
    return send(response, {
      status: failure,
      body: { error: "the endpoint fails as it was told to" },
    })
  send(response, await answer(options, request.method ?? "GET", path, url.searchParams, body))
}

async function answer(
  options: EndpointOptions,
  method: string,
  path: string,
  query: URLSearchParams,
  body: Buffer,
): Promise<Reply> {
  const [, unit = "", what = "", rest = ""] = path.split("/")
  if (method === "POST" && unit === "mu" && what === "") return accept(options, query, body)
  if (method === "POST" && unit === "cu" && what === "dry-run") return dryrun(options, query, body)
  if (method === "POST" && unit === "graphql") return gateway(options.gateway, body)
  if (method === "GET" && unit === "cu" && what === "result") return result(options, query, rest)
  if (method === "GET" && unit === "cu" && what === "results") return results(options, query, rest)
  if (method === "GET" && unit === "su" && what !== "") return schedule(options, query, what)
  return { status: 404, body: { error: `no such path: ${path}` } }
}

async function accept({ messenger }: EndpointOptions, query: URLSearchParams, body: Buffer) {
  if (query.has("assign"))
    return { status: 400, body: { error: "these units do not assign items of others" } }
  const taken = await messenger.accept(body)
  if ("status" in taken) return { status: taken.status, body: { error: taken.error } }
  return { status: 202, body: taken }
}

async function dryrun({ schedule, view }: EndpointOptions, query: URLSearchParams, body: Buffer) {
  const process = view.process(query.get("process-id") ?? "")
  if (!process) return { status: 404, body: { error: "Process does not exist" } }
  const asked = JSON.parse(String(body)) as Partial<AoMessage>
  return { status: 200, body: await schedule.dryrun(process, asked) }
}

async function result({ view }: EndpointOptions, query: URLSearchParams, message: string) {
  const slot = view.slotOf(query.get("process-id") ?? "", message)
  if (!slot) return { status: 404, body: { error: "Message does not exist" } }
  const known = await view.result(slot)
  return known
    ? { status: 200, body: known }
    : { status: 504, body: { error: "the result is not computed yet" } }
}

/** Pages by an opaque cursor that holds the slot. */
async function results({ view }: EndpointOptions, query: URLSearchParams, id: string) {
  const process = view.process(id)
  if (!process) return { status: 404, body: { error: "Process does not exist" } }
  const limit = limitOf(query, 25)
  const descending = query.get("sort")?.toUpperCase() === "DESC"
  const all = view.slots(process, 0, Number.MAX_SAFE_INTEGER)
  const ordered = descending ? [...all].reverse() : all
  const from = cursorIn(query.get("from"))
  const to = cursorIn(query.get("to"))
  const isInside = ({ slot }: Slot) =>
    (from === null || (descending ? slot < from : slot > from)) &&
    (to === null || (descending ? slot >= to : slot <= to))
  const wanted = ordered.filter(isInside)
  const page: { cursor: string; node: AoResult }[] = []
  for (const slot of wanted.slice(0, limit)) {
    const node = await view.result(slot)
    if (node) page.push({ cursor: cursorOf(slot.slot), node })
  }
  return { status: 200, body: { pageInfo: { hasNextPage: wanted.length > limit }, edges: page } }
}

function cursorOf(slot: number): string {
  return Buffer.from(JSON.stringify({ slot })).toString("base64url")
}

function cursorIn(text: string | null): number | null {
  if (!text) return null
  return (JSON.parse(Buffer.from(text, "base64url").toString()) as { slot: number }).slot
}

/** One message with its slot, or a page of a process: `from` and `to` are slots, both inclusive. */
function schedule({ view }: EndpointOptions, query: URLSearchParams, id: string): Reply {
  const owner = query.get("process-id")
  if (owner !== null) {
    const slot = view.slotOf(owner, id)
    return slot
      ? { status: 200, body: nodeOf(slot) }
      : { status: 404, body: { error: "Message or Process not found" } }
  }
  const process = view.process(id)
  if (!process) return { status: 404, body: { error: "Message or Process not found" } }
  return page(view, process, query)
}

function page(view: View, process: Process, query: URLSearchParams): Reply {
  const from = Number(query.get("from") ?? 0)
  const to = query.has("to") ? Number(query.get("to")) : Number.MAX_SAFE_INTEGER
  const limit = limitOf(query, PAGE_DEFAULT)
  const all = view.slots(process, from, to)
  const shown = all.slice(0, limit)
  return {
    status: 200,
    body: {
      page_info: { process: process.id, has_next_page: all.length > limit },
      edges: shown.map((slot) => ({ cursor: String(slot.slot), node: nodeOf(slot) })),
    },
  }
}

function nodeOf({ process, slot, timestamp, hashChain, item }: Slot) {
  const { id, owner, key, signature, target, anchor, tags, data } = item
  const assignment = {
    Process: process,
    Epoch: "0",
    Nonce: String(slot),
    "Hash-Chain": hashChain,
    "Block-Height": "1",
    Timestamp: String(timestamp),
  }
  return {
    message: { id, owner: { address: owner, key }, signature, target, anchor, tags, data },
    assignment: { tags: Object.entries(assignment).map(([name, value]) => ({ name, value })) },
  }
}

function limitOf(query: URLSearchParams, otherwise: number): number {
  const limit = Number(query.get("limit") ?? otherwise)
  return Number.isInteger(limit) && limit > 0 ? Math.min(limit, PAGE_MAX) : otherwise
}

/** What the client asks before a spawn: is it a module, and where is the scheduler. */
function gateway({ module, moduleFormat, scheduler, url }: Gateway, body: Buffer): Reply {
  const { variables = {} } = JSON.parse(String(body)) as { variables?: Record<string, unknown> }
  const ids = [variables.transactionIds, variables.ids].flat()
  const node = ids.includes(module)
    ? { id: module, tags: tagsOf({ Type: "Module", "Module-Format": moduleFormat, ...ENCODINGS }) }
    : [variables.owner, variables.owners].flat().includes(scheduler)
      ? { id: scheduler, tags: tagsOf(locationOf(url())) }
      : null
  const edges = node ? [{ cursor: "1", node: { ...node, owner: { address: scheduler } } }] : []
  return {
    status: 200,
    body: { data: { transactions: { pageInfo: { hasNextPage: false }, edges } } },
  }
}

const ENCODINGS = {
  "Input-Encoding": "JSON-V1",
  "Output-Encoding": "JSON-V1",
  "Memory-Limit": "1-gb",
  "Compute-Limit": "9000000000000",
}

function locationOf(url: string) {
  return { Type: "Scheduler-Location", Url: `${url}/su`, "Time-To-Live": "3600000" }
}

function tagsOf(values: Record<string, string>) {
  const all = { "Data-Protocol": "ao", Variant: "ao.TN.1", ...values }
  return Object.entries(all).map(([name, value]) => ({ name, value }))
}

/** Only JSON, which a foreign web page in the user's browser cannot send here without being asked. */
async function command(
  { command: run }: EndpointOptions,
  request: IncomingMessage,
  path: string,
  body: Buffer,
): Promise<Reply> {
  if (request.headers["content-type"]?.startsWith("application/json") !== true)
    return { status: 415, body: { error: "content-type must be application/json" } }
  try {
    const asked: unknown = body.length === 0 ? {} : JSON.parse(String(body))
    return { status: 200, body: await run(path.slice("/devnet/".length), asked) }
  } catch (error) {
    return { status: 400, body: { error: error instanceof Error ? error.message : String(error) } }
  }
}

async function bodyOf(request: IncomingMessage): Promise<Buffer | null> {
  const parts: Buffer[] = []
  let bytes = 0
  for await (const part of request.iterator({ destroyOnReturn: false })) {
    bytes += part.byteLength
    if (bytes > BODY_BYTES_MAX) return null
    parts.push(part)
  }
  return Buffer.concat(parts)
}

function send(response: ServerResponse, { status, body }: Reply): void {
  if (response.headersSent) return
  const text = JSON.stringify(body)
  response.writeHead(status, {
    "content-type": "application/json",
    "content-length": Buffer.byteLength(text),
    "access-control-allow-origin": "*",
  })
  response.end(text)
}
