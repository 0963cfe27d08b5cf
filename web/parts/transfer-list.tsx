// Transfers, one a row: what, which way, how far.

import type { AssetName } from "../../core/assets.ts"
import { amountBrief, networkName, shortened, tickerOn } from "../format.ts"
import type { TransferBrief } from "../net/transfers.ts"
import { hrefOf } from "../route.ts"
import { say, type Word } from "../words/words.ts"

export function TransferList({ transfers }: { transfers: readonly TransferBrief[] }) {
  return (
    <ul class="rows">
      {transfers.map((one) => (
        <li key={one.id}>
          <a href={hrefOf("transfers", one.id)}>
            <strong>
              {amountBrief(one.amount, one.decimals)} {tickerOn(one.asset as AssetName, one.source)}
            </strong>
            <span>
              {networkName(one.source)} → {networkName(one.refund ? one.source : one.target)}
            </span>
            <code>{shortened(one.recipient ?? one.sender)}</code>
            <StateWord transfer={one} />
          </a>
        </li>
      ))}
    </ul>
  )
}

const WORDS: Readonly<Record<Exclude<TransferBrief["state"], "seen">, Word>> = {
  confirmed: "state.confirmed",
  ready: "state.ready",
  signing: "state.signing",
  sent: "state.sent",
  held: "state.held",
  dropped: "state.dropped",
  paid: "state.paid",
}

function StateWord({ transfer: { state, refund, confirmations } }: { transfer: TransferBrief }) {
  const { have, need } = confirmations
  return (
    <span class={`state ${state}`}>
      {state === "seen"
        ? say("state.seen.of", { have, need })
        : say(state === "paid" && refund ? "state.returned" : WORDS[state])}
    </span>
  )
}
