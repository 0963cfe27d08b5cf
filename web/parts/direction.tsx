// The two ways: into AO, and back home.

import type { Direction as Way } from "../net/facts.ts"
import { hrefOf } from "../route.ts"
import { say } from "../words/words.ts"

export function Direction({ now }: { now: Way }) {
  return (
    <nav class="ways" aria-label={say("way.label")}>
      <a href={hrefOf("bridge")} aria-current={now === "in" ? "page" : undefined}>
        {say("way.in")}
      </a>
      <a href={hrefOf("burn")} aria-current={now === "out" ? "page" : undefined}>
        {say("way.out")}
      </a>
    </nav>
  )
}
