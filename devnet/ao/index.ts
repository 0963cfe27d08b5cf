// Local AO units: messenger, scheduler and compute unit on the real aos, misfortune on command.

import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs"
import path from "node:path"
import { BridgeError } from "../../core/errors.ts"
import { AOS, aosModule } from "../aos.ts"
import { sha256, toBase64url } from "../arweave/bytes.ts"
import { type Log, openLog } from "../arweave/log.ts"
import { createJwk, type Jwk, rsaWallet } from "../arweave/wallet.ts"
import { type Endpoint, serve } from "./http.ts"
import { readItem } from "./item.ts"
import { Messenger, type Misfortunes } from "./messenger.ts"
import { type Assigned, Schedule, type Uploaded } from "./schedule.ts"
import { type Faults, View } from "./view.ts"

export interface AoOptions {
  /** Where the items live; one set of units at a time. It is created, or taken up where it was left. */
  readonly folder: string
  /** A port to keep over a restart; the kernel gives a free one otherwise. */
  readonly port?: number
  /** The messenger's key. By default one is made, which takes a second, and kept in the folder. */
  readonly wallet?: Jwk
  /** The module that processes run; aos by default. */
  readonly module?: Uint8Array
  /** The clock, in milliseconds since 1970, and the height of the Arweave chain: what slots are stamped with. */
  readonly now?: () => number
  readonly height?: () => number
}

export interface AoDevnet extends AoView {
  /** base64url(sha256(module)). */
  readonly moduleId: string
  /** Address that announces this scheduler: what a process names as its Scheduler. */
  readonly scheduler: string
  /** The messenger's address: what a process names as its Authority to hear from other processes. */
  readonly authority: string
  /** What goes wrong from now on; what is left out goes well. */
  suffer(misfortunes: Partial<Misfortunes>): void
  /** Opens one more endpoint on the same units, with faults of its own: another provider. */
  view(faults?: Faults): Promise<AoView>
  /** Resolves when everything that was taken in has been evaluated and delivered. */
  idle(): Promise<void>
  /** Hex sha256 of the memory of a process after its newest slot. */
  stateHash(process: string): Promise<string>
}

export interface AoView {
  readonly url: string
  readonly muUrl: string
  readonly suUrl: string
  readonly cuUrl: string
  readonly graphqlUrl: string
  readonly port: number
  setFaults(faults: Faults): void
  stop(): Promise<void>
}

/**
 * Listens on 127.0.0.1 when it resolves. The messages of its log are then being evaluated again, to the
 * same state as before; whoever asks for a result waits. Throws `aos-unavailable` and `journal-damaged`.
 */
export async function startAo(options: AoOptions): Promise<AoDevnet> {
  const { folder, port = 0, now = Date.now, height = () => 1 } = options
  mkdirSync(folder, { recursive: true })
  const bytes = options.module ?? (await aosModule())
  const module = { id: toBase64url(sha256(bytes)), bytes, format: AOS.format }
  const wallet = options.wallet ?? (await walletIn(path.join(folder, "messenger.json")))
  const authority = rsaWallet(wallet).address
  const { lines, log } = openLog(path.join(folder, "ao.jsonl"))
  try {
    const schedule = new Schedule({ module, scheduler: authority, log, now, height })
    replay(schedule, lines as (Assigned | Uploaded)[])
    const messenger = new Messenger(schedule, wallet, module.id)
    return await open({ schedule, messenger, module, authority, log }, port)
  } catch (error) {
    log.close()
    throw error
  }
}

/** A delivery that was under way when the units stopped is lost, as on the network. */
function replay(schedule: Schedule, lines: readonly (Assigned | Uploaded)[]): void {
  for (const [at, line] of lines.entries()) {
    const item = readItem(Buffer.from(line.raw, "base64"))
    if (item === null) throw new BridgeError("journal-damaged", { line: at })
    if (line.kind === "uploaded") schedule.keep(item)
    else schedule.apply(line, item)
  }
}

interface Units {
  readonly schedule: Schedule
  readonly messenger: Messenger
  readonly module: { readonly id: string; readonly bytes: Uint8Array; readonly format: string }
  readonly authority: string
  readonly log: Log
}

async function open(units: Units, port: number): Promise<AoDevnet> {
  const { schedule, messenger, module, authority, log } = units
  const endpoints = new Set<Endpoint>()

  const view = async (faults: Faults, wanted: number): Promise<AoView> => {
    const shown = new View(schedule, faults)
    const setFaults = (next: Faults) => {
      shown.faults = next
    }
    let url = ""
    const gateway = { module, scheduler: authority, url: () => url }
    const command = (name: string, body: unknown) => run(devnet, setFaults, name, body)
    const endpoint = await serve({
      ...{ view: shown, schedule, messenger, gateway, command, port: wanted },
    })
    endpoints.add(endpoint)
    url = endpoint.url
    return {
      ...{ url, port: endpoint.port, setFaults },
      ...{ muUrl: `${url}/mu`, suUrl: `${url}/su`, cuUrl: `${url}/cu` },
      graphqlUrl: `${url}/graphql`,
      async stop() {
        if (endpoints.delete(endpoint)) await endpoint.stop()
      },
    }
  }

  let stopped: Promise<void> | null = null
  const devnet: AoDevnet = {
    ...(await view({}, port)),
    ...{ moduleId: module.id, scheduler: authority, authority },
    suffer: (misfortunes) => messenger.suffer(misfortunes),
    view: (faults = {}) => view(faults, 0),
    idle: () => messenger.idle(),
    async stateHash(id) {
      const process = schedule.processes.get(id)
      if (!process) throw new BridgeError("not-found", { process: id })
      await process.slots.at(-1)!.result
      return (await process.evaluator).stateHash()
    },
    stop() {
      stopped ??= (async () => {
        await Promise.all([...endpoints].map((endpoint) => endpoint.stop()))
        await messenger.stop()
        log.close()
      })()
      return stopped
    },
  }
  return devnet
}

/** `POST /devnet/{suffer,faults,view,idle,state-hash}`. */
async function run(
  units: AoDevnet,
  setFaults: (faults: Faults) => void,
  name: string,
  body: unknown,
): Promise<unknown> {
  switch (name) {
    case "suffer":
      units.suffer(Object(body) as Partial<Misfortunes>)
      return {}
    case "faults":
      setFaults(Object(body) as Faults)
      return {}
    case "view": {
      const { url, muUrl, suUrl, cuUrl, graphqlUrl } = await units.view(Object(body) as Faults)
      return { url, muUrl, suUrl, cuUrl, graphqlUrl }
    }
    case "idle":
      await units.idle()
      return {}
    case "state-hash":
      return { hash: await units.stateHash((Object(body) as { process: string }).process) }
    default:
      throw new BridgeError("bad-request", { command: name })
  }
}

async function walletIn(file: string): Promise<Jwk> {
  if (existsSync(file)) return JSON.parse(readFileSync(file, "utf8")) as Jwk
  const wallet = await createJwk()
  writeFileSync(file, JSON.stringify(wallet), { mode: 0o600 })
  return wallet
}
