// Orders to a vault that are neither payouts nor a new key, as operators pass them around and as the vault takes them. Pure.

import { evmAddress } from "../address.ts"
import { only, whole, wrong } from "../order-fields.ts"
import type { VaultCalls, VaultOrder } from "../vault.ts"
import { callsFor, type Operation, operationHash, operationOf } from "./operation.ts"
import type { VaultDomain } from "./typed.ts"

/** Stands for the chain's own coin, and is nobody's address. */
const COIN = `0x${"0".repeat(40)}`

/** Throws `bad-request` that names the first field that is wrong. */
export function readOrder(json: unknown): VaultOrder {
  const { chain, vault, number, kind, ...rest } = Object(json) as Record<string, unknown>
  if (chain !== "ethereum" && chain !== "bsc") throw wrong("chain", "ethereum or bsc")
  // 48 bits in the vault; more than a million operations is a mistake.
  const at = whole(number, "number", 0, 999_999)
  const own = { chain, vault: address(vault, "vault"), number: at } as const
  if (kind === "unpause") return { ...own, kind, ...only(rest) }
  if (kind === "guardian") {
    const { guardian, ...more } = rest
    return { ...own, kind, guardian: address(guardian, "guardian"), ...only(more) }
  }
  if (kind === "migrate") {
    const { token, successor, ...more } = rest
    const to = address(successor, "successor")
    if (to === own.vault) throw wrong("successor", "another vault")
    return { ...own, kind, token: tokenIn(token), successor: to, ...only(more) }
  }
  if (kind !== "limit") throw wrong("kind", "limit, unpause, guardian or migrate")
  const { token, capacity, windowS, ...more } = rest
  return {
    ...{ ...own, kind, token: tokenIn(token) },
    capacity: capacityIn(capacity),
    // Without a window what has left would be back in the next second.
    windowS: whole(windowS, "windowS", 3_600, 31_536_000),
    ...only(more),
  }
}

/** The 32 bytes that the group signs. */
export function orderDigest(order: VaultOrder, domain: VaultDomain): Uint8Array {
  return operationOf(operation(order), domain).digest
}

/** By which the vault knows it once it is proposed, hex with 0x. */
export function orderHash(order: VaultOrder, domain: VaultDomain): string {
  return operationHash(operation(order), domain)
}

export function orderCalls(
  order: VaultOrder,
  domain: VaultDomain,
  signature: Uint8Array,
): VaultCalls {
  return callsFor(operation(order), domain, signature, null)
}

function tokenIn(text: unknown): string {
  return text === COIN ? COIN : address(text, "token")
}

function address(text: unknown, field: string): string {
  const read = typeof text === "string" ? evmAddress(text) : null
  if (read === null) throw wrong(field, "an address, with its checksum if it has capitals")
  return read.toLowerCase()
}

/** `RateLimiter` keeps 208 bits. */
function capacityIn(text: unknown): bigint {
  if (typeof text === "string" && /^(0|[1-9][0-9]{0,61})$/.test(text)) return BigInt(text)
  throw wrong("capacity", "a whole number of base units, as text")
}

function operation(order: VaultOrder): Operation {
  const number = BigInt(order.number)
  if (order.kind === "unpause") return { kind: "Unpause", number }
  if (order.kind === "guardian") return { kind: "SetGuardian", target: order.guardian, number }
  if (order.kind === "migrate") {
    const { token: target, successor: value } = order
    return { kind: "Migrate", target, value, number }
  }
  if (order.kind === "resume") throw wrong("kind", "unpause, of a vault")
  const { token, capacity: value, windowS: window } = order
  return { kind: "SetLimit", target: token, value, window, number }
}
