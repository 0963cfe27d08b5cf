// What will happen to an amount, before anybody pays: fee, arrival, the rule of finality, limits and time.

import { ASSETS, type AssetName } from "../../core/assets.ts"
import type { SignedQuote } from "../../sdk/schemas/quotes.ts"
import {
  amountText,
  durationText,
  estimateText,
  networkName,
  tickerOn,
  timeText,
} from "../format.ts"
import type { Terms } from "../net/facts.ts"
import { language, say, type Word } from "../words/words.ts"

interface TermsProps {
  readonly asset: AssetName
  readonly terms: Terms
  /** What the bridge promises for it; null while it has promised nothing. */
  readonly quote: SignedQuote | null
}

export function TermsList({ asset, terms, quote }: TermsProps) {
  const { decimals } = ASSETS[asset]
  const { source, target, fee, arrives, limits, confirmations } = terms
  const sum = (units: bigint, chain: string) =>
    `${amountText(units, decimals)} ${tickerOn(asset, chain)}`
  const rows = [
    ["terms.arrives", sum(arrives, target)],
    ["terms.fee", fee === 0n ? say("terms.free") : sum(fee, source)],
    ["terms.rule", say("terms.final", { n: confirmations, chain: networkName(source) })],
    ...promisesOf(quote),
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

function promisesOf(told: SignedQuote | null): readonly (readonly [Word, string])[] {
  if (told === null) return []
  const { expected, rules, expiresAt } = told.quote
  const time = estimateText(expected.medianMs, language.value)
  const wait = durationText(rules.waitsMs, language.value)
  return [
    ["terms.time", say("terms.about", { time })],
    ...(rules.waitsMs > 0
      ? ([["terms.waits", say("terms.waits.for", { time: wait })]] as const)
      : []),
    ["terms.promised", timeText(expiresAt, language.value)],
  ]
}
