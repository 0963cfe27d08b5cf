// An amount as somebody types it: base units, or what is wrong with it.

import { fromUnits } from "../core/amount.ts"
import type { Limits } from "../core/policy.ts"
import { amountText } from "./format.ts"
import { say } from "./words/words.ts"

/** Null for what is no amount; a comma counts as a point, as half of the world writes it. */
export function unitsIn(text: string, decimals: number): bigint | null {
  try {
    return fromUnits(text.trim().replace(",", "."), decimals)
  } catch {
    return null
  }
}

/** In words; null when nothing is wrong, or nothing is typed. `balance`: null while unknown. */
export function amountProblem(
  text: string,
  decimals: number,
  { minimum, cap }: Pick<Limits, "minimum" | "cap">,
  balance: bigint | null,
): string | null {
  if (text.trim() === "") return null
  const amount = unitsIn(text, decimals)
  if (amount === null) return say("problem.amount", { n: decimals })
  if (amount < minimum) return say("problem.least", { amount: amountText(minimum, decimals) })
  if (amount > cap) return say("problem.most", { amount: amountText(cap, decimals) })
  if (balance !== null && amount > balance) return say("problem.balance")
  return null
}
