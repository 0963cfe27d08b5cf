// Orders to a vault that this signer's operator has approved, and what it makes sure of before it signs one.
//
// Who may list a token, open a vault again or change its guardian? Nobody alone, and not the coordinator: an order is
// signed when as many operators as the threshold asks have each approved the same one in their own signer's folder.

import { mkdir, readdir, readFile, rm } from "node:fs/promises"
import { join } from "node:path"
import type { Connection } from "../chains/chain.ts"
import { nextOrderAt } from "../chains/next-order.ts"
import type { OrderCodec, VaultOrder } from "../chains/vault.ts"
import { BridgeError } from "../core/errors.ts"
import type { VaultOrderRequest } from "./protocol.ts"
import { replaceFile } from "./replace-file.ts"
import { hexOf, type Signer } from "./schemes/scheme.ts"
import type { Desk } from "./signing.ts"
import { sightOf } from "./verify.ts"

const ORDERS = "orders"

type Numbered = Pick<VaultOrder, "chain" | "of" | "number">

function orderFile(folder: string, { chain, of, number }: Numbered): string {
  return join(folder, ORDERS, `${of ? `${chain}-${of}` : chain}-${number}.json`)
}

/** The JSON that an `OrderCodec` reads. */
export function orderJson(order: VaultOrder): string {
  const text = (_: string, value: unknown) => (typeof value === "bigint" ? `${value}` : value)
  return `${JSON.stringify(order, text, 2)}\n`
}

/** From here on the signer signs it, also one that runs. An order of the same number takes the place of the former. */
export async function approveOrder(folder: string, order: VaultOrder): Promise<void> {
  await mkdir(join(folder, ORDERS), { recursive: true, mode: 0o700 })
  await replaceFile(orderFile(folder, order), orderJson(order))
}

/** False when there was none. What has been signed already is beyond recall: then the guardian cancels it. */
export async function withdrawOrder(folder: string, order: Numbered): Promise<boolean> {
  return rm(orderFile(folder, order)).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return false
      throw error
    },
  )
}

/** The names of the approved orders' files, without `.json`. */
export async function approvedOrders(folder: string): Promise<readonly string[]> {
  const files = await readdir(join(folder, ORDERS)).catch(() => [])
  return files
    .filter((name) => name.endsWith(".json"))
    .map((name) => name.slice(0, -5))
    .sort()
}

/** Null when the operator has approved none. Throws `bad-request` for one that was edited into nonsense. */
async function readApproved(
  folder: string,
  { ordered: chain, token: of, number }: VaultOrderRequest,
  codec: OrderCodec,
): Promise<VaultOrder | null> {
  const text = await readFile(orderFile(folder, { chain, of, number }), "utf8").catch(() => null)
  if (text === null) return null
  const order = codec.parse(jsonIn(text))
  // The file's name is how it is found, not what is signed.
  if (order.chain !== chain || order.of !== of || order.number !== number)
    throw new BridgeError("bad-request", { order: "under another one's name" })
  return order
}

/**
 * The signer and the bytes of an approved order. What it says this signer knows from its own folder, how the vault
 * stands from its own endpoints. Throws the reason not to sign.
 */
export async function ordered(
  desk: Desk,
  request: VaultOrderRequest,
): Promise<{ readonly signer: Signer; readonly message: Uint8Array }> {
  const { view, campaignToken } = desk
  const { ordered: chain, scheme, token } = request
  const { codec, connection, scheme: own } = sightOf(view, chain)
  if (own !== scheme) throw new BridgeError("not-supported", { chain, order: scheme })
  if (!token) return orderedAt(desk, request, codec.orders, connection)
  if (chain !== "ao" || !campaignToken) throw new BridgeError("not-supported", { chain, token })
  const place = campaignToken.desk()
  try {
    return await orderedAt(desk, request, campaignToken.orders, place)
  } finally {
    await place.close()
  }
}

async function orderedAt(
  desk: Desk,
  request: VaultOrderRequest,
  orders: OrderCodec | undefined,
  place: Pick<Connection, "chain" | "handover" | "nextOrder" | "vetOrder">,
) {
  const { ordered: chain, scheme } = request
  const refuse = (reason: string, detail: object = {}) =>
    new BridgeError("signer-refused", { reason, ...detail })
  if (!orders) throw new BridgeError("not-supported", { chain, order: scheme })
  if (desk.newcomer && desk.now() < desk.newcomer.untilMs) throw refuse("this signer joined lately")
  const order = await readApproved(desk.folder, request, orders)
  if (!order) throw refuse("this signer's operator has not approved it", { number: request.number })
  orders.demandOurs(order, desk.view.deployment)
  const { key, number } = await nextOrderAt(place, order.vault)
  if (number !== order.number) throw refuse("the vault's next operation is another one", { number })
  const signer = [desk.signers[scheme], desk.successors[scheme]].find(
    (one) => one && hexOf(one.key) === key,
  )
  if (!signer) throw refuse("the vault obeys a key that is not the group's", { obeys: key })
  // Whoever wrote the order down may have the operators send all that there is to a stranger, take a token that is none, or
  // sign what is kept for a later pause.
  if (order.kind === "migrate" || order.kind === "limit" || order.kind === "resume") {
    if (!place.vetOrder) throw new BridgeError("not-supported", { chain, order: order.kind })
    await place.vetOrder(order)
  }
  return { signer, message: orders.message(order, desk.view.deployment, key) }
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
