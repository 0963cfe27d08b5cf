// Whether a signer could run from this folder, on this machine, now: each thing looked at, and what to do about it.

import { randomBytes } from "node:crypto"
import { open, readdir, readFile, rm, stat, statfs } from "node:fs/promises"
import { join } from "node:path"
import type { Chain, Connection } from "../chains/chain.ts"
import { isOwnHost, providersIn } from "../chains/providers.ts"
import type { EndpointReport } from "../chains/quorum.ts"
import { type Chains, chainNamed, networksOf, servedBy } from "../chains/served.ts"
import { networkOf } from "../core/assets.ts"
import { proveKey } from "./ceremony/proof.ts"
import { FILES, readSignerConfig, type SignerConfig } from "./config.ts"
import { capFindings } from "./doctor-caps.ts"
import { incidentFindings } from "./doctor-incidents.ts"
import { policyFindings } from "./doctor-policy.ts"
import { shareFindings } from "./doctor-shares.ts"
import { bad, type Finding, good, watch, wordsOf } from "./findings.ts"
import { schemesOf } from "./manifest.ts"
import { obedienceOf } from "./obedience.ts"
import { askPeers } from "./peers.ts"
import { restsUntil } from "./rest.ts"

export interface Examination {
  readonly folder: string
  /** Null: shares are not opened. Stays the caller's. */
  readonly passphrase: Uint8Array | null
  readonly chains: Chains
  readonly now?: () => Date
}

/** Looks at everything, whatever is wrong with the rest. Changes nothing that a running signer uses. */
export async function examine(examination: Examination): Promise<readonly Finding[]> {
  const { folder } = examination
  const findings: Finding[] = [
    ...(await permissions(folder)),
    ...(await disk(folder)),
    ...(await machine()),
  ]
  const config = await readSignerConfig(folder).catch((error: unknown) => {
    findings.push({ about: "folder", verdict: "bad", said: wordsOf(error) })
    return null
  })
  if (config === null) return findings
  const { member, manifest } = config
  const keys = schemesOf(manifest).join(" and ")
  findings.push(
    good("folder", `member ${member.index} of ${manifest.members.length}, ${member.name}: ${keys}`),
  )
  const parts = await Promise.all([
    endpoints(config),
    clock(config, examination),
    tips(config, examination),
    shareFindings(config, examination),
    transcripts(config),
    journal(config),
    peers(config),
    incidentFindings(folder),
    capFindings(config),
    policyFindings(config, (examination.now?.() ?? new Date()).getTime()),
  ])
  return [...findings, ...parts.flat()]
}

const SECRETS = /^(identity\.pem|share-.*\.json(\.next|\.old)?)$/

async function permissions(folder: string): Promise<Finding[]> {
  const about = "permissions"
  const names = await readdir(folder).catch(() => null)
  if (names === null) return [bad(about, `there is no folder ${folder}`)]
  const { mode, uid } = await stat(folder)
  const open: string[] = []
  for (const name of names.filter((one) => SECRETS.test(one)))
    if (((await stat(join(folder, name))).mode & 0o077) !== 0) open.push(name)
  const own = process.getuid?.() ?? uid
  return [
    ...open.map((name) => bad(about, `others may read ${name}: chmod 600`)),
    ...((mode & 0o077) === 0 ? [] : [watch(about, "others may look into the folder: chmod 700")]),
    ...(uid === own ? [] : [watch(about, `the folder belongs to user ${uid}, and this is ${own}`)]),
    ...(open.length === 0 && (mode & 0o077) === 0
      ? [good(about, "secrets are their owner's")]
      : []),
  ]
}

const FREE_MIN = 1_000_000_000
const SYNC_SLOW_MS = 250

