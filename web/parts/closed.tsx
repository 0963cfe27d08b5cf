// Says so before anybody pays: a way that is stopped, why, since when, and when that is planned to end.

import { ASSETS, type AssetName } from "../../core/assets.ts"
import { chainName, timeText } from "../format.ts"
import type { Direction } from "../net/facts.ts"
import { health } from "../net/standing.ts"
import { language, say } from "../words/words.ts"

export function Closed({ asset, direction }: { asset: AssetName; direction: Direction }) {
  const { home, wrapped } = ASSETS[asset]
  const [source, target] = direction === "in" ? [home, wrapped.ledger] : [wrapped.ledger, home]
  const pause = health.value?.pauses.find(
    (one) =>
      (one.chain === source && one.direction === "in") ||
      (one.chain === target && one.direction === "out"),
  )
  if (!pause) return null
  return (
    <p class="notice" role="status">
      {say(pause.until ? "closed.until" : "closed", {
        chain: chainName(pause.chain),
        reason: pause.reason,
        since: timeText(pause.since, language.value),
        until: pause.until ? timeText(pause.until, language.value) : "",
      })}
    </p>
  )
}
