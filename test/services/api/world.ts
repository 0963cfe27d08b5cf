// A bridge's API over a database of its own, with transfers in any state that a test needs.

import { generateKeyPairSync } from "node:crypto"
import { signWith } from "../../../chains/seals.ts"
import type { TransferId } from "../../../core/ids.ts"
import { payoutOf } from "../../../core/payout.ts"
import type { State, TransferEvent } from "../../../core/transfer.ts"
import type { Api } from "../../../services/api/context.ts"
import { serveApi } from "../../../services/api/server.ts"
import { logFor } from "../../../services/log.ts"
import { advance } from "../../../services/store/advance.ts"
import type { Sql } from "../../../services/store/database.ts"
import { findTransfer } from "../../../services/store/transfers.ts"
import { aBlock, anId, aPolicy, aSighting, pathTo } from "../../builders.ts"
import { testDatabase } from "../../database.ts"
import { whenDone } from "../../ending.ts"

export const deployment = {
  network: "devnet",
  owner: "o",
  vault: anId("vault"),
  tokens: { AR: anId("token") },
} as const

const { privateKey, publicKey } = generateKeyPairSync("ed25519")
export const apiKey = {
  key: publicKey.export({ format: "jwk" }).x!,
  sign: signWith(privateKey),
}

/** Both chains of AR have been read up to block 104. */
export async function aServedBridge(parts: Partial<Api> = {}, log = logFor("api", "silent")) {
  const { sql, url: database } = await testDatabase()
  const served: Api = {
    ...{ sql, deployment, policy: aPolicy(), operators: [], connections: {} },
    ...{ screening: null, checked: true, key: apiKey },
    ...parts,
  }
  const { url, close } = await serveApi(served, "127.0.0.1:0", log)
  whenDone(close)
  for (const chain of ["arweave", "ao"] as const) {
    const block = { ...aBlock(104), parent: aBlock(103).id, sightings: [], settlements: [] }
    await advance(sql, [], { blocks: { chain, head: null, append: [block] } })
  }
  const get = async (path: string) => {
    const response = await fetch(`${url}${path}`)
    return {
      status: response.status,
      body: (await response.json()) as Record<string, never> & Body,
    }
  }
  return { sql, database, url, get }
}

export interface Body {
  error: { code: string; message: string; detail: Record<string, unknown> }
  transfers: { id: string }[]
  next: string | null
  [field: string]: unknown
}

/** Tells a transfer all that leads to a state. */
export async function aTransferIn(
  sql: Sql,
  state: State,
  sighting = aSighting(),
): Promise<TransferId> {
  for (const [place, event] of pathTo(state, sighting).entries())
    await tell(sql, sighting.id, event, `${place}`)
  return sighting.id
}

/** One event, with the plan that it needs. */
export async function tell(
  sql: Sql,
  transfer: TransferId,
  event: TransferEvent,
  key: string,
): Promise<void> {
  const change = { transfer, key, event }
  if (event.kind !== "Planned") await advance(sql, [change])
  else {
    const payout = payoutOf((await findTransfer(sql, transfer))!)
    const plan = {
      ...{ id: event.plan, chain: payout.chain, payouts: [payout], terms: {}, attempt: 0 },
      ...{ messages: [new Uint8Array(48)], slots: new Map([[transfer, event.slot]]) },
    }
    await advance(sql, [{ ...change, plan }])
  }
}
