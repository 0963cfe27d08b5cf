// `causeway burn`: wAR of a wallet file, back to AR on Arweave.

import { parseArgs } from "node:util"
import { formatUnits, fromUnits } from "../../core/amount.ts"
import { ASSETS } from "../../core/assets.ts"
import { walletOf } from "../../sdk/wallet.ts"
import type { Terminal } from "./commands.ts"
import { localNetwork, walletFile } from "./local.ts"
import { waitFor } from "./progress.ts"

const { decimals } = ASSETS.AR

export async function run(words: readonly string[], terminal: Terminal): Promise<number> {
  const { values } = parseArgs({
    args: [...words],
    options: {
      wallet: { type: "string" },
      amount: { type: "string" },
      to: { type: "string" },
      folder: { type: "string" },
      wait: { type: "boolean" },
      json: { type: "boolean" },
    },
  })
  const network = await localNetwork(values.folder)
  const amount = fromUnits(values.amount ?? "", decimals)
  const wallet = await walletOf(await walletFile(values.wallet), network.places)
  const sent = await wallet.burn(amount, values.to ?? wallet.address)
  if (!values.json) terminal.note(`burned ${formatUnits(amount, decimals)} wAR: ${sent.transfer}`)
  const final = values.wait ? await waitFor(network.apiUrl, sent.transfer, terminal) : null
  const { transfer, message, fee } = sent
  if (values.json)
    terminal.out(
      JSON.stringify({ ok: true, transfer, message, amount: `${amount}`, fee: `${fee}`, final }),
    )
  else if (!final) terminal.out(`follow it with: causeway status ${transfer}`)
  return final && (final.state !== "paid" || final.refund) ? 1 : 0
}
