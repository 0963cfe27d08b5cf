// Links between parties: HTTP over TLS 1.3, both sides pinned to certificates; strangers are dropped.

import { constants, createHash } from "node:crypto"
import type { IncomingMessage, ServerResponse } from "node:http"
import { Agent, createServer, request } from "node:https"
import type { AddressInfo, Socket } from "node:net"
import { TLSSocket } from "node:tls"
import { type Places, Strangers } from "../chains/strangers.ts"
import { BridgeError } from "../core/errors.ts"
import { fingerprintOf, type Identity } from "./certificate.ts"

/** Whom we talk to: a name for people, and the certificate that is pinned (PEM). */
export interface Peer {
  readonly name: string
  readonly role: "signer" | "coordinator"
  readonly certificate: string
}

export interface Asking {
  readonly peer: Peer
  readonly method: string
  readonly path: string
  /** Parsed JSON, or null. */
  readonly body: unknown
  /** Aborts when the peer has gone. */
  readonly signal: AbortSignal
}

export interface Answer {
  readonly status: number
  readonly body: unknown
}

export interface Bounds {
  /** Bytes of one request. */
  readonly bodyMax: number
  /** Requests of one peer: a steady rate, and as many at once after a rest. */
  readonly perSecond: number
  readonly burst: number
  /** Requests of one peer that are under way. */
  readonly inFlight: number
  /** Open connections of one peer. */
  readonly connections: number
  /** And those of which nobody knows yet whose they are. */
  readonly strangers: Places
  /** Milliseconds for a handshake, or for the head or the body of a request to arrive. */
  readonly arrivalMs: number
}

export const BOUNDS: Bounds = {
  bodyMax: 1024 * 1024,
  perSecond: 500,
  burst: 1_000,
  inFlight: 32,
  connections: 128,
  strangers: { all: 512, each: 128 },
  arrivalMs: 5_000,
}

/** A peer keeps its connection this long between requests, and we a little longer, so that none is cut in use. */
const IDLE_MS = 60_000
/** Bytes of one answer. */
const ANSWER_MAX = 256 * 1024
const NO_TICKETS = constants.SSL_OP_NO_TICKET

export interface Door {
  /** `host:port`. */
  readonly address: string
  /** Stops accepting, lets requests under way end for at most `graceMs`, then cuts. */
  close(graceMs?: number): Promise<void>
}

/**
 * Opens a door at `listen` (`host:port`, port 0 takes a free one) for `peers` alone. `answer` gets each
 * request of a known peer within `bounds`; what it throws becomes a 500 without a word of why.
 */
export async function openDoor(options: {
  readonly identity: Identity
  readonly peers: readonly Peer[]
  readonly listen: string
  readonly bounds?: Partial<Bounds>
  readonly answer: (asking: Asking) => Promise<Answer>
}): Promise<Door> {
  const bounds = { ...BOUNDS, ...options.bounds }
  const guests = new Map(
    options.peers.map((peer) => [fingerprintOf(peer.certificate), new Guest(peer, bounds)]),
  )
  const guestOf = guestsBySocket(guests)
  const server = createServer(
    {
      ...tlsOf(options.identity),
      ca: options.peers.map(({ certificate }) => certificate),
      requestCert: true,
      rejectUnauthorized: true,
      handshakeTimeout: bounds.arrivalMs,
      headersTimeout: bounds.arrivalMs,
      requestTimeout: bounds.arrivalMs,
      connectionsCheckingInterval: Math.min(bounds.arrivalMs, 1_000),
      keepAliveTimeout: IDLE_MS + 5_000,
      maxHeaderSize: 8 * 1024,
    },
    (asked, reply) => {
      const guest = guestOf(asked.socket)
      if (!guest) return asked.socket.destroy()
      void guest.serve(asked, reply, options.answer)
    },
  )
  const strangers = new Strangers(bounds.strangers)
  server.on("connection", (socket: Socket) => strangers.meet(socket))
  server.on("tlsClientError", (_, socket) => socket.destroy())
  // A chain that ends in a pinned certificate is not enough: the certificate itself must be pinned.
  server.on("secureConnection", (socket) => {
    if (!guestOf(socket)?.enters(socket)) return socket.destroy()
    strangers.know(socket)
  })
  const { host, port } = hostAndPort(options.listen)
  await new Promise<void>((resolve, reject) => {
    server.once("error", (cause) =>
      reject(new BridgeError("bad-config", { listen: options.listen, reason: cause.message })),
    )
    server.listen(port, host, resolve)
  })
  return {
    address: `${host.includes(":") ? `[${host}]` : host}:${(server.address() as AddressInfo).port}`,
    close: (graceMs = 2_000) =>
      new Promise((resolve) => {
        const cut = setTimeout(() => server.closeAllConnections(), graceMs)
        server.close(() => {
          clearTimeout(cut)
          resolve()
        })
        server.closeIdleConnections()
        strangers.dismiss()
      }),
  }
}

