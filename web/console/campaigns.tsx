// Campaigns under their operators' hands: what holds, each closed epoch with its files, and the orders that stop, end and take back.

import { useSignal } from "@preact/signals"
import type { CampaignControl } from "../../sdk/schemas/console.ts"
import { pointsText, timeText } from "../format.ts"
import { lookAgain } from "../net/live.ts"
import { Field } from "../parts/field.tsx"
import { SendButton, useSending } from "../parts/send.tsx"
import { EpochTools } from "../rewards/epoch-tools.tsx"
import { language, say } from "../words/words.ts"
import { Clusters } from "./clusters.tsx"
import { giveReward, key } from "./key.ts"

interface Props {
  readonly campaigns: readonly CampaignControl[]
  readonly isOperator: boolean
}

export function Campaigns({ campaigns, isOperator }: Props) {
  return (
    <section aria-label={say("console.campaigns")}>
      <h2>{say("console.campaigns")}</h2>
      {campaigns.length === 0 && <p class="quiet">{say("console.campaigns.none")}</p>}
      {campaigns.map((campaign) => (
        <Campaign key={campaign.id} campaign={campaign} isOperator={isOperator} />
      ))}
    </section>
  )
}

function Campaign({ campaign, isOperator }: { campaign: CampaignControl; isOperator: boolean }) {
  const { id, state, by, since, orders, epochs } = campaign
  const stateWord = say(`console.campaign.${state}`)
  const isMine = (given: readonly string[]) => given.includes(key.value?.name ?? "")
  return (
    <article class="sheet campaign">
      <h3>{id}</h3>
      <p class={state === "running" ? "good" : "wrong"}>
        {since === null
          ? stateWord
          : say("console.campaign.since", {
              ...{ state: stateWord, since: timeText(since, language.value), by: by ?? "" },
            })}
      </p>
      <p class="quiet">
        {say("console.campaign.given", {
          given: pointsText(campaign.given),
          allocation: pointsText(campaign.allocation),
          accounts: campaign.accounts,
        })}
      </p>
      {orders.map(({ order, given, needed }) => (
        <div key={order} class="stacked">
          <code>{order}</code>
          <p>{say("console.order.given", { names: given.join(", "), needed })}</p>
          {isOperator && (
            <Give order={order} isGiven={isMine(given)}>
              {say(isMine(given) ? "console.resume.yours" : "console.order.too")}
            </Give>
          )}
        </div>
      ))}
      <ul class="rows">
        {epochs.map(({ epoch, state: of, hash, activeAt }) => (
          <li key={epoch} class="stacked">
            <p>
              <strong>{say("rewards.epoch", { epoch })}</strong>{" "}
              <code title={hash}>{hash.slice(0, 12)}…</code>{" "}
              <span class={of === "active" ? "good" : "quiet"}>
                {of === "active"
                  ? say("rewards.epoch.active")
                  : say("rewards.epoch.pending", { at: timeText(activeAt, language.value) })}
              </span>
            </p>
            <EpochTools campaign={id} epoch={epoch} hash={hash} />
            {isOperator && of === "pending" && state !== "killed" && (
              <VoidOrder campaign={campaign} order={`void ${id} ${epoch} ${hash}`} />
            )}
          </li>
        ))}
      </ul>
      <Clusters campaign={id} epoch={(epochs[0]?.epoch ?? 0) + 1} isOperator={isOperator} />
      {isOperator && state === "frozen" && since !== null && (
        <Standing campaign={campaign} order={`thaw ${id} ${since}`} word="console.thaw" />
      )}
      {isOperator && state !== "killed" && <Stops campaign={campaign} />}
    </article>
  )
}

/** An order that nobody has given yet; one that waits for a second key stands above. */
function Standing({
  campaign,
  order,
  word,
}: OrderProps & { word: "console.thaw" | "console.void" }) {
  if (campaign.orders.some((one) => one.order === order)) return null
  return (
    <Give order={order} isGiven={false}>
      {say(word)}
    </Give>
  )
}

interface OrderProps {
  readonly campaign: CampaignControl
  readonly order: string
}

function VoidOrder(props: OrderProps) {
  return <Standing {...props} word="console.void" />
}

function Give({ order, isGiven, children }: { order: string; isGiven: boolean; children: string }) {
  const sending = useSending(async () => {
    await giveReward(order)
    lookAgain()
  })
  return (
    <SendButton sending={sending} isReady={!isGiven}>
      {children}
    </SendButton>
  )
}

/** A freeze takes one key and works at once; the end takes two, and a word that it is meant. */
function Stops({ campaign: { id, state } }: { campaign: CampaignControl }) {
  const reason = useSignal("")
  const isSure = useSignal(false)
  const isReason = /^[a-z0-9][a-z0-9-]{0,63}$/.test(reason.value)
  const give = (order: () => string) => async () => {
    await giveReward(order())
    reason.value = ""
    isSure.value = false
    lookAgain()
  }
  const freezing = useSending(
    give(() => `freeze ${id} ${new Date().toISOString()} ${reason.value}`),
  )
  const killing = useSending(give(() => `kill ${id} ${reason.value}`))
  return (
    <details>
      <summary>{say("console.stop")}</summary>
      <form onSubmit={(event) => event.preventDefault()}>
        <Field
          name={`reason-${id}`}
          label={say("console.pause.reason")}
          value={reason.value}
          onInput={(text) => {
            reason.value = text
          }}
          placeholder="odd-weights"
          problem={reason.value !== "" && !isReason ? say("console.pause.word") : null}
          hint={say("console.pause.word")}
        />
        {state === "running" && (
          <SendButton sending={freezing} isReady={isReason}>
            {say("console.freeze")}
          </SendButton>
        )}
        <label class="check">
          <input
            type="checkbox"
            checked={isSure.value}
            onChange={(event) => {
              isSure.value = event.currentTarget.checked
            }}
          />
          {say("console.kill.sure", { campaign: id })}
        </label>
        <SendButton sending={killing} isReady={isReason && isSure.value}>
          {say("console.kill")}
        </SendButton>
      </form>
    </details>
  )
}
