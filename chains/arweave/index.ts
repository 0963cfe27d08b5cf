// Arweave as a chain of the bridge.

import type { Chain } from "../chain.ts"
import { arweaveCodec } from "./codec.ts"
import { connectArweave } from "./rpc.ts"
import type { Transaction } from "./transaction.ts"

export const arweave: Chain<Transaction> = {
  name: "arweave",
  scheme: "rsa",
  codec: arweaveCodec,
  keepsFormerKeys: true,
  connect: (endpoints, deployment) => connectArweave(endpoints, deployment),
}
