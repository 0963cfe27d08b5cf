// Moves a coin or token of Ethereum or BSC into AO, with a browser's wallet (EIP-1193) or a key and a node.

import { type Eip1193, type EvmKey, openBridge } from "../bridge.ts"

/** `recipient`: an account on AO, or an Ethereum address, which owns an account there too. */
export async function depositEvm(
  url: string,
  wallet: Eip1193 | EvmKey,
  asset: "ETH" | "USDC" | "USDT" | "BNB" | "USDT-BSC",
  amount: bigint,
  recipient: string,
): Promise<{ readonly transfer: string; readonly arrived: bigint }> {
  const bridge = openBridge(url)
  // A token is approved first; what cannot be carried goes back to this wallet.
  const sent = await bridge.deposit({ asset, amount, recipient, wallet })
  if (sent.kind !== "sent") throw new Error("it is paid by a wallet")

  let arrived = 0n
  for await (const { transfer } of bridge.follow(sent.transfer)) {
    if (transfer.refund) throw new Error(`it went back: ${transfer.reason}`)
    arrived = BigInt(transfer.arrives)
  }
  return { transfer: sent.transfer, arrived }
}
