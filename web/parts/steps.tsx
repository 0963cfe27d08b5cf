// The three stretches of a way: final on its chain, approved by the signers, paid on the other; each with its real progress.

import type { ComponentChildren } from "preact"
import type { AssetName } from "../../core/assets.ts"
import { amountBrief, chainName, networkName, tickerOn } from "../format.ts"
import type { TransferStatus } from "../net/transfers.ts"
import { say, type Word } from "../words/words.ts"

type Stretch = "done" | "now" | "stopped" | "later"

export function headlineOf(transfer: TransferStatus): string {
  const { state, refund, asset, source, target } = transfer
  const sum = `${amountBrief(transfer.amount, transfer.decimals)} ${tickerOn(asset as AssetName, source)}`
  const fill = { sum, target: networkName(refund ? source : target) }
  return say(HEADLINES[state === "paid" && refund ? "returned" : state], fill)
}

const HEADLINES: Readonly<Record<TransferStatus["state"] | "returned", Word>> = {
  seen: "headline.way",
  confirmed: "headline.way",
  ready: "headline.way",
  signing: "headline.way",
  sent: "headline.way",
  held: "headline.held",
  dropped: "headline.dropped",
  paid: "headline.paid",
  returned: "headline.returned",
}

export function Steps({ transfer }: { transfer: TransferStatus }) {
  const { state, source, target, refund, confirmations } = transfer
  const [first, second, third] = STRETCHES[state]
  const payoutChain = refund ? source : target
  return (
    <ol class="steps">
      <Step stretch={first} title={say("step.final", { chain: chainName(source) })}>
        <Progress {...confirmations} />
      </Step>
      <Step stretch={second} title={say(refund ? "step.back" : "step.signers")} />
      <Step stretch={third} title={say("step.paid", { chain: chainName(payoutChain) })} />
    </ol>
  )
}

const STRETCHES: Readonly<Record<TransferStatus["state"], readonly [Stretch, Stretch, Stretch]>> = {
  seen: ["now", "later", "later"],
  dropped: ["stopped", "later", "later"],
  confirmed: ["done", "now", "later"],
  held: ["done", "stopped", "later"],
  ready: ["done", "now", "later"],
  signing: ["done", "now", "later"],
  sent: ["done", "done", "now"],
  paid: ["done", "done", "done"],
}

const SAYS: Readonly<Record<Stretch, Word>> = {
  ...{ done: "stretch.done", now: "stretch.now" },
  ...{ stopped: "stretch.stopped", later: "stretch.later" },
}

interface StepProps {
  readonly stretch: Stretch
  readonly title: string
  readonly children?: ComponentChildren
}

function Step({ stretch, title, children }: StepProps) {
  return (
    <li class={stretch} aria-current={stretch === "now" ? "step" : undefined}>
      <p>
        <strong>{title}</strong> <span class="unseen">{say(SAYS[stretch])}</span>
      </p>
      {children}
    </li>
  )
}

/** By confirmations, and by nothing else: a bar that only moves tells nobody anything. */
function Progress({ have, need }: { have: number; need: number }) {
  const text = say("step.confirmations", { have, need })
  return (
    <div class="progress">
      <div
        role="progressbar"
        aria-label={text}
        aria-valuemin={0}
        aria-valuenow={have}
        aria-valuemax={need}
        aria-valuetext={text}
      >
        <span style={{ width: `${need === 0 ? 100 : (100 * have) / need}%` }} />
      </div>
      <span>{text}</span>
    </div>
  )
}
