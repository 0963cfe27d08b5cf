// Transfers as the bridge tells them: one by its id or by the transaction that began it, and pages of many.

import type { TransferPage, TransferStatus } from "../../sdk/schemas/transfers.ts"
import { ask, find } from "./ask.ts"

export type { TransferBrief, TransferPage, TransferStatus } from "../../sdk/schemas/transfers.ts"

/** Null while the bridge has not seen it. `name`: `chain:transaction:index`, `chain:transaction`, or a transaction. */
export async function transferNamed(name: string): Promise<TransferStatus | null> {
  const parts = name.split(":")
  if (parts.length === 3) return find<TransferStatus>(`/transfers/${encodeURIComponent(name)}`)
  const transaction = parts.at(-1)!
  const page = await find<TransferPage>(`/transfers?tx=${encodeURIComponent(transaction)}`)
  const [found] = page?.transfers ?? []
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
