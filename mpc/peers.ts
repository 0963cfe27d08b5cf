// What the other members of a group say of themselves, as one of them asks.

import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { type Blamed, readBlames } from "./blames.ts"
import { readRoster } from "./ceremony/roster.ts"
import { jsonOf, ROSTER_FILE } from "./ceremony/start.ts"
import type { SignerConfig } from "./config.ts"
import { type Health, readHealth } from "./health.ts"
import { groupKeyHashes } from "./manifest.ts"
import { PROTOCOL_VERSION } from "./protocol.ts"
import { openLink } from "./transport.ts"

export interface PeerReport {
  readonly index: number
  readonly name: string
  /** `host:port`; null when nobody said where it is. */
  readonly address: string | null
  /** Null when it does not answer. */
  readonly health: Health | null
  /** What is wrong with it, as far as another member can see; empty when nothing is. */
  readonly problems: readonly string[]
  /** How it failed of late, as coordinators and ceremonies say. */
  readonly blames: readonly Blamed[]
}

const ASK_MS = 5_000

/** How this very member failed, in the words of others. */
export async function ownBlames({ folder, member }: SignerConfig): Promise<readonly Blamed[]> {
  return (await readBlames(folder)).filter(({ about }) => about === member.name)
}

/** Asks every member but this one. */
export async function askPeers(config: SignerConfig): Promise<readonly PeerReport[]> {
  const blames = await readBlames(config.folder)
  const reports = await answersOf(config)
  return reports.map((report) => ({
    ...report,
    blames: blames.filter(({ about }) => about === report.name),
  }))
}

async function answersOf(config: SignerConfig): Promise<readonly Omit<PeerReport, "blames">[]> {
  const { manifest, member, identity } = config
  const addresses = await addressesOf(config)
  const others = manifest.members.filter(({ index }) => index !== member.index)
  return Promise.all(
    others.map(async (peer): Promise<Omit<PeerReport, "blames">> => {
      const { index, name } = peer
      const address = addresses.get(index) ?? null
      if (address === null) {
        const problems = ['no address: add it to "peers" in settings.json']
        return { index, name, address, health: null, problems }
      }
      const link = openLink(identity, { ...peer, role: "signer" }, address)
      try {
        const { status, body } = await link.ask("GET", "/health", null, { timeoutMs: ASK_MS })
        if (status !== 200)
          return { index, name, address, health: null, problems: [`it answers ${status}`] }
        const health = readHealth(body)
        return { index, name, address, health, problems: problemsOf(config, index, health) }
      } catch (error) {
        return { index, name, address, health: null, problems: [String(error)] }
      } finally {
        link.close()
      }
    }),
  )
}

function problemsOf({ manifest }: SignerConfig, index: number, health: Health): string[] {
  const own = groupKeyHashes(manifest)
  const differing = Object.entries(own).filter(
    ([scheme, hash]) => health.keys[scheme as keyof typeof own] !== hash,
  )
  const blind = Object.entries(health.tips).filter(([, height]) => height === null)
  return [
    ...(health.index === index ? [] : [`it says that it is member ${health.index}`]),
    ...differing.map(([scheme]) => `its ${scheme} key is of another epoch, or another key`),
    ...(Math.abs(health.version - PROTOCOL_VERSION) <= 1
      ? []
      : [`it speaks version ${health.version}, we ${PROTOCOL_VERSION}`]),
    ...blind.map(([chain]) => `it can't see ${chain}`),
    ...(health.paused ?? []).map(
      ({ chain, direction, reason, until }) =>
        `stopped: ${chain} ${direction} for ${reason}, planned until ${until}`,
    ),
    ...(health.halted ?? []).map((chain) => `its providers of ${chain} disagree: it is halted`),
  ]
}

/** As the operator says, else as in the roster of the last ceremony. */
export async function addressesOf({ folder, manifest, settings }: SignerConfig) {
  const text = await readFile(join(folder, ROSTER_FILE), "utf8").catch(() => null)
  const cards = text === null ? [] : readRoster(jsonOf(text, ROSTER_FILE), ROSTER_FILE).cards
  return new Map(
    manifest.members.flatMap(({ index, certificate }) => {
      const card = cards.find((one) => one.certificate === certificate)
      const address = settings.peers?.[index] ?? card?.address
      return address === undefined ? [] : [[index, address] as const]
    }),
  )
}
