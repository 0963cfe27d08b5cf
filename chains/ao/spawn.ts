// A new process on a HyperBEAM node: its script handed to a bundler, its item to the node, and a look at what became of it.

import { setTimeout as delay } from "node:timers/promises"
import { BridgeError } from "../../core/errors.ts"
import { isId } from "../bytes.ts"
import type { Sealed } from "../chain.ts"
import type { Http } from "../http.ts"
import { signByWallet, type WalletFile } from "./by-wallet.ts"
import type { ItemTag } from "./item.ts"
import { outcomeIn } from "./results.ts"

export interface Spawning {
  /** The node that is to schedule and compute the process. */
  readonly node: string
  /** Where items are handed in for Arweave; the node must be able to read from there. */
  readonly bundler: string
  /** Of `lua@5.3a`, as `moduleOf` signs it: whoever has the item can check what the process runs. */
  readonly module: Sealed
  /** Pays nothing and owns nothing: who spawns has no more to say than anybody. */
  readonly key: WalletFile
  /** Addresses that are believed when they say which process a message is from; the node's own when left out. */
  readonly authorities?: readonly string[]
  /** How long the node has to fetch the script and compute the first slot, milliseconds. */
  readonly patienceMs?: number
}

/**
 * The id of the process. The script has said `opened` in the first slot, by the node's own word. Throws
 * `bad-config` with what it said instead, and `rpc-unavailable` when it said nothing in time.
 */
export async function spawnProcess(http: Http, spawning: Spawning): Promise<string> {
  const { node, bundler, module, key, patienceMs = 60_000 } = spawning
  const scheduler = await addressOf(http, node)
  const upload = await http.post(`${bundler}/tx`, module.raw, "application/octet-stream")
  if (upload.status < 200 || upload.status >= 300)
    throw new BridgeError("rpc-unavailable", { bundler, status: upload.status })
  const process = signByWallet(key, {
    data: "1984",
    tags: [
      ...[tag("Data-Protocol", "ao"), tag("Variant", "ao.N.1"), tag("Type", "Process")],
      ...[tag("device", "process@1.0"), tag("scheduler-device", "scheduler@1.0")],
      ...[tag("push-device", "push@1.0"), tag("execution-device", "lua@5.3a")],
      ...(spawning.authorities ?? [scheduler]).map((address) => tag("Authority", address)),
      ...[tag("Scheduler", scheduler), tag("Module", module.id)],
    ],
  })
  const endsAt = performance.now() + patienceMs
  for (let look = 0; ; look++) {
    const said = await firstSlot(http, node, process.id)
    if (said === "opened") return process.id
    if (said !== null) throw new BridgeError("bad-config", { process: process.id, said })
    if (performance.now() > endsAt)
      throw new BridgeError("rpc-unavailable", {
        node,
        process: process.id,
        why: "nothing is computed",
      })
    // Whatever the answer is; the same bytes are the same process, and once more is once too often.
    if (look % LOOKS === 0)
      await http
        .post(`${node}/push`, process.raw, "application/ans104", { "codec-device": "ans104@1.0" })
        .catch(() => {})
    await delay(Math.min(1_000, 25 * 2 ** look))
  }
}

/** A script as the item that processes name as their module. */
export function moduleOf(key: WalletFile, script: string): Sealed {
  return signByWallet(key, {
    data: script,
    tags: [
      ...[tag("Data-Protocol", "ao"), tag("Variant", "ao.N.1"), tag("Type", "Module")],
      ...[tag("Content-Type", "application/lua"), tag("Module-Format", "lua@5.3a")],
    ],
  })
}

/** Until the item is handed in again. */
const LOOKS = 12

/** An error page here would become the scheduler of the process. */
async function addressOf(http: Http, node: string): Promise<string> {
  const url = `${node}/~meta@1.0/info/address`
  const { status, body } = await http.get(url)
  if (status === 200 && isId(body.trim())) return body.trim()
  throw new BridgeError("rpc-unavailable", { url, status, why: "no address in the answer" })
}

/** What the script said in the first slot; null while there is none. */
async function firstSlot(http: Http, node: string, process: string): Promise<string | null> {
  const codec = "require-codec=application/json&accept-bundle=true"
  const url = `${node}/${process}~process@1.0/compute=0/results?${codec}`
  try {
    const told = outcomeIn(await http.get(url), url)
    if (told.kind === "stuck") return "the script does not run, or the node does not have it"
    return told.kind === "done" ? String(Object(told.output).data) : null
  } catch (error) {
    if (error instanceof BridgeError && error.code === "rpc-unavailable") return null
    throw error
  }
}

function tag(name: string, value: string): ItemTag {
  return { name, value }
}
