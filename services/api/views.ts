// What the API says about transfers, pauses and books, in the words of `sdk/schemas/`. Pure.

import { ASSETS, type ChainName, networkOf } from "../../core/assets.ts"
import type { Balances } from "../../core/ledger.ts"
import type { LedgerStatus, PauseView } from "../../sdk/schemas/bridge.ts"
import type { TransferBrief } from "../../sdk/schemas/transfers.ts"
import type { Pause } from "../store/controls.ts"
import type { Holdback } from "../store/holdbacks.ts"
import type { StoredTransfer } from "../store/transfers.ts"
import type { Context } from "./context.ts"
import { confirmationsOf, waitingOf } from "./waiting.ts"

export function briefOf(
  transfer: StoredTransfer,
  context: Context,
  failure: string | null = null,
  holdback: Holdback | null = null,
): TransferBrief {
  const { id, version, state, asset, source, target } = transfer
  const { sender, recipient, refund, reason, transaction, block } = transfer
  const [, begun] = id.split(":") as [string, string]
  const payoutChain = refund ? source : target
  return {
    ...{ id, number: String(transfer.number), version, state, asset },
    decimals: ASSETS[asset].decimals,
    ...{ source, target },
    amount: String(transfer.amount),
    fee: String(transfer.fee),
    arrives: String(transfer.amount > transfer.fee ? transfer.amount - transfer.fee : 0n),
    ...{ sender, recipient, refund, reason, transaction, block },
    confirmations: confirmationsOf(transfer, context),
    changedAt: transfer.changedAt.toISOString(),
    links: {
      source: linkOf(context, source, begun),
      payout: transaction && linkOf(context, payoutChain, transaction),
    },
    waiting: waitingOf(transfer, transfer.changedAt, context, failure, holdback),
  }
}

/** Public explorers of the live networks. */
const EXPLORERS = {
  arweave: "https://viewblock.io/arweave/tx/",
  ethereum: "https://etherscan.io/tx/",
  bsc: "https://bscscan.com/tx/",
  bitcoin: "https://mempool.space/tx/",
  ao: "https://www.ao.link/#/message/",
} as const

function linkOf({ deployment }: Context, chain: ChainName, transaction: string): string | null {
  if (deployment.network !== "mainnet") return null
  return `${EXPLORERS[networkOf(chain)]}${transaction}`
}

export function pauseView({ chain, direction, reason, by, since, until, given }: Pause): PauseView {
  return {
    ...{ chain, direction, reason, by },
    since: since.toISOString(),
    until: until?.toISOString() ?? null,
    order: given,
  }
}

/** The four accounts as text; `balanced` is invariant 1. */
export function ledgerView(balances: Balances & { readonly unbacked?: bigint }): LedgerStatus {
  const { custody, supply, pending, fees, unbacked } = balances
  return {
    ...(unbacked !== undefined && { unbacked: unbacked.toString() }),
    custody: custody.toString(),
    supply: supply.toString(),
    pending: pending.toString(),
    fees: fees.toString(),
    balanced: custody === supply + pending + fees,
  }
}
