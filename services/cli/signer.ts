// `causeway signer`: what an operator does with a signer: run it, look at it, at its peers, and after it.

import { readFile, writeFile } from "node:fs/promises"
import { parseArgs } from "node:util"
import { CHAIN_OF } from "../../chains/index.ts"
import { BridgeError } from "../../core/errors.ts"
import { makeBackup, restoreBackup } from "../../mpc/backup.ts"
import type { Blamed } from "../../mpc/blames.ts"
import { readSignerConfig } from "../../mpc/config.ts"
import { examine } from "../../mpc/doctor.ts"
import type { Finding } from "../../mpc/findings.ts"
import { parseManifest } from "../../mpc/manifest.ts"
import { readPassphrase } from "../../mpc/passphrase.ts"
import { askPeers, ownBlames } from "../../mpc/peers.ts"
import { runProcess } from "../../mpc/process.ts"
import { promoteNext } from "../../mpc/promote.ts"
import { REST_HOURS } from "../../mpc/rest.ts"
import { hexOf } from "../../mpc/schemes/scheme.ts"
import { nextFolder, prepareNext, readSuccessors } from "../../mpc/successor.ts"
import { passphraseFor } from "../../mpc/unseal.ts"
import type { Terminal } from "./commands.ts"
import { list } from "./signer-list.ts"
import { approve, order, orders, withdraw } from "./signer-orders.ts"
import { answers, proofs, prove } from "./signer-proofs.ts"
import { rewards } from "./signer-rewards.ts"
import { incidents, lift } from "./signer-safety.ts"

const ACTS: Readonly<
  Record<string, (words: readonly string[], terminal: Terminal) => Promise<number>>
> = {
  run: start,
  doctor,
  peers,
  incidents,
  lift,
  next,
  promote,
  order,
  approve,
  withdraw,
  orders,
  list,
  backup,
  restore,
  rewards,
  prove,
  proofs,
  answers,
}

export async function run([name = "", ...words]: readonly string[], terminal: Terminal) {
  const act = Object.hasOwn(ACTS, name) ? ACTS[name] : undefined
  if (!act)
    throw new BridgeError("bad-request", {
      act: name || "none",
      known: Object.keys(ACTS).join(", "),
    })
  return act(words, terminal)
}

/** Stays until it is told to end; its process is the signer. */
async function start(words: readonly string[]): Promise<number> {
  await runProcess(CHAIN_OF, words)
  return new Promise(() => {})
}

async function doctor(words: readonly string[], terminal: Terminal): Promise<number> {
  const { values } = parseArgs({
    args: [...words],
    options: {
      folder: { type: "string" },
      "no-passphrase": { type: "boolean", default: false },
      json: { type: "boolean" },
    },
  })
  const folder = needed(values.folder, "--folder DIR")
  const passphrase = values["no-passphrase"]
    ? null
    : await passphraseFor(folder, process.stdin, prompt)
  const findings = await examine({ folder, passphrase, chains: CHAIN_OF })
  passphrase?.fill(0)
  const isWell = findings.every(({ verdict }) => verdict !== "bad")
  if (values.json) terminal.out(JSON.stringify({ ok: isWell, findings }))
  else terminal.out(report(findings))
  return isWell ? 0 : 1
}

async function peers(words: readonly string[], terminal: Terminal): Promise<number> {
  const { values } = parseArgs({
    args: [...words],
    options: { folder: { type: "string" }, json: { type: "boolean" } },
  })
  const config = await readSignerConfig(needed(values.folder, "--folder DIR"))
  const [reports, own] = await Promise.all([askPeers(config), ownBlames(config)])
  if (values.json) terminal.out(JSON.stringify({ ok: true, peers: reports, own }))
  else
    terminal.out(
      [
        ...own.map((blame) => `you ${blameText(blame)}`),
        ...reports.flatMap(({ index, name, address, health, problems, blames }) => {
          const tips = Object.entries(health?.tips ?? {}).map(
            ([chain, at]) => `${chain} ${at ?? "?"}`,
          )
          const state = problems.length > 0 ? problems.join("; ") : `well; ${tips.join(", ")}`
          const line = `${index}  ${name}  ${address ?? "-"}  ${state}`
          return [line, ...blames.map((blame) => `     ${blameText(blame)}`)]
        }),
      ].join("\n"),
    )
  return reports.every(({ problems }) => problems.length === 0) ? 0 : 1
}

function blameText({ kind, count, since, last, by, detail }: Blamed): string {
  const times = count === 1 ? `once, at ${last}` : `${count} times since ${since}, last at ${last}`
  return `${kind} ${times}, says ${by}: ${detail}`
}

