// The campaigns of a services' folder: each file read, checked, and published before anything follows from it.

import { readdir, readFile } from "node:fs/promises"
import { join } from "node:path"
import { seals } from "../../chains/seals.ts"
import { BridgeError } from "../../core/errors.ts"
import { type Campaign, rulesHash } from "../../core/rewards/campaign.ts"
import { campaignIn } from "../../core/rewards/campaign-form.ts"
import type { Sql } from "../store/database.ts"
import { publishCampaign } from "../store/rewards.ts"

/** `campaigns/*.json`; none when there is no such folder. Throws `bad-config` that names the file. */
export async function campaignsIn(folder: string): Promise<readonly Campaign[]> {
  const place = join(folder, "campaigns")
  const names = await readdir(place).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return []
    throw error
  })
  const files = names.filter((name) => name.endsWith(".json")).sort()
  const read = files.map(async (name) => {
    try {
      return campaignIn(JSON.parse(await readFile(join(place, name), "utf8")))
    } catch (error) {
      throw new BridgeError("bad-config", { file: name, problems: reasonOf(error) })
    }
  })
  const found = await Promise.all(read)
  if (new Set(found.map(({ id }) => id)).size !== found.length)
    throw new BridgeError("bad-config", { campaigns: "two files of one id" })
  return found
}

/** Writes them down; throws `bad-config` for one that was published with other rules. */
export async function publish(sql: Sql, campaigns: readonly Campaign[]): Promise<void> {
  for (const campaign of campaigns)
    await publishCampaign(sql, campaign, rulesHash(campaign, seals.hash))
}

function reasonOf(error: unknown): string {
  if (error instanceof BridgeError) return String(error.detail.problems ?? error.message)
  return error instanceof SyntaxError ? "not JSON" : String(error)
}
