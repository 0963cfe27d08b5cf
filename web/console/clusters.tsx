// Accounts that are held to be one person's, for operators: with every reason, whoever says that it is wrong first, and the
// order by which two of them say what an account was after all.

import { useSignal } from "@preact/signals"
import { ACTIONS } from "../../core/compliance/decision.ts"
import { type ClusterView, clustersOf } from "../net/clusters.ts"
import { lookAgain, useLive } from "../net/live.ts"
import { Copy } from "../parts/copy.tsx"
import { Field } from "../parts/field.tsx"
import { SendButton, useSending } from "../parts/send.tsx"
import { Cluster } from "../rewards/cluster.tsx"
import { say } from "../words/words.ts"
import { giveReward } from "./key.ts"

const EVERY_MS = 15_000

interface Props {
  readonly campaign: string
  /** That is closed next. */
  readonly epoch: number
  readonly isOperator: boolean
}

export function Clusters({ campaign, epoch, isOperator }: Props) {
  const { value } = useLive(campaign, EVERY_MS, () => clustersOf(campaign, null)).value
  const isOpen = useSignal<boolean | null>(null)
  if (!value || value.length === 0)
    return value ? <p class="quiet">{say("cluster.nobody")}</p> : null
  const waiting = value.filter(isAppealed)
  const rest = value.filter((one) => !isAppealed(one))
  return (
    <details
      open={isOpen.value ?? waiting.length > 0}
      onToggle={(event) => {
        // Opens by itself where somebody waits, and stays as it is when they have been heard.
        isOpen.value = event.currentTarget.open
      }}
    >
      <summary>
        {say("cluster.title")} ({value.length})
        {waiting.length > 0 && (
          <>
            {", "}
            <span class="wrong">{say("cluster.waiting", { n: waiting.length })}</span>
          </>
        )}
      </summary>
      <ul class="rows">
        {[...waiting, ...rest].map((cluster) => (
          <li key={cluster.evidence} class="stacked">
            <Cluster cluster={cluster} />
            <Copy text={cluster.evidence} />
            {isOperator && <Stand campaign={campaign} epoch={epoch} cluster={cluster} />}
          </li>
        ))}
      </ul>
    </details>
  )
}

/** Somebody says that it is wrong, and has not been heard. */
function isAppealed({ appeals, heard }: ClusterView): boolean {
  return appeals.some((account) => !heard.includes(account))
}

interface StandProps extends Pick<Props, "campaign" | "epoch"> {
  readonly cluster: ClusterView
}

/** `stand`: the first of two keys; the second finds the order above, where orders wait. */
function Stand({ campaign, epoch, cluster }: StandProps) {
  const { accounts, appeals, heard, evidence } = cluster
  const first = appeals.find((one) => !heard.includes(one)) ?? accounts[0]!
  const entry = useSignal({ account: first, action: "allow", epoch: `${epoch}` })
  const set = (change: Partial<typeof entry.value>) => {
    entry.value = { ...entry.value, ...change }
  }
  const { account, action } = entry.value
  const isEpoch = /^[1-9][0-9]{0,4}$/.test(entry.value.epoch)
  const sending = useSending(async () => {
    await giveReward(`stand ${campaign} ${entry.value.epoch} ${account} ${action} ${evidence}`)
    lookAgain()
  })
  return (
    <details>
      <summary>{say("cluster.stand")}</summary>
      <form onSubmit={(event) => event.preventDefault()}>
        <label class="pick">
          {say("cluster.stand.account")}
          <select value={account} onChange={(event) => set({ account: event.currentTarget.value })}>
            {accounts.map((one) => (
              <option key={one} value={one}>
                {`${one.slice(0, 8)}…${one.slice(-4)}`}
              </option>
            ))}
          </select>
        </label>
        <label class="pick">
          {say("cluster.stand.action")}
          <select value={action} onChange={(event) => set({ action: event.currentTarget.value })}>
            {ACTIONS.map((one) => (
              <option key={one} value={one}>
                {say(`cluster.stand.${one}`)}
              </option>
            ))}
          </select>
        </label>
        <Field
          name={`epoch-${evidence.slice(0, 8)}`}
          label={say("cluster.stand.epoch")}
          value={entry.value.epoch}
          onInput={(text) => set({ epoch: text })}
          inputMode="decimal"
          problem={isEpoch ? null : say("cluster.stand.number")}
          hint={say("cluster.stand.about")}
        />
        <SendButton sending={sending} isReady={isEpoch}>
          {say("cluster.stand.do")}
        </SendButton>
      </form>
    </details>
  )
}
