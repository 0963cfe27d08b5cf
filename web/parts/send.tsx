// The one button of a form: what is under way, and what went wrong, in words that stay.

import { type Signal, useSignal } from "@preact/signals"
import type { ComponentChildren } from "preact"
import { ApiError } from "../../sdk/client.ts"
import { say, sayCode } from "../words/words.ts"

export interface Sending {
  readonly state: Signal<
    | { readonly kind: "idle" }
    | { readonly kind: "busy"; readonly says: string }
    | { readonly kind: "failed"; readonly says: string }
  >
  start(): void
}

/** `work` tells what it waits for; a second start while it runs does nothing. */
export function useSending(work: (tell: (says: string) => void) => Promise<void>): Sending {
  const state: Sending["state"] = useSignal({ kind: "idle" })
  return {
    state,
    async start() {
      if (state.peek().kind === "busy") return
      const tell = (says: string) => {
        state.value = { kind: "busy", says }
      }
      tell(say("send.check"))
      try {
        await work(tell)
        state.value = { kind: "idle" }
      } catch (error) {
        state.value = { kind: "failed", says: failureText(error) }
      }
    },
  }
}

/** In the reader's words where we know the code; else in those of the wallet or of the bridge. */
export function failureText(error: unknown): string {
  if (error instanceof ApiError) {
    const told = sayCode("failure", error.code)
    return told === error.code ? error.message : told
  }
  const { code, message } = Object(error) as { code?: unknown; message?: unknown }
  // EIP-1193: the owner said no.
  if (code === 4001) return say("failure.declined")
  return typeof message === "string" && message !== "" ? message : String(error)
}

interface SendButtonProps {
  readonly sending: Sending
  readonly isReady: boolean
  readonly children: ComponentChildren
}

export function SendButton({ sending, isReady, children }: SendButtonProps) {
  const now = sending.state.value
  return (
    <div class="send">
      <button
        type="submit"
        class="main"
        disabled={!isReady || now.kind === "busy"}
        onClick={() => sending.start()}
      >
        {now.kind === "busy" ? now.says : children}
      </button>
      <p role="alert" class="wrong">
        {now.kind === "failed" ? now.says : ""}
      </p>
    </div>
  )
}
