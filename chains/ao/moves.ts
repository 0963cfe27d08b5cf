// Wrapped tokens that changed hands in a slot, as far as the token says so or their owner's own signature does. Pure.

import { amountIn } from "../../core/amount.ts"
import type { Move } from "../../core/rewards/event.ts"
import { aoAddress } from "../address.ts"
import { tagOf } from "../tags.ts"
import type { SlotItem } from "./codec.ts"

/**
 * Transfers by their Credit-Notices. One that was cast has none: when a wallet signed it itself, and the token refused
 * nothing, it went as it says. What a process casts nobody can see from outside.
 */
export function movesIn({ message, result }: SlotItem): readonly Move[] {
  const noticed = result.messages
    .filter(({ tags }) => tagOf(tags, "Action") === "Credit-Notice")
    // A mint has such notices too: one for each deposit.
    .filter(({ tags }) => !tags.some(({ name }) => name === "Deposit-Id"))
    .flatMap(({ target, tags }) =>
      moveOf(message.id, tagOf(tags, "Sender"), target, tagOf(tags, "Quantity")),
    )
  return noticed.length > 0 ? noticed : castIn({ message, result })
}

function castIn({ message, result }: SlotItem): readonly Move[] {
  const { tags, owner, id } = message
  const isCast = tagOf(tags, "Action") === "Transfer" && tags.some(({ name }) => name === "Cast")
  const isPushed = tags.some(({ name }) => name === "From-Process")
  const isRefused = result.messages.some(({ tags }) => tagOf(tags, "Action") === "Transfer-Error")
  if (!isCast || isPushed || isRefused || result.error !== null) return []
  return moveOf(id, owner, tagOf(tags, "Recipient"), tagOf(tags, "Quantity"))
}

function moveOf(
  transaction: string,
  from: string | null,
  to: string | null,
  quantity: string | null,
): readonly Move[] {
  const [sender, recipient] = [aoAddress(from ?? ""), aoAddress(to ?? "")]
  const amount = amountIn(quantity)
  if (sender === null || recipient === null || amount === null) return []
  return [{ transaction, sender, recipient, amount }]
}
