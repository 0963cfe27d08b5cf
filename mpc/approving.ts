// How an operator approves an epoch of a campaign: all of it is made again from the events, on this machine.

import { createHash } from "node:crypto"
import { createReadStream } from "node:fs"
import { rm } from "node:fs/promises"
import { createInterface } from "node:readline"
import { createGunzip } from "node:zlib"
import { seals } from "../chains/seals.ts"
import { BridgeError } from "../core/errors.ts"
import { type Artifact, artifactHash, artifactOf, type Input } from "../core/rewards/artifact.ts"
import { rulesHash } from "../core/rewards/campaign.ts"
import { eventsReader } from "../core/rewards/events-file.ts"
import { type CampaignFacts, creditsOf, rootFactsOf } from "../core/rewards/payable.ts"
import type { Witnessed } from "./epoch-events.ts"
import { type ApprovedEpoch, approvedFile, readApproved, writeApproved } from "./rewards.ts"

/** Reads an events file, compressed when its name ends in `.gz`; throws `bad-config` that names the line. */
export async function readEvents(file: string): Promise<Input> {
  const reader = eventsReader(seals.verify)
  const bytes = createReadStream(file)
  const input = file.endsWith(".gz") ? bytes.pipe(createGunzip()) : bytes
  // What fails on the way is the reader's failure.
  bytes.once("error", (error) => input.destroy(error))
  for await (const line of createInterface({ input })) reader.take(line)
  return reader.end()
}

export interface Remade {
  readonly artifact: Artifact
  readonly hash: string
}

/** The artifact that follows from the events, and its hash. */
export function remade(input: Input): Remade {
  const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest()
  const artifact = artifactOf(input, { hash: seals.hash, sha256 })
  return { artifact, hash: artifactHash(artifact, seals.hash) }
}

/**
 * Makes an epoch's artifact again from `input`, and writes into the signer's folder what its token may be told.
 * `expected`: the hash that others have published; without one, what comes out is approved whatever it is. `witness`
 * looks whether the events happened (`epoch-events.ts`), and throws when one did not. Throws `bad-request` with what does
 * not fit: the campaign of this bridge, its rules, what was approved of the epoch before.
 */
export async function approveEpoch(
  folder: string,
  facts: CampaignFacts | undefined,
  input: Input,
  {
    expected,
    witness,
  }: {
    readonly expected?: string | undefined
    readonly witness: (input: Input) => Promise<Witnessed>
  },
): Promise<ApprovedEpoch> {
  const refuse = (reason: string, detail: object = {}) =>
    new BridgeError("bad-request", { reason, epoch: input.epoch, ...detail })
  if (!facts) throw refuse("the bridge file names no campaign")
  const { campaign, epoch, previous } = input
  const rules = rulesHash(campaign, seals.hash)
  if (campaign.id !== facts.id) throw refuse("of another campaign", { campaign: campaign.id })
  if (rules !== facts.rules) throw refuse("of other rules than the bridge file's", { rules })
  if (campaign.allocation !== facts.allocation) throw refuse("of another allocation")
  const { artifact, hash } = remade(input)
  if (expected !== undefined && hash !== expected)
    throw refuse("the events give another artifact", { hash, expected })
  if (epoch > 1) {
    // History does not change: what comes now rests on what was approved then.
    const before = await readApproved(folder, epoch - 1)
    if (!before) throw refuse("the epoch before is not approved here")
    if (artifact.previous !== before.artifact)
      throw refuse("it rests on another epoch before", { approved: before.artifact })
  }
  const approved = {
    ...{ campaign: campaign.id, epoch, rules, artifact: hash },
    root: rootFactsOf(artifact, hash, facts, campaign.challengeS),
    credits: creditsOf(artifact, previous, facts),
    witnessed: await witness(input),
  }
  await writeApproved(folder, approved)
  return approved
}

/** What was not signed yet will not be; false when nothing was approved. */
export async function withdrawEpoch(folder: string, epoch: number): Promise<boolean> {
  const known = await readApproved(folder, epoch)
  await rm(approvedFile(folder, epoch), { force: true })
  return known !== null
}
