// How much of each day's limits is used, way by way.

import type { Controls } from "../../sdk/schemas/bridge.ts"
import { amountText, homeTicker, networkName, timeText } from "../format.ts"
import { ask } from "../net/ask.ts"
import { useLive } from "../net/live.ts"
import { language, say } from "../words/words.ts"

const EVERY_MS = 10_000

export function Limits() {
  const { value } = useLive("controls", EVERY_MS, () => ask<Controls>("/controls")).value
  const limited = value?.routes.filter(({ day }) => day !== null) ?? []
  return (
    <section aria-label={say("console.limits")}>
      <h2>{say("console.limits")}</h2>
      {value && limited.length === 0 && <p class="quiet">{say("console.limits.none")}</p>}
      <dl class="facts">
        {limited.map(({ asset, decimals, source, target, day }) => (
          <div key={`${asset} ${source}`}>
            <dt>
              {homeTicker(asset)}, {networkName(source)} → {networkName(target)}
            </dt>
            <dd>
              {say("console.limits.used", {
                used: amountText(day!.used, decimals),
                limit: amountText(day!.limit, decimals),
              })}
              {day!.freesAt && (
                <small>
                  {" "}
                  {say("console.limits.frees", { at: timeText(day!.freesAt, language.value) })}
                </small>
              )}
            </dd>
          </div>
        ))}
      </dl>
    </section>
  )
}
