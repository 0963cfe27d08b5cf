// Shows long work as it happens: a line for each step, a bar for confirmations.

import type { TransferStatus } from "../../sdk/client.ts"
import { bridgeApi } from "../../sdk/client.ts"
import type { Terminal } from "./commands.ts"

const WIDTH = 20

/** `[########            ]  4/10`. */
export function bar(have: number, need: number): string {
  const full = need === 0 ? WIDTH : Math.floor((WIDTH * Math.min(have, need)) / need)
  return `[${"#".repeat(full)}${" ".repeat(WIDTH - full)}] ${String(have).padStart(2)}/${need}`
}

/** Follows a transfer until it is paid, held or dropped, and says each change. */
export async function waitFor(
  apiUrl: string,
  id: string,
  terminal: Terminal,
): Promise<TransferStatus> {
  const line = liveLine(terminal)
  const done = await bridgeApi(apiUrl).follow(
    id,
    ({ state }) => state === "paid" || state === "held" || state === "dropped",
    { onChange: (transfer) => line.show(describe(transfer)) },
  )
  line.end()
  return done
}

/** One line about a transfer as it is now. */
export function describe(transfer: TransferStatus | null): string {
  if (transfer === null) return "waiting for its transaction to be mined"
  const { state, confirmations, waiting } = transfer
  if (state === "seen") return `confirming ${bar(confirmations.have, confirmations.need)}`
  if (waiting) return `${state}: waits for ${waiting.for} (${waiting.rule})`
  return `${state} by ${transfer.transaction}`
}

/** A line that is drawn over on a terminal, and printed once for each change elsewhere. */
export function liveLine({ isTty, note }: Terminal): { show(text: string): void; end(): void } {
  let last = ""
  return {
    show(text) {
      if (text === last) return
      last = text
      if (isTty) process.stderr.write(`\r\x1b[2K  ${text}`)
      else note(`  ${text}`)
    },
    end() {
      if (isTty && last) process.stderr.write("\n")
      last = ""
    },
  }
}
