// How each part of the bridge is: its queue, its signers, the endpoints it reads, the gas wallets, its policy.

import type { ConsoleView } from "../../sdk/schemas/console.ts"
import type { Signers as Told } from "../../sdk/schemas/signers.ts"
import { chainName, durationText, networkName, timeText } from "../format.ts"
import { ask } from "../net/ask.ts"
import { useLive } from "../net/live.ts"
import { health } from "../net/standing.ts"
import { language, say, sayCode } from "../words/words.ts"

const EVERY_MS = 10_000

/** Orders in the outbox: the queue spreads them, and is never the truth. */
export function Queue() {
  const backlog = health.value?.backlog ?? []
  return (
    <section aria-label={say("console.queue")}>
      <h2>{say("console.queue")}</h2>
      {backlog.length === 0 && <p class="good">{say("console.queue.none")}</p>}
      <dl class="facts">
        {backlog.map(({ kind, chain, count, oldest }) => (
          <div key={`${kind} ${chain}`}>
            <dt>
              {kind}, {chainName(chain)}
            </dt>
            <dd>
              {say("console.queue.row", {
                n: count,
                age: durationText(Date.now() - Date.parse(oldest), language.value),
              })}
            </dd>
          </div>
        ))}
      </dl>
    </section>
  )
}

export function Signers() {
  const { value } = useLive("signers", EVERY_MS, () => ask<Told>("/signers")).value
  return (
    <section aria-label={say("status.signers")}>
      <h2>{say("status.signers")}</h2>
      <ul class="rows still">
        {value?.signers.map(({ index, name, healthy, reason, busy, medianMs, signed, blames }) => (
          <li key={index}>
            <strong>{name}</strong>
            <span>
              {medianMs === null ? "" : say("status.answers", { n: signed, ms: medianMs })}
              {busy ? ` ${say("console.busy", { n: busy })}` : ""}
              {blames.map(({ kind, count, last, detail }) => (
                <small key={kind} class="wrong" title={detail}>
                  {say("console.blame", { kind, n: count, at: timeText(last, language.value) })}
                </small>
              ))}
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
    </section>
  )
}

export function Endpoints({ endpoints }: { endpoints: ConsoleView["endpoints"] }) {
  return (
    <section aria-label={say("console.endpoints")}>
      <h2>{say("console.endpoints")}</h2>
      <ul class="rows still">
        {endpoints.map(({ chain, hosts, height, problem, disagreed, each }) => (
          <li key={chain}>
            <strong>{chainName(chain)}</strong>
            <span>
              {say("console.hosts", { n: hosts.length })}
              {disagreed && (
                <small class="wrong">
                  {say("console.disagreed", {
                    n: disagreed.count,
                    at: timeText(disagreed.last, language.value),
                  })}
                </small>
              )}
              {each.map((one) => (
                <small key={one.host}>
                  {one.host}: {one.height ?? "–"} {one.version ?? ""}{" "}
                  {one.problem ?? (one.agrees === false ? say("console.disagrees") : "")}
                </small>
              ))}
            </span>
            <span class={problem ? "wrong" : "good"}>
              {problem ? sayCode("failure", problem) : (height ?? "–")}
            </span>
          </li>
        ))}
      </ul>
    </section>
  )
}

export function Gas({ gas }: { gas: ConsoleView["gas"] }) {
  const wallets = Object.entries(gas)
  return (
    <section aria-label={say("console.gas")}>
      <h2>{say("console.gas")}</h2>
      {wallets.length === 0 && <p class="quiet">{say("console.gas.none")}</p>}
      <dl class="facts">
        {wallets.map(([network, coins]) => (
          <div key={network}>
            <dt>{networkName(network)}</dt>
            <dd>
              {coins} {network === "bsc" ? "BNB" : "ETH"}
            </dd>
          </div>
        ))}
      </dl>
    </section>
  )
}

export function Policies({ policy }: { policy: ConsoleView["policy"] }) {
  return (
    <section aria-label={say("console.policy")}>
      <h2>{say("console.policy")}</h2>
      {policy === null && <p class="quiet">{say("console.policy.none")}</p>}
      <dl class="facts">
        {policy?.versions.map(({ version, effective }) => (
          <div key={version}>
            <dt>
              {policy.id} {version}
            </dt>
            <dd>
              {version === policy.inForce
                ? say("console.policy.now")
                : say("console.policy.from", { at: timeText(effective, language.value) })}
            </dd>
          </div>
        ))}
      </dl>
    </section>
  )
}
