// The way to a campaign's token: orders handed in, and what became of them.

import { BridgeError } from "../../core/errors.ts"
import type { Deployment, Endpoints, Sealed } from "../chain.ts"
import { openHttp } from "../http.ts"
import type { NextOrder, Standing, VaultOrder } from "../vault.ts"
import { type Order, orderOutcome } from "./campaign.ts"
import { standingOf } from "./handover.ts"
import { hyperNodes } from "./hyperbeam.ts"
import { nextOrderOf, vetStopped } from "./order.ts"
import { httpUnits } from "./units.ts"

export interface CampaignLink {
  /** Safe to repeat. Throws `payout-refused` and `rpc-unavailable`. */
  submit(sealed: Sealed): Promise<void>
  /** `done`, or the code of the token's refusal, in the order's first slot; null while it is not known. */
  outcome(kind: Order["kind"] | "hold", id: string): Promise<string | null>
  /** How the token stands by its own word. Throws `not-supported` for one too old to pass on. */
  standing(): Promise<Standing>
  /** Throws as `nextOrderOf`. */
  nextOrder(deployment: Deployment): Promise<NextOrder>
  vetOrder(order: VaultOrder): Promise<void>
  close(): void
}

/** `urls` as of `connectLedger`; `process` is the campaign's token. */
export function connectCampaign({ urls }: Endpoints, process: string): CampaignLink {
  const { mu = [], su = [], cu = [], node = [] } = urls
  const timeoutMs = node.length > 0 ? 30_000 : 10_000
  if (node.length === 0 && [mu, su, cu].some((list) => list.length === 0))
    throw new BridgeError("bad-config", { missing: "URLs of AO units" })
  const http = openHttp({ timeoutMs, atOnce: 4, pipelining: 1, readsErrors: node.length > 0 })
  const units =
    node.length > 0
      ? hyperNodes(node, process, http, 2_000)
      : httpUnits({ mu, su, cu }, process, http, timeoutMs)
  return {
    submit: (sealed) => units.send(sealed),
    async outcome(kind, id) {
      const slots = await units.slotsOf(id)
      if (slots.length === 0) return null
      const result = await units.result({ id, slot: Math.min(...slots) })
      return result && orderOutcome(kind, id, result)
    },
    standing: async () => standingOf(process, await units.obeyed()),
    async nextOrder(deployment) {
      const [obeyed, stops] = await Promise.all([units.obeyed(), units.stops()])
      return nextOrderOf(process, obeyed, stops, deployment)
    },
    vetOrder: async (order) => vetStopped(order, await units.stops()),
    close: () => http.close(),
  }
}
