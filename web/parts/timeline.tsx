// Who saw what of a transfer, and when: watchers, each signer's vote and how long it took, the payout.

import type { Timeline as Told } from "../../sdk/schemas/timeline.ts"
import { durationText, timeText } from "../format.ts"
import { find } from "../net/ask.ts"
import { useLive } from "../net/live.ts"
import { language, say, sayCode } from "../words/words.ts"

const EVERY_MS = 20_000

/** Asked again when the transfer has changed. */
export function Timeline({ id, version }: { id: string; version: number }) {
  const { value } = useLive(`${id} ${version}`, EVERY_MS, () =>
    find<Told>(`/transfers/${encodeURIComponent(id)}/timeline`),
  ).value
  if (!value) return null
  return (
    <details class="sheet">
      <summary>{say("timeline.heading")}</summary>
      <ol class="timeline">
        {value.steps.map(({ at, step, by, says }) => (
          <li key={`${at}${step}${by}`}>
            <time dateTime={at}>{timeText(at, language.value, true)}</time>
            <p>
              <strong>{sayCode("event", step)}</strong> {says}
            </p>
            <p class="quiet">{by}</p>
          </li>
        ))}
      </ol>
      {value.signing.map(({ session, votes, threshold, scheme }) => (
        <table key={session} class="votes">
          <caption>{say("timeline.votes", { n: threshold, scheme })}</caption>
          <tbody>
            {votes.map(({ signer, name, vote, code, ms }) => (
              <tr key={signer}>
                <th scope="row">{name}</th>
                <td>{sayCode("vote", vote)}</td>
                <td>
                  {code ??
                    (ms === null ? "" : ms < 1_000 ? `${ms} ms` : durationText(ms, language.value))}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      ))}
    </details>
  )
}
