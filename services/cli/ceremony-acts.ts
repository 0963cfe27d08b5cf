// A participant's part in a ceremony: hold it with the others, attest afterwards, or let go of what came to nothing.

import { writeFile } from "node:fs/promises"
import { parseArgs } from "node:util"
import { BridgeError } from "../../core/errors.ts"
import { attest } from "../../mpc/ceremony/attest.ts"
import { runCeremony } from "../../mpc/ceremony/run.ts"
import { PATIENCE } from "../../mpc/ceremony/seat.ts"
import { shelved, unshelve } from "../../mpc/ceremony/shelf.ts"
import { passphraseFor } from "../../mpc/unseal.ts"
import type { Terminal } from "./commands.ts"
import { jsonFile } from "./json-file.ts"

export async function participate(words: readonly string[], terminal: Terminal): Promise<number> {
  const { values } = parseArgs({
    args: [...words],
    options: {
      folder: { type: "string" },
      roster: { type: "string" },
      attempt: { type: "string", default: "1" },
      listen: { type: "string" },
      wait: { type: "string" },
      json: { type: "boolean" },
    },
  })
  const { folder, roster, listen, wait } = values
  if (!folder || !roster)
    throw new BridgeError("bad-request", { missing: folder ? "--roster HASH" : "--folder DIR" })
  const attempt = whole(values.attempt, "--attempt")
  const patience = { ...PATIENCE, ...(wait && { gatherMs: whole(wait, "--wait") * 1_000 }) }
  const passphrase = await passphraseFor(folder, process.stdin, prompt)
  const concluded = await runCeremony({
    ...{ folder, hash: roster, attempt, passphrase, listen, patience },
    onStep: (text) => terminal.note(text),
  })
  const { heads = {}, isDone = true } = concluded ?? {}
  if (values.json) terminal.out(JSON.stringify({ ok: true, heads, isDone }))
  else
    terminal.out(
      [
        ...Object.entries(heads).map(([scheme, head]) => `${scheme}: done, head ${head}`),
        ...(isDone
          ? []
          : ["Not all others have said that they use the new shares: old ones are kept aside."]),
        concluded
          ? "Keep a backup of the folder, and publish the transcripts. Then: causeway ceremony attest"
          : "Done: nothing of the key stays here.",
      ].join("\n"),
    )
  return 0
}

export async function attestation(words: readonly string[], terminal: Terminal): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...words],
    allowPositionals: true,
    options: {
      folder: { type: "string" },
      challenge: { type: "string", default: "" },
      out: { type: "string", default: "attestation.json" },
      json: { type: "boolean" },
    },
  })
  const { folder, challenge, out } = values
  if (!folder) throw new BridgeError("bad-request", { missing: "--folder DIR" })
  const papers = await Promise.all(positionals.map((file) => jsonFile(file)))
  const isTranscript = (one: unknown) =>
    typeof one === "object" && one !== null && "sessions" in one
  const finished = papers.filter(isTranscript)
  const others = papers.filter((one) => !isTranscript(one))
  const passphrase = await passphraseFor(folder, process.stdin, prompt)
  const made = await attest({ folder, passphrase, finished, others, challenge, now: new Date() })
  await writeFile(out, `${JSON.stringify(made.attestation, null, 2)}\n`)
  const { index, name, heads } = made.attestation
  const { isDone } = made
  if (values.json) terminal.out(JSON.stringify({ ok: true, file: out, index, heads, isDone }))
  else
    terminal.out(
      [
        `${out}: member ${index}, ${name}, replayed ${Object.keys(heads).join(" and ")}, holds its shares, and signed that.`,
        ...(isDone ? ["All members have attested: old shares are gone."] : []),
      ].join("\n"),
    )
  return 0
}

export async function discard(words: readonly string[], terminal: Terminal): Promise<number> {
  const { values } = parseArgs({
    args: [...words],
    options: { folder: { type: "string" }, json: { type: "boolean" } },
  })
  const { folder } = values
  if (!folder) throw new BridgeError("bad-request", { missing: "--folder DIR" })
  const dropped = await shelved(folder)
  await unshelve(folder)
  if (values.json) terminal.out(JSON.stringify({ ok: true, dropped }))
  else if (dropped.length === 0) terminal.out("Nothing waits in this folder.")
  else terminal.out(`New shares of ${dropped.join(" and ")} are gone; what was in use stays.`)
  return 0
}

function prompt(text: string): void {
  process.stderr.write(text)
}

function whole(text: string, flag: string): number {
  const value = Number(text)
  if (!Number.isSafeInteger(value) || value < 1)
    throw new BridgeError("bad-request", { [flag]: text })
  return value
}
