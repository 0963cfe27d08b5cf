// Whoever has not signed in does it here: on terms that are named, with the one statement that rewards need.

import { useSignal } from "@preact/signals"
import { timeText } from "../format.ts"
import { signIn } from "../net/rewards.ts"
import { SendButton, useSending } from "../parts/send.tsx"
import { aoAccount } from "../wallets/ao.ts"
import { language, say } from "../words/words.ts"

export function SignIn({ account, terms }: { account: string; terms: string }) {
  const isStated = useSignal(false)
  const until = useSignal<string | null>(null)
  const isOwn = aoAccount.value?.address === account
  const sending = useSending(async (tell) => {
    tell(say("send.wallet"))
    until.value = await signIn(account, terms)
  })
  if (!isOwn) return null
  if (until.value !== null)
    return (
      <p class="good" role="status">
        {say("rewards.signin.done", { until: timeText(until.value, language.value) })}
      </p>
    )
  return (
    <form class="plain" onSubmit={(event) => event.preventDefault()}>
      <p class="quiet">{say("rewards.signin.about", { terms })}</p>
      <label class="check">
        <input
          type="checkbox"
          checked={isStated.value}
          onChange={(event) => {
            isStated.value = event.currentTarget.checked
          }}
        />
        {say("rewards.signin.us")}
      </label>
      <SendButton sending={sending} isReady={isStated.value}>
        {say("rewards.signin")}
      </SendButton>
    </form>
  )
}
