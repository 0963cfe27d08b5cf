// Plain HTTP to endpoints that may be slow, dead or rude: connections are kept, requests bounded, failures typed.

import type { Socket } from "node:net"
import { Agent, buildConnector, type Dispatcher } from "undici"
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
  post(
    url: string,
    body: string | Uint8Array,
    type: string,
    headers?: Readonly<Record<string, string>>,
  ): Promise<Reply>
  /** As `post`, for what only reads: it is sent once more, as `get` is, when a kept connection turns out to be closed. */
  query: Http["post"]
  /** Breaks off what is under way. */
  close(): void
}

export interface HttpOptions {
  /** For a request and its answer, without the wait for a free connection. */
  readonly timeoutMs: number
  /** Requests under way at one time, over all endpoints. */
  readonly atOnce: number
  /**
   * Requests that may share a connection, one behind the other. It halves the work of many that are
   * answered at once; where one can take long, those behind it wait: then 1.
   */
  readonly pipelining: number
  /** Answers of 5xx are answers too: what they say is needed. */
  readonly readsErrors?: boolean
  /** Hears each answer that came, before anybody acts on it. */
  readonly heard?: ((answer: Heard) => void) | undefined
}

export interface Heard extends Reply {
  readonly url: string
  /** What was sent along; empty for what is only fetched. */
  readonly sent: string
}

export function openHttp({
  timeoutMs,
  atOnce,
  pipelining,
  readsErrors = false,
  heard,
}: HttpOptions): Http {
  const agent = new Agent({
    ...{ connections: Math.ceil(atOnce / pipelining), pipelining },
    // A request has one time limit, and `once` keeps it.
    ...{ headersTimeout: 0, bodyTimeout: 0, connect: gathering(timeoutMs) },
  })
  const turns = new Turns(atOnce)

  const send = async (call: Call): Promise<Reply> => {
    await turns.take()
    try {
      const reply = await once(agent, call, timeoutMs).catch((error: unknown) => {
        // Usually a kept connection that the other side just closed; to read once more harms nobody.
        if (call.isRead && isBroken(error)) return once(agent, call, timeoutMs)
        throw error
      })
      const { status } = reply
      heard?.({ ...reply, url: call.url, sent: call.body?.toString() ?? "" })
      if (readsErrors || status === 504 || (status !== 429 && status < 500)) return reply
      throw new BridgeError("rpc-unavailable", { url: call.url, status })
    } catch (cause) {
      if (cause instanceof BridgeError) throw cause
      throw new BridgeError("rpc-unavailable", { url: call.url, why: wordsOf(cause) }, { cause })
    } finally {
      turns.give()
    }
  }

  const posting =
    (isRead: boolean): Http["post"] =>
    (url, body, type, headers = {}) => {
      const all = { ...headers, "content-type": type }
      return send({ method: "POST", isRead, url, headers: all, body: Buffer.from(body) })
    }

  return {
    get: (url, headers = {}) => send({ method: "GET", isRead: true, url, headers, body: null }),
    post: posting(false),
    query: posting(true),
    close() {
      void agent.destroy()
    },
  }
}

/**
 * Connections that write once a turn of the event loop: requests that share one are sent together, which is
 * most of the work that sending takes.
 */
function gathering(timeoutMs: number): buildConnector.connector {
  const connect = buildConnector({ timeout: timeoutMs })
  return (options, done) =>
    connect(options, (...result) => {
      const [, socket] = result
      if (socket) gather(socket)
      done(...result)
    })
}

function gather(socket: Socket): void {
  const write = socket.write.bind(socket) as Socket["write"]
  let isHeld = false
  socket.write = ((...parts: Parameters<Socket["write"]>) => {
    if (!isHeld) {
      isHeld = true
      socket.cork()
      setImmediate(() => {
        isHeld = false
        socket.uncork()
      })
    }
    return write(...parts)
  }) as Socket["write"]
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
  /** To send it twice does no more than to send it once. */
  readonly isRead: boolean
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer | null
}

const BODY_BYTES_MAX = 64 * 1024 * 1024

function once(
  agent: Agent,
  { method, url, headers, body }: Call,
  timeoutMs: number,
): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const start = url.indexOf("/", url.indexOf("//") + 2)
    const [origin, path] = start < 0 ? [url, "/"] : [url.slice(0, start), url.slice(start)]
    const parts: Buffer[] = []
    let bytes = 0
    let status = 0
    let late: Error | null = null
    let abort: (why: Error) => void = reject
    const timer = setTimeout(() => {
      late = new Error(`${timeoutMs} ms`)
      abort(late)
    }, timeoutMs)
    const answer: Dispatcher.DispatchHandler = {
      // Once more for a request behind one that failed: that is sent again.
      onRequestStart(controller) {
        abort = (why) => controller.abort(why)
        if (late) abort(late)
      },
      onResponseStart(_, code) {
        status = code
      },
      onResponseData(controller, part) {
        bytes += part.length
        if (bytes > BODY_BYTES_MAX) controller.abort(new Error("the answer is too large"))
        else parts.push(part)
      },
      onResponseEnd() {
        clearTimeout(timer)
        const text = () => (parts.length === 1 ? parts[0]! : Buffer.concat(parts)).toString()
        resolve({ status, body: text() })
      },
      onResponseError(_, error) {
        clearTimeout(timer)
        reject(error)
      },
    }
    // The next request need not wait until this one is being answered.
    agent.dispatch({ origin, path, method, headers, body, blocking: false }, answer)
  })
}

const BROKEN: ReadonlySet<unknown> = new Set(["ECONNRESET", "EPIPE", "UND_ERR_SOCKET"])

function isBroken(error: unknown): boolean {
  return BROKEN.has((error as { code?: string }).code)
}

/** What an answer that breaks off in the middle of being HTTP is called in an error's `why`. */
export const NO_HTTP = "HTTPParserError"

function wordsOf(cause: unknown): string {
  // Its code is there in some versions only.
  if (cause instanceof Error && cause.name === NO_HTTP) return NO_HTTP
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
