// Whether the events of an epoch happened: read again at this operator's own endpoints, slot by slot, and compared.

import type { Block, Connection } from "../chains/chain.ts"
import { type Moved, rewardEventsIn } from "../chains/reward-events.ts"
import { assetsOf, type Chains, chainNamed } from "../chains/served.ts"
import { ASSETS, type AssetName, type ChainName, isLedger, networkOf } from "../core/assets.ts"
import { BridgeError } from "../core/errors.ts"
import { feeFor } from "../core/fees.ts"
import { originOf, type TransferId } from "../core/ids.ts"
import { limitsOf, type Policy } from "../core/policy.ts"
import type { Input, Range } from "../core/rewards/artifact.ts"
import { boundsOf } from "../core/rewards/campaign.ts"
import { OFFICE, type RewardEvent } from "../core/rewards/event.ts"
import { lineOf } from "../core/rewards/event-form.ts"
import type { Sighting } from "../core/transfer.ts"
import type { SignerConfig } from "./config.ts"

/** Slots asked for at once. */
const AHEAD = 32

/** What an operator's own endpoints were asked. */
export interface Witnessed {
  readonly slots: number
  readonly events: number
}

/**
 * Reads every ledger over the ranges that the file names, and the deposits and burns that were paid there. Throws
 * `rpc-disagrees` with the first event that differs: one that did not happen, one that was left out, or another time,
 * account or amount. What the office says (who signed in, verdicts) no chain shows, and is not looked at here.
 */
export async function witness(
  config: Pick<SignerConfig, "bridge" | "settings">,
  chains: Chains,
  { campaign, epoch, events, ranges }: Input,
): Promise<Witnessed> {
  const { bridge, settings } = config
  const opened = new Map<ChainName, Connection>()
  const open = (chain: ChainName): Connection => {
    const known = opened.get(chain)
    if (known) return known
    const endpoints = settings.endpoints[networkOf(chain)]
    if (!endpoints) throw new BridgeError("bad-config", { missing: `endpoints of ${chain}` })
    const made = chainNamed(chains, chain).connect(endpoints, bridge.deployment)
    opened.set(chain, made)
    return made
  }
  const [, untilS] = boundsOf(campaign, epoch)
  let slots = 0
  try {
    for (const asset of assetsOf(bridge.deployment)) {
      const chain = ASSETS[asset].wrapped.ledger
      const claimed = events.filter((one) => one.chain === chain)
      const range = ranges.find((one) => one.chain === chain)
      if (!range) {
        if (claimed.length > 0) throw differs(claimed[0]!, "of a ledger that was not read")
        continue
      }
      const own = await eventsOf(config, chains, { asset, range, open })
      slots += range.to.height - range.from.height + 1
      compare(
        claimed,
        own.filter(({ atS }) => atS < untilS),
      )
    }
    const served = assetsOf(bridge.deployment).map((asset) => ASSETS[asset].wrapped.ledger)
    const odd = events.find(({ chain }) => chain !== OFFICE && !served.includes(chain as never))
    if (odd) throw differs(odd, "of a chain that is no ledger of this bridge")
    return { slots, events: events.filter(({ chain }) => chain !== OFFICE).length }
  } finally {
    await Promise.all([...opened.values()].map((connection) => connection.close()))
  }
}

interface Ledger {
  readonly asset: AssetName
  readonly range: Range
  readonly open: (chain: ChainName) => Connection
}

async function eventsOf(
  { bridge }: Pick<SignerConfig, "bridge">,
  chains: Chains,
  { asset, range, open }: Ledger,
): Promise<readonly RewardEvent[]> {
  const chain = range.chain as ChainName
  const { codec } = chainNamed(chains, chain)
  const connection = open(chain)
  const events: RewardEvent[] = []
  const known = new Map<TransferId, Moved>()
  let atS = 1
  for (let from = range.from.height; from <= range.to.height; from += AHEAD) {
    const count = Math.min(AHEAD, range.to.height - from + 1)
    const blocks = await Promise.all(
      Array.from({ length: count }, (_, at) => blockAt(connection, from + at)),
    )
    for (const end of [range.from, range.to]) {
      const block = blocks.find(({ height }) => height === end.height)
      if (block && block.id !== end.id)
        throw new BridgeError("rpc-disagrees", { chain, slot: end.height, claimed: end.id })
    }
    const read = blocks.map((block) => ({ block, facts: codec.facts(block, bridge.deployment) }))
    for (const { facts } of read)
      for (const burn of facts.sightings) known.set(burn.id, backFrom(bridge.policy, burn))
    const paid = read.flatMap(({ facts }) => facts.settlements.flatMap((one) => one.transfers))
    const fresh = [...new Set(paid)].filter((id) => !known.has(id))
    for (const one of await depositsOf(bridge.policy, open, fresh)) known.set(one.id, one)
    for (const { block, facts } of read) {
      const { height, timestampMs } = block
      const stated = { ...facts, moves: facts.moves ?? [], sightings: idsOf(facts.sightings) }
      const made = rewardEventsIn({ ...stated, chain, height, timestampMs }, atS, asset, known)
      events.push(...made.events)
      atS = made.atS
    }
  }
  return events
}

const idsOf = (all: readonly { readonly id: TransferId }[]) => all.map(({ id }) => id)

async function blockAt(connection: Connection, height: number): Promise<Block> {
  const block = await connection.block(height)
  if (!block) throw new BridgeError("not-yet", { chain: connection.chain, slot: height })
  return block
}

/** A burn that is minted again on its ledger came back, which has a price of its own. */
function backFrom(policy: Policy, burn: Sighting): Moved {
  const fee = limitsOf(policy, burn)?.refundFee ?? 0n
  return { ...burn, refund: true, fee, state: "paid" }
}

/** Deposits as their own chains tell them, and burns from before the range; what cannot be found paid nobody. */
async function depositsOf(
  policy: Policy,
  open: Ledger["open"],
  ids: readonly TransferId[],
): Promise<readonly Moved[]> {
  const chains = [...new Set(ids.map((id) => originOf(id).chain))]
  const rows = chains.map(async (source) => {
    const located = await open(source).locateAll(ids.filter((id) => originOf(id).chain === source))
    return located.flatMap((found): Moved[] => {
      if (!found) return []
      const { sighting, block } = found
      if (isLedger(source)) return [backFrom(policy, sighting)]
      const fee = sighting.fee ?? feeFor(policy.fees, sighting, block.height)
      return [{ ...sighting, refund: false, fee, state: "paid" }]
    })
  })
  return (await Promise.all(rows)).flat()
}

function compare(claimed: readonly RewardEvent[], own: readonly RewardEvent[]): void {
  const length = Math.max(claimed.length, own.length)
  for (let at = 0; at < length; at += 1) {
    const [theirs, ours] = [claimed[at], own[at]]
    if (!ours) throw differs(theirs!, "your own endpoints do not show it")
    if (!theirs) throw differs(ours, "it is not in the file")
    if (lineOf(theirs) !== lineOf(ours)) throw differs(theirs, `your own show ${lineOf(ours)}`)
  }
}

function differs(event: RewardEvent, why: string): BridgeError {
  return new BridgeError("rpc-disagrees", { event: lineOf(event), why })
}
