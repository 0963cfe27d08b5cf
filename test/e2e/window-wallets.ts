// Wallets as browsers have them, over keys of ours and the official clients: what `sdk/` asks of them, they answer.

import { connect, createDataItemSigner } from "@permaweb/aoconnect"
import Arweave from "arweave"
import { JsonRpcProvider, Wallet } from "ethers"
import type { Eip1193, WindowWallet } from "../../sdk/bridge.ts"
import type { WalletKey } from "../../sdk/wallet.ts"

/** `window.arweaveWallet`. */
export function windowWallet(key: WalletKey): WindowWallet {
  const { transactions } = Arweave.init({})
  return {
    connect: async () => {},
    async sign(transaction) {
      await transactions.sign(transaction as never, key as never)
      return transaction as never
    },
    async signDataItem({ data, target, tags, anchor }) {
      const ao = connect({ MODE: "legacy" })
      const signer = createDataItemSigner(key)
      const fields = { process: target, signer, tags: [...tags], data }
      return (await ao.signMessage({ ...fields, anchor: anchor! })).raw as never
    },
  }
}

/** A wallet that looks at another chain until it is asked to switch. */
export function evmWindowWallet(key: string, rpcUrl: string, chainId: number): Eip1193 {
  // Without its cache, which would give the nonce of a moment ago to what follows at once.
  const provider = new JsonRpcProvider(rpcUrl, chainId, {
    ...{ staticNetwork: true, batchMaxCount: 1, cacheTimeout: -1 },
  })
  const wallet = new Wallet(key, provider)
  let shown = 1
  return {
    async request({ method, params = [] }) {
      switch (method) {
        case "eth_requestAccounts":
          return [wallet.address]
        case "eth_chainId":
          return `0x${shown.toString(16)}`
        case "wallet_switchEthereumChain":
          shown = Number((params[0] as { chainId: string }).chainId)
          return null
        case "eth_sendTransaction": {
          if (shown !== chainId) throw new Error("another chain")
          const { to, data, value } = params[0] as { to: string; data: string; value: string }
          return (await wallet.sendTransaction({ to, data, value: BigInt(value) })).hash
        }
        default:
          return provider.send(method, [...params])
      }
    },
  }
}
