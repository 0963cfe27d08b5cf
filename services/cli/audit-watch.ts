// `causeway audit watch`: an auditor of the bridge that needs nothing but its public file and endpoints of its own.

import { mkdir, rename, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { setTimeout as delay } from "node:timers/promises"
import { parseArgs } from "node:util"
import { z } from "zod"
import { parseBridge } from "../../chains/bridge.ts"
import type { PaidNote } from "../../chains/chain.ts"
import { CHAIN_OF } from "../../chains/index.ts"
import { chainNamed } from "../../chains/served.ts"
import { type ChainName, chainsOf, NETWORKS, networkOf } from "../../core/assets.ts"
import { BridgeError } from "../../core/errors.ts"
import type { SignedOrder } from "../../core/orders.ts"
import { auditable, auditor } from "../auditor/auditor.ts"
import { ed25519Key } from "../auditor/key.ts"
import type { NoteSource } from "../auditor/reading.ts"
import { openReport, type Report, type SignedReport } from "../auditor/report.ts"
import { logFor } from "../log.ts"
import type { Terminal } from "./commands.ts"
import { jsonFile } from "./json-file.ts"

const shape = z.strictObject({
  endpoints: z.partialRecord(
    z.enum(NETWORKS),
    z.strictObject({ urls: z.record(z.string(), z.array(z.url()).min(1).max(16)) }),
  ),
  watch: z
    .partialRecord(
      z.enum(NETWORKS),
      z.strictObject({ heightMin: z.number().int().nonnegative(), pollMs: z.number().positive() }),
    )
    .default({}),
  /** Between two looks; a theft is found at the first or second look after it. */
  pollMs: z.number().int().min(100).max(30_000).default(15_000),
  /** Of the bridge's API: it takes pauses, and tells notes of addresses, which prove themselves. */
  api: z.url().nullable().default(null),
  /** The doors at which signers take orders (`orders` in their settings), base URLs: they are told as well. */
  signers: z.array(z.url()).max(64).default([]),
  /** File of the key that pauses, in the folder. */
  pauseKey: z
    .string()
    .regex(/^[\w.-]+$/)
    .nullable()
    .default(null),
})

export async function run(words: readonly string[], terminal: Terminal): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...words],
    allowPositionals: true,
    options: {
      folder: { type: "string" },
      key: { type: "string" },
      once: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
    },
  })
  if (positionals[0] === "report") {
    const [, file] = positionals
    if (!file || !values.key)
      throw new BridgeError("bad-request", { known: "report FILE --key PUBLICKEY" })
    const report = openReport((await jsonFile(file)) as SignedReport, values.key)
    terminal.out(values.json ? JSON.stringify(report) : shown(report))
    return report.verdict === "whole" ? 0 : 1
  }
  if (!values.folder) throw new BridgeError("bad-request", { known: "watch --folder DIR" })
  return watch(values.folder, values, terminal)
}

async function watch(
  folder: string,
  { once, json }: { once: boolean; json: boolean },
  terminal: Terminal,
): Promise<number> {
  const { settings, bridge, key, pauseKey } = await configIn(folder)
  const { deployment } = bridge
  const notes = settings.api === null ? null : notesFrom(settings.api)
  const assets = auditable(deployment, CHAIN_OF, notes !== null)
  const names = chainsOf(assets)
  const connections = Object.fromEntries(
    names.map((name) => {
      const endpoints = settings.endpoints[networkOf(name)]
      if (!endpoints) throw new BridgeError("bad-config", { missing: `endpoints of ${name}` })
      return [name, chainNamed(CHAIN_OF, name).connect(endpoints, deployment)]
    }),
  )
  const look = auditor({
    ...{ deployment, connections, key, pauseKey, notes, chains: CHAIN_OF, watch: settings.watch },
    order: (order) => sendAll(settings, order),
    publish: (report) => publish(folder, report),
    log: logFor("auditor"),
    now: () => new Date(),
  })
  const stop = new AbortController()
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => stop.abort())
  try {
    for (;;) {
      const report = await look()
      terminal.out(json ? JSON.stringify(report) : shown(report))
      // A finding may need a second look, and what is behind needs more of them.
      if (once && report.verdict !== "none") return report.verdict === "whole" ? 0 : 1
      await delay(settings.pollMs, null, { signal: stop.signal }).catch(() => null)
      if (stop.signal.aborted) return 0
    }
  } finally {
    for (const one of Object.values(connections)) await one.close()
  }
}

