// What a route promises: what it takes, what it answers, and how often one may ask. The API, its document and the client keep to it.

import type { z } from "zod"
import type { Frozen } from "./words.ts"

export type Method = "GET" | "POST" | "DELETE"

/** Text in the path or the query, by name. */
type Fields = z.ZodObject<Readonly<Record<string, z.ZodType>>>

export interface Contract {
  readonly method: Method
  /** As OpenAPI writes it: `/transfers/{id}`. */
  readonly path: string
  readonly tag: string
  readonly summary: string
  readonly about?: string
  readonly params?: Fields
  readonly query?: Fields
  readonly body?: z.ZodType
  /** Of a success, which is 200, or 201 where something was made. */
  readonly answer: z.ZodType
  readonly made?: true
  /** Another status with the same answer. */
  readonly also?: readonly number[]
  /** What the answer is when it is no JSON. */
  readonly media?: string
  /** Statuses of refusals that its caller must expect beside 400, 500 and 503. */
  readonly refuses?: readonly number[]
  /** Requests a minute of one client, where that is less than the API's own limit. */
  readonly perMinute?: number
  /** Who may ask. */
  readonly demands?: "signature" | "key"
}

/** Keeps the schemas' types. */
export function contract<const C extends Contract>(one: C): C {
  return one
}

type Output<Schema> = Schema extends z.ZodType ? z.output<Schema> : undefined

export interface Asked<C extends Contract> {
  readonly params: Output<C["params"]>
  readonly query: Output<C["query"]>
  readonly body: Output<C["body"]>
}

export type Answer<C extends Contract> = Frozen<z.input<C["answer"]>>
