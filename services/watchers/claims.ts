// Deposits to addresses, or of tokens, that were made known after they had come: their blocks are read again, and told.

import type { Block, Reread } from "../../chains/chain.ts"
import { startOf } from "../../chains/served.ts"
import type { UnlistedDeposit } from "../../chains/vault.ts"
import type { BlockRef } from "../../core/transfer.ts"
import { advance } from "../store/advance.ts"
import * as blocks from "../store/blocks.ts"
import { endClaim, openClaims, putOffClaim } from "../store/claims.ts"
import { transfersById } from "../store/transfers.ts"
import { endUnlisted, unlistedDeposits } from "../store/unlisted.ts"
import { type Fact, seenFact } from "./facts.ts"
import type { Watcher } from "./follow.ts"
import { takenBackFacts } from "./taken-back.ts"

/** Followed up in one pass: each has us read blocks again. */
const CLAIMS_MAX = 10
/** Blocks looked at in one go. */
const BLOCKS_MAX = 500

/** Follows up what people have claimed; true when it brought something new. Claims of nothing are tried again for a while. */
export async function followClaims(watcher: Watcher, head: BlockRef): Promise<boolean> {
  const { sql, chain, connection } = watcher
  if (!connection.claim) return false
  let isNews = false
  for (const claim of await openClaims(sql, chain.name, CLAIMS_MAX)) {
    const range = await connection.claim(claim.note, claim.transaction)
    if (range === null || range.from > head.height) await putOffClaim(sql, claim)
    else {
      isNews = (await readAgain(watcher, head, range)) || isNews
      await endClaim(sql, claim)
    }
  }
  return isNews
}

/** What came before the bridge file named its token counts from now on, as if it had just come. */
export async function followListed(watcher: Watcher, head: BlockRef): Promise<boolean> {
  const { sql, chain, deployment } = watcher
  const { ethereum, bsc } = deployment.vaults ?? {}
  const vault = { ethereum, bsc }[chain.name as string]
  const named = new Set<string>(Object.values(vault?.contracts ?? {}))
  if (named.size === 0) return false
  const kept = await unlistedDeposits(sql, chain.name)
  const listed = kept.filter(({ token, height }) => named.has(token) && height <= head.height)
  let isNews = false
  for (const { id, height } of listed) {
    isNews = (await readAgain(watcher, head, { from: height, to: height })) || isNews
    if ((await transfersById(sql, [id])).has(id)) await endUnlisted(sql, [id])
  }
  return isNews
}

/** Nobody is credited, so somebody must look: it lies in the vault. */
export function tellUnlisted({ chain, log }: Watcher, one: UnlistedDeposit): void {
  log.error(
    { chain: chain.name, ...one, amount: `${one.amount}` },
    "a deposit of a token that the bridge file does not name: it is kept, and credited to nobody until it does",
  )
}

/** Blocks that were recorded are read as they look now; what we had not seen in them is told and added to them. */
async function readAgain(watcher: Watcher, head: BlockRef, { from, to }: Reread): Promise<boolean> {
  const { deployment, chain, connection } = watcher
  const start = Math.max(from, startOf(deployment, chain.name, watcher.heightMin))
  const end = Math.min(to ?? head.height, head.height)
  let isNews = false
  for (let low = start; low <= end; low += BLOCKS_MAX) {
    const count = Math.min(BLOCKS_MAX, end - low + 1)
    const heights = Array.from({ length: count }, (_, n) => low + n)
    const read = await Promise.all(heights.map((height) => connection.block(height)))
    for (const block of read)
      if (block && block.items.length > 0) isNews = (await amend(watcher, head, block)) || isNews
  }
  return isNews
}

async function amend(watcher: Watcher, head: BlockRef, block: Block): Promise<boolean> {
  const { sql, chain, deployment, policy } = watcher
  const { sightings, takenBack = [] } = chain.codec.facts(block, deployment)
  const recorded = await blocks.at(sql, chain.name, block.height)
  // Another block than we have on record: the watcher finds that out by itself.
  if (recorded?.id !== block.id) return false
  const fresh = sightings.filter(({ id }) => !recorded.sightings.includes(id))
  const back = takenBack.filter(({ transfer }) =>
    recorded.takenBack.every((one) => one.transfer !== transfer),
  )
  if (fresh.length + back.length === 0) return false
  const known = await transfersById(
    sql,
    fresh.map(({ id }) => id),
  )
  const seen = fresh.flatMap((sighting): Fact[] => {
    const fact = seenFact(known.get(sighting.id) ?? null, sighting, block, policy.fees)
    return fact ? [fact] : []
  })
  const facts = [...seen, ...(await takenBackFacts(sql, back, seen))]
  const amended = { block: block.id, sightings: fresh.map(({ id }) => id), takenBack: back }
  await advance(sql, facts, { blocks: { chain: chain.name, head, amended } })
  return true
}
