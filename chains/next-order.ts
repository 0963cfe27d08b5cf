// How a vault, or a token, stands before its next order: on a chain that numbers these alone, or every operation.

import { BridgeError } from "../core/errors.ts"
import type { Connection } from "./chain.ts"
import type { NextOrder } from "./vault.ts"

/** Throws `not-supported` where none is taken, and as `Connection.handover`. */
export async function nextOrderAt(
  connection: Pick<Connection, "chain" | "handover" | "nextOrder">,
  vault: string,
): Promise<NextOrder> {
  if (connection.nextOrder) return connection.nextOrder(vault)
  if (!connection.handover)
    throw new BridgeError("not-supported", {
      chain: connection.chain,
      order: "its vault takes none",
    })
  const { present: key, terms } = await connection.handover(vault)
  return { key, number: Number(terms.number) }
}
