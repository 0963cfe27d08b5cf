// What a transfer is: amounts, people, and its transactions on both sides.

import type { AssetName } from "../../core/assets.ts"
import { amountText, chainName, tickerOn } from "../format.ts"
import type { TransferStatus } from "../net/transfers.ts"
import { say, sayCode } from "../words/words.ts"
import { Copy } from "./copy.tsx"

export function Facts({ transfer }: { transfer: TransferStatus }) {
  const { asset, decimals, source, target, refund, reason } = transfer
  const payoutChain = refund ? source : target
  const sum = (units: string, chain: string) =>
    `${amountText(units, decimals)} ${tickerOn(asset as AssetName, chain)}`
  const rows = [
    ["facts.sent", sum(transfer.amount, source)],
    ["terms.fee", sum(transfer.fee, source)],
    ["terms.arrives", sum(transfer.arrives, payoutChain)],
    ["facts.way", `${chainName(source)} → ${chainName(payoutChain)}`],
    ...(reason ? ([["facts.reason", sayCode("reason", reason)]] as const) : []),
  ] as const
  const long = [
    ["facts.sender", transfer.sender, null],
    ["facts.recipient", refund ? transfer.refundTo : transfer.recipient, null],
    ["facts.begun", transfer.id.split(":")[1] ?? "", transfer.links.source],
    ["facts.payout", transfer.transaction, transfer.links.payout],
  ] as const
  return (
    <section class="sheet" aria-label={say("facts.label")}>
      <dl class="facts">
        {rows.map(([word, text]) => (
          <div key={word}>
            <dt>{say(word)}</dt>
            <dd>{text}</dd>
          </div>
        ))}
        {long.map(([word, text, link]) =>
          text ? (
            <div key={word}>
              <dt>{say(word)}</dt>
              <dd>
                <Copy text={text} />
                {link && (
                  <a href={link} rel="noreferrer" target="_blank">
                    {say("facts.look")}
                  </a>
                )}
              </dd>
            </div>
          ) : null,
        )}
      </dl>
    </section>
  )
}
