// A coordinator tells the members whom it found at fault, so that their operators see it: now and then, all at once.

import type { BlameReport } from "./asides.ts"
import type { Blame } from "./session.ts"
import type { Link } from "./transport.ts"

const PAUSE_MS = 1_000
const ASK_MS = 3_000

export class Blaming {
  readonly #links: readonly Link[]
  readonly #pauseMs: number
  readonly #waiting = new Map<string, BlameReport>()
  #timer: NodeJS.Timeout | null = null

  constructor(links: readonly Link[], pauseMs = PAUSE_MS) {
    this.#links = links
    this.#pauseMs = pauseMs
  }

  add({ signer, kind, session, detail }: Blame): void {
    const key = `${signer} ${kind}`
    const count = (this.#waiting.get(key)?.count ?? 0) + 1
    this.#waiting.set(key, { signer, kind, session, detail: detail.slice(0, 300), count })
    this.#timer ??= setTimeout(() => this.#tell(), this.#pauseMs).unref()
  }

  close(): void {
    if (this.#timer) clearTimeout(this.#timer)
  }

  /** Who does not hear it now hears it the next time that it happens. */
  #tell(): void {
    this.#timer = null
    const reports = [...this.#waiting.values()]
    this.#waiting.clear()
    for (const link of this.#links)
      for (const report of reports)
        link.ask("POST", "/blame", report, { timeoutMs: ASK_MS }).catch(() => {})
  }
}
