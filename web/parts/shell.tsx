// Head, foot and what is between them: the page that the address names.

import { signal } from "@preact/signals"
import type { FunctionComponent } from "preact"
import { useEffect, useRef } from "preact/hooks"
import { facts } from "../net/facts.ts"
import { Bridge } from "../pages/bridge.tsx"
import { Burn } from "../pages/burn.tsx"
import { Explorer } from "../pages/explorer.tsx"
import { History } from "../pages/history.tsx"
import { Reserves } from "../pages/reserves.tsx"
import { Rewards } from "../pages/rewards.tsx"
import { Status } from "../pages/status.tsx"
import { Transfer } from "../pages/transfer.tsx"
import { hrefOf, route } from "../route.ts"
import { language, say, type Word } from "../words/words.ts"
import { Switches } from "./switches.tsx"

interface Page {
  readonly title: Word
  readonly show: FunctionComponent<{ about: string }>
  /** Whose link in the head is marked. */
  readonly under: string
}

const PAGES: Readonly<Record<string, Page>> = {
  bridge: { title: "title.bridge", show: Bridge, under: "bridge" },
  burn: { title: "title.burn", show: Burn, under: "bridge" },
  history: { title: "title.history", show: History, under: "history" },
  transfers: { title: "title.transfer", show: Transfer, under: "explorer" },
  tx: { title: "title.transfer", show: Transfer, under: "explorer" },
  explorer: { title: "title.explorer", show: Explorer, under: "explorer" },
  reserves: { title: "title.reserves", show: Reserves, under: "reserves" },
  rewards: { title: "title.rewards", show: Rewards, under: "rewards" },
  status: { title: "title.status", show: Status, under: "status" },
}

const LINKS: readonly (readonly [page: string, word: Word])[] = [
  ["bridge", "nav.bridge"],
  ["history", "nav.history"],
  ["explorer", "nav.explorer"],
  ["rewards", "nav.rewards"],
  ["reserves", "nav.reserves"],
  ["status", "nav.status"],
]

export function Shell() {
  const { page, about } = route.value
  const shown = PAGES[page] ?? PAGES.bridge!
  const main = useRef<HTMLElement>(null)
  const isFirst = useRef(true)
  useEffect(() => {
    document.title = `${say(shown.title)} · Causeway`
    // Whoever cannot see that the page has changed is told by where they are.
    if (isFirst.current) isFirst.current = false
    else main.current?.focus({ preventScroll: true })
  }, [page, about, language.value])
  return (
    <>
      <button type="button" class="skip" onClick={() => main.current?.focus()}>
        {say("nav.skip")}
      </button>
      <header class="top">
        <a class="wordmark" href={hrefOf("bridge")}>
          Causeway
        </a>
        <nav aria-label={say("nav.label")}>
          {LINKS.map(([to, word]) => (
            <a key={to} href={hrefOf(to)} aria-current={shown.under === to ? "page" : undefined}>
              {say(word)}
            </a>
          ))}
        </nav>
        <Switches />
      </header>
      <main id="main" ref={main} tabIndex={-1}>
        {facts.value === null ? (
          <Starting />
        ) : (
          <shown.show key={`${page}/${about}`} about={about} />
        )}
      </main>
      <footer class="foot">
        <p>{say("foot.promise")}</p>
        {facts.value && facts.value.network !== "mainnet" && (
          <p>{say("foot.play", { network: facts.value.network })}</p>
        )}
      </footer>
    </>
  )
}

const isLate = signal(false)
setTimeout(() => {
  isLate.value = true
}, 4_000)

function Starting() {
  return <p class="quiet">{say(isLate.value ? "start.late" : "start.now")}</p>
}
