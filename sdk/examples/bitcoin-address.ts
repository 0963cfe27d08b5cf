// A Bitcoin address to pay from any wallet or exchange, computed here and not believed of anybody.

import { bitcoinDeposit } from "../builders.ts"
import type { BridgeFacts } from "../facts.ts"

/** Needs no server: `facts` is the bridge's own file, from wherever it is trusted. Tell the bridge of it before paying. */
export function bitcoinLink(facts: BridgeFacts, recipient: string, refundTo: string): string {
  const { uri } = bitcoinDeposit(facts, { amount: 150_000n, recipient, refundTo })
  return uri
}
