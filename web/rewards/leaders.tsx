// The first accounts of a campaign by their points.

import { pointsText, shortened } from "../format.ts"
import type { CampaignView } from "../net/rewards.ts"
import { say } from "../words/words.ts"

interface Props {
  readonly campaign: CampaignView
  readonly account: string | null
}

export function Leaders({ campaign: { leaders }, account }: Props) {
  if (leaders.length === 0) return null
  return (
    <section aria-label={say("rewards.leaders")}>
      <h2>{say("rewards.leaders")}</h2>
      <table class="lines">
        <thead>
          <tr>
            <th scope="col">{say("rewards.leaders.account")}</th>
            <th scope="col">{say("rewards.leaders.rank")}</th>
            <th scope="col">{say("rewards.lines.points")}</th>
          </tr>
        </thead>
        <tbody>
          {leaders.map(({ account: one, rank, total }) => (
            <tr key={one} class={one === account ? "chosen" : ""}>
              <th scope="row">
                <code title={one}>{shortened(one)}</code>
              </th>
              <td>{rank}</td>
              <td>{pointsText(total)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}
