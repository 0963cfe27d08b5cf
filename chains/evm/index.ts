// Ethereum and BSC as chains of the bridge: one implementation, two configurations.

import type { Chain } from "../chain.ts"
import { type EvmDeployment, type EvmName, evmCodec } from "./codec.ts"
import { BSC, DEVNET, ETHEREUM, type FinalityRule } from "./finality.ts"
import type { ProvenLog } from "./reader.ts"
import { connectEvm } from "./rpc.ts"

export const ethereum = evmChain("ethereum", ETHEREUM)
export const bsc = evmChain("bsc", BSC)

function evmChain(name: EvmName, rule: FinalityRule): Chain<ProvenLog> {
  return {
    name,
    scheme: "evm",
    codec: evmCodec(name),
    connect(endpoints, deployment: EvmDeployment) {
      // On one machine blocks come on command, and nobody waits for two epochs of them.
      const isLocal = deployment.network === "devnet"
      return connectEvm(name, isLocal ? DEVNET : rule, endpoints, deployment)
    },
  }
}
