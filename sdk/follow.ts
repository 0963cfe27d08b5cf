// A transfer while it happens: every change of it once, in order, through lost connections, in a browser and in Node.

import { ApiError } from "./client.ts"
import type { Progress } from "./schemas/timeline.ts"
import type { TransferPage } from "./schemas/transfers.ts"

/** A transfer's id, or the transaction that began it, which may not be seen yet. */
export type Followed = string | { readonly transaction: string }

export interface FollowOptions {
  readonly signal?: AbortSignal
  /** Between two looks while nobody has seen it, and before a lost connection is made again. Milliseconds. */
  readonly pauseMs?: number
}

/**
 * Waits until the bridge has seen it, tells what has happened so far and everything from then on, and ends when nothing
 * more will: it is paid, or its owner took it back. Rejects when `signal` aborts, and for what the API refuses for good.
 */
export async function* follow(
  url: string,
  what: Followed,
  { signal, pauseMs = 1_000 }: FollowOptions = {},
): AsyncGenerator<Progress, void, void> {
  const id = typeof what === "string" ? what : await idOf(url, what.transaction, pauseMs, signal)
  for (let version = "0"; ; ) {
    const response = await opened(
      `${url}/transfers/${encodeURIComponent(id)}/events`,
      version,
      signal,
    )
    // It had ended before.
    if (response?.status === 204) return
    if (response?.body)
      try {
        for await (const { id: told, data } of eventsIn(response.body)) {
          if (told !== null) version = told
          yield data
          if (isOver(data) && Number(version) >= data.transfer.version) return
        }
      } catch (error) {
        if (signal?.aborted) throw error
        // The connection is gone; the next one goes on where it was.
      }
    await pause(pauseMs, signal)
  }
}

/** Each step comes with the transfer as it stands by then: the steps before the last one are still to be told. */
function isOver({ transfer: { state, reason } }: Progress): boolean {
  return state === "paid" || (state === "dropped" && reason === "taken-back")
}

/** Null where it is worth trying again. */
async function opened(
  url: string,
  version: string,
  signal: AbortSignal | undefined,
): Promise<Response | null> {
  const headers = { accept: "text/event-stream", "last-event-id": version }
  const response = await fetch(url, { headers, ...(signal && { signal }) }).catch(
    (error: unknown) => {
      if (signal?.aborted) throw error
      return null
    },
  )
  if (!response || response.ok) return response
  const body = (await response.json().catch(() => null)) as Refused | null
  const { code = "unknown", message = `status ${response.status}` } = body?.error ?? {}
  const isForNow = response.status === 404 || response.status === 429 || response.status >= 500
  if (isForNow) return null
  throw new ApiError(code, message, response.status)
}

interface Refused {
  readonly error?: { readonly code: string; readonly message: string }
}

async function idOf(
  url: string,
  transaction: string,
  pauseMs: number,
  signal: AbortSignal | undefined,
): Promise<string> {
  for (;;) {
    const path = `${url}/transfers?tx=${encodeURIComponent(transaction)}`
    const response = await fetch(path, signal ? { signal } : {}).catch((error: unknown) => {
      if (signal?.aborted) throw error
      return null
    })
    if (response?.ok) {
      const { transfers } = (await response.json()) as TransferPage
      const first = transfers.at(-1)
      if (first) return first.id
    }
    await pause(pauseMs, signal)
  }
}

/** Server-sent events with data of ours; comments are left out. */
async function* eventsIn(
  body: ReadableStream<Uint8Array>,
): AsyncGenerator<{ readonly id: string | null; readonly data: Progress }, void, void> {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader()
  let text = ""
  try {
    for (;;) {
      const { value, done } = await reader.read()
      if (done) return
      text += value
      for (let end = text.indexOf("\n\n"); end >= 0; end = text.indexOf("\n\n")) {
        const lines = text.slice(0, end).split("\n")
        text = text.slice(end + 2)
        const field = (name: string) =>
          lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2) ?? null
        const data = field("data")
        if (data !== null) yield { id: field("id"), data: JSON.parse(data) as Progress }
      }
    }
  } finally {
    await reader.cancel().catch(() => {})
  }
}

async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  signal?.throwIfAborted()
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, ms)
    signal?.addEventListener("abort", () => {
      clearTimeout(timer)
      resolve()
    })
  })
  signal?.throwIfAborted()
}
