// The minter pays deposits out on AO: everything that is ready goes into one signed mint of up to a hundred rows.

import { broadcaster } from "../payout/broadcast.ts"
import { planner } from "../payout/plan.ts"
import { type Signing, signer } from "../payout/sign.ts"
import type { Station } from "../queue/workers.ts"

/** Plans are made one after another, so that a batch is full when many deposits wait. */
export function minter(signing: Signing): readonly Station[] {
  const chain = signing.chain.name
  return [
    { kind: "plan", chain, handle: planner(signing), concurrency: 1 },
    { kind: "sign", chain, handle: signer(signing), concurrency: 2 },
    { kind: "broadcast", chain, handle: broadcaster(signing), concurrency: 4 },
  ]
}
