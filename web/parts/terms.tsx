// What will happen to an amount, before anybody pays: fee, arrival, the rule of finality, limits and time.

import { ASSETS, type AssetName } from "../../core/assets.ts"
import { amountText, durationText, networkName, tickerOn } from "../format.ts"
import type { Terms } from "../net/facts.ts"
import { language, say } from "../words/words.ts"

interface TermsProps {
  readonly asset: AssetName
  readonly terms: Terms
  /** Milliseconds that it should take; null while nobody knows. */
  readonly expectedMs: number | null
}

export function TermsList({ asset, terms, expectedMs }: TermsProps) {
  const { decimals } = ASSETS[asset]
  const { source, target, fee, arrives, limits, confirmations } = terms
  const sum = (units: bigint, chain: string) =>
    `${amountText(units, decimals)} ${tickerOn(asset, chain)}`
  const rows = [
    ["terms.arrives", sum(arrives, target)],
    ["terms.fee", fee === 0n ? say("terms.free") : sum(fee, source)],
    ["terms.rule", say("terms.final", { n: confirmations, chain: networkName(source) })],
    ...(expectedMs === null
      ? []
      : ([
          ["terms.time", say("terms.about", { time: durationText(expectedMs, language.value) })],
        ] as const)),
    [
      "terms.limits",
      say("terms.between", { least: sum(limits.minimum, source), most: sum(limits.cap, source) }),
    ],
    ["terms.otherwise", say("terms.back", { fee: sum(limits.refundFee, source) })],
  ] as const
  return (
    <dl class="terms">
      {rows.map(([word, text]) => (
        <div key={word}>
          <dt>{say(word)}</dt>
          <dd>{text}</dd>
        </div>
      ))}
    </dl>
  )
}
