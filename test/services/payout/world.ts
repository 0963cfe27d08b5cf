// A payout chain without a network and a cluster without signers: what happens there is what a test says.

import { pino } from "pino"
import type { Connection, Fate, Locks, OtherPlans, Sealed, Terms } from "../../../chains/chain.ts"
import { CHAIN_OF } from "../../../chains/index.ts"
import { ASSETS, type AssetName, type ChainName } from "../../../core/assets.ts"
import { BridgeError } from "../../../core/errors.ts"
import type { TransferId } from "../../../core/ids.ts"
import type { Payout } from "../../../core/payout.ts"
import type { BlockRef, Sighting, State } from "../../../core/transfer.ts"
import type { ClusterClient, Wanted } from "../../../mpc/client.ts"
import type { Signing } from "../../../services/payout/sign.ts"
import { advance } from "../../../services/store/advance.ts"
import * as blocks from "../../../services/store/blocks.ts"
import type { Sql } from "../../../services/store/database.ts"
import { type OutboxRow, takeRows } from "../../../services/store/outbox.ts"
import { openPlans, type Plan } from "../../../services/store/plans.ts"
import { findTransfer } from "../../../services/store/transfers.ts"
import { aBlock, aPolicy, pathTo } from "../../builders.ts"
import { deployment } from "../../chains/builders.ts"

export class StillChain implements Connection {
  readonly chain: ChainName
  readonly submitted: string[] = []
  /** What a transfer's payout came to; open when nothing is said. */
  readonly fates = new Map<TransferId, Fate>()
  /** Thrown by `fate` for a plan that pays this transfer. */
  readonly troubles = new Map<TransferId, BridgeError>()
  refusal: BridgeError | null = null
  isOutbid: NonNullable<Connection["isOutbid"]> = async () => false
  /** Awaited by `terms`: something that happens meanwhile. */
  meanwhile: () => Promise<unknown> = async () => {}
  height = 100

  constructor(chain: ChainName) {
    this.chain = chain
  }

  async tip(): Promise<BlockRef> {
    return { height: this.height, id: `block ${this.height}` }
  }

  async block() {
    return null
  }

  async locate() {
    return null
  }

  async locateAll(ids: readonly TransferId[]) {
    return ids.map(() => null)
  }

  async terms(
    _: readonly Payout[],
    attempt: number,
    locks: Locks,
    _others?: OtherPlans,
  ): Promise<Terms> {
    await this.meanwhile()
    if (this.chain === "arweave") {
      const anchor = Buffer.alloc(48, this.height).toString("base64url")
      return { anchor, anchorHeight: `${this.height}`, reward: `${1 + attempt}` }
    }
    const attested = Object.entries(locks).map(([asset, sum]) => [
      `attested:${ASSETS[asset as AssetName].home}`,
      `${sum}`,
    ])
    return { attempt: `${attempt}`, ...Object.fromEntries(attested) }
  }

  async vet() {}

  async submit({ id }: Sealed): Promise<void> {
    if (this.refusal) throw this.refusal
    this.submitted.push(id)
  }

  async fate(payouts: readonly Payout[]): Promise<Fate> {
    const [{ transfer }] = payouts as [Payout]
    const trouble = this.troubles.get(transfer)
    if (trouble) throw trouble
    return this.fates.get(transfer) ?? "open"
  }

  async close() {}
}

/** Signs what it is asked to, always the same way, unless a test put an error there. */
export class Scribe implements ClusterClient {
  readonly keys = {}
  readonly asked: Wanted[] = []
  failure: BridgeError | null = null
  /** Awaited before the answer. */
  meanwhile: () => Promise<unknown> = async () => {}

  async sign(wanted: Wanted) {
    this.asked.push(wanted)
    await this.meanwhile()
    if (this.failure) throw this.failure
    const signatures = wanted.messages.map((message) => {
      const signature = new Uint8Array(512).fill(message[0]!)
      signature.set(message, 0)
      return signature
    })
    return { signatures, signers: [1, 2, 3] }
  }

  async handOver(): Promise<never> {
    throw new BridgeError("not-supported")
  }

  async order(): Promise<never> {
    throw new BridgeError("not-supported")
  }

  async reward(): Promise<never> {
    throw new BridgeError("not-supported")
  }

  async heartbeat() {
    return { period: 0, signature: new Uint8Array(), signers: [] }
  }

  async health() {
    return []
  }

  async tell(): Promise<void> {}

  async votes() {
    return []
  }

  close() {}
}

export interface Payers extends Signing {
  readonly connection: StillChain
  readonly cluster: Scribe
}

export function aPayer(sql: Sql, chain: ChainName): Payers {
  const log = pino({ level: "silent" })
  const connection = new StillChain(chain)
  const sources = { arweave: connection, ao: connection }
  const { fees, limits: known } = aPolicy()
  const limits = [...known, { ...known[0]!, asset: "BTC", source: "ao-btc" } as const]
  const common = { sql, log, connection, sources, fees, limits, deployment, screen: null }
  return { ...common, cluster: new Scribe(), chain: CHAIN_OF[chain]! }
}

/** Brings a new transfer to a state before its plan, in a block that is on record. */
export async function arrive(sql: Sql, sighting: Sighting, state: State = "ready") {
  const { source: chain } = sighting
  if (!(await blocks.head(sql, chain))) {
    const block = { ...aBlock(), parent: aBlock(99).id, sightings: [], settlements: [] }
    await advance(sql, [], { blocks: { chain, head: null, append: [block] } })
  }
  await advance(
    sql,
    pathTo(state, sighting).map((event) => ({ transfer: sighting.id, key: event.kind, event })),
  )
  return sighting.id
}

/** The orders of one kind that are open now, taken as a dispatcher takes them. */
export async function orders(sql: Sql, kind: OutboxRow["kind"]): Promise<readonly OutboxRow[]> {
  await sql`update outbox set handed_at = null`
  return (await takeRows(sql, 1_000)).filter((row) => row.kind === kind)
}

export async function now(sql: Sql, id: TransferId) {
  const transfer = await findTransfer(sql, id)
  if (!transfer) throw new BridgeError("not-found", { id })
  return transfer
}

export async function onlyPlan(sql: Sql, chain: ChainName): Promise<Plan> {
  const [plan, ...others] = await openPlans(sql, chain, 0)
  if (!plan || others.length > 0) throw new Error(`${others.length + 1} open plans`)
  return plan
}
