// A bridge's screening over a database and a folder of its own: officers who sign, lists that change, a clock that is told.

import { randomBytes } from "node:crypto"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { Bridge } from "../../../chains/bridge.ts"
import { ListShelf } from "../../../chains/list-shelf.ts"
import { keyOf } from "../../../chains/party.ts"
import { PolicyShelf } from "../../../chains/policy-shelf.ts"
import type { PolicyDocument } from "../../../core/compliance/document.ts"
import { listOf } from "../../../core/compliance/lists.ts"
import { OWN_LISTS, type PresetName, rulesOf } from "../../../core/compliance/presets.ts"
import type { TransferId } from "../../../core/ids.ts"
import type { Sighting, TransferEvent } from "../../../core/transfer.ts"
import {
  type Officer,
  officersIn,
  rootOf,
  signedBy,
  writeCompliance,
} from "../../../devnet/officers.ts"
import { type Compliance, openCompliance } from "../../../services/compliance/compliance.ts"
import { parseSettings, type ScreeningSettings } from "../../../services/config.ts"
import { screener } from "../../../services/screener/screener.ts"
import { advance } from "../../../services/store/advance.ts"
import type { Sql } from "../../../services/store/database.ts"
import { takeRows } from "../../../services/store/outbox.ts"
import { findTransfer } from "../../../services/store/transfers.ts"
import { anId, aPolicy, aSighting, seen } from "../../builders.ts"
import { testDatabase } from "../../database.ts"
import { whenDone } from "../../ending.ts"

/** 29 November 2026. */
export const NOW = 1_795_910_400_000

export interface Office extends Compliance {
  readonly sql: Sql
  readonly folder: string
  readonly bridge: Bridge
  readonly officers: readonly Officer[]
  /** Moves the clock. */
  pass(ms: number): void
  /** Puts an address on a list, or takes it off. */
  list(list: string, address: string, isListed?: boolean): Promise<void>
  /** Puts the next version of the policy in force. */
  decree(parts: Partial<PolicyDocument>, ...presets: readonly PresetName[]): Promise<string>
}

export interface OfficeParts {
  readonly screening?: Partial<ScreeningSettings>
  /** The same officers as another office: one bridge, two operators. */
  readonly officers?: readonly Officer[]
  /** Files that must be in the folder before it opens. */
  readonly prepare?: (folder: string) => Promise<void>
}

/** The policy is that of the local network; `decree` makes it another. */
export async function anOffice(parts: OfficeParts = {}): Promise<Office> {
  const folder = await mkdtemp(join(tmpdir(), "causeway-office-"))
  const { sql } = await testDatabase()
  const officers = parts.officers ?? (await officersIn(join(folder, "officers")))
  await writeCompliance(folder, officers)
  await parts.prepare?.(folder)
  const clock = { ms: NOW }
  const bridge: Bridge = {
    deployment: {
      ...{ network: "devnet", owner: "owner", vault: anId("vault") },
      tokens: { AR: anId("token") },
    },
    policy: aPolicy(),
    compliance: rootOf(officers),
  }
  const settings = { ...defaults(), ...parts.screening }
  const made = await openCompliance({
    ...{ sql, folder, bridge, settings, writer: "test", now: () => clock.ms },
  })
  whenDone(async () => {
    await made!.close()
    await rm(folder, { recursive: true, force: true })
  })
  return {
    ...{ ...made!, sql, folder, bridge, officers },
    pass: (ms) => {
      clock.ms += ms
    },
    list: (list, address, isListed = true) => listed(folder, list, address, isListed),
    decree: async (changes, ...presets) => {
      const shelf = await PolicyShelf.open(folder, rootOf(officers))
      const before = shelf.versions.at(-1)!
      const rules = presets.length > 0 ? rulesOf(...presets) : before.document.rules
      const document = { ...before.document, rules, ...changes }
      const next = { ...document, version: before.document.version + 1, prev: before.name }
      return (await shelf.activate(signedBy(next, officers))).name
    },
  }
}

function defaults(): ScreeningSettings {
  const json = {
    ...{ database: "postgres://x", redis: null, endpoints: {}, watch: {}, signers: {} },
    ...{ operators: [], listen: "127.0.0.1:0" },
  }
  return parseSettings(json).screening
}

/** Does all orders to screen and to open cases, as the services' workers do. */
export async function workOf({ sql, desk, casework, bridge }: Office): Promise<void> {
  const screen = screener(sql, bridge.policy, desk)
  for (;;) {
    const rows = await takeRows(sql, 100)
    if (rows.length === 0) return
    await screen(rows.filter(({ kind }) => kind === "screen"))
    for (const row of rows) if (row.kind === "alarm") await casework.open(row.transfer)
  }
}

/** For a folder of a signer as well. */
export async function listed(
  folder: string,
  list: string,
  address: string,
  isListed = true,
): Promise<void> {
  const shelf = await ListShelf.open(join(folder, "lists"))
  const others = (shelf.held.get(list)?.entries ?? []).filter(({ key }) => key !== keyOf(address))
  const entry = { key: keyOf(address), labels: [], raw: [address] }
  const entries = isListed ? [...others, entry] : others
  await shelf.put(listOf(list, "2026-11-01", entries), NOW, { isShrinkMeant: true })
}

/** Somebody whom nobody knows. */
export const somebody = () => randomBytes(32).toString("base64url")

/** A transfer of a new sender that went through these events. */
export async function arrived(
  sql: Sql,
  parts: Partial<Sighting> = {},
  ...events: readonly TransferEvent[]
) {
  const sighting = aSighting({ sender: somebody(), ...parts })
  const all: TransferEvent[] = [seen(sighting), { kind: "Confirmed" }, ...events]
  for (const [at, event] of all.entries())
    await advance(sql, [{ transfer: sighting.id, key: `${at} ${event.kind}`, event }])
  return (await findTransfer(sql, sighting.id))!
}

export const stateOf = async (sql: Sql, id: TransferId) => (await findTransfer(sql, id))!

export { OWN_LISTS }
