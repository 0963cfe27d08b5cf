// The tasks of a campaign: what each gives, what it needs, and how far an account is with it.

import { ASSETS, type AssetName } from "../../core/assets.ts"
import { amountText, homeTicker, pointsText, timeText } from "../format.ts"
import type { AccountPoints, CampaignView } from "../net/rewards.ts"
import { language, say } from "../words/words.ts"

interface Props {
  readonly campaign: CampaignView
  /** Empty when nobody is looked at. */
  readonly done: AccountPoints["tasks"]
}

export function Tasks({ campaign, done }: Props) {
  if (campaign.tasks.length === 0) return null
  const titles = new Map(campaign.tasks.map(({ id, title }) => [id, title]))
  return (
    <section aria-label={say("rewards.tasks")}>
      <h2>{say("rewards.tasks")}</h2>
      <ul class="tasks">
        {campaign.tasks.map((task) => {
          const asset = task.asset as AssetName
          const min = amountText(task.min, ASSETS[asset].decimals)
          const progress = done.find(({ id }) => id === task.id)
          const needs = task.needs.map((id) => titles.get(id) ?? id).join(", ")
          return (
            <li key={task.id} class="sheet">
              <p>
                <strong>{task.title}</strong>
              </p>
              <p class="quiet">
                {say("rewards.task.each", {
                  ...{ points: pointsText(task.points), min, asset: homeTicker(asset) },
                })}
                {". "}
                {say("rewards.task.until", { until: timeText(task.until, language.value) })}
                {needs !== "" && `. ${say("rewards.task.needs", { tasks: needs })}`}
              </p>
              {progress && <Bar title={task.title} given={progress.given} repeat={task.repeat} />}
            </li>
          )
        })}
      </ul>
    </section>
  )
}

function Bar({ title, given, repeat }: { title: string; given: string; repeat: number }) {
  const have = Math.min(Number(given), repeat)
  const text = say("rewards.task.done", { done: have, repeat })
  return (
    <div class="progress">
      <div
        role="progressbar"
        aria-label={title}
        aria-valuemin={0}
        aria-valuenow={have}
        aria-valuemax={repeat}
        aria-valuetext={text}
      >
        <span style={{ width: `${(100 * have) / repeat}%` }} />
      </div>
      <span>{text}</span>
    </div>
  )
}
