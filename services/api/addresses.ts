// `POST /addresses`: a deposit address of one's own, kept so that all who watch the chain know it from then on.

import type { Deployment } from "../../chains/chain.ts"
import { CHAIN_OF } from "../../chains/index.ts"
import { servedBy } from "../../chains/served.ts"
import { BridgeError } from "../../core/errors.ts"
import { addressWish, type MadeAddress } from "../../sdk/schemas/people.ts"
import { keepClaim } from "../store/claims.ts"
import type { Sql } from "../store/database.ts"
import { keepNote } from "../store/notes.ts"
import { parsed } from "./serving.ts"

/**
 * The same wish gets the same address, for ever. One that was paid before is found by the transaction that paid
 * it. Throws `bad-request`, `bad-address`, and `not-supported`
 * for a chain where nobody has an address of their own.
 */
export async function makeAddress(
  { sql, deployment }: { readonly sql: Sql; readonly deployment: Deployment },
  json: unknown,
): Promise<MadeAddress> {
  const { chain, transaction, ...wish } = parsed(addressWish, json)
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
