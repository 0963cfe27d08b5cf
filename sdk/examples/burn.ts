// Takes AR out of AO again: burns wrapped tokens, and follows what becomes of it.

import { type AoOwner, openBridge } from "../bridge.ts"

/** The tokens come out of the wallet's own account. Ends when the AR is there; tells what arrived, winston. */
export async function burnAr(
  url: string,
  wallet: AoOwner,
  recipient: string,
  amount: bigint,
): Promise<bigint> {
  const bridge = openBridge(url)
  const wish = { asset: "AR", direction: "out", amount, recipient } as const
  const { quote } = await bridge.quote(wish)
  // If the fee is more by then, the token destroys nothing.
  const feeMax = BigInt(quote.fee)

  const burn = await bridge.burn({ asset: "AR", amount, recipient, feeMax, wallet })

  let arrives = 0n
  for await (const { transfer } of bridge.follow(burn.transfer)) arrives = BigInt(transfer.arrives)
  return arrives
}
