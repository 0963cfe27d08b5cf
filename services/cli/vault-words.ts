// What an order to a vault would do, in words, for those who are asked to approve it.

import type { Deployment } from "../../chains/chain.ts"
import type { VaultOrder } from "../../chains/vault.ts"
import { formatUnits } from "../../core/amount.ts"
import { ASSET_NAMES, ASSETS, isLedger } from "../../core/assets.ts"
import { BridgeError } from "../../core/errors.ts"

/** One sentence; amounts in whole units where the bridge knows the token, else in base units. */
export function orderText(order: VaultOrder, { vaults }: Pick<Deployment, "vaults">): string {
  if (isLedger(order.chain)) return tokenText(order)
  const where = `the vault ${order.vault} on ${order.chain}, its operation ${order.number}`
  if (order.kind === "unpause") return `opens again after its pause: ${where}`
  if (order.kind === "guardian") return `obeys another guardian, ${order.guardian}: ${where}`
  if (order.kind === "resume") throw new BridgeError("bad-request", { order: order.kind })
  const contracts = vaults?.[order.chain as "ethereum" | "bsc"]?.contracts ?? {}
  const asset = ASSET_NAMES.find((name) => contracts[name] === order.token)
  const token = asset ?? `the token ${order.token}`
  if (order.kind === "migrate")
    return `sends all ${token} that it holds to the vault ${order.successor}, and takes and pays it no more: ${where}`
  if (order.capacity === 0n) return `takes and pays ${token} no more: ${where}`
  const capacity = asset
    ? `${formatUnits(order.capacity, ASSETS[asset].decimals)} ${asset}`
    : `${order.capacity} base units of ${token}`
  return `lets at most ${capacity} leave at once, back within ${order.windowS} s: ${where}`
}

function tokenText(order: VaultOrder): string {
  const token = order.of ? "the campaign's token" : "the token"
  const where = `${token} ${order.vault} on ${order.chain}, its order ${order.number}`
  if (order.kind === "resume") return `goes on after its pause number ${order.pauses}: ${where}`
  if (order.kind === "guardian") return `obeys another guardian, ${order.guardian}: ${where}`
  throw new BridgeError("bad-request", { order: order.kind })
}
