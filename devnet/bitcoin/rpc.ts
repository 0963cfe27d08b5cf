// JSON-RPC as Bitcoin Core speaks it: single calls and batches, named arguments, versions 1 and 2.

import { toJson } from "./amount.ts"
import type { Node } from "./node.ts"
import { CHAIN_METHODS } from "./rpc-chain.ts"
import { CODES, RpcError } from "./rpc-error.ts"
import { MEMPOOL_METHODS } from "./rpc-mempool.ts"
import { MINING_METHODS } from "./rpc-mining.ts"
import type { View } from "./view.ts"

/** What a call works on: the endpoint's view to read from, the node to change. */
export interface RpcContext {
  readonly node: Node
  readonly view: View
}

/** Its result goes through `toJson`: a bigint is an amount. */
export interface Method {
  /** Of its arguments, in order. */
  readonly names: readonly string[]
  run(context: RpcContext, args: readonly unknown[]): unknown
}

export type Methods = Readonly<Record<string, Method>>

export interface RpcReply {
  readonly status: number
  /** Empty when nothing was asked for. */
  readonly body: string
}

const METHODS: Methods = { ...CHAIN_METHODS, ...MEMPOOL_METHODS, ...MINING_METHODS }

/** The names of the methods in a request, as far as it can be read. */
export function methodsIn(request: unknown): string[] {
  const calls = Array.isArray(request) ? request : [request]
  return calls.map((call) => String((call as Call | null)?.method))
}

/** Answers the parsed body of a request; undefined stands for a body that is no JSON. */
export function answer(context: RpcContext, request: unknown): RpcReply {
  if (request === undefined) return failed(null, new RpcError("parseError", "Parse error"), false)
  if (!Array.isArray(request)) return answerOne(context, request)
  const replies = request.map((call) => answerOne(context, call).body)
  return { status: 200, body: `[${replies.filter((body) => body !== "").join(",")}]` }
}

interface Call {
  readonly jsonrpc?: unknown
  readonly id?: unknown
  readonly method?: unknown
  readonly params?: unknown
}

function answerOne(context: RpcContext, request: unknown): RpcReply {
  const call: Call = typeof request === "object" && request !== null ? request : {}
  const isSecond = call.jsonrpc === "2.0"
  const id = call.id ?? null
  try {
    const result = run(context, request)
    if (isSecond && call.id === undefined) return { status: 204, body: "" }
    const body = isSecond ? { jsonrpc: "2.0", result, id } : { result, error: null, id }
    return { status: 200, body: toJson(body) }
  } catch (error) {
    if (isSecond && call.id === undefined) return { status: 204, body: "" }
    return failed(id, error, isSecond)
  }
}

/** Version 2 puts a failed call into a good answer; version 1 has a status for each kind. */
function failed(id: unknown, error: unknown, isSecond: boolean): RpcReply {
  const message = error instanceof Error ? error.message : String(error)
  const code = error instanceof RpcError ? error.code : CODES.miscError
  const told = { code, message }
  if (isSecond) return { status: 200, body: toJson({ jsonrpc: "2.0", error: told, id }) }
  const status = { [CODES.invalidRequest]: 400, [CODES.methodNotFound]: 404 }[code] ?? 500
  return { status, body: toJson({ result: null, error: told, id }) }
}

function run(context: RpcContext, request: unknown): unknown {
  if (typeof request !== "object" || request === null)
    throw new RpcError("invalidRequest", "Invalid Request object")
  const { method, params = [] }: Call = request
  if (method === undefined) throw new RpcError("invalidRequest", "Missing method")
  if (typeof method !== "string") throw new RpcError("invalidRequest", "Method must be a string")
  const found = Object.hasOwn(METHODS, method) ? METHODS[method] : undefined
  if (found === undefined) throw new RpcError("methodNotFound", "Method not found")
  return found.run(context, positional(found, params))
}

function positional({ names }: Method, params: unknown): readonly unknown[] {
  if (typeof params !== "object")
    throw new RpcError("invalidRequest", "Params must be an array or object")
  if (Array.isArray(params)) {
    if (params.length <= names.length) return params
    throw new RpcError("miscError", `Too many arguments: ${names.join(", ")}`)
  }
  const named = (params ?? {}) as Record<string, unknown>
  for (const name of Object.keys(named)) {
    if (!names.includes(name))
      throw new RpcError("invalidParameter", `Unknown named parameter ${name}`)
  }
  return names.map((name) => named[name])
}
