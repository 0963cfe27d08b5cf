// What one sender sent and one recipient got in the last 24 hours, as far as this signer helped to pay it.

import { ASSET_NAMES, ASSETS, type AssetName } from "../core/assets.ts"
import type { TransferId } from "../core/ids.ts"
import type { Payout } from "../core/payout.ts"
import { ofRecipient, ofSender, type Spending } from "./limits.ts"

export type Sums = ReadonlyMap<AssetName, bigint>

/** By sender and by recipient, each of both chains of every asset. */
export interface Moved {
  readonly sent: Sums
  readonly got: Sums
}

export interface Who {
  readonly sender: string
  readonly recipient: string
}

/** What a signer asks its journal; null of a transfer that is promised already, and counted in itself. */
export type MovedBefore = (transfer: TransferId, who: Who, nowMs: number) => Moved | null

/** Transfers of one request, which no journal knows yet: in parts they are as much as in one. */
export type Beside = readonly (Who & Pick<Payout, "transfer" | "asset" | "amount">)[]

export function movedIn(spent: Spending, { sender, recipient }: Who): Moved {
  const sums = (of: typeof ofSender, who: string): Sums =>
    new Map(
      ASSET_NAMES.map((asset) => {
        const { home, wrapped } = ASSETS[asset]
        const both = [home, wrapped.ledger] as const
        return [asset, both.reduce((sum, chain) => sum + spent.sum(of(asset, chain, who)), 0n)]
      }),
    )
  return { sent: sums(ofSender, sender), got: sums(ofRecipient, recipient) }
}

/** With what the same request pays of the same sender, or to the same recipient. */
export function withBeside({ sent, got }: Moved, who: Who, beside: Beside): Moved {
  const more = (sums: Sums, isMeant: (one: Who) => boolean): Sums => {
    const all = new Map(sums)
    for (const one of beside)
      if (isMeant(one)) all.set(one.asset, (all.get(one.asset) ?? 0n) + one.amount)
    return all
  }
  return {
    sent: more(sent, ({ sender }) => sender === who.sender),
    got: more(got, ({ recipient }) => recipient === who.recipient),
  }
}
