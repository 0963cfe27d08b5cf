// The releaser pays burns (and refunds) out on their home chain, several at once, each in a slot of its own.

import { broadcaster } from "../payout/broadcast.ts"
import { planner } from "../payout/plan.ts"
import { type Signing, signer } from "../payout/sign.ts"
import type { Station } from "../queue/workers.ts"

export function releaser(signing: Signing): readonly Station[] {
  const chain = signing.chain.name
  return [
    { kind: "plan", chain, handle: planner(signing), concurrency: 1 },
    { kind: "sign", chain, handle: signer(signing), concurrency: 2 },
    { kind: "broadcast", chain, handle: broadcaster(signing), concurrency: 4 },
  ]
}
