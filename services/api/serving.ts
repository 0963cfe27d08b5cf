// One way to serve a route: what is asked is read by its contract, and so, in tests, is what is answered.

import { isDeepStrictEqual } from "node:util"
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify"
import { z } from "zod"
import { BridgeError } from "../../core/errors.ts"
import type { Answer, Asked, Contract } from "../../sdk/schemas/contract.ts"

export interface Serving<C extends Contract, By> extends Asked<C> {
  /** What `guard` has found out. */
  readonly by: By
  readonly request: FastifyRequest
  readonly reply: FastifyReply
}

/** Somebody else answers; the handler has begun to. */
export type Served<C extends Contract> = Answer<C> | FastifyReply

export interface Server {
  readonly fastify: FastifyInstance
  /** Every answer is compared with its schema before it is sent: for tests, a wrong one is a fault of ours. */
  readonly checked: boolean
}

/**
 * Serves `contract`. `guard` looks at the request first, so that nobody learns from a refusal what they may not see.
 * Throws `bad-request` for what the contract's schemas refuse.
 */
export function serve<const C extends Contract, By = unknown>(
  { fastify, checked }: Server,
  contract: C,
  handle: (serving: Serving<C, By>) => Promise<Served<C>>,
  options: {
    readonly guard?: (request: FastifyRequest) => By | Promise<By>
    readonly bodyLimit?: number
  } = {},
): void {
  const { method, path, params, query, body, perMinute, made } = contract
  const rateLimit = perMinute === undefined ? {} : { max: perMinute, timeWindow: "1 minute" }
  fastify.route({
    method,
    url: path.replaceAll(/\{(\w+)\}/g, ":$1"),
    config: { contract: path, ...(perMinute !== undefined && { rateLimit }) },
    ...(options.bodyLimit !== undefined && { bodyLimit: options.bodyLimit }),
    handler: async (request, reply) => {
      const by = (await options.guard?.(request)) as By
      const asked = {
        params: params && parsed(params, request.params),
        query: query && parsed(query, request.query),
        body: body && parsed(body, request.body),
      } as Asked<C>
      const answer = await handle({ ...asked, by, request, reply })
      if (reply.sent || (answer as unknown) === reply) return reply
      if (checked && !contract.media && reply.statusCode < 400) demandAnswer(contract, answer)
      if (made) reply.code(201)
      return answer
    },
  })
}

/** Throws `bad-request` that lists everything wrong. */
export function parsed<Shape extends z.ZodType>(shape: Shape, value: unknown): z.output<Shape> {
  const read = shape.safeParse(value)
  if (read.success) return read.data
  throw new BridgeError("bad-request", { problems: z.prettifyError(read.error) })
}

/** The same with every bigint as text, as JSON needs it. */
export function plain(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (_, inner) => (typeof inner === "bigint" ? String(inner) : inner)),
  )
}

function demandAnswer({ path, answer }: Contract, value: unknown): void {
  const sent = JSON.parse(JSON.stringify(value))
  const read = answer.safeParse(sent)
  const problems = read.error ? z.prettifyError(read.error) : "it says more than its schema"
  if (!read.success || !isDeepStrictEqual(read.data, sent))
    throw new BridgeError("assertion", { path, problems })
}
