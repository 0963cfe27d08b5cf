// Rewards: what a campaign gives for, what an account has by it and why, whether it may have it, and its one claim.

import { signal } from "@preact/signals"
import { aoAddress } from "../../sdk/addresses.ts"
import { timeText } from "../format.ts"
import { useLive } from "../net/live.ts"
import { type CampaignView, campaignsNow } from "../net/rewards.ts"
import { AccountConnect } from "../parts/account.tsx"
import { Field } from "../parts/field.tsx"
import { Epochs } from "../rewards/epochs.tsx"
import { Leaders } from "../rewards/leaders.tsx"
import { AccountStanding } from "../rewards/standing.tsx"
import { Tasks } from "../rewards/tasks.tsx"
import { aoAccount } from "../wallets/ao.ts"
import { language, say } from "../words/words.ts"

const EVERY_MS = 10_000

const chosen = signal<string | null>(null)
const looked = signal("")

export function Rewards() {
  const { value } = useLive("campaigns", EVERY_MS, campaignsNow).value
  const campaigns = value?.campaigns ?? []
  const campaign = campaigns.find(({ id }) => id === chosen.value) ?? campaigns[0]
  return (
    <>
      <h1>{say("title.rewards")}</h1>
      {value === undefined && <p class="quiet">{say("start.now")}</p>}
      {value && !campaign && <p class="empty">{say("rewards.none")}</p>}
      {campaigns.length > 1 && campaign && (
        <label class="pick">
          {say("rewards.choose")}
          <select
            value={campaign.id}
            onChange={(event) => {
              chosen.value = event.currentTarget.value
            }}
          >
            {campaigns.map(({ id }) => (
              <option key={id} value={id}>
                {id}
              </option>
            ))}
          </select>
        </label>
      )}
      {campaign && <Campaign campaign={campaign} terms={value?.terms ?? null} />}
    </>
  )
}

function Campaign({ campaign, terms }: { campaign: CampaignView; terms: string | null }) {
  const typed = looked.value.trim()
  const named = aoAddress(typed)
  const account = typed === "" ? (aoAccount.value?.address ?? null) : named
  return (
    <>
      <p>
        <strong>{campaign.id}</strong> <span class="quiet">{stateText(campaign)}</span>
      </p>
      <p class="quiet">{say("rewards.promise")}</p>
      {campaign.state !== "running" && (
        <p class="notice">{say(`rewards.state.${campaign.state}`)}</p>
      )}
      <AccountConnect />
      <Field
        name="search"
        label={say("rewards.look")}
        value={looked.value}
        onInput={(text) => {
          looked.value = text
        }}
        placeholder={aoAccount.value?.address ?? say("form.account")}
        problem={typed !== "" && named === null ? say("problem.account") : null}
        hint={say("rewards.look.hint")}
      />
      {account !== null && (
        <AccountStanding key={account} campaign={campaign} account={account} terms={terms} />
      )}
      {account === null && <Tasks campaign={campaign} done={[]} />}
      <Leaders campaign={campaign} account={account} />
      <Epochs campaign={campaign} />
    </>
  )
}

function stateText({ starts, ends, epochSeconds }: CampaignView): string {
  const [now, start, end] = [Date.now(), Date.parse(starts), Date.parse(ends)]
  if (now < start) return say("rewards.state.before", { at: timeText(starts, language.value) })
  if (now >= end) return say("rewards.state.over", { at: timeText(ends, language.value) })
  const length = 1_000 * epochSeconds
  const epoch = Math.floor((now - start) / length) + 1
  const until = new Date(start + epoch * length).toISOString()
  return say("rewards.state.running", {
    ...{ epoch, epochs: Math.round((end - start) / length) },
    until: timeText(until, language.value),
  })
}
