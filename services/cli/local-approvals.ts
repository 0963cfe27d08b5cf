// On a local network nobody sits at the signers: their operators' part for points is done here, by the operators' own rule.

import { dirname, join } from "node:path"
import { setTimeout as delay } from "node:timers/promises"
import { CHAIN_OF } from "../../chains/index.ts"
import { approveEpoch } from "../../mpc/approving.ts"
import { readSignerConfig } from "../../mpc/config.ts"
import { witness } from "../../mpc/epoch-events.ts"
import { readApproved } from "../../mpc/rewards.ts"
import { rewardsApi } from "../../sdk/rewards.ts"
import { readLines } from "../rewards/close.ts"

export interface LocalApprovals {
  readonly apiUrl: string
  /** Folders of as many signers as it takes. */
  readonly folders: readonly string[]
}

/** Those of a local network, whose services have this folder. */
export function quorumBeside(servicesFolder: string): readonly string[] {
  return [1, 2, 3].map((index) => join(dirname(servicesFolder), `signer-${index}`))
}

/** Makes each closed epoch again from its events, and approves it where it is not; how many approvals that were. */
export async function approveClosed({ apiUrl, folders }: LocalApprovals): Promise<number> {
  const api = rewardsApi(apiUrl)
  let count = 0
  for (const { epoch, hash } of await api.epochs())
    for (const folder of folders) {
      if ((await readApproved(folder, epoch)) !== null) continue
      const config = await readSignerConfig(folder)
      const input = await readLines(await api.events(epoch))
      await approveEpoch(folder, config.bridge.campaign, input, {
        expected: hash,
        witness: () => witness(config, CHAIN_OF, input),
      })
      count += 1
    }
  return count
}

const LOOK_MS = 5_000

/** Until it is stopped; what fails is told, and tried again. */
export function approveLocally(
  parts: LocalApprovals,
  note: (text: string) => void,
): () => Promise<void> {
  const stop = new AbortController()
  const running = (async () => {
    while (!stop.signal.aborted) {
      await approveClosed(parts).catch((error: unknown) => note(`points wait: ${error}`))
      await delay(LOOK_MS, undefined, { signal: stop.signal }).catch(() => {})
    }
  })()
  return async () => {
    stop.abort()
    await running
  }
}
