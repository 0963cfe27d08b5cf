// JSON-RPC to one endpoint: many calls in one request, answers put back in order, failures typed.

import { z } from "zod"
import { BridgeError } from "../../core/errors.ts"
import { type Http, jsonOf, unreadable } from "../http.ts"

export interface Call {
  readonly method: string
  readonly params: readonly unknown[]
}

export interface JsonRpc {
  readonly url: string
  /** The results in the order of the calls. Throws as `call` does for the first that failed. */
  batch(calls: readonly Call[]): Promise<readonly unknown[]>
  /**
   * The result. Throws `rpc-unavailable`; with `refused: true` in its detail when the endpoint answered
   * and does not want to: asking the same again will not help, asking for less may.
   */
  call(method: string, ...params: readonly unknown[]): Promise<unknown>
}

/** Calls in one request to begin with; an endpoint that refuses so many gets fewer. */
const BATCH = 100

export function jsonRpc(url: string, http: Http): JsonRpc {
  let batchMax = BATCH
  let nextId = 1

  const send = async (calls: readonly Call[]): Promise<readonly Answer[]> => {
    const start = nextId
    nextId += calls.length
    const requests = calls.map((call, n) => ({ jsonrpc: "2.0", id: start + n, ...call }))
    const body = JSON.stringify(requests.length === 1 ? requests[0] : requests)
    const sends = calls.some(({ method }) => method === "eth_sendRawTransaction")
    const reply = await (sends ? http.post : http.query)(url, body, "application/json")
    if (reply.status >= 400 && !reply.body.startsWith("{") && !reply.body.startsWith("["))
      throw refusal(url, calls, `status ${reply.status}: ${reply.body.slice(0, 200)}`)
    const json = jsonOf(reply, url)
    const list = z.array(answer).safeParse(requests.length === 1 ? [json] : json)
    if (!list.success) {
      // A batch as a whole is refused by one answer to no call in particular.
      const one = answer.safeParse(json)
      throw one.data?.error
        ? refusal(url, calls, one.data.error.message)
        : unreadable(url, "JSON-RPC answer")
    }
    const byId = new Map(list.data.map((one) => [one.id, one]))
    return requests.map(({ id }) => {
      const found = byId.get(id)
      if (!found) throw unreadable(url, "answer to every call")
      return found
    })
  }

  /** In requests of at most `batchMax` calls, which it learns. */
  const answers = async (calls: readonly Call[]): Promise<readonly Answer[]> => {
    const parts = sliced(calls, batchMax).map(async (part) => {
      try {
        return await send(part)
      } catch (error) {
        if (!isRefusal(error) || part.length === 1) throw error
        batchMax = Math.min(batchMax, Math.ceil(part.length / 2))
        return answers(part)
      }
    })
    return (await Promise.all(parts)).flat()
  }

  const batch = async (calls: readonly Call[]) =>
    (await answers(calls)).map((one, n) => {
      if (one.error) throw refusal(url, [calls[n]!], one.error.message, one.error.data)
      if (one.result === undefined) throw unreadable(url, `result of ${calls[n]!.method}`)
      return one.result
    })

  return {
    url,
    batch,
    call: async (method, ...params) => (await batch([{ method, params }]))[0],
  }
}

/** What a contract has reverted with, hex; null for any other error. */
export function revertOf(error: unknown): string | null {
  const data = error instanceof BridgeError && isRefusal(error) ? error.detail.data : null
  return typeof data === "string" && /^0x([0-9a-f]{2})*$/i.test(data) ? data.toLowerCase() : null
}

/** The endpoint is there, and says no. */
export function isRefusal(error: unknown): boolean {
  return error instanceof BridgeError && error.detail.refused === true
}

/** A list in parts of at most so many. */
export function sliced<T>(list: readonly T[], size: number): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(list.length / size) }, (_, n) =>
    list.slice(n * size, (n + 1) * size),
  )
}

const answer = z.object({
  id: z.union([z.number(), z.string(), z.null()]).optional(),
  result: z.unknown().optional(),
  error: z
    .object({ code: z.number(), message: z.string(), data: z.unknown().optional() })
    .nullish(),
})

type Answer = z.infer<typeof answer>

function refusal(url: string, calls: readonly Call[], said: string, data?: unknown): BridgeError {
  const method = calls[0]?.method ?? "nothing"
  const detail = { url, method, said: said.slice(0, 300), refused: true }
  return new BridgeError("rpc-unavailable", { ...detail, ...(data !== undefined && { data }) })
}
