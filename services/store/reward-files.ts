// Where events files of closed epochs lie: with those who close them and those who hand them out.

import { createHash } from "node:crypto"
import { join } from "node:path"
import type { Sha256 } from "../../core/rewards/merkle.ts"
import type { StoredEpoch } from "./reward-epochs.ts"

export const sha256: Sha256 = (bytes) => createHash("sha256").update(bytes).digest()

/** `rewards/` of a services' folder. */
export function rewardsFolderOf(folder: string): string {
  return join(folder, "rewards")
}

/** The file of an epoch, by the SHA-256 of its text. */
export function eventsPath(
  folder: string,
  { campaign, epoch, events }: Pick<StoredEpoch, "campaign" | "epoch" | "events">,
): string {
  return join(folder, campaign, `${epoch}-${events.slice(0, 16)}.jsonl.gz`)
}
