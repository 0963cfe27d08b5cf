// A campaign at work over a database of its own: deposits that were minted on a ledger, people who sign in, a clock that is told.

import { randomBytes } from "node:crypto"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { keyOf } from "../../../chains/party.ts"
import type { Campaign } from "../../../core/rewards/campaign.ts"
import type { Move } from "../../../core/rewards/event.ts"
import type { Sighting, TransferEvent } from "../../../core/transfer.ts"
import { logFor } from "../../../services/log.ts"
import { publish } from "../../../services/rewards/campaigns.ts"
import { lookAt, type Rewarding } from "../../../services/rewards/rewards.ts"
import { advance } from "../../../services/store/advance.ts"
import * as blocks from "../../../services/store/blocks.ts"
import { keepSession } from "../../../services/store/sessions.ts"
import { aBurn, anId, aSighting, pathTo } from "../../builders.ts"
import { AR, aCampaign, accrual, aTask, POINT, tasks } from "../../core/rewards/builders.ts"
import { whenDone } from "../../ending.ts"
import { anOffice, NOW, type Office } from "../compliance/office.ts"

export const HOUR_MS = 3_600_000
/** Epochs of an hour, from now on. */
export const campaign = (parts: Partial<Campaign> = {}) =>
  aCampaign({
    ...{ startS: NOW / 1_000, epochS: 3_600, epochs: 5, pendingS: 3_600, challengeS: 1_800 },
    accrual: { ...accrual()!, curve: { ...accrual()!.curve, startS: NOW / 1_000 } },
    tasks: tasks([
      {
        ...aTask({ kind: "first-bridge", asset: "AR", min: AR }),
        window: [NOW / 1_000, NOW / 1_000 + 5 * 3_600],
      },
    ]),
    allocation: 10n ** 31n,
    ...parts,
  })

export interface World {
  readonly office: Office
  readonly campaign: Campaign
  readonly rewarding: Rewarding
  readonly folder: string
  /** Looks so many milliseconds after the campaign's start. */
  look(ms: number, parts?: Partial<Rewarding>): Promise<void>
  /** A block of the ledger at so many milliseconds after the start, final at once unless it is said. */
  block(
    ms: number,
    facts?: Partial<Omit<blocks.NewBlock, "height">>,
    isFinal?: boolean,
  ): Promise<void>
  /** A deposit that was minted then; who has it. */
  minted(ms: number, account: string, amount: bigint, parts?: Partial<Sighting>): Promise<string>
  burned(ms: number, account: string, amount: bigint): Promise<string>
  signsIn(account: string, country?: string, ms?: number, parts?: SignedInWith): Promise<void>
}

export interface SignedInWith {
  /** Keyed hash of where it was. */
  readonly tag?: string
  readonly statements?: readonly string[]
}

export async function aWorld(parts: Partial<Campaign> = {}): Promise<World> {
  const office = await anOffice()
  const { sql } = office
  const made = campaign(parts)
  await publish(sql, [made])
  const folder = await mkdtemp(join(tmpdir(), "causeway-rewards-"))
  whenDone(() => rm(folder, { recursive: true, force: true }))
  const rewarding: Rewarding = {
    ...{ sql, folder, assets: ["AR"], compliance: office, log: logFor("rewards", "silent") },
    settleS: 0,
  }
  let height = 0
  const block: World["block"] = async (ms, facts = {}, isFinal = true) => {
    const head = await blocks.head(sql, "ao")
    height += 1
    const fresh = {
      ...{ height, id: anId(`ledger ${height}`), parent: head?.id ?? "none" },
      ...{ timestampMs: NOW + ms, sightings: [], settlements: [], ...facts },
    }
    await advance(sql, [], { blocks: { chain: "ao", head, append: [fresh] } })
    const next = await blocks.head(sql, "ao")
    if (isFinal) await advance(sql, [], { blocks: { chain: "ao", head: next, settled: height } })
  }
  const known = async ({ id }: Sighting, events: readonly TransferEvent[]) => {
    for (const event of events) await advance(sql, [{ transfer: id, key: event.kind, event }])
  }
  return {
    ...{ office, campaign: made, rewarding, folder, block },
    look: (ms, changes = {}) => lookAt({ ...rewarding, ...changes }, made, NOW + ms),
    async minted(ms, account, amount, more = {}) {
      const sighting = aSighting({ recipient: account, amount: amount + 1_000n, ...more })
      const transaction = anId(`mint ${sighting.id}`)
      const slot = `ao:mint:${sighting.id}`
      const landed = { kind: "Settled", transaction, networkFee: 0n, slot } as const
      await known(sighting, [...pathTo("ready", sighting), landed])
      const paid = { transaction, transfers: [sighting.id], outcome: "paid", reason: null } as const
      await block(ms, { settlements: [{ ...paid, networkFee: 0n }] })
      return account
    },
    async burned(ms, account, amount) {
      const sighting = aBurn({ sender: account, amount })
      await known(sighting, pathTo("confirmed", sighting))
      await block(ms, { sightings: [sighting.id] })
      return sighting.id
    },
    async signsIn(account, country = "DE", ms = 0, { tag, statements = [] } = {}) {
      const places = ["one", "two"].map((source) => ({ source, codes: [country] }))
      const nonce = randomBytes(8).toString("hex")
      await keepSession(sql, {
        ...{ party: keyOf(account), text: "signed", places, networks: [], files: {} },
        ...{ tag: tag ?? null, raw: null, proof: { kind: "evm", signature: "0x" } },
        signIn: {
          ...{ bridge: "test", address: account, terms: "2026-11", nonce, refundTo: null },
          ...{
            statements: ["not-us-person", ...statements],
            issuedMs: NOW + ms,
            untilMs: NOW + 100 * HOUR_MS,
          },
        },
      } as never)
    },
  }
}

export function moves(...some: readonly [from: string, to: string, amount: bigint][]): Move[] {
  return some.map(([sender, recipient, amount], at) => ({
    ...{ transaction: anId(`move ${at} ${sender}`), sender, recipient, amount },
  }))
}

export { AR, POINT }
