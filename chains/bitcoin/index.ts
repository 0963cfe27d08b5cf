// Bitcoin as a chain of the bridge.

import type { Chain } from "../chain.ts"
import { type BitcoinDeployment, bitcoinCodec } from "./codec.ts"
import type { BitcoinItem } from "./facts.ts"
import { connectBitcoin } from "./rpc.ts"

export const bitcoin: Chain<BitcoinItem> = {
  name: "bitcoin",
  scheme: "taproot",
  codec: bitcoinCodec,
  connect: (endpoints, deployment: BitcoinDeployment) => connectBitcoin(endpoints, deployment),
}
