// Whom an account is held to be one person with, and its own word on that: that it is wrong, or that there are more.

import { useSignal } from "@preact/signals"
import { aoAddress } from "../../sdk/addresses.ts"
import { appeal, clustersOf, report } from "../net/clusters.ts"
import { lookAgain, useLive } from "../net/live.ts"
import { Field } from "../parts/field.tsx"
import { SendButton, useSending } from "../parts/send.tsx"
import { aoAccount } from "../wallets/ao.ts"
import { say } from "../words/words.ts"
import { Cluster } from "./cluster.tsx"

const EVERY_MS = 30_000

interface Props {
  readonly campaign: string
  readonly account: string
  /** Null where nobody can sign in. */
  readonly terms: string | null
}

export function OwnClusters({ campaign, account, terms }: Props) {
  const { value } = useLive(`${campaign} ${account}`, EVERY_MS, () =>
    clustersOf(campaign, account),
  ).value
  // Those before it were found by less than is known now.
  const [newest] = value ?? []
  const canSay = terms !== null && aoAccount.value?.address === account
  if (!newest && !canSay) return null
  const isOpen = newest && !newest.heard.includes(account) && !newest.appeals.includes(account)
  return (
    <section class="sheet cluster" aria-label={say("cluster.title")}>
      <h2>{say("cluster.title")}</h2>
      {newest ? <Cluster cluster={newest} /> : <p class="quiet">{say("cluster.none")}</p>}
      {isOpen && canSay && <Appeal account={account} terms={terms} evidence={newest.evidence} />}
      {canSay && <Report account={account} terms={terms} />}
    </section>
  )
}

interface Said {
  readonly account: string
  readonly terms: string
}

function Appeal({ account, terms, evidence }: Said & { readonly evidence: string }) {
  const sending = useSending(async (tell) => {
    tell(say("send.wallet"))
    await appeal(account, terms, evidence)
    lookAgain()
  })
  return (
    <form class="plain" onSubmit={(event) => event.preventDefault()}>
      <p class="quiet">{say("cluster.appeal.about")}</p>
      <SendButton sending={sending} isReady>
        {say("cluster.appeal")}
      </SendButton>
    </form>
  )
}

function Report({ account, terms }: Said) {
  const typed = useSignal("")
  const isDone = useSignal(false)
  const others = typed.value.split(/\s+/).filter((one) => one !== "")
  const isKnown = others.every((one) => aoAddress(one) === one && one !== account)
  const sending = useSending(async (tell) => {
    tell(say("send.wallet"))
    await report(account, terms, others)
    isDone.value = true
  })
  return (
    <details>
      <summary>{say("cluster.report")}</summary>
      <form class="plain" onSubmit={(event) => event.preventDefault()}>
        <Field
          name="others"
          label={say("cluster.report.others")}
          value={typed.value}
          onInput={(text) => {
            typed.value = text
            isDone.value = false
          }}
          rows={2}
          problem={isKnown ? null : say("problem.account")}
          hint={say("cluster.report.hint")}
        />
        <SendButton sending={sending} isReady={others.length > 0 && isKnown}>
          {say("cluster.report.do")}
        </SendButton>
        {isDone.value && (
          <p class="good" role="status">
            {say("cluster.report.done")}
          </p>
        )}
      </form>
    </details>
  )
}
