// Local AO units: messenger, scheduler and compute unit on the real aos, misfortune on command.

import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs"
import path from "node:path"
import { BridgeError } from "../../core/errors.ts"
import { AOS, aosModule } from "../aos.ts"
import { sha256, toBase64url } from "../arweave/bytes.ts"
import { openLog } from "../arweave/log.ts"
import { createJwk, type Jwk, rsaWallet } from "../arweave/wallet.ts"
import { type Endpoint, type Gateway, serve } from "./http.ts"
import { readItem } from "./item.ts"
import { Messenger, type Misfortunes, NO_MISFORTUNE } from "./messenger.ts"
import { type Assigned, Schedule } from "./schedule.ts"
import { type Faults, View } from "./view.ts"

export interface AoOptions {
  /** Where the items live; one set of units at a time. It is created, or taken up where it was left. */
  readonly folder: string
  /** A port to keep over a restart; the kernel gives a free one otherwise. */
  readonly port?: number
  /** The clock, in milliseconds since 1970. */
  readonly now?: () => number
}

export interface AoDevnet extends AoView {
  readonly moduleId: string
  /** Address that announces this scheduler. */
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
 * Listens on 127.0.0.1 when it resolves, with every message of its log evaluated again: the same state as
 * before. Throws `aos-unavailable` and `journal-damaged`.
 */
export async function startAo(options: AoOptions): Promise<AoDevnet> {
  const { folder, port = 0, now = Date.now } = options
  mkdirSync(folder, { recursive: true })
  const wallet = await walletIn(path.join(folder, "messenger.json"))
  const authority = rsaWallet(wallet).address
  const bytes = await aosModule()
  const moduleId = toBase64url(sha256(bytes))
  const { lines, log } = openLog(path.join(folder, "ao.jsonl"))
  const schedule = new Schedule({ id: moduleId, bytes }, log, now)
  for (const line of lines as Assigned[]) {
    const item = await readItem(Buffer.from(line.raw, "base64"))
    if (item === null) throw new BridgeError("journal-damaged", { slot: line.slot })
    schedule.apply(line, item)
  }
  // A delivery that was under way when we stopped is lost, as on the network.
  const messenger = new Messenger(schedule, wallet, moduleId)
  const endpoints = new Set<Endpoint>()

  const open = async (faults: Faults, wanted: number): Promise<AoView> => {
    const view = new View(schedule, faults)
    const setFaults = (next: Faults) => {
      view.faults = next
    }
    let url = ""
    const gateway: Gateway = {
      ...{ module: moduleId, moduleFormat: AOS.format, scheduler: authority },
      url: () => url,
    }
    const command = (name: string, body: unknown) => run(units, setFaults, name, body)
    const endpoint = await serve({ view, schedule, messenger, gateway, command, port: wanted })
    endpoints.add(endpoint)
    url = endpoint.url
    return {
      ...{ url, port: endpoint.port, setFaults, stop: endpoint.stop },
      ...{
        muUrl: `${url}/mu`,
        suUrl: `${url}/su`,
        cuUrl: `${url}/cu`,
        graphqlUrl: `${url}/graphql`,
      },
    }
  }

  const first = await open({}, port).catch((cause) => {
    log.close()
    throw cause
  })
  let stopped: Promise<void> | null = null
  const units: AoDevnet = {
    ...first,
    moduleId,
    scheduler: authority,
    authority,
    suffer(misfortunes) {
      messenger.misfortunes = { ...NO_MISFORTUNE, ...misfortunes }
    },
    view: (faults = {}) => open(faults, 0),
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
        log.close()
      })()
      return stopped
    },
  }
  return units
}

/** `POST /devnet/{suffer,faults,view}`. */
async function run(
  units: AoDevnet,
  setFaults: (faults: Faults) => void,
  name: string,
  body: unknown,
): Promise<unknown> {
  switch (name) {
    case "suffer":
      units.suffer(body as Partial<Misfortunes>)
      return {}
    case "faults":
      setFaults(body as Faults)
      return {}
    case "view": {
      const { url, muUrl, suUrl, cuUrl, graphqlUrl } = await units.view(body as Faults)
      return { url, muUrl, suUrl, cuUrl, graphqlUrl }
    }
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
