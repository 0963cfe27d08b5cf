// What one sender sent and one recipient got in the last 24 hours, as far as this signer helped to pay it.

import type { AssetName } from "../core/assets.ts"
import type { TransferId } from "../core/ids.ts"
import type { Payout } from "../core/payout.ts"
import { from, type Spending, to } from "./limits.ts"

export type Sums = ReadonlyMap<AssetName, bigint>

/** By sender and by recipient, each of both chains of every asset that they moved. */
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

export function movedIn(spent: Spending, { sender, recipient }: Who): Moved {
  return { sent: spent.moved(from(sender)), got: spent.moved(to(recipient)) }
}

/** What one request pays, which no journal knows yet: in parts it is as much as in one. */
export class Beside {
  readonly #sent = new Map<string, Map<AssetName, bigint>>()
  readonly #got = new Map<string, Map<AssetName, bigint>>()

  add({ sender, recipient }: Who, { asset, amount }: Pick<Payout, "asset" | "amount">): void {
    addOf(this.#sent, sender, asset, amount)
    addOf(this.#got, recipient, asset, amount)
  }

  /** With what it pays of the same sender, or to the same recipient. */
  with({ sent, got }: Moved, { sender, recipient }: Who): Moved {
    return {
      sent: together(sent, this.#sent.get(sender)),
      got: together(got, this.#got.get(recipient)),
    }
  }
}

function addOf(
  sums: Map<string, Map<AssetName, bigint>>,
  who: string,
  asset: AssetName,
  amount: bigint,
): void {
  const own = sums.get(who) ?? new Map<AssetName, bigint>()
  own.set(asset, (own.get(asset) ?? 0n) + amount)
  sums.set(who, own)
}

function together(sums: Sums, more: Sums | undefined): Sums {
  if (!more) return sums
  const all = new Map(sums)
  for (const [asset, amount] of more) all.set(asset, (all.get(asset) ?? 0n) + amount)
  return all
}
