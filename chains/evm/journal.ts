// What the gas wallet must remember over a crash: written before anything is sent.

import { open, readFile, rename } from "node:fs/promises"
import { z } from "zod"
import { BridgeError } from "../../core/errors.ts"
import type { Job, Slot } from "./nonces.ts"

export interface WalletMemory {
  readonly slots: readonly Slot[]
  /** Handed in and not sent yet, the oldest first. */
  readonly waiting: readonly Job[]
}

export interface WalletJournal {
  load(): Promise<WalletMemory>
  /** On disk when it resolves. */
  save(memory: WalletMemory): Promise<void>
}

/**
 * One file that is replaced as a whole. Without it the wallet starts anew, which costs gas at worst: the
 * vault pays a number once. Throws `journal-damaged` for a file that it cannot read.
 */
export function fileJournal(file: string): WalletJournal {
  return {
    async load() {
      const text = await readFile(file, "utf8").catch((cause: NodeJS.ErrnoException) => {
        if (cause.code === "ENOENT") return null
        throw new BridgeError("journal-damaged", { file }, { cause })
      })
      if (text === null) return { slots: [], waiting: [] }
      try {
        return memory.parse(JSON.parse(text))
      } catch (cause) {
        throw new BridgeError("journal-damaged", { file }, { cause })
      }
    },
    async save(state) {
      try {
        const handle = await open(`${file}.new`, "w", 0o600)
        try {
          await handle.writeFile(JSON.stringify(state, asText))
          await handle.sync()
        } finally {
          await handle.close()
        }
        await rename(`${file}.new`, file)
      } catch (cause) {
        throw new BridgeError("journal-unwritable", { file }, { cause })
      }
    },
  }
}

function asText(_: string, value: unknown): unknown {
  return typeof value === "bigint" ? value.toString() : value
}

const amount = z
  .string()
  .regex(/^[0-9]+$/)
  .transform(BigInt)
const job = z.object({ id: z.string(), to: z.string(), data: z.string(), gas: amount })
const attempt = z.object({
  ...{ hash: z.string(), raw: z.string(), height: z.number() },
  fees: z.object({ max: amount, tip: amount }),
})
const memory = z.object({
  slots: z.array(
    z.object({ nonce: z.number(), job: job.nullable(), attempts: z.array(attempt).min(1) }),
  ),
  waiting: z.array(job),
})
