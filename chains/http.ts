// Plain HTTP to endpoints that may be slow, dead or rude: connections are kept, requests bounded, failures typed.

import { Agent, request as httpRequest, type IncomingMessage } from "node:http"
import { request as httpsRequest, Agent as TlsAgent } from "node:https"
import { BridgeError } from "../core/errors.ts"

export interface Reply {
  readonly status: number
  readonly body: string
}

export interface Http {
  /**
   * The answer, whatever its status, except 429 and 5xx other than 504 (units say so of what is not
   * computed yet): those, time-outs, broken connections and bodies of more than 64 MB throw
   * `rpc-unavailable` with the URL.
   */
  get(url: string, headers?: Readonly<Record<string, string>>): Promise<Reply>
  post(url: string, body: string | Uint8Array, type: string): Promise<Reply>
  /** Breaks off what is under way. */
  close(): void
}

export interface HttpOptions {
  /** For a request and its answer, without the wait for a free connection. */
  readonly timeoutMs: number
  /** Requests under way at one time, over all endpoints. */
  readonly atOnce: number
}

export function openHttp({ timeoutMs, atOnce }: HttpOptions): Http {
  const agents = {
    "http:": new Agent({ keepAlive: true, maxSockets: atOnce }),
    "https:": new TlsAgent({ keepAlive: true, maxSockets: atOnce }),
  }
  const turns = new Turns(atOnce)

  const send = async (call: Call): Promise<Reply> => {
    await turns.take()
    try {
      return await once(call, agents, timeoutMs).catch((error: unknown) => {
        // A kept connection that the other side just closed; the request never reached it.
        if (call.method === "GET" && isStale(error)) return once(call, agents, timeoutMs)
        throw error
      })
    } catch (cause) {
      if (cause instanceof BridgeError) throw cause
      throw new BridgeError("rpc-unavailable", { url: call.url, why: wordsOf(cause) }, { cause })
    } finally {
      turns.give()
    }
  }

  return {
    get: (url, headers = {}) => send({ method: "GET", url, headers, body: null }),
    post: (url, body, type) =>
      send({ method: "POST", url, headers: { "content-type": type }, body: Buffer.from(body) }),
    close() {
      for (const agent of Object.values(agents)) agent.destroy()
    },
  }
}

/** The JSON of an answer; throws `rpc-unavailable` when it is none. */
export function jsonOf({ body }: Reply, url: string): unknown {
  try {
    return JSON.parse(body)
  } catch (cause) {
    throw new BridgeError("rpc-unavailable", { url, why: "the answer is not JSON" }, { cause })
  }
}

/** An answer that has not the form it should have; a broken endpoint. */
export function unreadable(url: string, what: string): BridgeError {
  return new BridgeError("rpc-unavailable", { url, why: `no readable ${what} in the answer` })
}

interface Call {
  readonly method: "GET" | "POST"
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer | null
}

const BODY_BYTES_MAX = 64 * 1024 * 1024

function once(
  { method, url, headers, body }: Call,
  agents: { "http:": Agent; "https:": TlsAgent },
  timeoutMs: number,
): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const isTls = url.startsWith("https:")
    const length = body === null ? {} : { "content-length": body.length }
    const request = (isTls ? httpsRequest : httpRequest)(url, {
      method,
      headers: { ...headers, ...length },
      agent: agents[isTls ? "https:" : "http:"],
    })
    const timer = setTimeout(() => request.destroy(new Error(`${timeoutMs} ms`)), timeoutMs)
    const fail = (error: Error) => {
      clearTimeout(timer)
      reject(Object.assign(error, { reused: request.reusedSocket }))
    }
    request.on("error", fail)
    request.on("response", (response: IncomingMessage) => {
      const parts: Buffer[] = []
      let bytes = 0
      response.on("data", (part: Buffer) => {
        bytes += part.length
        if (bytes > BODY_BYTES_MAX) request.destroy(new Error("the answer is too large"))
        else parts.push(part)
      })
      response.on("error", fail)
      response.on("aborted", () => fail(new Error("the answer broke off")))
      response.on("end", () => {
        clearTimeout(timer)
        const status = response.statusCode ?? 0
        if (status === 504 || (status !== 429 && status < 500))
          resolve({
            status,
            body: (parts.length === 1 ? parts[0]! : Buffer.concat(parts)).toString(),
          })
        else reject(new BridgeError("rpc-unavailable", { url, status }))
      })
    })
    request.end(body ?? undefined)
  })
}

function isStale(error: unknown): boolean {
  const { code, reused } = error as { code?: string; reused?: boolean }
  return reused === true && (code === "ECONNRESET" || code === "EPIPE")
}

function wordsOf(cause: unknown): string {
  const { code, message } = cause as { code?: string; message?: string }
  return code ?? message ?? String(cause)
}

/** So many at a time, in the order they came. */
class Turns {
  #free: number
  readonly #waiting: (() => void)[] = []

  constructor(count: number) {
    this.#free = count
  }

  take(): Promise<void> | void {
    if (this.#free > 0) {
      this.#free -= 1
      return
    }
    return new Promise((resolve) => this.#waiting.push(resolve))
  }

  give(): void {
    const next = this.#waiting.shift()
    if (next) next()
    else this.#free += 1
  }
}