/** Makes the folder in which the next keys are made, or tells what lies there. */
async function next(words: readonly string[], terminal: Terminal): Promise<number> {
  const { values } = parseArgs({
    args: [...words],
    options: { folder: { type: "string" }, json: { type: "boolean" } },
  })
  const folder = needed(values.folder, "--folder DIR")
  const { manifest } = await readSignerConfig(folder)
  const isNew = await prepareNext(folder)
  const keys = Object.fromEntries(
    Object.values(await readSuccessors(folder, manifest)).map((key) => [key.scheme, hexOf(key)]),
  )
  const at = nextFolder(folder)
  if (values.json) terminal.out(JSON.stringify({ ok: true, folder: at, isNew, keys }))
  else if (Object.keys(keys).length > 0)
    terminal.out(
      [
        ...Object.entries(keys).map(([scheme, key]) => `${scheme}: ${key} comes next, proven`),
        "The signer knows of it after its next start. Then: causeway handover",
      ].join("\n"),
    )
  else terminal.out(`${at} has your identity: hold the ceremony there, kind "generate".`)
  return 0
}

/** Puts the next keys in use, when the vaults obey them. */
async function promote(words: readonly string[], terminal: Terminal): Promise<number> {
  const { values } = parseArgs({
    args: [...words],
    options: { folder: { type: "string" }, json: { type: "boolean" } },
  })
  const folder = needed(values.folder, "--folder DIR")
  const promoted = await promoteNext(folder, CHAIN_OF)
  if (values.json) terminal.out(JSON.stringify({ ok: true, promoted }))
  else
    terminal.out(
      [
        `${promoted.join(" and ")}: the next key is in use, in manifest.json and bridge.json.`,
        promoted.every((scheme) => scheme === "evm")
          ? "The former share lies aside as share-*.json.old. Start the signer again."
          : "The former share lies in former/ as well, and is needed for good. Start the signer again.",
      ].join("\n"),
    )
  return 0
}

async function backup(words: readonly string[], terminal: Terminal): Promise<number> {
  const { values } = parseArgs({
    args: [...words],
    options: {
      folder: { type: "string" },
      out: { type: "string", default: "signer.backup" },
      json: { type: "boolean" },
    },
  })
  const folder = needed(values.folder, "--folder DIR")
  const { out } = values
  const passphrase = await passphraseFor(folder, process.stdin, prompt)
  const made = await makeBackup(folder, passphrase, new Date())
  passphrase.fill(0)
  await writeFile(out, `${JSON.stringify(made)}\n`, { mode: 0o600, flag: "wx" })
  if (values.json) terminal.out(JSON.stringify({ ok: true, file: out, about: made.about }))
  else terminal.out(`${out}: ${made.about}. Its passphrase is the one of the shares.`)
  return 0
}

async function restore(words: readonly string[], terminal: Terminal): Promise<number> {
  const { values } = parseArgs({
    args: [...words],
    options: {
      from: { type: "string" },
      folder: { type: "string" },
      manifest: { type: "string" },
      "rest-hours": { type: "string", default: String(REST_HOURS) },
      json: { type: "boolean" },
    },
  })
  const from = needed(values.from, "--from FILE")
  const folder = needed(values.folder, "--folder DIR")
  const restHours = Number(values["rest-hours"])
  if (!(restHours >= 0 && restHours <= 10_000))
    throw new BridgeError("bad-request", { "--rest-hours": values["rest-hours"] })
  const current = values.manifest ? parseManifest(await jsonFile(values.manifest)) : null
  const json = await jsonFile(from)
  const passphrase = await readPassphrase(process.stdin, prompt)
  const now = new Date()
  const { about, until } = await restoreBackup(json, {
    folder,
    passphrase,
    current,
    now,
    restHours,
  })
  passphrase.fill(0)
  if (values.json) terminal.out(JSON.stringify({ ok: true, folder, about, until }))
  else
    terminal.out(
      [
        `${folder}: ${about}`,
        "Every share opens and is its key's.",
        `It signs nothing before ${until.toISOString()}: what it promised after the backup must be final by then.`,
        "The old machine must never run again. Next: causeway signer doctor",
      ].join("\n"),
    )
  return 0
}

function report(findings: readonly Finding[]): string {
  const width = Math.max(...findings.map(({ about }) => about.length))
  const signs = { ok: "ok   ", watch: "watch", bad: "BAD  " } as const
  const lines = findings.map(
    ({ about, verdict, said }) => `${signs[verdict]}  ${about.padEnd(width)}  ${said}`,
  )
  const count = (verdict: Finding["verdict"]) =>
    findings.filter((one) => one.verdict === verdict).length
  const sum = `${count("bad")} bad, ${count("watch")} to watch, ${count("ok")} ok`
  return [...lines, "", sum].join("\n")
}

async function jsonFile(path: string): Promise<unknown> {
  const text = await readFile(path, "utf8").catch(() => {
    throw new BridgeError("not-found", { file: path })
  })
  try {
    return JSON.parse(text)
  } catch {
    throw new BridgeError("bad-config", { file: path, problems: "not JSON" })
  }
}

function needed(value: string | undefined, flag: string): string {
  if (value === undefined) throw new BridgeError("bad-request", { missing: flag })
  return value
}

function prompt(text: string): void {
  process.stderr.write(text)
}
