// The whole bridge on one machine: every outside part, the signers and the services, started in order.

import { generateKeyPairSync } from "node:crypto"
import { mkdirSync } from "node:fs"
import { mkdir, readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { bridgeJson, parseBridge } from "../chains/bridge.ts"
import type { Deployment, Endpoints } from "../chains/chain.ts"
import { fromUnits } from "../core/amount.ts"
import type { ChainName } from "../core/assets.ts"
import { BridgeError } from "../core/errors.ts"
import { type DealtCluster, dealDevnetCluster } from "../mpc/ceremony.ts"
import { FILES, type Settings, settingsJson } from "../mpc/config.ts"
import { createJwk, rsaWallet } from "./arweave/wallet.ts"
import { type Child, startChild } from "./child.ts"
import { startCluster } from "./cluster.ts"
import { startPostgres } from "./postgres.ts"
import { DEVNET_POLICY } from "./terms.ts"
import { deployToken, type Units } from "./token.ts"

export interface NetworkOptions {
  /** Everything lives here; a second start goes on from it. */
  readonly folder: string
  /** Time between Arweave blocks, milliseconds; null: they come on command. */
  readonly blockTimeMs: number | null
  readonly onStep?: (text: string) => void
  /** Services to run, by role; all when left out. */
  readonly roles?: readonly string[]
  /** How many sign, of how many. */
  readonly threshold?: number
  readonly signers?: number
}

/** Where everything is: what `sdk/wallet.ts` calls places. */
export interface NetworkPlaces {
  readonly arweaveUrl: string
  readonly ao: { readonly muUrl: string; readonly cuUrl: string; readonly graphqlUrl: string }
  readonly vault: string
  readonly token: string
}

export interface Network {
  readonly apiUrl: string
  readonly databaseUrl: string
  readonly deployment: Deployment
  readonly places: NetworkPlaces
  /** Process ids by name, for those who measure or kill. */
  readonly pids: Readonly<Record<string, number>>
  /** Resolves with the reason when a part ends that nobody told to. */
  readonly failed: Promise<string>
  faucet(address: string, winston: bigint): Promise<void>
  mine(n: number): Promise<void>
  arweaveBalance(address: string): Promise<bigint>
  /** Ends the services at once, as a power cut would. */
  killServices(): Promise<void>
  startServices(): Promise<void>
  killSigner(index: number): Promise<void>
  startSigner(index: number): Promise<void>
  /** Stops every part, the last one first; once is enough. */
  stop(): Promise<void>
}

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
  const { folder, blockTimeMs, onStep = () => {} } = options
  const inFolder = (...parts: string[]) => join(folder, ...parts)
  mkdirSync(inFolder("logs"), { recursive: true })
  const ports = await readPorts(inFolder("ports.json"))
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
  const dealt = timed(onStep, "key ceremony (RSA-4096, shared among the signers)", () =>
    dealDevnetCluster({
      folder: inFolder("signers"),
      t: options.threshold ?? THRESHOLD,
      n: options.signers ?? SIGNERS,
      onProgress: onStep,
    }),
  )
  const [databaseUrl, node, ao, cluster] = await allOrNothing([database, arweave, units, dealt])
  await writeFile(
    inFolder("ports.json"),
    JSON.stringify({ arweave: node.ready.port, ao: ao.ready.port }),
  )
  const arweaveUrl = String(node.ready.url)
  const at = ao.ready as unknown as Units & { suUrl: string }
  const endpoints: Record<ChainName, Endpoints> = {
    arweave: { urls: { node: [arweaveUrl] } },
    ao: { urls: { mu: [at.muUrl], su: [at.suUrl], cu: [at.cuUrl] } },
  }

  const deployment = await timed(onStep, "wAR token on AO", () =>
    deploymentIn(inFolder("bridge.json"), cluster, at),
  )
  await writeBridge(inFolder("bridge.json"), cluster, deployment, endpoints)
  const signers = await timed(onStep, "signers, each a process of its own", () =>
    startCluster({
      signers: cluster.signers,
      onDeath: (index, reason) => fail(`signer ${index} ended (${reason})`),
    }),
  )
  stops.push(() => signers.stop())

  const operators = await Promise.all(
    ["one", "two"].map((name) => operatorIn(inFolder("operators"), name)),
  )
  const places: NetworkPlaces = {
    arweaveUrl,
    ao: { muUrl: at.muUrl, cuUrl: at.cuUrl, graphqlUrl: at.graphqlUrl },
    vault: deployment.vault,
    token: deployment.tokens.AR,
  }
  await writeFile(
    join(cluster.coordinator.folder, "services.json"),
    JSON.stringify(
      {
        database: databaseUrl,
        redis: process.env.REDIS_URL ?? null,
        endpoints,
        watch: {
          arweave: { heightMin: 0, pollMs: 150 },
          ao: { heightMin: 0, pollMs: 60 },
        },
        signers: signers.addresses,
        operators,
        listen: `127.0.0.1:${ports.api ?? 0}`,
      },
      null,
      2,
    ),
  )
  let services: { child: Child; told: () => void } | null = null
  const startServices = async () => {
    const child = await startChild({
      name: "services",
      script: new URL("../services/process.ts", import.meta.url),
      args: [
        ...["--folder", cluster.coordinator.folder],
        ...(options.roles ? ["--only", options.roles.join(",")] : []),
      ],
      logFile: inFolder("logs", "services.log"),
    })
    services = { child, told: watch(child) }
    await writeFile(
      inFolder("network.json"),
      `${JSON.stringify({ apiUrl: child.ready.apiUrl, places }, null, 2)}\n`,
    )
  }
  stops.push(async () => {
    services?.told()
    await services?.child.stop()
  })
  await timed(onStep, "services (watchers, screener, minter, releaser, API)", startServices)

  const command = async (name: string, body: object) => {
    const response = await fetch(`${arweaveUrl}/devnet/${name}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    })
    if (!response.ok) throw new BridgeError("bad-request", { devnet: await response.text() })
  }
  return {
    get apiUrl() {
      return String(services!.child.ready.apiUrl)
    },
    databaseUrl,
    deployment,
    places,
    get pids() {
      const signing = Object.entries(signers.pids).map(([index, pid]) => [`signer-${index}`, pid])
      return {
        ...{ arweave: node.pid, ao: ao.pid, services: services!.child.pid },
        ...Object.fromEntries(signing),
      }
    },
    failed,
    faucet: (address, winston) => command("faucet", { address, winston: String(winston) }),
    mine: (n) => command("mine", { n }),
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

/** The deployment of the first start, or that of the one before. */
async function deploymentIn(
  file: string,
  cluster: DealtCluster,
  units: Units,
): Promise<Deployment> {
  const known = await readFile(file, "utf8").catch(() => null)
  if (known !== null) return parseBridge(JSON.parse(known)).deployment
  const { owner, vault } = cluster
  const deployer = await createJwk()
  const guardian = rsaWallet(deployer).address
  const token = await deployToken(units, { deployer, bridge: vault, guardian })
  return { network: "devnet", owner, vault, tokens: { AR: token } }
}

/** Everybody gets the same bridge file; every signer its own settings. */
async function writeBridge(
  file: string,
  cluster: DealtCluster,
  deployment: Deployment,
  endpoints: Settings["endpoints"],
): Promise<void> {
  const bridge = JSON.stringify(bridgeJson({ deployment, policy: DEVNET_POLICY }), null, 2)
  const cap = {
    asset: "AR" as const,
    signature: fromUnits("200000", 12),
    day: fromUnits("10000000", 12),
  }
  const settings = settingsJson({
    network: "devnet",
    listen: "127.0.0.1:0",
    endpoints,
    caps: [cap],
  })
  await Promise.all([
    writeFile(file, bridge),
    writeFile(join(cluster.coordinator.folder, FILES.bridge), bridge),
    ...cluster.signers.flatMap(({ folder }) => [
      writeFile(join(folder, FILES.bridge), bridge),
      writeFile(join(folder, FILES.settings), settings),
    ]),
  ])
}

/** The key of an operator of the local network, made at the first start; its public half. */
async function operatorIn(folder: string, name: string) {
  const file = join(folder, `${name}.json`)
  await mkdir(folder, { recursive: true })
  const fresh = generateKeyPairSync("ed25519").privateKey.export({ format: "jwk" })
  await writeFile(file, JSON.stringify({ name, key: fresh }), { mode: 0o600, flag: "wx" }).catch(
    () => {},
  )
  const { key } = JSON.parse(await readFile(file, "utf8")) as { key: { x: string } }
  return { name, key: key.x }
}

interface Ports {
  readonly arweave?: number
  readonly ao?: number
  readonly api?: number
}

async function readPorts(file: string): Promise<Ports> {
  const text = await readFile(file, "utf8").catch(() => "{}")
  return JSON.parse(text) as Ports
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
