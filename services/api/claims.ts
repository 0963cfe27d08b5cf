// `POST /claims`: whoever sent tokens to a vault without depositing them signs who is to have them back.

import type { Connection, Unattributed } from "../../chains/chain.ts"
import { claimIndex, claimNoteOf } from "../../chains/evm/claim.ts"
import type { ChainName } from "../../core/assets.ts"
import { BridgeError } from "../../core/errors.ts"
import { type TransferId, transferId } from "../../core/ids.ts"
import { claimWish } from "../../sdk/schemas/people.ts"
import { keepClaim } from "../store/claims.ts"
import type { Sql } from "../store/database.ts"
import { parsed } from "./serving.ts"

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
  const { chain, transaction, index: logIndex, to, signature } = parsed(claimWish, json)
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
