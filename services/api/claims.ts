// `POST /claims`: whoever sent tokens to a vault without depositing them signs who is to have them back.

import { z } from "zod"
import type { Connection, Unattributed } from "../../chains/chain.ts"
import { claimIndex, claimNoteOf } from "../../chains/evm/claim.ts"
import type { ChainName } from "../../core/assets.ts"
import { BridgeError } from "../../core/errors.ts"
import { type TransferId, transferId } from "../../core/ids.ts"
import { keepClaim } from "../store/claims.ts"
import type { Sql } from "../store/database.ts"

const hex = (min: number, max = min) =>
  z
    .string()
    .regex(new RegExp(`^0x([0-9a-fA-F]{2}){${min},${max}}$`), `${min} bytes, hexadecimal with 0x`)
    .transform((text) => text.toLowerCase())

const shape = z.strictObject({
  chain: z.enum(["ethereum", "bsc"]),
  transaction: hex(32),
  /** Of the token's log in its block, as `/unattributed` tells it. */
  index: z.number().int().min(0).max(99_999),
  to: hex(20),
  signature: hex(1, 240),
})

/**
 * The transfer by which the tokens go back. Throws `bad-request`, `not-supported` for a chain that the bridge has
 * nothing on, and `not-found` when no such transfer is final, a deposit explains it, or its sender did not sign.
 */
export async function takeClaim(
  {
    sql,
    connections,
  }: {
    readonly sql: Sql
    readonly connections: Readonly<Partial<Record<ChainName, Pick<Connection, "claim">>>>
  },
  json: unknown,
): Promise<{ readonly transfer: TransferId }> {
  const body = shape.safeParse(json)
  if (!body.success) throw new BridgeError("bad-request", { problems: z.prettifyError(body.error) })
  const { chain, transaction, index: logIndex, to, signature } = body.data
  const connection = connections[chain]
  if (!connection?.claim) throw new BridgeError("not-supported", { chain })
  const bytes = new Uint8Array(Buffer.from(signature.slice(2), "hex"))
  const note = claimNoteOf({ transaction, logIndex, to, signature: bytes })
  if (!(await connection.claim(note, transaction)))
    throw new BridgeError("not-found", {
      transaction,
      index: logIndex,
      why: "or not its sender's word",
    })
  await keepClaim(sql, chain, { note, transaction })
  return { transfer: claimedId({ chain, transaction, index: logIndex }) }
}

/** The transfer by which what came without a word goes back, when it is claimed. */
export function claimedId({
  chain,
  transaction,
  index,
}: Pick<Unattributed, "chain" | "transaction" | "index">): TransferId {
  return transferId({ chain, transaction, index: claimIndex(index) })
}
