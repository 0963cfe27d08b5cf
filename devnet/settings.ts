// What the parts of a local network are told: the bridge and its terms, and to each its own settings.

import { generateKeyPairSync } from "node:crypto"
import { access, mkdir, readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { bridgeJson } from "../chains/bridge.ts"
import type { Deployment, Endpoints } from "../chains/chain.ts"
import { assetsOf } from "../chains/served.ts"
import type { NetworkName } from "../core/assets.ts"
import type { Operator } from "../core/orders.ts"
import type { CampaignFacts } from "../core/rewards/payable.ts"
import type { DealtCluster } from "../mpc/ceremony/devnet.ts"
import { FILES, settingsJson } from "../mpc/config.ts"
import { GUARDIAN_FILE } from "./campaign.ts"
import { type Officer, rootOf, writeCompliance } from "./officers.ts"
import { capOf, DEVNET_POLICY } from "./terms.ts"

export type Providers = Readonly<Partial<Record<NetworkName, Endpoints>>>

export interface BridgePeople {
  readonly officers: readonly Officer[]
  readonly operators: readonly Operator[]
  readonly campaign: CampaignFacts | undefined
}

/** Everybody gets the same bridge file; every signer its own settings. */
export async function writeBridge(
  file: string,
  { coordinator, signers }: DealtCluster,
  deployment: Deployment,
  { officers, operators, campaign }: BridgePeople,
  providersOf: (signer: number) => Providers,
): Promise<void> {
  const compliance = rootOf(officers)
  const bridge = JSON.stringify(
    bridgeJson({ deployment, policy: DEVNET_POLICY, compliance, campaign }),
    null,
    2,
  )
  // Each has a policy and lists of its own, as on a live bridge.
  for (const folder of [coordinator.folder, ...signers.map((one) => one.folder)])
    await writeCompliance(folder, officers)
  const settings = (index: number) =>
    settingsJson({
      ...{ network: "devnet", listen: "127.0.0.1:0" },
      ...{ endpoints: providersOf(index), caps: assetsOf(deployment).map(capOf) },
      operators,
    })
  await Promise.all([
    writeFile(file, bridge),
    writeFile(join(coordinator.folder, FILES.bridge), bridge),
    ...signers.flatMap(({ folder, index }) => [
      writeFile(join(folder, FILES.bridge), bridge),
      writeFile(join(folder, FILES.settings), settings(index)),
    ]),
  ])
}

export interface ServicesFacts {
  readonly database: string
  readonly endpoints: Providers
  readonly signers: Readonly<Record<number, string>>
  /** Files with the gas wallets' keys, by network. */
  readonly gas: Readonly<Partial<Record<NetworkName, string>>>
  readonly operators: readonly Operator[]
  /** Of the API; 0 takes a free one. */
  readonly port: number
}

export async function writeServices(
  folder: string,
  { port, ...facts }: ServicesFacts,
): Promise<void> {
  const settings = {
    ...facts,
    redis: process.env.REDIS_URL ?? null,
    watch: Object.fromEntries(
      Object.keys(facts.endpoints).map((network) => [network, WATCH[network as NetworkName]]),
    ),
    listen: `127.0.0.1:${port}`,
    // Everybody here is one client, and nothing here is public.
    requestsPerMinute: 1_000_000,
    webhooks: { allowPrivate: true },
    // Its watchers are never far behind.
    rewards: { settleSeconds: 2, lookSeconds: 2, guardian: await guardianOf(folder) },
  }
  await writeFile(join(folder, "services.json"), JSON.stringify(settings, null, 2))
}

/** A local network that is older than holds of claims has none. */
async function guardianOf(folder: string): Promise<string | null> {
  const isThere = access(join(folder, GUARDIAN_FILE)).then(
    () => true,
    () => false,
  )
  return (await isThere) ? GUARDIAN_FILE : null
}

/** As `services.json` has it. */
const WATCH: Readonly<Record<NetworkName, { heightMin: number; pollMs: number }>> = {
  arweave: { heightMin: 0, pollMs: 150 },
  ethereum: { heightMin: 0, pollMs: 150 },
  bsc: { heightMin: 0, pollMs: 150 },
  bitcoin: { heightMin: 0, pollMs: 150 },
  ao: { heightMin: 0, pollMs: 60 },
}

/** The key of an operator of the local network, made at the first start; its public half. */
export async function operatorIn(folder: string, name: string) {
  const file = join(folder, `${name}.json`)
  await mkdir(folder, { recursive: true })
  const fresh = generateKeyPairSync("ed25519").privateKey.export({ format: "jwk" })
  await writeFile(file, JSON.stringify({ name, key: fresh }), { mode: 0o600, flag: "wx" }).catch(
    () => {},
  )
  const { key } = JSON.parse(await readFile(file, "utf8")) as { key: { x: string } }
  return { name, key: key.x }
}
