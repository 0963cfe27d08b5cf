// Cases of held money, for officers: what each waits for, and the command that opens it.

import { timeText } from "../format.ts"
import { useLive } from "../net/live.ts"
import { Copy } from "../parts/copy.tsx"
import { language, say, sayCode } from "../words/words.ts"
import { askSigned } from "./key.ts"

const EVERY_MS = 15_000

interface Row {
  readonly transfer: string
  readonly state: string
  readonly openedMs?: number
  readonly decision: { readonly reasons: readonly { readonly rule: string }[] }
}

export function Cases() {
  const { value } = useLive("open", EVERY_MS, () =>
    askSigned<{ cases: readonly Row[] }>("/compliance/cases?state=open"),
  ).value
  return (
    <section aria-label={say("console.cases")}>
      <h2>{say("console.cases")}</h2>
      {value?.cases.length === 0 && <p class="good">{say("console.cases.none")}</p>}
      <ul class="rows">
        {value?.cases.map(({ transfer, state, openedMs, decision }) => (
          <li key={transfer} class="stacked">
            <p>
              <strong>{sayCode("case", state)}</strong>{" "}
              {decision.reasons.map(({ rule }) => rule).join(", ")}
            </p>
            {openedMs !== undefined && (
              <p class="quiet">{timeText(new Date(openedMs).toISOString(), language.value)}</p>
            )}
            <Copy text={`causeway case show ${transfer} --key officer.json`} />
          </li>
        ))}
      </ul>
    </section>
  )
}
