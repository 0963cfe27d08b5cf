// Closed epochs: which count, which may be disputed, and the command by which anybody makes one again.

import { timeText } from "../format.ts"
import type { CampaignView } from "../net/rewards.ts"
import { Copy } from "../parts/copy.tsx"
import { language, say } from "../words/words.ts"
import { EpochTools } from "./epoch-tools.tsx"

const SHOWN = 5

export function Epochs({ campaign: { epochs, id } }: { campaign: CampaignView }) {
  const newest = epochs.slice(-SHOWN).reverse()
  const [last] = newest
  if (!last) return null
  return (
    <section aria-label={say("rewards.epochs")}>
      <h2>{say("rewards.epochs")}</h2>
      <ul class="rows still">
        {newest.map(({ epoch, state, hash, activeAt }) => (
          <li key={epoch}>
            <strong>{say("rewards.epoch", { epoch })}</strong>
            <code title={hash}>{hash.slice(0, 12)}…</code>
            <span class={state === "active" ? "good" : "quiet"}>
              {state === "active"
                ? say("rewards.epoch.active")
                : say("rewards.epoch.pending", { at: timeText(activeAt, language.value) })}
            </span>
          </li>
        ))}
      </ul>
      <EpochTools campaign={id} epoch={last.epoch} hash={last.hash} />
      <p class="quiet check-line">{say("rewards.epoch.check")}</p>
      <Copy
        text={`causeway rewards recompute --epoch ${last.epoch} --campaign ${id} --api ${location.origin}`}
      />
    </section>
  )
}
