// Bitcoin as a chain of the bridge.

import type { Chain } from "../chain.ts"
import { bitcoinCodec, vaultIn } from "./codec.ts"
import { depositOutput } from "./deposit.ts"
import { destination, noteOf } from "./destination.ts"
import type { BitcoinItem } from "./facts.ts"
import { connectBitcoin } from "./rpc.ts"

export const bitcoin: Chain<BitcoinItem> = {
  name: "bitcoin",
  scheme: "taproot",
  codec: bitcoinCodec,
  keepsFormerKeys: true,
  spendsCoins: true,
  addressFor(wish, deployment) {
    const { network } = deployment
    const to = destination({ ...wish, refundKey: wish.refundKey ?? null }, network)
    const { address } = depositOutput(vaultIn(deployment), to)
    return { address, note: noteOf(to, network) }
  },
  connect: (endpoints, deployment, _purse, newNotes, memoryFile) =>
    connectBitcoin(endpoints, deployment, {
      ...(newNotes && { newNotes }),
      ...(memoryFile && { memoryFile }),
    }),
}
