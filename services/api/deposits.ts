// What has to be told before or after a deposit: an address of one's own, tokens without a word, and whose they are.

import { ROUTES } from "../../sdk/schemas/routes.ts"
import { notesPaid } from "../store/notes.ts"
import { transfersById } from "../store/transfers.ts"
import { unlistedDeposits } from "../store/unlisted.ts"
import { makeAddress } from "./addresses.ts"
import { claimedId, takeClaim } from "./claims.ts"
import type { Api } from "./context.ts"
import { type Server, serve } from "./serving.ts"

const COUNT = 100

export function depositRoutes(server: Server, api: Api): void {
  const { sql } = api

  serve(server, ROUTES.unattributed, async () => {
    const connections = Object.values(api.connections)
    const all = await Promise.all(
      connections.map(async (one) => (await one.unattributed?.()) ?? []),
    )
    const rows = all.flat().map((one) => ({ ...one, transfer: claimedId(one) }))
    const known = await transfersById(
      sql,
      rows.map(({ transfer }) => transfer),
    )
    return {
      transfers: rows.map(({ amount, transfer, ...one }) => ({
        ...one,
        amount: String(amount),
        // Once it is claimed, this is the transfer by which it goes back.
        transfer: known.has(transfer) ? transfer : null,
      })),
      deposits: (await unlistedDeposits(sql)).map((one) => ({
        ...{ ...one, amount: String(one.amount) },
      })),
    }
  })

  // Each is kept, and watched, for ever: one client gets so many.
  serve(server, ROUTES.addresses, async ({ body }) => makeAddress(api, body))

  serve(server, ROUTES.paidAddresses, async ({ query }) => {
    const { chain, count = COUNT } = query
    const rows = await notesPaid(sql, chain, { after: BigInt(query.after), limit: count })
    return {
      notes: rows.map(({ note, transaction }) => ({ note, transaction })),
      next: String(rows.at(-1)?.number ?? query.after),
    }
  })

  serve(server, ROUTES.claims, async ({ body }) => takeClaim(api, body))
}
