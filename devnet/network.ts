// The whole bridge on one machine: every outside part, the signers and the services, started in order.

import { mkdirSync } from "node:fs"
import { writeFile } from "node:fs/promises"
import { join } from "node:path"
import type { Deployment } from "../chains/chain.ts"
import { CHAIN_OF } from "../chains/index.ts"
import { ASSET_NAMES, ASSETS, type AssetName } from "../core/assets.ts"
import type { Campaign } from "../core/rewards/campaign.ts"
import { type DealtSigner, dealDevnetCluster } from "../mpc/ceremony/devnet.ts"
import type { Jwk } from "./arweave/wallet.ts"
import { bitcoinAbroad, foreignBitcoin } from "./bitcoin-abroad.ts"
import { type BitcoinHome, bitcoinHome } from "./bitcoin-home.ts"
import { campaignIn } from "./campaign.ts"
import { type Child, type ChildOptions, startChild } from "./child.ts"
import { startCluster } from "./cluster.ts"
import { command } from "./command.ts"
import { deploymentIn } from "./deployment.ts"
import type { EvmDevnet } from "./evm/index.ts"
import { claimFolder, keepPorts, portsIn } from "./folder.ts"
import { type EvmHome, type EvmName, gasFor, startEvmHome } from "./homes.ts"
import { officersIn } from "./officers.ts"
import type { NetworkPlaces } from "./places.ts"
import { startPostgres } from "./postgres.ts"
import { operatorIn, type Providers, writeBridge, writeServices } from "./settings.ts"
import { type AoKind, foreignNodes, type Units } from "./token.ts"

export interface NetworkOptions {
  /** Everything lives here; a second start goes on from it. */
  readonly folder: string
  /** Time between Arweave blocks, milliseconds; null: they come on command. */
  readonly blockTimeMs: number | null
  /** The same for Bitcoin; as `blockTimeMs` when left out. */
  readonly bitcoinBlockMs?: number | null
  readonly onStep?: (text: string) => void
  /** Services to run, by role; all when left out. */
  readonly roles?: readonly string[]
  /** How many sign, of how many. */
  readonly threshold?: number
  readonly signers?: number
  /** The key that deploys the token at the first start; by default one is made, which takes a second. */
  readonly deployer?: Jwk
  /** What is carried: all assets that we speak the chains of, when left out. */
  readonly assets?: readonly AssetName[]
  /** How AO is spoken to, and which face of the token is deployed; the units when left out. */
  readonly ao?: AoKind
  /** Points are given by it from the first start on. */
  readonly campaign?: Campaign
}

export interface Network {
  readonly apiUrl: string
  /** Of the operators' console. */
  readonly consoleUrl: string
  readonly databaseUrl: string
  readonly assets: readonly AssetName[]
  readonly deployment: Deployment
  readonly places: NetworkPlaces
  /** What the services read, and more of them can be started on. */
  readonly servicesFolder: string
  /** Base URL of the AO units, for commands. */
  readonly aoUrl: string
  /** The EVM chains, for commands. */
  readonly evm: Readonly<Partial<Record<EvmName, EvmDevnet>>>
  /** The Bitcoin node, for commands; null when bitcoin is not carried. */
  readonly bitcoin: BitcoinHome | null
  /** Base URLs of each signer's own endpoints; commands to them are that signer's alone. */
  readonly providers: Readonly<Record<number, { readonly arweave: string; readonly ao: string }>>
  /** Process ids by name, for those who measure or kill. */
  readonly pids: Readonly<Record<string, number>>
  /** Resolves with the reason when a part ends that nobody told to. */
  readonly failed: Promise<string>
  faucet(address: string, winston: bigint): Promise<void>
  mine(n: number): Promise<void>
  arweaveBalance(address: string): Promise<bigint>
  /** Ends the services at once, as a power cut would. */
  killServices(): Promise<void>
  /** With more flags of Node's, and more in their environment, than usual. */
  startServices(unlike?: Pick<ChildOptions, "flags" | "environment">): Promise<void>
  killSigner(index: number): Promise<void>
  startSigner(index: number): Promise<void>
  /** Stops every part, the last one first; once is enough. */
  stop(): Promise<void>
}

