// A dealt cluster in a temporary folder, and its signers in this process or each in one of its own.

import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { bridgeJson } from "../../chains/bridge.ts"
import type { Chain, Deployment, Terms } from "../../chains/chain.ts"
import type { ChainName } from "../../core/assets.ts"
import type { Payout } from "../../core/payout.ts"
import { payoutOf } from "../../core/payout.ts"
import type { Policy } from "../../core/policy.ts"
import type { Sighting } from "../../core/transfer.ts"
import {
  type DealtCluster,
  type DevnetCeremony,
  dealDevnetCluster,
} from "../../mpc/ceremony/devnet.ts"
import type { ClusterConfig, Patience } from "../../mpc/client.ts"
import { type Cap, FILES, readSignerConfig, settingsJson } from "../../mpc/config.ts"
import { type Running, startSigner } from "../../mpc/signer.ts"
import { aBlock, anId } from "../builders.ts"
import { ORDINARY_PRIMES } from "../fixtures/rsa-primes.ts"
import { AR, policy } from "./world.ts"

export interface DealtFolder {
  readonly cluster: DealtCluster
  readonly deployment: Deployment
  readonly folder: string
}

type Schemes = NonNullable<DevnetCeremony["schemes"]>

/**
 * Deals `t` of `n`, with settings that point signer i at the view of `url(i)`. With `rsa: false` signers hold no
 * share of that key, and start sooner.
 */
export async function aDealtCluster(
  { t = 3, n = 5, policy: own = policy as Policy, schemes = [] as Schemes, rsa = true } = {},
  url = (index: number) => `http://view/${index}`,
): Promise<DealtFolder> {
  const folder = await mkdtemp(join(tmpdir(), "causeway-signers-"))
  const whole = await dealDevnetCluster({ folder, t, n, schemes, primes: ORDINARY_PRIMES })
  const cluster = rsa ? whole : await withoutRsa(whole)
  const { owner, vault } = cluster
  const deployment: Deployment = { network: "devnet", owner, vault, tokens: { AR: anId("token") } }
  for (const signer of cluster.signers) {
    const bridge = JSON.stringify(bridgeJson({ deployment, policy: own }))
    await writeFile(join(signer.folder, FILES.bridge), bridge)
    await writeSettings(signer.folder, url(signer.index))
  }
  return { cluster, deployment, folder }
}

async function withoutRsa(cluster: DealtCluster): Promise<DealtCluster> {
  const { rsa: _, ...keys } = cluster.manifest.keys
  const manifest = { ...cluster.manifest, keys }
  for (const { folder } of [...cluster.signers, cluster.coordinator])
    await writeFile(join(folder, FILES.manifest), JSON.stringify(manifest))
  return { ...cluster, manifest }
}

/** A signer that joined at the beginning, and speaks what everybody does. */
export const PLAIN = {
  version: 1,
  versionMin: 1,
  newcomer: null,
  successors: {},
  formers: [],
  folder: "none",
} as const

export const CAP: Cap = { asset: "AR", signature: 1_000n * AR, day: 100_000n * AR }

export async function writeSettings(folder: string, url: string, caps: readonly Cap[] = [CAP]) {
  const endpoints = { arweave: { urls: { world: [url] } }, ao: { urls: { world: [url] } } }
  const settings = { network: "devnet", listen: "127.0.0.1:0", endpoints, caps } as const
  await writeFile(join(folder, FILES.settings), settingsJson(settings))
}

export async function remove({ folder }: DealtFolder): Promise<void> {
  await rm(folder, { recursive: true, force: true })
}

export interface Failures {
  readonly index: number
  readonly error: unknown
}

/** Starts one signer of a dealt cluster in this process. */
export async function startHere(
  { cluster }: DealtFolder,
  index: number,
  chains: Readonly<Record<ChainName, Chain>>,
  { now, version, failures }: { now?: () => number; version?: number; failures?: Failures[] } = {},
): Promise<Running> {
  const { folder, passphraseFile } = cluster.signers[index - 1]!
  return startSigner({
    config: await readSignerConfig(folder),
    passphrase: Buffer.from((await readFile(passphraseFile, "utf8")).trim()),
    chains,
    log: () => {},
    fail: (error) => failures?.push({ index, error }),
    ...(now && { now }),
    ...(version && { version }),
  })
}

export async function clientConfig(
  { cluster }: DealtFolder,
  addresses: Readonly<Record<number, string>>,
  patience: Partial<Patience> = {},
): Promise<ClusterConfig> {
  const read = (file: string) => readFile(join(cluster.coordinator.folder, file), "utf8")
  const identity = { certificate: await read(FILES.certificate), key: await read(FILES.identity) }
  return { manifest: cluster.manifest, addresses, identity, patience }
}

/** What an honest coordinator asks for: the payouts by the public policy, built by the same codec. */
export function wanted(
  { deployment }: DealtFolder,
  chain: Chain,
  sightings: readonly Sighting[],
  terms: Terms,
  { refund = false } = {},
) {
  const payouts = sightings.map((sighting): Payout => {
    const usual = sighting.fee ?? policy.fees.find((one) => one.source === sighting.source)!.flat
    const fee = refund ? policy.limits[0]!.refundFee : usual
    return payoutOf({ ...sighting, block: aBlock(400), refund, fee })
  })
  const { messages } = chain.codec.build(payouts, terms, deployment)
  const transfers = sightings.map(({ id }) => ({ id, refund }))
  return { chain: chain.name, scheme: chain.scheme, transfers, terms, messages }
}
