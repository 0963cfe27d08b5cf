// The passphrase of a signer's shares: the first line of standard input, because arguments and environment are for all to read.

import { BridgeError } from "../core/errors.ts"

/** Bytes. */
export const PASSPHRASE_MAX = 1024
const INTERRUPT = 0x03
const BACKSPACE = 0x7f
const RETURN = 0x0d
const NEW_LINE = 0x0a

/**
 * The bytes up to the first line break, which are the caller's to wipe. At a terminal it asks, and what is
 * typed is not shown. Throws `share-locked` when there are none.
 */
export async function readPassphrase(
  input: NodeJS.ReadStream,
  ask: (prompt: string) => void = () => {},
): Promise<Uint8Array> {
  if (!input.isTTY) return checked(await firstLine(input))
  ask("Passphrase: ")
  input.setRawMode(true)
  try {
    return checked(typed(await firstLine(input)))
  } finally {
    input.setRawMode(false)
    ask("\n")
  }
}

async function firstLine(input: NodeJS.ReadStream): Promise<Buffer> {
  const ends = input.isTTY ? [RETURN, NEW_LINE, INTERRUPT] : [NEW_LINE]
  const line = await new Promise<Buffer>((resolve) => {
    let held = Buffer.alloc(0)
    const settle = () => {
      input.off("data", take).off("end", settle).pause()
      resolve(held)
    }
    const take = (chunk: Buffer) => {
      const joined = Buffer.concat([held, chunk])
      held.fill(0)
      chunk.fill(0)
      held = joined
      if (ends.some((end) => held.includes(end)) || held.length > PASSPHRASE_MAX) settle()
    }
    input.on("data", take).on("end", settle)
  })
  if (input.isTTY && line.includes(INTERRUPT)) line.fill(0)
  const end = line.findIndex((byte) => ends.includes(byte))
  const first = Buffer.from(end < 0 ? line : line.subarray(0, end))
  line.fill(0)
  return first
}

/** What is left after the corrections of whoever typed. */
function typed(line: Buffer): Buffer {
  const kept: number[] = []
  for (const byte of line) {
    if (byte === BACKSPACE) kept.pop()
    else kept.push(byte)
  }
  line.fill(0)
  return Buffer.from(kept)
}

/** Up to the first line break, in bytes of its own; null when that is no passphrase. */
export function firstLineOf(text: Buffer): Uint8Array | null {
  const end = text.indexOf(NEW_LINE)
  const line = Uint8Array.from(end < 0 ? text : text.subarray(0, end))
  if (isPassphrase(line)) return line
  line.fill(0)
  return null
}

function isPassphrase(line: Uint8Array): boolean {
  return line.length > 0 && line.length <= PASSPHRASE_MAX && line[0] !== 0
}

function checked(line: Buffer): Uint8Array {
  const passphrase = Uint8Array.from(line)
  line.fill(0)
  if (!isPassphrase(passphrase))
    throw new BridgeError("share-locked", { reason: "no passphrase on standard input" })
  return passphrase
}
