// One page: who is there, what needs people, and how each part of the bridge is.

import { useSignal } from "@preact/signals"
import type { ConsoleView } from "../../sdk/schemas/console.ts"
import { facts } from "../net/facts.ts"
import { useLive } from "../net/live.ts"
import { failureText } from "../parts/send.tsx"
import { Switches } from "../parts/switches.tsx"
import { say } from "../words/words.ts"
import { Campaigns } from "./campaigns.tsx"
import { Cases } from "./cases.tsx"
import { askSigned, key, readKey } from "./key.ts"
import { Limits } from "./limits.tsx"
import { Endpoints, Gas, Policies, Queue, Signers } from "./parts.tsx"
import { Pauses } from "./pauses.tsx"
import { Stuck } from "./stuck.tsx"

const EVERY_MS = 5_000

export function Console() {
  return (
    <>
      <header class="top">
        <span class="wordmark">Causeway</span>
        <nav aria-label={say("nav.label")}>
          <span>{say("console.title")}</span>
        </nav>
        <Switches />
      </header>
      <main>
        {facts.value === null ? (
          <p class="quiet">{say("start.now")}</p>
        ) : key.value === null ? (
          <LogIn />
        ) : (
          <Open />
        )}
      </main>
    </>
  )
}

function LogIn() {
  const failure = useSignal("")
  const choose = (file: File | undefined) => {
    if (file)
      readKey(file).catch((error: unknown) => {
        failure.value = failureText(error)
      })
  }
  return (
    <section class="sheet">
      <h1>{say("console.heading")}</h1>
      <p>{say("console.key.about")}</p>
      <label class="file">
        {say("console.key.choose")}
        <input
          type="file"
          accept=".json,application/json"
          onChange={(event) => choose(event.currentTarget.files?.[0])}
        />
      </label>
      <p role="alert" class="wrong">
        {failure.value}
      </p>
    </section>
  )
}

function Open() {
  const live = useLive(key.value?.name ?? null, EVERY_MS, () =>
    askSigned<ConsoleView>("/console"),
  ).value
  const view = live.value
  const leave = () => {
    key.value = null
  }
  return (
    <>
      <h1>{say("console.heading")}</h1>
      <div class="wallet">
        <p>
          {say("console.who", {
            name: key.value?.name ?? "",
            roles: view?.who.roles.map((role) => say(`console.role.${role}`)).join(", ") ?? "…",
          })}
        </p>
        <button type="button" class="plain" onClick={leave}>
          {say("console.leave")}
        </button>
      </div>
      {live.failure !== null && (
        <p class="notice" role="alert">
          {failureText(live.failure)}
        </p>
      )}
      {view && (
        <>
          <Stuck stuck={view.stuck} />
          <Pauses view={view} />
          {view.who.roles.includes("officer") && <Cases />}
          <Campaigns campaigns={view.campaigns} isOperator={view.who.roles.includes("operator")} />
          <Queue />
          <Signers />
          <Endpoints endpoints={view.endpoints} />
          <Gas gas={view.gas} />
          <Limits />
          <Policies policy={view.policy} />
        </>
      )}
    </>
  )
}
