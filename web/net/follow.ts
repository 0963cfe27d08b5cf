// One transfer while somebody looks at it: asked for until it is seen, then told by the bridge as it happens.

import { type ReadonlySignal, useSignal } from "@preact/signals"
import { useEffect } from "preact/hooks"
import type { Progress } from "../../sdk/schemas/timeline.ts"
import { type Live, useLive } from "./live.ts"
import { type TransferStatus, transferNamed } from "./transfers.ts"

const UNSEEN_MS = 1_000
/** Events tell of changes at once; this is for the time when none come through. */
const SEEN_MS = 10_000

/** The transfer of that name (`transferNamed`); null while nobody has seen it. */
export function useTransfer(name: string): ReadonlySignal<Live<TransferStatus | null>> {
  const seen = useSignal<TransferStatus | null>(null)
  const asked = useLive(name, seen.value === null ? UNSEEN_MS : SEEN_MS, transferNamed)
  const { value, failure } = asked.value
  const shown = useSignal<Live<TransferStatus | null>>({ value: undefined, failure: null })
  useEffect(() => {
    if (value) seen.value = newer(value, seen.peek())
  }, [value])
  const id = seen.value?.id
  useEffect(() => {
    if (id === undefined) return
    const source = new EventSource(`/transfers/${encodeURIComponent(id)}/events`)
    const hear = ({ data }: MessageEvent<string>) => {
      const { transfer } = JSON.parse(data) as Progress
      const before = seen.peek()
      if (before) seen.value = newer({ ...before, ...transfer }, before)
    }
    source.addEventListener("step", hear)
    source.addEventListener("progress", hear)
    return () => source.close()
  }, [id])
  useEffect(() => {
    shown.value = { value: seen.value ?? value, failure }
  }, [seen.value, value, failure])
  return shown
}

/** Two answers may overtake each other on their way. */
function newer(one: TransferStatus, other: TransferStatus | null): TransferStatus {
  return other !== null && other.version > one.version ? other : one
}
