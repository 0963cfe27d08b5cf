// Orders to a token that are neither mints nor a new key, as operators pass them around and as the token takes them. Pure.

import { bytesToHex } from "@noble/hashes/utils.js"
import type { Ledger } from "../../core/assets.ts"
import { BridgeError } from "../../core/errors.ts"
import { aoAddress } from "../address.ts"
import { fromBase64url, isId } from "../bytes.ts"
import type { Deployment, PublicKeyHex } from "../chain.ts"
import { only, whole, wrong } from "../order-fields.ts"
import type { NextOrder, OrderCodec, VaultOrder } from "../vault.ts"
import { bridgesOf, itemOf, ownersOf, tagList } from "./handover.ts"
import { encode, type ItemTag, idOf, messageOf } from "./item.ts"
import type { Obeyed, Stops } from "./units.ts"

/** To the token of a ledger, or of a campaign; `tokenOf` names its process. */
export function ordersTo(
  chain: Ledger,
  tokenOf: (deployment: Deployment) => string,
  of?: VaultOrder["of"],
): OrderCodec {
  const demandOurs = (order: VaultOrder, deployment: Deployment) => {
    const ours = tokenOf(deployment)
    if (order.chain !== chain || order.vault !== ours || order.of !== of)
      throw new BridgeError("bad-request", { token: order.vault, ours })
  }
  const item = (order: VaultOrder, deployment: Deployment, key: PublicKeyHex) => {
    demandOurs(order, deployment)
    return itemOf(order.vault, key, tagsOf(order))
  }
  return {
    parse: (json) => readOrder(chain, of, json),
    demandOurs,
    message: (order, deployment, key) => messageOf(item(order, deployment, key)),
    sealed(order, deployment, key, signature) {
      const raw = encode({ ...item(order, deployment, key), signature })
      return { id: idOf(signature), raw }
    },
  }
}

/** Throws `not-supported` for a token that numbers no orders, and for one that obeys a key which is not the bridge's. */
export function nextOrderOf(
  token: string,
  obeyed: Obeyed | null,
  stops: Stops | null,
  deployment: Deployment,
): NextOrder {
  if (!obeyed || !stops)
    throw new BridgeError("not-supported", { token, why: "it is too old: it numbers no orders" })
  const owner = ownersOf(deployment)[bridgesOf(deployment).indexOf(obeyed.bridge)]
  if (owner === undefined) throw new BridgeError("not-supported", { obeys: obeyed.bridge })
  const { number, pauses, paused, guardian } = stops
  const key = bytesToHex(fromBase64url(owner)!)
  return { key, number, stopped: { pauses, paused, guardian } }
}

/** A signer's own look: throws `signer-refused` for an order to go on that is of no pause, or not of the present one. */
export function vetStopped(order: VaultOrder, stops: Stops | null): void {
  if (order.kind !== "resume") return
  const refuse = (reason: string) =>
    new BridgeError("signer-refused", { reason, pauses: stops?.pauses, paused: stops?.paused })
  if (!stops || stops.paused === "none") throw refuse("the token is not paused")
  if (stops.pauses !== order.pauses) throw refuse("it is another pause")
}

/**
 * What the guardian sends to stop a token. `scope`: mint or burn (claim or credit of a campaign's), both when left out;
 * `untilMs`: a promise to people. Throws `bad-request` for what no token would take.
 */
export function pauseTags({ reason, scope, untilMs }: PauseWords): readonly ItemTag[] {
  if (!/^(?=.*[^ ])[^\p{Cc}]{1,200}$/u.test(reason)) throw wrong("reason", "1 to 200 characters")
  if (scope !== undefined && !/^(all|mint|burn|claim|credit)$/.test(scope))
    throw wrong("scope", "mint, burn or all; claim, credit or all of a campaign's")
  if (untilMs !== undefined && !(untilMs > 0)) throw wrong("until", "a time")
  return tagList({
    ...{ Action: "Pause", Reason: reason },
    ...(scope !== undefined && { Scope: scope }),
    ...(untilMs !== undefined && { Until: `${untilMs}` }),
  })
}

export interface PauseWords {
  readonly reason: string
  readonly scope?: string | undefined
  /** Milliseconds since 1970. */
  readonly untilMs?: number | undefined
}

/** Throws `bad-request` that names the first field that is wrong. */
function readOrder(ledger: Ledger, of: VaultOrder["of"], json: unknown): VaultOrder {
  const { chain, vault, of: said, number, kind, ...rest } = Object(json) as Record<string, unknown>
  if (chain !== ledger) throw wrong("chain", ledger)
  if (typeof vault !== "string" || !isId(vault)) throw wrong("vault", "the token's process")
  if (said !== of) throw wrong("of", of ?? "nothing")
  const at = count(number, "number")
  const own = { chain: ledger, vault, ...(of && { of }), number: at } as const
  if (kind === "resume") {
    const { pauses, ...more } = rest
    return { ...own, kind, pauses: count(pauses, "pauses"), ...only(more) }
  }
  if (kind !== "guardian") throw wrong("kind", "resume or guardian")
  const { guardian, ...more } = rest
  const account = typeof guardian === "string" ? aoAddress(guardian) : null
  if (account === null) throw wrong("guardian", "an account on AO")
  return { ...own, kind, guardian: account, ...only(more) }
}

/** As `lua/stopping.lua` reads them. */
function tagsOf(order: VaultOrder): Record<string, string> {
  const turn = { "Order-Number": `${order.number}` }
  if (order.kind === "resume") return { Action: "Resume", ...turn, Pauses: `${order.pauses}` }
  if (order.kind === "guardian")
    return { Action: "Set-Guardian", ...turn, Guardian: order.guardian }
  throw new BridgeError("bad-request", { order: order.kind, why: "no token takes it" })
}

function count(value: unknown, field: string): number {
  return whole(value, field, 0, 999_999)
}
