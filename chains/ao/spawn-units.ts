// A new process on AO's older units: spawned like one that is there, given its code by one Eval, and looked at.

import { setTimeout as delay } from "node:timers/promises"
import { z } from "zod"
import { BridgeError } from "../../core/errors.ts"
import { type Http, jsonOf } from "../http.ts"
import { tagOf } from "../tags.ts"
import { signByWallet, type WalletFile } from "./by-wallet.ts"
import type { ItemTag } from "./item.ts"
import { httpUnits, type UnitUrls } from "./units.ts"

export interface UnitSpawning {
  readonly urls: UnitUrls
  /** A process that runs: the new one gets its module, its scheduler and its authorities. */
  readonly like: string
  /** What the fresh process evaluates; its last act gives the process away. */
  readonly code: string
  /** Pays nothing, and owns nothing afterwards. */
  readonly key: WalletFile
  /** How long the units have for it, milliseconds. */
  readonly patienceMs?: number
}

/**
 * The id of the process. Throws `bad-config` with what it said instead of evaluating, and `rpc-unavailable` when the units
 * said nothing in time; then nobody knows the process, and another try makes another one.
 */
export async function spawnOnUnits(http: Http, spawning: UnitSpawning): Promise<string> {
  const { urls, like, code, key, patienceMs = 60_000 } = spawning
  const [su] = urls.su
  if (!su) throw new BridgeError("bad-config", { missing: "a scheduler unit" })
  const tags = await tagsOf(http, `${su.replace(/\/$/, "")}/processes/${like}`)
  const spawn = signByWallet(key, {
    data: "1984",
    tags: [
      ...ao("Process"),
      ...tags.filter(({ name }) => ["Module", "Scheduler", "Authority"].includes(name)),
    ],
  })
  const units = httpUnits(urls, spawn.id, http, TIMEOUT_MS)
  const evaluation = signByWallet(key, {
    ...{ target: spawn.id, data: code },
    tags: [...ao("Message"), { name: "Action", value: "Eval" }],
  })
  const endsAt = performance.now() + patienceMs
  const insist = async <Value>(ask: () => Promise<Value | null>): Promise<Value> => {
    for (;;) {
      const late = performance.now() > endsAt
      const value = await ask().catch((error: unknown) => {
        const isPassing = error instanceof BridgeError && error.code === "rpc-unavailable"
        if (late || !isPassing) throw error
        return null
      })
      if (value !== null) return value
      if (late) throw new BridgeError("rpc-unavailable", { process: spawn.id, why: "no answer" })
      await delay(LOOK_MS)
    }
  }
  await insist(() => units.send(spawn).then(() => true))
  // The scheduler may not have the process yet; the very same bytes are the same message.
  const [slot] = await insist(async () => {
    await units.send(evaluation)
    const slots = await units.slotsOf(evaluation.id)
    return slots.length > 0 ? slots : null
  })
  const { error } = await insist(() => units.result({ id: evaluation.id, slot: slot! }))
  if (error !== null) throw new BridgeError("bad-config", { process: spawn.id, said: error })
  return spawn.id
}

async function tagsOf(http: Http, url: string): Promise<readonly ItemTag[]> {
  const reply = await http.get(url)
  const told = reply.status === 200 ? spawned.safeParse(jsonOf(reply, url)) : null
  const tags = told?.data?.tags ?? []
  if (!tagOf(tags, "Module") || !tagOf(tags, "Scheduler"))
    throw new BridgeError("rpc-unavailable", { url, status: reply.status, why: "no process told" })
  return tags
}

const spawned = z.object({
  tags: z.array(z.object({ name: z.string(), value: z.string() })).max(100),
})

function ao(type: string): readonly ItemTag[] {
  return [
    { name: "Data-Protocol", value: "ao" },
    { name: "Variant", value: "ao.TN.1" },
    { name: "Type", value: type },
  ]
}

const TIMEOUT_MS = 30_000
const LOOK_MS = 250
