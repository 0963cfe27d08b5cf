// Transfers as the bridge tells them: one by its id or by the transaction that began it, and pages of many.

import type { TransferStatus } from "../../sdk/client.ts"
import { ask, find } from "./ask.ts"

export type { TransferStatus } from "../../sdk/client.ts"

export interface TransferPage {
  readonly transfers: readonly TransferStatus[]
  readonly next: string | null
}

/** Null while the bridge has not seen it. `name`: `chain:transaction:index`, `chain:transaction`, or a transaction. */
export async function transferNamed(name: string): Promise<TransferStatus | null> {
  const parts = name.split(":")
  if (parts.length === 3) return find<TransferStatus>(`/transfers/${encodeURIComponent(name)}`)
  const transaction = parts.at(-1)!
  const page = await find<TransferPage>(`/transfers?tx=${encodeURIComponent(transaction)}`)
  const found = page?.transfers.find(({ id }) => id.split(":")[1] === transaction)
  return found ? find<TransferStatus>(`/transfers/${encodeURIComponent(found.id)}`) : null
}

export function transfersOf(query: {
  readonly address?: string
  readonly tx?: string
  readonly cursor?: string
  readonly count?: number
}): Promise<TransferPage> {
  const search = new URLSearchParams(
    Object.entries(query).map(([name, value]) => [name, String(value)]),
  )
  return ask<TransferPage>(`/transfers?${search}`)
}
