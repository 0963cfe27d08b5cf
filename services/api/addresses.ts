// `POST /addresses`: a deposit address of one's own, kept so that all who watch the chain know it from then on.

import { z } from "zod"
import type { Deployment } from "../../chains/chain.ts"
import { CHAIN_OF } from "../../chains/index.ts"
import { servedBy } from "../../chains/served.ts"
import { CHAINS, type ChainName } from "../../core/assets.ts"
import { BridgeError } from "../../core/errors.ts"
import { keepClaim } from "../store/claims.ts"
import type { Sql } from "../store/database.ts"
import { keepNote } from "../store/notes.ts"

const shape = z.strictObject({
  chain: z.enum(CHAINS).default("bitcoin"),
  recipient: z.string().max(128),
  refundTo: z.string().max(128),
  index: z.number().int().min(0).max(0xffff_ffff).default(0),
  refundKey: z.string().max(128).nullable().default(null),
  transaction: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,128}$/, "a transaction's id")
    .optional(),
})

export interface MadeAddress {
  readonly chain: ChainName
  readonly address: string
  /** From this anybody can compute the address again. */
  readonly note: string
}

/**
 * The same wish gets the same address, for ever. One that was paid before is found by the transaction that paid
 * it. Throws `bad-request`, `bad-address`, and `not-supported`
 * for a chain where nobody has an address of their own.
 */
export async function makeAddress(
  { sql, deployment }: { readonly sql: Sql; readonly deployment: Deployment },
  json: unknown,
): Promise<MadeAddress> {
  const body = shape.safeParse(json)
  if (!body.success) throw new BridgeError("bad-request", { problems: z.prettifyError(body.error) })
  const { chain, transaction, ...wish } = body.data
  const addressFor = servedBy(deployment).includes(chain) ? CHAIN_OF[chain]?.addressFor : undefined
  if (!addressFor) throw new BridgeError("not-supported", { chain })
  const made = addressFor(wish, deployment)
  // A deposit that nothing can hold on AO would only come back.
  if (Object.values(deployment.tokens).includes(wish.recipient))
    throw new BridgeError("bad-address", { recipient: wish.recipient, why: "a token's process" })
  await keepNote(sql, chain, made.note)
  if (transaction !== undefined) await keepClaim(sql, chain, { note: made.note, transaction })
  return { chain, ...made }
}
