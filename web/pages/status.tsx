// How the bridge is: what is stopped and why, how far each chain has been read, what each way allows, and who can sign.

import type { Controls } from "../../sdk/schemas/bridge.ts"
import type { Signers as Told } from "../../sdk/schemas/signers.ts"
import { amountText, chainName, homeTicker, networkName, tickerOn, timeText } from "../format.ts"
import { find } from "../net/ask.ts"
import { useLive } from "../net/live.ts"
import { health, isUnreachable } from "../net/standing.ts"
import { language, say, sayCode } from "../words/words.ts"

const EVERY_MS = 10_000

export function Status() {
  const controls = useLive("controls", EVERY_MS, () => find<Controls>("/controls")).value.value
  const signers = useLive("signers", EVERY_MS, () => find<Told>("/signers")).value.value
  return (
    <>
      <h1>{say("title.status")}</h1>
      <Pauses />
      {controls && <Ways controls={controls} />}
      {signers && <Signers told={signers} />}
      <Chains />
    </>
  )
}

function Pauses() {
  const pauses = health.value?.pauses ?? []
  if (isUnreachable.value) return <p class="notice">{say("start.late")}</p>
  if (health.value === null) return <p class="quiet">{say("start.now")}</p>
  if (pauses.length === 0) return <p class="good">{say("status.open")}</p>
  return (
    <section aria-label={say("status.stopped")}>
      <h2>{say("status.stopped")}</h2>
      <ul class="rows still">
        {pauses.map(({ chain, direction, reason, since, until }) => (
          <li key={`${chain} ${direction}`}>
            <strong>
              {say(direction === "in" ? "status.in" : "status.out", { chain: chainName(chain) })}
            </strong>
            <span>{sayCode("reason", reason)}</span>
            <span>
              {say(until ? "status.until" : "status.since", {
                since: timeText(since, language.value),
                until: until ? timeText(until, language.value) : "",
              })}
            </span>
          </li>
        ))}
      </ul>
    </section>
  )
}

function Ways({ controls: { routes } }: { controls: Controls }) {
  return (
    <>
      <h2>{say("status.ways")}</h2>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached without a mouse. */}
      <section class="wide" tabIndex={0} aria-label={say("status.ways")}>
        <table>
          <thead>
            <tr>
              <th scope="col">{say("status.way")}</th>
              <th scope="col">{say("terms.fee")}</th>
              <th scope="col">{say("status.least")}</th>
              <th scope="col">{say("status.most")}</th>
              <th scope="col">{say("status.final")}</th>
              <th scope="col">{say("status.day")}</th>
            </tr>
          </thead>
          <tbody>
            {routes.map(({ asset, decimals, source, target, fee, minimum, cap, ...row }) => (
              <tr key={`${asset} ${source}`}>
                <th scope="row">
                  {homeTicker(asset)}{" "}
                  <small>
                    {networkName(source)} → {networkName(target)}
                  </small>
                  {row.closed && (
                    <small class="wrong">{sayCode("reason", row.closed.reason)}</small>
                  )}
                </th>
                <td>
                  {fee.flat === "0"
                    ? "0"
                    : `${amountText(fee.flat, decimals)} ${tickerOn(asset, source)}`}
                </td>
                <td>{amountText(minimum, decimals)}</td>
                <td>{amountText(cap, decimals)}</td>
                <td>{row.confirmations}</td>
                <td>{row.day ? amountText(row.day.left, decimals) : "–"}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </>
  )
}

function Signers({ told: { groups, signers } }: { told: Told }) {
  return (
    <section aria-label={say("status.signers")}>
      <h2>{say("status.signers")}</h2>
      <p class="quiet">
        {say("status.threshold", {
          n: Math.max(0, ...groups.map(({ threshold }) => threshold ?? 0)),
          of: signers.length,
        })}
      </p>
      <ul class="rows still">
        {signers.map(({ index, name, healthy, reason, medianMs, signed }) => (
          <li key={index}>
            <strong>{name}</strong>
            <span>
              {medianMs === null ? "" : say("status.answers", { n: signed, ms: medianMs })}
            </span>
            <span class={healthy ? "good" : healthy === null ? "quiet" : "wrong"}>
              {healthy
                ? say("status.well")
                : healthy === null
                  ? say("status.unasked")
                  : (reason ?? say("status.silent"))}
            </span>
          </li>
        ))}
      </ul>
      <ul class="quiet beats">
        {groups.map(({ scheme, heartbeat }) => (
          <li key={scheme}>
            {heartbeat
              ? say("status.beat", { scheme, at: timeText(heartbeat.at, language.value) })
              : say("status.beat.none", { scheme })}
          </li>
        ))}
      </ul>
    </section>
  )
}

function Chains() {
  const heights = Object.entries(health.value?.heights ?? {})
  if (heights.length === 0) return null
  return (
    <section aria-label={say("status.chains")}>
      <h2>{say("status.chains")}</h2>
      <dl class="facts">
        {heights.map(([chain, height]) => (
          <div key={chain}>
            <dt>{chainName(chain)}</dt>
            <dd>{height ?? say("status.unread")}</dd>
          </div>
        ))}
      </dl>
    </section>
  )
}
