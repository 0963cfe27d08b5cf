// Closes epochs: when one is over and its events are final, its file is written, its artifact made, and both kept for ever.

import { createHash } from "node:crypto"
import { createReadStream, createWriteStream } from "node:fs"
import { mkdir, rename } from "node:fs/promises"
import { join } from "node:path"
import { Readable } from "node:stream"
import { pipeline } from "node:stream/promises"
import { createGunzip, createGzip } from "node:zlib"
import { seals } from "../../chains/seals.ts"
import { assert } from "../../core/assert.ts"
import { ASSETS, type AssetName } from "../../core/assets.ts"
import {
  type Artifact,
  artifactHash,
  artifactOf,
  artifactText,
  type Hashes,
  type Input,
  type Range,
} from "../../core/rewards/artifact.ts"
import { boundsOf, type Campaign } from "../../core/rewards/campaign.ts"
import { inOrder, type RewardEvent } from "../../core/rewards/event.ts"
import { artifactIn, eventsReader, linesOf } from "../../core/rewards/events-file.ts"
import type { Sql } from "../store/database.ts"
import { artifactOfEpoch, epochsOf, keepEpoch, type StoredEpoch } from "../store/reward-epochs.ts"
import { ledgerEvents, rangeOf, unfinished } from "../store/reward-events.ts"
import { eventsPath, sha256 } from "../store/reward-files.ts"
import { factsBefore } from "../store/rewards.ts"

export const hashes: Hashes = { hash: seals.hash, sha256 }

export interface Closing {
  readonly sql: Sql
  /** Where events files lie: `rewards/` of the services' folder. */
  readonly folder: string
  readonly assets: readonly AssetName[]
  /** So long after its end an epoch is closed: watchers may be that far behind. What comes later is counted in the next. */
  readonly settleS: number
}

/**
 * Everything known that happened before a moment, in its order. `chains`: what the ledgers' watchers have recorded, for
 * whoever has read it a moment ago; it is most of what there is.
 */
export async function eventsBefore(
  { sql, assets }: Pick<Closing, "sql" | "assets">,
  campaign: Campaign,
  untilS: number,
  chains?: readonly RewardEvent[],
): Promise<readonly RewardEvent[]> {
  const recorded = chains ?? (await ledgerEvents(sql, assets))
  const office = await factsBefore(sql, campaign.id, untilS)
  return [...recorded.filter(({ atS }) => atS < untilS), ...office].sort(inOrder)
}

/**
 * Closes the next epoch if it is over; null when there is nothing to do. A crash in between leaves a file that nobody
 * names, and the next look closes it again. Of two processes one is believed.
 */
export async function closeNext(
  closing: Closing,
  campaign: Campaign,
  nowMs: number,
): Promise<StoredEpoch | null> {
  const { sql, assets, folder, settleS } = closing
  const stored = await epochsOf(sql, campaign.id)
  const epoch = stored.length + 1
  if (epoch > campaign.epochs) return null
  const [, untilS] = boundsOf(campaign, epoch)
  if (nowMs < 1_000 * (untilS + settleS)) return null
  const chains = assets.map((asset) => ASSETS[asset].wrapped.ledger)
  for (const chain of chains) if (await unfinished(sql, chain, 1_000 * untilS)) return null
  const events = await eventsBefore(closing, campaign, untilS)
  const ranges = await Promise.all(chains.map((chain) => rangeOf(sql, chain)))
  const input: Input = {
    ...{ campaign, epoch, events },
    ranges: ranges.filter((range): range is Range => range !== null),
    previous: await previousOf(sql, campaign.id, epoch),
  }
  const artifact = artifactOf(input, hashes)
  const written = await writeEvents(folder, input)
  const made = {
    ...{ campaign: campaign.id, epoch, root: artifact.root, events: written },
    ...{ hash: artifactHash(artifact, seals.hash), artifact: artifactText(artifact) },
    closedAt: new Date(nowMs),
    activeAt: new Date(Math.max(nowMs, 1_000 * untilS) + 1_000 * campaign.challengeS),
  }
  const isOurs = await keepEpoch(sql, made)
  return isOurs ? { ...made, state: "pending" } : null
}

async function previousOf(sql: Sql, campaign: string, epoch: number): Promise<Artifact | null> {
  if (epoch === 1) return null
  const text = await artifactOfEpoch(sql, campaign, epoch - 1)
  assert(text !== null, "an epoch follows one that stands")
  return artifactIn(text)
}

/** Writes the file whole or not at all; returns the SHA-256 of its text. */
async function writeEvents(folder: string, input: Input): Promise<string> {
  const place = join(folder, input.campaign.id)
  await mkdir(place, { recursive: true })
  const draft = join(place, `${input.epoch}-${process.pid}.draft`)
  const hash = createHash("sha256")
  const text = function* () {
    for (const line of linesOf(input)) {
      hash.update(`${line}\n`)
      yield `${line}\n`
    }
  }
  await pipeline(Readable.from(text()), createGzip(), createWriteStream(draft, { flush: true }))
  const events = hash.digest("hex")
  await rename(draft, eventsPath(folder, { ...input, campaign: input.campaign.id, events }))
  return events
}

/** Reads an events file, plain or compressed (by its name). Throws `bad-config` by the line. */
export async function readEvents(path: string): Promise<Input> {
  const file = createReadStream(path)
  if (!path.endsWith(".gz")) return readLines(file)
  const text = file.pipe(createGunzip())
  // A failure of the file ends the reading of what comes out of it.
  file.on("error", (error) => text.destroy(error))
  return readLines(text)
}

/** The same from a stream of its bytes. */
export async function readLines(bytes: AsyncIterable<Uint8Array>): Promise<Input> {
  const reader = eventsReader(seals.verify)
  const decoder = new TextDecoder("utf-8", { fatal: true })
  let rest = ""
  for await (const chunk of bytes) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n")
    rest = lines.pop()!
    for (const line of lines) reader.take(line)
  }
  if (rest !== "") reader.take(rest)
  return reader.end()
}