export interface Link {
  readonly peer: Peer
  readonly address: string
  /** Throws `signer-unreachable` when no answer comes in time, or something else answers. */
  ask(
    method: "GET" | "POST",
    path: string,
    body: unknown,
    limits: { readonly timeoutMs: number; readonly signal?: AbortSignal },
  ): Promise<Answer>
  close(): void
}

/** A line to one pinned peer at `address` (`host:port`); it connects when asked, and keeps the connection. */
export function openLink(identity: Identity, peer: Peer, address: string): Link {
  const pinned = fingerprintOf(peer.certificate)
  const { host, port } = hostAndPort(address)
  const agent = new Agent({
    ...tlsOf(identity),
    ca: [peer.certificate],
    // A name in a certificate proves nothing here; its bytes do.
    checkServerIdentity: (_, shown) =>
      sha256(shown.raw) === pinned ? undefined : new Error("the peer shows another certificate"),
    keepAlive: true,
    maxSockets: 8,
    maxCachedSessions: 0,
    timeout: IDLE_MS,
  })
  return {
    peer,
    address,
    ask: async (method, path, body, { timeoutMs, signal }) => {
      const late = AbortSignal.timeout(timeoutMs)
      const ends = signal ? [late, signal] : [late]
      const text = body === null ? null : JSON.stringify(body)
      try {
        const asking = { agent, host, port, method, path, text, signal: AbortSignal.any(ends) }
        return await exchange(asking)
      } catch (error) {
        throw new BridgeError(
          "signer-unreachable",
          {
            signer: peer.name,
            address,
            reason: late.aborted ? `no answer in ${timeoutMs} ms` : reasonOf(error),
          },
          { cause: error },
        )
      }
    },
    close: () => agent.destroy(),
  }
}

/** A peer at our door: how much it may still ask. */
class Guest {
  readonly #peer: Peer
  readonly #bounds: Bounds
  #tokens: number
  #filledMs = performance.now()
  #inFlight = 0
  #connections = 0

  constructor(peer: Peer, bounds: Bounds) {
    this.#peer = peer
    this.#bounds = bounds
    this.#tokens = bounds.burst
  }

