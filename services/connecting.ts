// The connections of one process to its chains, and the gas wallets that pay for what it hands in.

import { readFile, stat } from "node:fs/promises"
import { join } from "node:path"
import type { Connection, Endpoints, NewNotes, Purse } from "../chains/chain.ts"
import type { Divergences } from "../chains/divergence.ts"
import { CHAIN_OF } from "../chains/index.ts"
import { chainNamed } from "../chains/served.ts"
import { CHAINS, type ChainName, type NetworkName, networkOf } from "../core/assets.ts"
import { BridgeError } from "../core/errors.ts"
import type { ServicesConfig } from "./config.ts"
import type { Log } from "./log.ts"
import type { Meter } from "./metrics.ts"
import { endedClaims } from "./store/claims.ts"
import type { Sql } from "./store/database.ts"

export interface Reading {
  readonly purses: Purses
  readonly writer: string
  readonly notesOf: (chain: ChainName) => NewNotes
  readonly divergences: Divergences
}

export type Connections = Readonly<Partial<Record<ChainName, Connection>>>

/** Which endpoints there must be is checked when the folder is read. */
export function connectAll(
  { bridge, settings, folder }: ServicesConfig,
  served: readonly ChainName[],
  { purses, writer, notesOf, divergences }: Reading,
): Connections {
  const rows = served.map((chain) => {
    const network = networkOf(chain)
    const { connect } = chainNamed(CHAIN_OF, chain)
    const endpoints: Endpoints = {
      ...settings.endpoints[network]!,
      outvoted: ({ url, words }) => divergences.note(chain, `${url} ${words}`, `${url} ${words}`),
    }
    // Each process reads for itself.
    const kept = join(folder, `read-${chain}-${writer}.jsonl`)
    const made = connect(endpoints, bridge.deployment, purses[network], notesOf(chain), kept)
    return [chain, divergences.watch(made)] as const
  })
  return Object.fromEntries(rows)
}

/** A reader that goes on where it was finds no coin whose address it did not know then: it is told which those are. */
export async function bringClaims(sql: Sql, connections: Connections, log: Log): Promise<void> {
  for (const chain of CHAINS.filter((name) => CHAIN_OF[name]?.spendsCoins))
    for (const { note, transaction } of await endedClaims(sql, chain))
      await connections[chain]?.claim?.(note, transaction).catch((error: unknown) => {
        log.warn(
          { chain, transaction, error: String(error) },
          "a claimed payment was not read again",
        )
      })
}

export type Purses = Readonly<Partial<Record<NetworkName, Purse>>>

/** The gas wallets. Throws `bad-config` for a key's file that is missing or that others may read. */
export async function pursesOf(
  { folder, settings }: ServicesConfig,
  log: Log,
  meter: Meter | null,
): Promise<Purses> {
  const rows = Object.entries(settings.gas).map(async ([name, file]) => {
    const network = name as NetworkName
    const path = join(folder, file)
    const about = await stat(path).catch(() => null)
    if (!about) throw new BridgeError("bad-config", { gas: file, reason: "missing" })
    if ((about.mode & 0o077) !== 0)
      throw new BridgeError("bad-config", { gas: file, reason: "others may read it: chmod 600" })
    const purse: Purse = {
      key: (await readFile(path, "utf8")).trim(),
      journalFile: join(folder, `gas-${network}.json`),
      report: (incident) => {
        log.warn({ incident }, "an incident of a gas wallet or its providers")
        meter?.incident(network, String(incident.kind))
      },
      left: (amount) => meter?.gas(network, amount),
    }
    return [network, purse] as const
  })
  return Object.fromEntries(await Promise.all(rows))
}
