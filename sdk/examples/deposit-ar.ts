// Moves AR into AO: the terms first, then the payment, then every step until the tokens are there.

import { type ArweaveWallet, openBridge } from "../bridge.ts"

/** `wallet`: `window.arweaveWallet`, or `{ key }` with a JWK. Ends when the tokens are there; tells their transaction. */
export async function depositAr(
  url: string,
  wallet: ArweaveWallet,
  recipient: string,
  say: (text: string) => void,
): Promise<string> {
  const bridge = openBridge(url)
  const amount = 2_000_000_000_000n

  const { quote } = await bridge.quote({ asset: "AR", amount, recipient })
  say(`${quote.arrives} winston will arrive, after ${quote.rules.confirmations} confirmations`)

  const sent = await bridge.deposit({ asset: "AR", amount, recipient, wallet })
  if (sent.kind !== "sent") throw new Error("AR is paid by a wallet")
  say(`sent ${sent.transaction}`)

  let paidBy = ""
  for await (const { transfer } of bridge.follow(sent.transfer)) {
    const { have, need } = transfer.confirmations
    say(`${transfer.state} ${have}/${need}${transfer.waiting ? `, ${transfer.waiting.for}` : ""}`)
    paidBy = transfer.transaction ?? ""
  }
  return paidBy
}
