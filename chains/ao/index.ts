// AO as a chain of the bridge.

import type { Chain } from "../chain.ts"
import { aoCodec, type SlotItem } from "./codec.ts"
import { connectAo } from "./rpc.ts"

export const ao: Chain<SlotItem> = {
  name: "ao",
  scheme: "rsa",
  codec: aoCodec,
  connect: (endpoints, deployment) => connectAo(endpoints, deployment),
}
