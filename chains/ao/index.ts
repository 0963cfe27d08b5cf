// The ledgers on AO as chains of the bridge: each wrapped token's process is one.

import type { AssetName } from "../../core/assets.ts"
import type { Payee } from "../address.ts"
import type { Chain } from "../chain.ts"
import { connectCampaign } from "./campaign-link.ts"
import { aoCodec, type LedgerCodec, ledgerCodec, type SlotItem } from "./codec.ts"
import { handoverOf } from "./handover.ts"
import { ordersTo } from "./order.ts"
import { connectLedger } from "./rpc.ts"

export const ao: Chain<SlotItem> = {
  ...chainOver(aoCodec),
  tokenAt: (process) => ({
    codec: handoverOf(() => process),
    orders: ordersTo("ao", () => process, "campaign"),
    async standing(endpoints) {
      const link = connectCampaign(endpoints, process)
      try {
        return await link.standing()
      } finally {
        link.close()
      }
    },
    desk(endpoints, deployment) {
      const link = connectCampaign(endpoints, process)
      return {
        chain: "ao",
        nextOrder: () => link.nextOrder(deployment),
        vetOrder: (order) => link.vetOrder(order),
        submit: (sealed) => link.submit(sealed),
        close: async () => link.close(),
      }
    },
  }),
}

/** The ledger of an asset whose burns are paid to whom `payee` lets be paid. */
export function ledgerChain(asset: AssetName, payee: Payee): Chain<SlotItem> {
  return chainOver(ledgerCodec(asset, payee))
}

function chainOver(codec: LedgerCodec): Chain<SlotItem> {
  return {
    name: codec.ledger,
    scheme: "rsa",
    codec,
    connect: (endpoints, deployment) => connectLedger(codec, endpoints, deployment),
  }
}
