// What a coordinator brings to the signers for people: their orders to stop and to go on.

import type { SignedOrder } from "../core/orders.ts"
import type { Index } from "./schemes/scheme.ts"
import type { Link } from "./transport.ts"

const ANSWER_MS = 5_000

/** Remembers who has answered to what. A signer keeps an order for ever, so that to bring it again is safe. */
export class Heralds {
  readonly #brought = new Map<Index, Set<string>>()

  /** One that does not answer is asked again the next time. */
  async bring(
    links: readonly { readonly index: Index; readonly link: Link }[],
    orders: readonly SignedOrder[],
  ): Promise<void> {
    await Promise.all(
      links.map(async ({ index, link }) => {
        const brought = this.#brought.get(index) ?? new Set()
        this.#brought.set(index, brought)
        // One by one: what it does not take, because its operator lists other keys, keeps nothing else back.
        for (const order of orders) {
          const name = `${order.operator} ${order.body}`
          if (brought.has(name)) continue
          const body = { orders: [order] }
          const answer = await link
            .ask("POST", "/orders", body, { timeoutMs: ANSWER_MS })
            .catch(() => null)
          if (answer === null) return
          if (answer.status === 200 || answer.status === 400) brought.add(name)
        }
      }),
    )
  }
}
