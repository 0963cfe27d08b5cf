// Vaults that were the bridge's before: what they say still counts, and the present one pays what they owed. Pure.

import { schnorr } from "@noble/curves/secp256k1.js"
import { BridgeError } from "../../core/errors.ts"
import { originOf } from "../../core/ids.ts"
import type { Payout } from "../../core/payout.ts"
import { claimedLog } from "./claim.ts"
import type { EvmSide } from "./codec.ts"
import type { Migrated } from "./events.ts"
import { fromHex } from "./hex.ts"
import { approvalOf, paidBy } from "./release.ts"

/** The bridge's vaults on a chain, each with those before it; the present one first. */
export function sidesOf(side: EvmSide): readonly EvmSide[] {
  const [next, ...older] = side.former ?? []
  return next ? [side, ...sidesOf({ ...side, ...next, former: older })] : [side]
}

/** The one at an address, or null. */
export function sideAt(side: EvmSide, vault: string): EvmSide | null {
  return sidesOf(side).find((one) => one.vault === vault) ?? null
}

/** Money went from a vault to one that came after it, and is still the bridge's. */
export function isOurs(
  { successor }: Pick<Migrated, "successor">,
  from: EvmSide,
  side: EvmSide,
): boolean {
  const to = sideAt(side, successor)
  return to !== null && (to.former?.length ?? 0) > (from.former?.length ?? 0)
}

/** The bridge's first vault on a chain. */
export function firstOf(side: EvmSide): EvmSide {
  return sidesOf(side).at(-1)!
}

/**
 * A deposit's place in the id of its transfer: its number in the first vault; behind all of those in the next, which
 * counts from 1 again. So no two deposits share a name, nor a slot.
 */
export function depositIndex(number: bigint, { former = [] }: EvmSide): number | null {
  return number < BigInt(NUMBERS) ? former.length * NUMBERS + Number(number) : null
}

/**
 * Its number, if this vault took it; else that of a claim which pays once what a vault before it took. Throws
 * `bad-request` for one of a later vault.
 */
export function refundNumber(
  index: number,
  { former = [] }: Pick<EvmSide, "former">,
): { readonly kind: "refund" | "claim"; readonly number: bigint } {
  const generation = Math.floor(index / NUMBERS)
  if (generation > former.length)
    throw new BridgeError("bad-request", { why: "no vault pays for a deposit in a later one" })
  if (generation === former.length) return { kind: "refund", number: BigInt(index % NUMBERS) }
  // A vault refunds only numbers that it has given. The number of any other claim is a hash, and never so small.
  return { kind: "claim", number: CLAIMS + BigInt(index) }
}

/** The place of the deposit that a claim of such a number pays back; null for another claim. */
export function formerIndex(number: bigint, { former = [] }: EvmSide): number | null {
  const index = number - CLAIMS
  return index > 0n && index < BigInt(former.length * NUMBERS) ? Number(index) : null
}

/** Whether this vault could pay it: a deposit in a later one it never could. */
export function isPaidFrom({ transfer, refund }: Payout, { former = [] }: EvmSide): boolean {
  const { index } = originOf(transfer)
  return !refund || claimedLog(index) !== null || index < (former.length + 1) * NUMBERS
}

/**
 * The vault that sealed bytes are for, by whose name the group signed them; the present one when it was none of these keys
 * (hexadecimal without 0x) that signed.
 */
export function sealedFor(raw: Uint8Array, side: EvmSide, ...keys: readonly string[]): EvmSide {
  const paid = paidBy(raw)
  const isSigned = (one: EvmSide) =>
    keys.some((key) =>
      schnorr.verify(paid!.signature, approvalOf(paid!.releases, one), fromHex(`0x${key}`)),
    )
  return (paid && side.former?.length && sidesOf(side).find(isSigned)) || side
}

/** A vault would need centuries for so many deposits. */
const NUMBERS = 2 ** 40
const CLAIMS = 1n << 64n
