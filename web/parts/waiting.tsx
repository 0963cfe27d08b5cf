// What a transfer waits for, by which rule, since when, and until when as far as anybody knows.

import { chainName, estimateText, networkName, timeText } from "../format.ts"
import { facts } from "../net/facts.ts"
import { health } from "../net/standing.ts"
import type { TransferStatus } from "../net/transfers.ts"
import { language, say, sayCode } from "../words/words.ts"

export function Waiting({ transfer }: { transfer: TransferStatus }) {
  const { waiting } = transfer
  if (waiting === null) return null
  const { releaseAt, failure, until } = waiting
  const { what, rule } = reasonOf(transfer, releaseAt)
  const rows = [
    [say("waiting.for"), what],
    [say("waiting.rule"), rule],
    [say("waiting.since"), timeText(waiting.since, language.value)],
    ...(waiting.etaMs === null
      ? []
      : [
          [
            say("waiting.left"),
            say("terms.about", { time: estimateText(waiting.etaMs, language.value) }),
          ],
        ]),
    ...(until ? [[say("waiting.until"), timeText(until, language.value)]] : []),
    ...(failure ? [[say("waiting.failure"), sayCode("failure", failure)]] : []),
  ] as const
  return (
    <section class="sheet" aria-label={say("waiting.label")}>
      <dl class="facts">
        {rows.map(([name, text]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{text}</dd>
          </div>
        ))}
      </dl>
    </section>
  )
}

interface Reason {
  readonly what: string
  readonly rule: string
}

/** The same that the API says in English, in the reader's language. */
function reasonOf(transfer: TransferStatus, releaseAt: string | undefined): Reason {
  const { state, source, target, refund, reason, confirmations } = transfer
  const payoutChain = refund ? source : target
  const pause = health.value?.pauses.find(
    ({ chain, direction }) =>
      (chain === source && direction === "in") || (chain === payoutChain && direction === "out"),
  )
  const why = reason ? sayCode("reason", reason) : null
  switch (state) {
    case "seen":
      return {
        what: say("for.blocks", {
          n: confirmations.need - confirmations.have,
          chain: networkName(source),
        }),
        rule: say("terms.final", { n: confirmations.need, chain: networkName(source) }),
      }
    case "dropped":
      return reason === "taken-back"
        ? { what: say("for.nothing"), rule: why! }
        : { what: say("for.again"), rule: say("rule.again", { chain: networkName(source) }) }
    case "held":
      return {
        what: say(reason?.startsWith("screening-") ? "for.case" : "for.operators"),
        rule: why ?? say("rule.held"),
      }
    default:
  }
  if (pause)
    return {
      what: pause.until
        ? say("for.pause.until", { until: timeText(pause.until, language.value) })
        : say("for.pause"),
      rule: say("rule.pause", { chain: chainName(pause.chain), reason: pause.reason }),
    }
  if (releaseAt)
    return {
      what: say("for.day", { until: timeText(releaseAt, language.value) }),
      rule: say("rule.day"),
    }
  if (state === "sent") {
    const depth =
      facts.value?.policy.payoutDepths[
        payoutChain.startsWith("ao") ? "ao" : (payoutChain as "arweave")
      ] ?? 1
    return {
      what: say("for.payout", { n: depth, chain: networkName(payoutChain) }),
      rule: say("rule.payout"),
    }
  }
  return {
    what: say(state === "signing" ? "for.signers" : "for.batch"),
    rule: why ?? say("rule.signers"),
  }
}
