// A participant of a ceremony, honest or with one fault, in whichever process: what it is told, and what it says in the end.

import { BridgeError } from "../../../core/errors.ts"
import { type Envelope, type Step, signEnvelope } from "../../../mpc/ceremony/envelope.ts"
import type { Mail } from "../../../mpc/ceremony/mail.ts"
import { runCeremony } from "../../../mpc/ceremony/run.ts"
import type { Patience } from "../../../mpc/ceremony/seat.ts"
import { readIdentity } from "../../../mpc/ceremony/start.ts"
import { SAFE_PRIMES } from "../../fixtures/rsa-primes.ts"

/** What the test tells it: `fault` is `kind step`, such as `lie deal` or `die package`. */
export interface PartyTask {
  readonly folder: string
  readonly hash: string
  readonly attempt: number
  readonly fault: string | null
  readonly patience: Patience
}

/** What it says in the end. */
export type PartyWord =
  | {
      readonly ok: true
      readonly isDone: boolean
      readonly heads: Readonly<Record<string, string>>
    }
  | { readonly ok: false; readonly code: string; readonly detail: Readonly<Record<string, string>> }

/** Faults by which a process ends: such a party needs one of its own. */
export function endsItsProcess(fault: string | null): boolean {
  return fault !== null && /^(die|part) /.test(fault)
}

export async function takePart(
  task: PartyTask,
  passphrase: Uint8Array,
  note: (text: string) => void,
): Promise<PartyWord> {
  const { fault, folder, hash, attempt, patience } = task
  try {
    const { key } = await readIdentity(folder)
    const concluded = await runCeremony({
      ...{ folder, hash, attempt, passphrase, patience, primes: SAFE_PRIMES, onStep: note },
      wrapMail: (mail) => (fault === null ? mail : faulty(mail, fault, key)),
    })
    return { ok: true, isDone: concluded?.isDone ?? true, heads: { ...concluded?.heads } }
  } catch (error) {
    const { code, detail } =
      error instanceof BridgeError ? error : { code: "foreign", detail: { error: String(error) } }
    const texts = Object.entries(detail).map(([name, value]) => [name, String(value)])
    return { ok: false, code, detail: Object.fromEntries(texts) }
  }
}

function faulty(mail: Mail, told: string, key: string): Mail {
  const [fault, step] = told.split(" ") as [string, Step]
  let sent = 0
  return {
    ...mail,
    send: (to, envelope) => {
      if (envelope.step !== step) return mail.send(to, envelope)
      sent += 1
      if (fault === "silent") return
      // A power cut, when some have the message and some have not.
      if (fault === "die" && sent === 2) process.kill(process.pid, "SIGKILL")
      // The same, when exactly one has it.
      if (fault === "part") {
        if (sent > 1) return
        mail.send(to, envelope)
        void mail.flush(10_000).then(() => process.kill(process.pid, "SIGKILL"))
        return
      }
      // The truth to the first, something else to all others.
      if (fault === "equivocate" && sent > 1) return mail.send(to, changed(envelope, key))
      if (fault === "lie") return mail.send(to, changed(envelope, key))
      mail.send(to, envelope)
    },
  }
}

function changed({ session, epoch, from, to, step: at, body }: Envelope, key: string): Envelope {
  const lies: Readonly<Partial<Record<Step, unknown>>> = {
    announce: { ...(body as object), commitments: ["AA"] },
    deal: { ...(body as object), ciphertext: "A".repeat(64) },
    sign: { parts: { 0: Buffer.alloc(32, 1).toString("base64url") } },
    package: { key: "0".repeat(64) },
    seal: { head: "0".repeat(64) },
  }
  return signEnvelope(key, { session, epoch, from, to, step: at, body: lies[at] ?? {} })
}
