// One account in a campaign: its points with a line for each reason, whether it may have them, and its claim.

import { pointsText, timeText } from "../format.ts"
import { useLive } from "../net/live.ts"
import { type AccountPoints, type CampaignView, standingOf } from "../net/rewards.ts"
import { language, say } from "../words/words.ts"
import { Claim } from "./claim.tsx"
import { OwnClusters } from "./own-clusters.tsx"
import { SignIn } from "./sign-in.tsx"
import { Tasks } from "./tasks.tsx"

const EVERY_MS = 5_000

interface Props {
  readonly campaign: CampaignView
  readonly account: string
  readonly terms: string | null
}

export function AccountStanding({ campaign, account, terms }: Props) {
  const { value } = useLive(`${campaign.id} ${account}`, EVERY_MS, () =>
    standingOf(account, campaign.id),
  ).value
  if (!value) return <p class="quiet">{say("start.now")}</p>
  const { points, had } = value
  return (
    <>
      <section class="sheet points" aria-label={say("rewards.points")}>
        <Total campaign={campaign} points={points} />
        <Parts points={points} had={had} />
        <Claim points={points} had={had} />
      </section>
      <section class="sheet" aria-label={say("rewards.may")}>
        <h2>{say("rewards.may")}</h2>
        <p class={points.standing === "allow" ? "good" : points.standing === "hold" ? "" : "wrong"}>
          {say(`rewards.may.${points.standing}`)}
        </p>
        {points.held && (
          <p class="notice">
            {say("rewards.held", {
              epoch: points.held.epoch,
              until: timeText(points.held.until, language.value),
            })}
          </p>
        )}
        {points.weight < WHOLE && <p>{say("rewards.weight", { percent: points.weight / 100 })}</p>}
        {points.standing === "hold" && terms !== null && <SignIn account={account} terms={terms} />}
      </section>
      <OwnClusters campaign={campaign.id} account={account} terms={terms} />
      <Lines campaign={campaign} points={points} />
      <Tasks campaign={campaign} done={points.tasks} />
    </>
  )
}

/** Basis points. */
const WHOLE = 10_000

function Total({ campaign, points }: { campaign: CampaignView; points: AccountPoints }) {
  const [whole, fraction] = pointsText(points.total).split(".")
  return (
    <>
      <p class="great">
        {whole}
        <small>
          {fraction === undefined ? "" : `.${fraction}`} {say("rewards.points")}
        </small>
      </p>
      <p class="quiet">
        {points.rank === null
          ? say("rewards.unranked")
          : say("rewards.rank", { rank: points.rank, of: campaign.accounts })}
        {points.at && (
          <small class="asof">
            {say("rewards.asof", { at: timeText(points.at, language.value, true) })}
          </small>
        )}
      </p>
    </>
  )
}

/** What became of them; what is nothing is not said, but for what is earned. */
function Parts({ points, had }: { points: AccountPoints; had: bigint | null }) {
  const rows = [
    ["rewards.earned", points.earned],
    ["rewards.waiting", points.waiting],
    ["rewards.returned", points.returned],
    ["rewards.frozen", points.frozen],
    ["rewards.had", had === null ? "0" : `${had}`],
  ] as const
  return (
    <dl class="facts">
      {rows
        .filter(([word, units]) => word === "rewards.earned" || units !== "0")
        .map(([word, units]) => (
          <div key={word}>
            <dt>{say(word)}</dt>
            <dd>{pointsText(units)}</dd>
          </div>
        ))}
    </dl>
  )
}

function Lines({ campaign, points }: { campaign: CampaignView; points: AccountPoints }) {
  if (points.lines.length === 0) return null
  const titleOf = (reason: string) =>
    campaign.tasks.find(({ id }) => id === reason)?.title ??
    (reason === "accrual" ? say("rewards.accrual") : reason)
  return (
    <section aria-label={say("rewards.lines")}>
      <h2>{say("rewards.lines")}</h2>
      <table class="lines">
        <thead>
          <tr>
            <th scope="col">{say("rewards.lines.reason")}</th>
            <th scope="col">{say("rewards.lines.times")}</th>
            <th scope="col">{say("rewards.lines.points")}</th>
          </tr>
        </thead>
        <tbody>
          {points.lines.map(({ reason, times, amount }) => (
            <tr key={reason}>
              <th scope="row">{titleOf(reason)}</th>
              <td>{times ?? "–"}</td>
              <td>{pointsText(amount)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}
