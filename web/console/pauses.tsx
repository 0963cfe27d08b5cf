// What is stopped, and how it is stopped and started: a pause takes one key, its end takes two people.

import { useSignal } from "@preact/signals"
import { chainsOf } from "../../core/assets.ts"
import { type PauseWish, pauseText } from "../../core/orders.ts"
import type { Health } from "../../sdk/schemas/bridge.ts"
import type { ConsoleView } from "../../sdk/schemas/console.ts"
import { chainName, timeText } from "../format.ts"
import { facts } from "../net/facts.ts"
import { lookAgain } from "../net/live.ts"
import { health, look } from "../net/standing.ts"
import { Field } from "../parts/field.tsx"
import { SendButton, useSending } from "../parts/send.tsx"
import { language, say, sayCode } from "../words/words.ts"
import { give, key } from "./key.ts"

const HOUR_MS = 3_600_000

export function Pauses({ view: { resumes, who } }: { view: ConsoleView }) {
  const pauses = health.value?.pauses ?? []
  return (
    <section aria-label={say("status.stopped")}>
      <h2>{say("status.stopped")}</h2>
      {pauses.length === 0 && <p class="good">{say("status.open")}</p>}
      <ul class="rows">
        {[...byOrder(pauses)].map(([order, [pause, ...others]]) => {
          const given = resumes.find((one) => one.order === order)
          return (
            <li key={order} class="stacked">
              {[pause, ...others].map(({ chain, direction, reason }) => (
                <p key={`${chain} ${direction}`}>
                  <strong>
                    {say(direction === "in" ? "status.in" : "status.out", {
                      chain: chainName(chain),
                    })}
                  </strong>{" "}
                  {sayCode("reason", reason)}
                </p>
              ))}
              <p class="quiet">
                {say(pause.until ? "status.until" : "status.since", {
                  since: timeText(pause.since, language.value),
                  until: pause.until ? timeText(pause.until, language.value) : "",
                })}
              </p>
              <p>
                {say("console.resume.given", {
                  names: given?.given.join(", ") || say("console.nobody"),
                  needed: given?.needed ?? 2,
                })}
              </p>
              {who.roles.includes("operator") && (
                <Resume
                  order={order}
                  isGiven={given?.given.includes(key.value?.name ?? "") ?? false}
                />
              )}
            </li>
          )
        })}
      </ul>
      {who.roles.some((role) => role !== "officer") && <PauseForm />}
    </section>
  )
}

/** One order of a key may have stopped many directions, and they go on together. */
function byOrder(pauses: Health["pauses"]) {
  const groups = new Map<string, [Pause, ...Pause[]]>()
  for (const pause of pauses) {
    const { chain, direction, since, order } = pause
    const ends = order === null ? `resume ${chain} ${direction} ${since}` : `lift ${order}`
    groups.set(ends, [...(groups.get(ends) ?? []), pause] as [Pause, ...Pause[]])
  }
  return groups
}

type Pause = Health["pauses"][number]

function Resume({ order, isGiven }: { order: string; isGiven: boolean }) {
  const sending = useSending(async () => {
    await give(order)
    await look()
    lookAgain()
  })
  return (
    <SendButton sending={sending} isReady={!isGiven}>
      {say(isGiven ? "console.resume.yours" : "console.resume.do")}
    </SendButton>
  )
}

function PauseForm() {
  const entry = useSignal({ chain: "arweave", direction: "in", reason: "", hours: "4" })
  const { chain, direction, reason, hours } = entry.value
  const set = (change: Partial<typeof entry.value>) => {
    entry.value = { ...entry.value, ...change }
  }
  const isOpen = useSignal(false)
  const isReason = /^[a-z0-9][a-z0-9-]{0,63}$/.test(reason)
  const isHours = /^[1-9][0-9]{0,2}$/.test(hours) && Number(hours) <= 168
  const sending = useSending(async () => {
    const until = new Date(Date.now() + Number(hours) * HOUR_MS).toISOString()
    const order = pauseText({ what: chain, direction, reason, until } as PauseWish)
    await give(order)
    set({ reason: "" })
    isOpen.value = false
    await look()
    lookAgain()
  })
  return (
    <details
      class="sheet"
      open={isOpen.value}
      onToggle={(event) => {
        isOpen.value = event.currentTarget.open
      }}
    >
      <summary>{say("console.pause")}</summary>
      <form onSubmit={(event) => event.preventDefault()}>
        <label class="pick">
          {say("console.pause.chain")}
          <select value={chain} onChange={(event) => set({ chain: event.currentTarget.value })}>
            <option value="all">{say("console.pause.all")}</option>
            {chainsOf(facts.value?.assets ?? []).map((one) => (
              <option key={one} value={one}>
                {chainName(one)}
              </option>
            ))}
          </select>
        </label>
        <label class="pick">
          {say("way.label")}
          <select
            value={direction}
            onChange={(event) => set({ direction: event.currentTarget.value })}
          >
            <option value="in">{say("console.pause.in")}</option>
            <option value="out">{say("console.pause.out")}</option>
            <option value="both">{say("console.pause.both")}</option>
          </select>
        </label>
        <Field
          name="reason"
          label={say("console.pause.reason")}
          value={reason}
          onInput={(text) => set({ reason: text })}
          placeholder="maintenance"
          problem={reason !== "" && !isReason ? say("console.pause.word") : null}
          hint={say("console.pause.word")}
        />
        <Field
          name="hours"
          label={say("console.pause.hours")}
          value={hours}
          onInput={(text) => set({ hours: text })}
          inputMode="decimal"
          problem={isHours ? null : say("console.pause.week")}
          hint={say("console.pause.end")}
        />
        <SendButton sending={sending} isReady={isReason && isHours}>
          {say("console.pause.do", {
            chain: chain === "all" ? say("console.pause.all") : chainName(chain),
          })}
        </SendButton>
      </form>
    </details>
  )
}
