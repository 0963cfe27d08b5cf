// Whether the bridge may carry this for these people, asked before they pay: afterwards it would only be held.

import { ApiError } from "../../sdk/client.ts"
import { sayCode } from "../words/words.ts"
import { ask } from "./ask.ts"

/** Throws in words when it may not. A bridge without such a policy carries it. */
export async function demandScreened(wish: {
  readonly asset: string
  readonly direction: "in" | "out"
  readonly sender: string
  readonly recipient: string
  readonly refundTo?: string
}): Promise<void> {
  try {
    await ask("/screenings", wish)
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return
    if (error instanceof ApiError && error.status === 451)
      throw new Error(sayCode("problem", "screening"))
    throw error
  }
}