/** Room for the journal, and how long it waits for the disk. */
async function disk(folder: string): Promise<Finding[]> {
  const about = "disk"
  const path = join(folder, `doctor.${process.pid}.tmp`)
  try {
    const { bavail, bsize } = await statfs(folder)
    const startMs = performance.now()
    const file = await open(path, "w", 0o600)
    await file.write(randomBytes(512))
    await file.datasync()
    await file.close()
    const ms = Math.round(performance.now() - startMs)
    const free = bavail * bsize
    return [
      free >= FREE_MIN
        ? good(about, `${(free / 1e9).toFixed(1)} GB free`)
        : bad(
            about,
            `${(free / 1e9).toFixed(2)} GB free: a journal that can't grow stops the signer`,
          ),
      ms <= SYNC_SLOW_MS
        ? good(about, `a write is on the disk in ${ms} ms`)
        : watch(
            about,
            `a write takes ${ms} ms to be on the disk, and every signature waits for one`,
          ),
    ]
  } catch (error) {
    return [bad(about, `it can't be written to: ${(error as Error).message}`)]
  } finally {
    await rm(path, { force: true })
  }
}

/** Core dumps of this process would hold shares. */
async function machine(): Promise<Finding[]> {
  const limits = await readFile("/proc/self/limits", "utf8").catch(() => null)
  const soft = limits && /^Max core file size\s+(\S+)/m.exec(limits)?.[1]
  return [
    good("machine", `Node ${process.versions.node}`),
    ...(soft && soft !== "0"
      ? [watch("machine", "a crash may leave its memory on the disk: ulimit -c 0 (LimitCORE=0)")]
      : []),
  ]
}

/** Two providers at least for each network, one of them the operator's own (requirement R-15). */
async function endpoints({ settings, bridge }: SignerConfig): Promise<Finding[]> {
  return networksOf(bridge.deployment).flatMap((network): Finding[] => {
    const about = `endpoints of ${network}`
    return Object.entries(settings.endpoints[network]?.urls ?? {}).flatMap(([kind, list]) => {
      const urls = list.map((url) => new URL(url))
      const providers = providersIn(list)
      const own = urls.filter((url) => isOwnHost(url.hostname))
      const open = urls.filter((url) => url.protocol === "http:" && !isOwnHost(url.hostname))
      return [
        ...(providers.size >= 2
          ? [good(about, `${kind}: ${providers.size} providers`)]
          : [
              watch(
                about,
                `${kind}: one provider alone: who runs it can tell this signer anything`,
              ),
            ]),
        ...(own.length > 0 ? [] : [watch(about, `${kind}: none of them is your own node`)]),
        ...open.map(({ host }) => watch(about, `${kind}: ${host} is asked without TLS`)),
      ]
    })
  })
}

const SKEW_WATCH_MS = 5_000
const SKEW_BAD_MS = 60_000
const ASK_MS = 5_000

/** Against what the endpoints' own servers say the time is: the one nearest to ours counts. */
async function clock(
  { settings }: SignerConfig,
  { now = () => new Date() }: Examination,
): Promise<Finding[]> {
  const about = "clock"
  const urls = Object.values(settings.endpoints).flatMap((one) => Object.values(one?.urls ?? {}))
  const skews = await Promise.all(
    [...new Set(urls.flat())].map(async (url) => {
      const startMs = now().getTime()
      const answer = await fetch(url, {
        method: "HEAD",
        signal: AbortSignal.timeout(ASK_MS),
      }).catch(() => null)
      const said = Date.parse(answer?.headers.get("date") ?? "")
      // The header has whole seconds, and was written while we waited.
      return Number.isNaN(said) ? null : said + 500 - (startMs + now().getTime()) / 2
    }),
  )
  const known = skews.flatMap((skew) => skew ?? [])
  if (known.length === 0) return [watch(about, "no endpoint tells the time, so it was not checked")]
  const least = known.reduce((a, b) => (Math.abs(a) <= Math.abs(b) ? a : b))
  const seconds = (Math.abs(least) / 1000).toFixed(1)
  const text = `${seconds} s ${least > 0 ? "behind" : "ahead of"} the nearest of ${known.length} servers`
  if (Math.abs(least) <= SKEW_WATCH_MS) return [good(about, text)]
  return [(Math.abs(least) > SKEW_BAD_MS ? bad : watch)(about, `${text}: run a time service`)]
}

