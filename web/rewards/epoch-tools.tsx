// What anybody can do with a closed epoch: take its files, and make it again here.

import { useSignal } from "@preact/signals"
import { failureText } from "../parts/send.tsx"
import { say } from "../words/words.ts"

interface Props {
  readonly campaign: string
  readonly epoch: number
  readonly hash: string
}

export function EpochTools({ campaign, epoch, hash }: Props) {
  const state = useSignal<
    | { readonly kind: "idle" }
    | { readonly kind: "busy" }
    | { readonly kind: "made"; readonly differs: readonly string[] }
    | { readonly kind: "failed"; readonly says: string }
  >({ kind: "idle" })
  const now = state.value
  const recount = async () => {
    state.value = { kind: "busy" }
    try {
      // Only who does that loads the rules.
      const { recounted } = await import("./recount.ts")
      state.value = { kind: "made", differs: await recounted(campaign, epoch, hash) }
    } catch (error) {
      state.value = { kind: "failed", says: failureText(error) }
    }
  }
  const path = `/rewards/epochs/${epoch}`
  const query = `?campaign=${campaign}`
  return (
    <div class="orders">
      <a href={`${path}${query}`} download={`${campaign}-${epoch}.json`}>
        {say("epoch.export")}
      </a>
      <a href={`${path}/events${query}`} download={`${campaign}-${epoch}.jsonl`}>
        {say("epoch.events")}
      </a>
      <button type="button" class="plain" disabled={now.kind === "busy"} onClick={recount}>
        {say(now.kind === "busy" ? "epoch.recounting" : "epoch.recount")}
      </button>
      <span
        role="status"
        class={now.kind === "made" && now.differs.length === 0 ? "good" : "wrong"}
      >
        {now.kind === "failed" && now.says}
        {now.kind === "made" &&
          (now.differs.length === 0
            ? say("epoch.same")
            : `${say("epoch.differs")} ${now.differs.slice(0, 5).join("; ")}`)}
      </span>
    </div>
  )
}
