// A long text that somebody has to carry elsewhere: shown whole, and copied by a button.

import { useSignal } from "@preact/signals"
import { say } from "../words/words.ts"

const SHOWN_MS = 2_000

export function Copy({ text }: { text: string }) {
  const isCopied = useSignal(false)
  const copy = async () => {
    await navigator.clipboard.writeText(text)
    isCopied.value = true
    setTimeout(() => {
      isCopied.value = false
    }, SHOWN_MS)
  }
  return (
    <p class="copy">
      <code class={text.includes(" ") ? "" : "address"}>{text}</code>
      <button type="button" class="plain" onClick={copy}>
        {say(isCopied.value ? "copy.done" : "copy.do")}
      </button>
    </p>
  )
}