/** All assets whose home chain we speak. */
export const SUPPORTED: readonly AssetName[] = ASSET_NAMES.filter(
  (asset) => CHAIN_OF[ASSETS[asset].home] !== undefined,
)
const EVM_NAMES: readonly EvmName[] = ["ethereum", "bsc"]
const THRESHOLD = 3
const SIGNERS = 5

/** Throws `child-died` with what the part said; whatever had started is stopped then. */
export async function startNetwork(options: NetworkOptions): Promise<Network> {
  const stops: (() => Promise<void>)[] = []
  let stopped: Promise<void> | null = null
  const stop = () => {
    stopped ??= (async () => {
      for (const one of stops.reverse()) await one().catch(() => {})
    })()
    return stopped
  }
  try {
    return await start(options, stops, stop)
  } catch (error) {
    await stop()
    throw error
  }
}

async function start(
  options: NetworkOptions,
  stops: (() => Promise<void>)[],
  stop: () => Promise<void>,
): Promise<Network> {
  const { folder, blockTimeMs, onStep = () => {}, ao: kind = "units" } = options
  const assets = options.assets ?? SUPPORTED
  const inFolder = (...parts: string[]) => join(folder, ...parts)
  mkdirSync(inFolder("logs"), { recursive: true })
  const leave = claimFolder(folder)
  stops.push(async () => leave())
  const ports = await portsIn(folder)
  let fail: (reason: string) => void = () => {}
  const failed = new Promise<string>((resolve) => {
    fail = resolve
  })
  const watch = (child: Child) => {
    let isTold = false
    child.ended.then(({ code, signal }) => {
      if (!isTold) fail(`${child.name} ended (${signal ?? `exit code ${code}`})`)
    })
    return () => {
      isTold = true
    }
  }
  const part = async (name: string, script: URL, settings: object) => {
    const child = await startChild({
      name,
      script,
      args: [JSON.stringify(settings)],
      logFile: inFolder("logs", `${name}.log`),
    })
    const told = watch(child)
    stops.push(() => {
      told()
      return child.stop()
    })
    return child
  }

  const database = timed(onStep, "database (PostgreSQL)", async () => {
    if (process.env.DATABASE_URL) return process.env.DATABASE_URL
    const server = await startPostgres(inFolder("postgres"))
    stops.push(() => server.stop())
    return server.url
  })
  const arweave = timed(onStep, "Arweave node", () =>
    part("arweave", new URL("./arweave/main.ts", import.meta.url), {
      ...{ folder: inFolder("arweave"), blockTimeMs },
      ...(ports.arweave && { port: ports.arweave }),
    }),
  )
  const units = timed(onStep, "AO units (MU, SU, CU on aos)", () =>
    part("ao", new URL("./ao/main.ts", import.meta.url), {
      folder: inFolder("ao"),
      ...(ports.ao && { port: ports.ao }),
    }),
  )
  const evmNames = EVM_NAMES.filter((name) => assets.some((one) => ASSETS[one].home === name))
  const evm = evmNames.map((name) =>
    timed(onStep, `${name} (anvil)`, async () => {
      const [port, stateFile] = [ports[name], inFolder(`${name}.json`)]
      const home = await startEvmHome(name, { stateFile, ...(port && { port }) })
      stops.push(() => home.chain.stop())
      return home
    }),
  )
  const carriesBitcoin = assets.some((one) => ASSETS[one].home === "bitcoin")
  const bitcoinBlockMs = options.bitcoinBlockMs === undefined ? blockTimeMs : options.bitcoinBlockMs
  const bitcoinNode = carriesBitcoin
    ? timed(onStep, "Bitcoin node (regtest)", async () => {
        const foreign = foreignBitcoin()
        if (foreign !== null) {
          const home = await bitcoinAbroad(foreign, bitcoinBlockMs)
          stops.push(async () => home.stop())
          return { home, port: null }
        }
        const child = await part("bitcoin", new URL("./bitcoin/main.ts", import.meta.url), {
          ...{ folder: inFolder("bitcoin"), blockTimeMs: bitcoinBlockMs },
          ...(ports.bitcoin && { port: ports.bitcoin }),
        })
        return { home: bitcoinHome(String(child.ready.url)), port: Number(child.ready.port) }
      })
    : Promise.resolve(null)
  const dealt = timed(onStep, "key ceremony (each key shared among the signers)", () =>
    dealDevnetCluster({
      folder: inFolder("signers"),
      t: options.threshold ?? THRESHOLD,
      n: options.signers ?? SIGNERS,
      schemes: [
        ...(evmNames.length > 0 ? (["evm"] as const) : []),
        ...(carriesBitcoin ? (["taproot"] as const) : []),
      ],
      onProgress: (text) => onStep(`     ${text}`),
    }),
  )
  const [databaseUrl, node, ao, cluster, homes, regtest] = await allOrNothing([
    ...([database, arweave, units, dealt] as const),
    allOrNothing(evm),
    bitcoinNode,
  ])
  const bitcoin = regtest?.home ?? null
  const arweaveUrl = String(node.ready.url)
  const at = ao.ready as unknown as Units & { suUrl: string }
  const endpoints: Providers = {
    arweave: { urls: { node: [arweaveUrl], history: [`${arweaveUrl}/graphql`] } },
    ao: { urls: await aoUrls(kind, at.url) },
    ...homeUrls(homes, bitcoin),
  }

  const [deployment, campaign] = await timed(onStep, "vaults, and tokens on AO", () => {
    const common = { units: at, kind, known: options.deployer }
    const rules = { ...common, bridge: cluster.vault, servicesFolder: cluster.coordinator.folder }
    return allOrNothing([
      deploymentIn(inFolder("bridge.json"), { cluster, assets, homes, bitcoin, ...common }),
      campaignIn(inFolder("bridge.json"), { campaign: options.campaign ?? null, ...rules }),
    ])
  })
  const providers = await providersFor(cluster.signers, { arweaveUrl, aoUrl: at.url })
  const seen = new Map<string, AoUrls>()
  for (const { ao } of Object.values(providers)) seen.set(ao, await aoUrls(kind, ao))
  const officers = await officersIn(inFolder("officers"))
  const operators = await Promise.all(
    ["one", "two"].map((name) => operatorIn(inFolder("operators"), name)),
  )
  await writeBridge(
    inFolder("bridge.json"),
    cluster,
    deployment,
    { officers, operators, campaign },
    (index) => {
      const { arweave, ao } = providers[index]!
      return {
        arweave: { urls: { node: [arweave] } },
        ao: { urls: seen.get(ao)! },
        ...homeUrls(homes, bitcoin),
      }
    },
  )
  const signers = await timed(onStep, "signers, each a process of its own", () =>
    startCluster({
      signers: cluster.signers,
      onDeath: (index, reason) => fail(`signer ${index} ended (${reason})`),
    }),
  )
  stops.push(() => signers.stop())

  const places: NetworkPlaces = {
    arweaveUrl,
    ao: {
      ...{ muUrl: at.muUrl, cuUrl: at.cuUrl, graphqlUrl: at.graphqlUrl },
      ...(kind === "hyperbeam" && { nodeUrl: foreignNodes()[0] ?? at.url }),
    },
    vault: deployment.vault,
    token: deployment.tokens.AR ?? "",
    tokens: deployment.tokens,
    evm: Object.fromEntries(
      homes.map(({ name, chain }) => [name, { ...deployment.vaults![name]!, rpcUrl: chain.url }]),
    ),
    ...(bitcoin && { bitcoin: { ...deployment.vaults!.bitcoin!, rpcUrl: bitcoin.url } }),
    ...(campaign && { campaign: { id: campaign.id, process: campaign.process } }),
  }
  const servicesFolder = cluster.coordinator.folder
  const gas = await gasFor(servicesFolder, homes)
  const facts = { database: databaseUrl, endpoints, signers: signers.addresses, operators, gas }
  let apiPort = ports.api ?? 0
  let services: { child: Child; told: () => void } | null = null
  const startServices: Network["startServices"] = async ({ flags = [], environment = {} } = {}) => {
    await writeServices(servicesFolder, { ...facts, port: apiPort })
    const roles = options.roles ? ["--only", options.roles.join(",")] : []
    const child = await startChild({
      name: "services",
      script: new URL("../services/process.ts", import.meta.url),
      args: ["--folder", servicesFolder, ...roles],
      // Batches of a hundred transfers die young: room for them saves a tenth of the services' work.
      flags: ["--max-semi-space-size=32", ...flags],
      environment,
      logFile: inFolder("logs", "services.log"),
    })
    services = { child, told: watch(child) }
    const { apiUrl } = child.ready
    if (typeof apiUrl === "string") apiPort = Number(new URL(apiUrl).port)
    await keepPorts(folder, {
      arweave: Number(node.ready.port),
      ao: Number(ao.ready.port),
      api: apiPort,
      ...Object.fromEntries(homes.map(({ name, chain }) => [name, chain.port])),
      ...(regtest?.port && { bitcoin: regtest.port }),
    })
    await writeFile(inFolder("network.json"), `${JSON.stringify({ apiUrl, places }, null, 2)}\n`)
  }
  stops.push(async () => {
    services?.told()
    await services?.child.stop()
  })
  await timed(onStep, "services (watchers, screener, minter, releaser, API)", startServices)

  return {
    get apiUrl() {
      return String(services!.child.ready.apiUrl)
    },
    get consoleUrl() {
      return String(services!.child.ready.consoleUrl)
    },
    ...{ databaseUrl, assets, deployment, places, servicesFolder, providers },
    aoUrl: at.url,
    evm: Object.fromEntries(homes.map(({ name, chain }) => [name, chain])),
    bitcoin,
    get pids() {
      const signing = Object.entries(signers.pids).map(([index, pid]) => [`signer-${index}`, pid])
      return {
        ...{ arweave: node.pid, ao: ao.pid, services: services!.child.pid },
        ...Object.fromEntries(signing),
      }
    },
    failed,
    faucet: async (address, winston) => {
      await command(arweaveUrl, "faucet", { address, winston: String(winston) })
    },
    mine: async (n) => {
      await command(arweaveUrl, "mine", { n })
    },
    arweaveBalance: async (address) =>
      BigInt(await (await fetch(`${arweaveUrl}/wallet/${address}/balance`)).text()),
    killServices: async () => {
      services?.told()
      await services?.child.kill()
    },
    startServices,
    killSigner: (index) => signers.kill(index),
    startSigner: (index) => signers.start(index),
    stop,
  }
}