  /** Counts a new connection until it is closed; false when it has enough of them. */
  enters(socket: Socket): boolean {
    if (this.#connections >= this.#bounds.connections) return false
    this.#connections += 1
    socket.once("close", () => {
      this.#connections -= 1
    })
    return true
  }

  async serve(
    asked: IncomingMessage,
    reply: ServerResponse,
    answer: (asking: Asking) => Promise<Answer>,
  ): Promise<void> {
    if (!this.#admits()) return turnAway(asked, reply, 429, "too many requests")
    // A length that is told beforehand lets us refuse without reading; Node holds the peer to it.
    const length = asked.headers["transfer-encoding"]
      ? NaN
      : Number(asked.headers["content-length"] ?? 0)
    if (!(length <= this.#bounds.bodyMax))
      return turnAway(asked, reply, 413, "the body is too large")
    const gone = new AbortController()
    reply.once("close", () => gone.abort())
    this.#inFlight += 1
    try {
      const body = parsed((await bodyOf(asked, length)) ?? "")
      if (body === undefined) return turnAway(asked, reply, 400, "the body is not JSON")
      const { method = "GET", url = "/" } = asked
      const asking = { peer: this.#peer, method, path: url, body, signal: gone.signal }
      send(reply, await answer(asking))
    } catch {
      // What failed is in our own log; a peer learns nothing of it.
      send(reply, { status: 500, body: { error: "this signer failed" } })
    } finally {
      this.#inFlight -= 1
    }
  }

  /** A bucket that fills at a steady rate and holds a burst. */
  #admits(): boolean {
    const { burst, perSecond, inFlight } = this.#bounds
    const nowMs = performance.now()
    this.#tokens = Math.min(burst, this.#tokens + ((nowMs - this.#filledMs) / 1000) * perSecond)
    this.#filledMs = nowMs
    if (this.#tokens < 1 || this.#inFlight >= inFlight) return false
    this.#tokens -= 1
    return true
  }
}

/** Who a connection belongs to, which stays so: TLS 1.3 does not negotiate anew. */
function guestsBySocket(guests: ReadonlyMap<string, Guest>): (socket: Socket) => Guest | null {
  const known = new WeakMap<Socket, Guest>()
  return (socket) => {
    const before = known.get(socket)
    if (before) return before
    const shown = socket instanceof TLSSocket ? socket.getPeerX509Certificate() : undefined
    const guest = shown && guests.get(sha256(shown.raw))
    if (guest) known.set(socket, guest)
    return guest ?? null
  }
}

function tlsOf({ certificate, key }: Identity) {
  // Without resumption every connection proves its key anew.
  return { cert: certificate, key, minVersion: "TLSv1.3", secureOptions: NO_TICKETS } as const
}

/** The text of a body; null when it is longer than `max` bytes. */
async function bodyOf(message: IncomingMessage, max: number): Promise<string | null> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of message as AsyncIterable<Buffer>) {
    length += chunk.length
    if (length > max) return null
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString("utf8")
}

/** The JSON value of a text, null for no text, undefined for no JSON. */
function parsed(text: string): unknown {
  if (text === "") return null
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function send(reply: ServerResponse, { status, body }: Answer): void {
  if (reply.destroyed || reply.headersSent) return
  const text = JSON.stringify(body)
  reply.writeHead(status, {
    "content-type": "application/json",
    "content-length": Buffer.byteLength(text),
  })
  reply.end(text)
}

/** Answers without reading on: what is still under way of the request is cut off. */
function turnAway(asked: IncomingMessage, reply: ServerResponse, status: number, error: string) {
  reply.setHeader("connection", "close")
  const { socket } = asked
  reply.once("finish", () => socket.destroySoon())
  send(reply, { status, body: { error } })
}

interface Exchange {
  readonly agent: Agent
  readonly host: string
  readonly port: number
  readonly method: string
  readonly path: string
  readonly text: string | null
  readonly signal: AbortSignal
}

async function exchange(asking: Exchange): Promise<Answer> {
  const { text, ...options } = asking
  const json = {
    "content-type": "application/json",
    "content-length": Buffer.byteLength(text ?? ""),
  }
  const asked = request({ ...options, headers: text === null ? {} : json })
  asked.end(text ?? undefined)
  const response = await new Promise<IncomingMessage | null>((resolve, reject) => {
    asked.once("response", resolve)
    asked.once("error", (error) => {
      // The peer may have closed a kept connection just as we used it; a request is safe to repeat.
      if (asked.reusedSocket && "code" in error && error.code === "ECONNRESET") resolve(null)
      else reject(error)
    })
  })
  if (response === null) return exchange(asking)
  const answer = await bodyOf(response, ANSWER_MAX)
  const body = answer === null ? undefined : parsed(answer)
  if (body === undefined) throw new Error("the answer is too large, or not JSON")
  return { status: response.statusCode ?? 0, body }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return "unknown"
  return "code" in error ? String(error.code) : error.message
}

function hostAndPort(address: string): { host: string; port: number } {
  const match = /^(?:\[([0-9a-fA-F:]+)\]|([^:[\]]+)):([0-9]{1,5})$/.exec(address)
  const port = Number(match?.[3])
  if (!match || port > 65_535)
    throw new BridgeError("bad-config", { address, reason: "not host:port" })
  return { host: (match[1] ?? match[2])!, port }
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex")
}
