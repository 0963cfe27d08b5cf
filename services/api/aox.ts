// AOX's part of the API, in its shapes, its spelling and its status words: a wallet switches by base URL.

import { assetsOf } from "../../chains/served.ts"
import { ASSETS, isLedger } from "../../core/assets.ts"
import { BridgeError } from "../../core/errors.ts"
import { depthOf } from "../../core/policy.ts"
import type { Transfer } from "../../core/transfer.ts"
import type { Announcement, AoxRecord } from "../../sdk/schemas/aox.ts"
import { ROUTES } from "../../sdk/schemas/routes.ts"
import { announcementOf, keepAnnouncement } from "../store/announcements.ts"
import { type Context, contextOf, type Reading } from "./context.ts"
import { infoView, tokenIdOf } from "./info.ts"
import { type Server, serve } from "./serving.ts"
import { COUNT, seenUpTo, spelling } from "./transfers.ts"
import { confirmationsOf } from "./waiting.ts"

export function aoxRoutes(server: Server, api: Reading): void {
  const { sql, reads } = api

  serve(server, ROUTES.info, async () => {
    const [context, books] = await Promise.all([contextOf(api), reads.books()])
    return infoView(context, books)
  })

  serve(server, ROUTES.tx, async ({ params: { id } }) => {
    const [context, [transfer]] = await Promise.all([contextOf(api), reads.begunBy(id)])
    if (!transfer) {
      const said = await announcementOf(sql, id)
      if (said) return unpackaged(said, context)
      throw new BridgeError("not-found", { transaction: id, seenUpTo: seenUpTo(context) })
    }
    return aoxView(transfer, transfer.number, context)
  })

  serve(server, ROUTES.announcement, async ({ body }) => {
    await keepAnnouncement(sql, body)
    return { status: "ok" as const }
  })

  serve(server, ROUTES.txs, async ({ query: { address, count = COUNT, cursor = null } }) => {
    const page = { limit: count, cursor }
    const [rows, context] = await Promise.all([
      reads.page({ address: spelling(address) }, page),
      contextOf(api),
    ])
    return rows.map((one) => aoxView(one, one.number, context))
  })
}

/** What a wallet has said and no block shows yet, in the shape of what it will be. */
function unpackaged(said: Announcement, { deployment, policy }: Context): AoxRecord {
  const isBurn = said.txType === "burn"
  const asset = assetsOf(deployment).find((name) => deployment.tokens[name] === said.wrappedTokenId)
  const { decimals = 0, home, wrapped } = asset ? ASSETS[asset] : {}
  const source = isBurn ? wrapped?.ledger : home
  const [from, to] = isBurn
    ? [said.wrappedTokenId, said.tokenId]
    : [said.tokenId, said.wrappedTokenId]
  return {
    ...{ rawId: 0, txType: said.txType, chainType: said.chainType, txId: said.txId },
    ...{ sender: said.sender, recipient: said.recipient, quantity: said.amount },
    symbol: (isBurn ? wrapped?.ticker : asset) ?? "",
    ...{ decimals, blockHeight: 0, fromTokenId: from, toTokenId: to, fee: "0" },
    ...{ feeRecipient: deployment.vault, confirmNum: 0 },
    confirmRange: source ? depthOf(policy, source) : 0,
    ...{ status: "unPackaged", targetChainTxHash: "", errMsg: "" },
  }
}

/** A record of AOX's. */
export function aoxView(transfer: Transfer, number: bigint, context: Context): AoxRecord {
  const { deployment } = context
  const asset = ASSETS[transfer.asset]
  const burn = isLedger(transfer.source)
  const token = deployment.tokens[transfer.asset] ?? ""
  const native = tokenIdOf(deployment, transfer.asset)
  const { have, need } = confirmationsOf(transfer, context)
  const [, txId] = transfer.id.split(":") as [string, string]
  return {
    rawId: Number(number),
    txType: burn ? "burn" : "mint",
    chainType: asset.home,
    txId,
    sender: transfer.sender,
    recipient: transfer.recipient ?? "",
    quantity: transfer.amount.toString(),
    symbol: burn ? asset.wrapped.ticker : transfer.asset,
    decimals: asset.decimals,
    blockHeight: transfer.block.height,
    fromTokenId: burn ? token : native,
    toTokenId: burn ? native : token,
    fee: transfer.fee.toString(),
    feeRecipient: deployment.vault,
    confirmNum: have,
    confirmRange: need,
    status: aoxStatus(transfer),
    targetChainTxHash: transfer.transaction ?? "",
    errMsg: transfer.refund ? "refunded" : (transfer.reason ?? ""),
  }
}

export function aoxStatus({ state, source, refund }: Transfer): AoxRecord["status"] {
  switch (state) {
    case "seen":
      return isLedger(source) ? "burning" : "waiting"
    case "confirmed":
    case "ready":
      return "confirmed"
    case "signing":
    case "sent":
      return isLedger(source) ? "executing" : "wrapping"
    case "held":
      return "failed"
    case "paid":
      return refund ? "failed" : "success"
    case "dropped":
      return "notOnChain"
  }
}