function homeUrls(homes: readonly EvmHome[], bitcoin: BitcoinHome | null): Providers {
  const evm = homes.map(({ name, chain }) => [name, { urls: { rpc: [chain.url] } }])
  return {
    ...Object.fromEntries(evm),
    ...(bitcoin && { bitcoin: { urls: { node: [bitcoin.url] } } }),
  }
}

/** An endpoint of each chain for each signer: like those of a live bridge, none shares its eyes. */
async function providersFor(
  signers: readonly DealtSigner[],
  { arweaveUrl, aoUrl }: { readonly arweaveUrl: string; readonly aoUrl: string },
): Promise<Network["providers"]> {
  const rows = signers.map(async ({ index }) => {
    const [arweave, ao] = await Promise.all(
      [arweaveUrl, aoUrl].map((url) => command<{ url: string }>(url, "view", {})),
    )
    return [index, { arweave: arweave!.url, ao: ao!.url }] as const
  })
  return Object.fromEntries(await Promise.all(rows))
}

type AoUrls = Readonly<Record<string, readonly string[]>>

/** The units at an endpoint; or that node and one more, as nobody believes one alone. */
async function aoUrls(kind: AoKind, url: string): Promise<AoUrls> {
  if (kind === "units") return { mu: [`${url}/mu`], su: [`${url}/su`], cu: [`${url}/cu`] }
  if (foreignNodes().length > 0) return { node: foreignNodes() }
  const other = await command<{ url: string }>(url, "view", {})
  return { node: [url, other.url] }
}

/** Says when a part is there and how long it took. */
async function timed<Value>(
  onStep: (text: string) => void,
  name: string,
  work: () => Promise<Value>,
): Promise<Value> {
  const startedAt = performance.now()
  onStep(`  …  ${name}`)
  const value = await work()
  onStep(`  ok ${name}, ${((performance.now() - startedAt) / 1000).toFixed(1)} s`)
  return value
}

/** Waits for all even when one fails, so that nothing starts behind our back. */
async function allOrNothing<Values extends readonly unknown[]>(
  work: readonly [...{ [At in keyof Values]: Promise<Values[At]> }],
): Promise<Values> {
  const settled = await Promise.allSettled(work)
  for (const one of settled as PromiseSettledResult<unknown>[])
    if (one.status === "rejected") throw one.reason
  return (await Promise.all(work)) as unknown as Values
}
