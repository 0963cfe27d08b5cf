// Transfers that people should look at, each with the command that begins to.

import type { AssetName } from "../../core/assets.ts"
import type { ConsoleView } from "../../sdk/schemas/console.ts"
import { amountBrief, networkName, tickerOn, timeText } from "../format.ts"
import { Copy } from "../parts/copy.tsx"
import { language, say, sayCode } from "../words/words.ts"

export function Stuck({ stuck }: { stuck: ConsoleView["stuck"] }) {
  return (
    <section aria-label={say("console.stuck")}>
      <h2>{say("console.stuck")}</h2>
      {stuck.length === 0 && <p class="good">{say("console.stuck.none")}</p>}
      <ul class="rows">
        {stuck.map(({ transfer, why, command }) => (
          <li key={transfer.id} class="stacked">
            <p>
              <strong>
                {amountBrief(transfer.amount, transfer.decimals)}{" "}
                {tickerOn(transfer.asset as AssetName, transfer.source)}
              </strong>{" "}
              {networkName(transfer.source)} → {networkName(transfer.target)}
            </p>
            <p class="wrong">
              {say(`console.why.${why}`, {
                state: say(`state.${transfer.state === "seen" ? "unseen" : transfer.state}`),
                reason: sayCode("reason", transfer.reason ?? transfer.waiting?.failure ?? ""),
                since: timeText(transfer.changedAt, language.value),
              })}
            </p>
            <Copy text={command} />
          </li>
        ))}
      </ul>
    </section>
  )
}
