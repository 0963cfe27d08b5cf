// A chain of the local network, as people move it from another process.

import { aoAddress, evmAddress } from "../../chains/address.ts"
import type { AssetName } from "../../core/assets.ts"
import { BridgeError } from "../../core/errors.ts"
import { command } from "../../devnet/command.ts"
import { evmAt } from "../../devnet/evm/index.ts"
import { type EvmName, give } from "../../devnet/homes.ts"
import type { NetworkPlaces } from "../../devnet/places.ts"

export interface Movable {
  mine(blocks: number): Promise<void>
  /** Replaces the last `depth` blocks; says in words by what. */
  reorg(depth: number): Promise<string>
  /** Base units, out of nothing. Throws `bad-address`. */
  give(asset: AssetName, address: string, amount: bigint): Promise<void>
}

/** The chain of that name; throws `bad-request` with those that there are. */
export function movable(name: string, places: NetworkPlaces): Movable {
  const evm = Object.keys(places.evm).find((one) => one === name) as EvmName | undefined
  if (name === "arweave") return onArweave(places)
  if (evm) return onEvm(places.evm[evm]!)
  throw new BridgeError("bad-request", {
    ...{ chain: name, known: ["arweave", ...Object.keys(places.evm)].join(", ") },
  })
}

function onArweave({ arweaveUrl }: NetworkPlaces): Movable {
  return {
    async mine(n) {
      await command(arweaveUrl, "mine", { n })
    },
    async reorg(depth) {
      await command(arweaveUrl, "fork", { depth })
      return `the last ${depth} blocks were overtaken by ${depth + 1} others`
    },
    async give(_, address, amount) {
      if (!aoAddress(address)) throw new BridgeError("bad-address", { address })
      await command(arweaveUrl, "faucet", { address, winston: String(amount) })
    },
  }
}

function onEvm({
  rpcUrl,
  chainId,
  contracts,
}: NonNullable<NetworkPlaces["evm"][EvmName]>): Movable {
  const chain = evmAt(rpcUrl, chainId)
  return {
    mine: (n) => chain.mine(n),
    async reorg(depth) {
      await chain.reorg(depth)
      return `the last ${depth} blocks were replaced by as many others; what was in them is gone`
    },
    async give(asset, address, amount) {
      const token = contracts[asset]
      if (!token) throw new BridgeError("not-supported", { asset })
      if (!evmAddress(address)) throw new BridgeError("bad-address", { address })
      await give(chain, token, address, amount)
    },
  }
}
