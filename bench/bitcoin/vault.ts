// A group of three of five with a key that nobody holds, and a deposit address of it.

import type { Vault } from "../../chains/bitcoin/deposit.ts"
import type { Destination } from "../../chains/bitcoin/destination.ts"
import { aFrostGroup } from "../../test/mpc/schemes/frost-group.ts"

export const group = aFrostGroup(3, 5)
export const vault: Vault = { network: "devnet", key: group.key.publicKey }
export const destination: Destination = {
  recipient: "tRBIKcb-ZjRQTU_aMFGWsvnlKgL1iSo9GAfF-WmHKgI",
  refundTo: "bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080",
  refundKey: null,
  index: 0,
}