async function configIn(folder: string) {
  const json = (name: string) => jsonFile(join(folder, name))
  const bridge = parseBridge(await json("bridge.json"))
  const read = shape.safeParse(await json("auditor.json"))
  if (!read.success)
    throw new BridgeError("bad-config", { problems: `\n${z.prettifyError(read.error)}` })
  const settings = read.data
  if (settings.pauseKey !== null && settings.api === null)
    throw new BridgeError("bad-config", { problems: "a pauseKey needs an api" })
  const key = await ed25519Key(join(folder, "auditor-key.json"))
  const pauseKey = settings.pauseKey ? await ed25519Key(join(folder, settings.pauseKey)) : null
  return { settings, bridge, key, pauseKey }
}

const notePage = z.object({
  notes: z.array(z.object({ note: z.string().max(1_000), transaction: z.string().max(128) })),
  next: z.string().max(20),
})

/** Pages of one look: a source that never ends is heard again at the next. */
const PAGES_MAX = 100

/** Each source reads on from where it was; what it says is checked by the chain's own connection. */
export function notesFrom(api: string): (chain: ChainName) => NoteSource {
  return (chain) => {
    let after = "0"
    /** What was told before a page that failed is not told again. */
    let told: PaidNote[] = []
    return async () => {
      for (let page = 0; page < PAGES_MAX; page += 1) {
        const response = await fetch(`${api}/addresses?chain=${chain}&after=${after}&count=100`, {
          signal: AbortSignal.timeout(ANSWER_MS),
        })
        if (!response.ok) throw new BridgeError("rpc-unavailable", { url: api })
        const { notes, next } = notePage.parse(await response.json())
        told.push(...notes)
        if (notes.length === 0) break
        after = next
      }
      const all = told
      told = []
      return all
    }
  }
}

/** The bridge may be slow, and then it is asked again at the next look. */
const ANSWER_MS = 10_000

/** To the signers' own doors too: the bridge's API may be in a thief's hands. What the API did not take is sent to all again. */
async function sendAll(
  { api, signers }: { readonly api: string | null; readonly signers: readonly string[] },
  order: SignedOrder,
): Promise<void> {
  const sent = await Promise.allSettled([
    send(api, order),
    ...signers.map((url) => sendTo(`${url}/orders`, { orders: [order] })),
  ])
  const [first] = sent
  if (first!.status === "rejected") throw first.reason
}

async function sendTo(url: string, body: object): Promise<void> {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(ANSWER_MS),
  })
  if (!response.ok) throw new BridgeError("bad-request", { refused: await response.text() })
}

async function send(api: string | null, { body, operator, signature }: SignedOrder): Promise<void> {
  await sendTo(`${api}/orders`, { order: body, operator, signature })
}

/** The newest report is a file that readers never see half of; findings stay. */
async function publish(folder: string, report: SignedReport): Promise<void> {
  const reports = join(folder, "reports")
  await mkdir(reports, { recursive: true })
  const text = `${JSON.stringify(report)}\n`
  const { verdict, at } = JSON.parse(report.report) as Report
  if (verdict === "broken")
    await writeFile(join(reports, `broken-${at.replaceAll(":", "")}.json`), text)
  await writeFile(join(reports, "new.json"), text)
  await rename(join(reports, "new.json"), join(reports, "latest.json"))
}

function shown({ at, verdict, why, chains, assets, leftOut }: Report): string {
  return [
    `${at} ${verdict}`,
    ...chains.map(({ chain, height, id }) => `  ${chain} ${height} ${id}`),
    ...assets.map(
      ({ asset, custody, supply, depositsPending, burnsPending }) =>
        `  ${asset}: custody ${custody}, supply ${supply}; pending: deposits ${depositsPending}, burns ${burnsPending}`,
    ),
    ...why.map((one) => `  ${one}`),
    ...leftOut.map((asset) => `  ${asset}: not audited`),
  ].join("\n")
}
