// Reserves against supply: what lies in custody for every wrapped token there is, asset by asset, now and over time.

import { useSignal } from "@preact/signals"
import { ASSETS, type AssetName } from "../../core/assets.ts"
import type { Reserve, ReserveHistory } from "../../sdk/schemas/bridge.ts"
import { amountText, homeTicker, networkName, timeText } from "../format.ts"
import { ask, find } from "../net/ask.ts"
import { facts } from "../net/facts.ts"
import { useLive } from "../net/live.ts"
import { Chart } from "../parts/chart.tsx"
import { language, say } from "../words/words.ts"

const EVERY_MS = 10_000
/** Two are one step, and no course of things. */
const POINTS_MIN = 3

export function Reserves() {
  const live = useLive("reserves", EVERY_MS, () =>
    ask<{ reserves: readonly Reserve[] }>("/reserves"),
  )
  const shown = useSignal<AssetName | null>(null)
  const { value } = live.value
  const asset = shown.value ?? facts.value?.assets[0] ?? "AR"
  return (
    <>
      <h1>{say("title.reserves")}</h1>
      <p class="quiet">{say("reserves.about")}</p>
      {value === undefined && <p class="quiet">{say("start.now")}</p>}
      <ul class="cards">
        {value?.reserves.map((one) => (
          <li key={one.asset}>
            <ReserveCard reserve={one} />
          </li>
        ))}
      </ul>
      <section class="sheet" aria-label={say("reserves.chart")}>
        <label class="pick">
          {say("reserves.chart")}
          <select
            value={asset}
            onChange={(event) => {
              shown.value = event.currentTarget.value as AssetName
            }}
          >
            {facts.value?.assets.map((one) => (
              <option key={one} value={one}>
                {homeTicker(one)}, {networkName(ASSETS[one].home)}
              </option>
            ))}
          </select>
        </label>
        <ReserveChart asset={asset} now={value?.reserves.find((one) => one.asset === asset)} />
      </section>
    </>
  )
}

function ReserveCard({ reserve }: { reserve: Reserve }) {
  const { asset, decimals, home, custody, supply, pending, fees, balanced } = reserve
  const [whole, fraction] = amountText(custody, decimals).split(".")
  const rows = [
    ["reserves.supply", supply],
    ["reserves.pending", pending],
    ["reserves.fees", fees],
  ] as const
  return (
    <article class="sheet reserve">
      <h2>
        {homeTicker(asset)} <small>{networkName(home)}</small>
      </h2>
      <p class="great">
        {whole}
        <small>{fraction === undefined ? "" : `.${fraction}`}</small>
      </p>
      <p class="quiet">{say("reserves.custody")}</p>
      <dl class="facts">
        {rows.map(([word, units]) => (
          <div key={word}>
            <dt>{say(word)}</dt>
            <dd>{amountText(units, decimals)}</dd>
          </div>
        ))}
      </dl>
      <p class={balanced ? "good" : "wrong"}>
        {say(balanced ? "reserves.balanced" : "reserves.unbalanced")}
      </p>
      <p class="quiet">
        {say("reserves.asof", {
          home: reserve.heights.home ?? "–",
          ledger: reserve.heights.ledger ?? "–",
          chain: networkName(home),
        })}
      </p>
    </article>
  )
}

/** The points that were kept, and where the books are now: a line that ends a while ago would leave people asking. */
function ReserveChart({ asset, now }: { asset: AssetName; now: Reserve | undefined }) {
  const { value } = useLive(asset, EVERY_MS, () =>
    find<ReserveHistory>(`/reserves/${asset}/history`),
  ).value
  const kept = value?.points ?? []
  const isNewer = now !== undefined && now.at > (kept.at(-1)?.at ?? "")
  const points = isNewer ? [...kept, now] : kept
  if (!value || points.length < POINTS_MIN) return <p class="empty">{say("reserves.young")}</p>
  const unit = (units: string) => Number(units) / 10 ** value.decimals
  const lines = [
    { name: say("reserves.custody"), values: points.map(({ custody }) => unit(custody)) },
    { name: say("reserves.supply"), values: points.map(({ supply }) => unit(supply)) },
  ]
  const times = points.map(({ at }) => Date.parse(at))
  const [first, last] = [points[0]!, points.at(-1)!]
  const label = say("reserves.from", {
    from: timeText(first.at, language.value),
    to: timeText(last.at, language.value),
    custody: amountText(last.custody, value.decimals),
    supply: amountText(last.supply, value.decimals),
  })
  return <Chart label={label} times={times} lines={lines} unit={homeTicker(asset)} />
}
