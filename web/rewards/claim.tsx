// The one claim of an account: what has not been paid yet of all that counts, for a click and a signature.

import { useSignal } from "@preact/signals"
import { pointsText } from "../format.ts"
import { facts } from "../net/facts.ts"
import { lookAgain } from "../net/live.ts"
import { type AccountPoints, claimPoints } from "../net/rewards.ts"
import { SendButton, useSending } from "../parts/send.tsx"
import { aoAccount } from "../wallets/ao.ts"
import { say } from "../words/words.ts"

export function Claim({ points, had }: { points: AccountPoints; had: bigint | null }) {
  const { claim, campaign } = points
  const paid = useSignal<bigint | null>(null)
  const sending = useSending(async (tell) => {
    paid.value = await claimPoints(points, tell)
    lookAgain()
  })
  // A campaign without a token of this bridge is counted here, and paid by whoever runs it.
  if (facts.value?.campaign?.id !== campaign) return null
  if (claim === null) return <p class="quiet">{say("rewards.claim.none")}</p>
  const due = had === null ? BigInt(claim.amount) : BigInt(claim.amount) - had
  return (
    <>
      {due > 0n ? (
        <>
          <SendButton sending={sending} isReady={aoAccount.value !== null}>
            {say("rewards.claim.do", { amount: pointsText(due) })}
          </SendButton>
          <p class="quiet">
            {aoAccount.value === null
              ? say("rewards.claim.connect")
              : say("rewards.claim.epoch", { epoch: claim.epoch })}
          </p>
        </>
      ) : (
        <p class="good">{say("rewards.claim.all")}</p>
      )}
      <p class="good" role="status">
        {paid.value === null ? "" : say("rewards.claim.paid", { amount: pointsText(paid.value) })}
      </p>
    </>
  )
}