/** Whether each chain can be read through the signer's own connections, and its vault, if it has one, obeys the group. */
async function tips(config: SignerConfig, { chains }: Examination): Promise<Finding[]> {
  const { bridge, settings } = config
  const parts = servedBy(bridge.deployment).map(async (name): Promise<Finding[]> => {
    const about = `chain ${name}`
    const endpointsOf = settings.endpoints[networkOf(name)]
    if (endpointsOf === undefined) return [bad(about, "it has no endpoints")]
    const chain = chainNamed(chains, name)
    let connection: Connection
    try {
      connection = chain.connect(endpointsOf, bridge.deployment)
    } catch (error) {
      return [bad(about, wordsOf(error))]
    }
    try {
      const told = await tipOf(config, about, chain, connection)
      return [told, ...besides(about, (await connection.reports?.()) ?? [])]
    } finally {
      await connection.close()
    }
  })
  return (await Promise.all(parts)).flat()
}

async function tipOf(
  config: SignerConfig,
  about: string,
  chain: Chain,
  connection: Connection,
): Promise<Finding> {
  try {
    const { height } = await connection.tip()
    const obeys = await obedienceOf(config, chain, connection)
    const text = `at height ${height}`
    if (obeys === "our next key")
      return watch(about, `${text}; its vault obeys the next key: causeway signer promote`)
    if (obeys === "somebody else")
      return bad(about, `${text}; its vault obeys a key that is not the group's`)
    return good(about, text)
  } catch (error) {
    return bad(about, wordsOf(error))
  }
}

/** Each endpoint beside the others, where they say what they are: version, lag and agreement. */
function besides(about: string, reports: readonly EndpointReport[]): Finding[] {
  const newest = Math.max(...reports.map(({ height }) => height ?? 0))
  return reports.map(({ url, version, height, agrees, problem, lacks }) => {
    const { host } = new URL(url)
    if (height === null) return watch(about, `${host}: ${problem ?? "no answer"}`)
    const behind = newest - height
    const text = `${host}: ${version ?? "version unknown"}, at ${height}, ${behind} behind`
    if (agrees === false) return bad(about, `${text}, disagrees`)
    if (lacks) return bad(about, `${text}, without ${lacks}`)
    if (agrees === null) return watch(about, `${text}, computes nothing`)
    return behind > LAG_WATCH ? watch(about, text) : good(about, `${text}, agrees`)
  })
}

/** Blocks, or slots on AO. */
const LAG_WATCH = 10

async function transcripts({ folder, manifest }: SignerConfig): Promise<Finding[]> {
  if (manifest.devnet) return [good("transcripts", "a local network's keys have none")]
  return Promise.all(
    schemesOf(manifest).map(async (name): Promise<Finding> => {
      const about = `transcript of ${name}`
      try {
        const { head, sessions } = await proveKey(folder, manifest, name)
        return good(about, `${sessions} sessions replay to this key, head ${head.slice(0, 16)}`)
      } catch (error) {
        return bad(about, wordsOf(error))
      }
    }),
  )
}

/** Only looked at: it belongs to the signer that runs. */
async function journal({ folder }: SignerConfig): Promise<Finding[]> {
  const about = "journal"
  const restMs = await restsUntil(folder).catch(() => Number.POSITIVE_INFINITY)
  const resting =
    restMs > Date.now()
      ? [watch(about, `restored from a backup: signs nothing before ${dateText(restMs)}`)]
      : []
  const file = await stat(join(folder, FILES.journal, "journal.log")).catch(() => null)
  if (!file)
    return [
      ...resting,
      watch(about, "there is none yet: right for a signer that never ran, and only for that"),
    ]
  return [
    ...resting,
    good(about, `${(file.size / 1024).toFixed(1)} KiB, last written ${dateText(file.mtimeMs)}`),
  ]
}

async function peers(config: SignerConfig): Promise<Finding[]> {
  const reports = await askPeers(config)
  return reports.map(({ index, name, problems, health }) => {
    const about = `peer ${index}`
    if (config.settings.disregarded?.includes(index))
      return watch(about, `${name}: its objections are disregarded`)
    if (problems.length === 0)
      return good(about, `${name} answers, journal of ${health?.journalRecords}`)
    return watch(about, `${name}: ${problems.join("; ")}`)
  })
}

function dateText(ms: number): string {
  return Number.isFinite(ms) ? new Date(ms).toISOString() : "an unknown time"
}
