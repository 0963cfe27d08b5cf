// One signer, put together from its folder: share, journal, its own connections, and a door for its peers.

import { join } from "node:path"
import { withOtherOwner } from "../chains/bridge.ts"
import type { Deployment } from "../chains/chain.ts"
import { type Chains, keysNamed } from "../chains/served.ts"
import { BridgeError } from "../core/errors.ts"
import { answering } from "./answering.ts"
import { attestorsOf } from "./attestors.ts"
import { BlameBook } from "./blames.ts"
import { proveKey } from "./ceremony/proof.ts"
import { FILES, type SignerConfig, shareFile } from "./config.ts"
import { Counts } from "./counts.ts"
import { type Eyes, openEyes, readAlong, tipsOf } from "./eyes.ts"
import { checkFormers, type Former, namedOf, readFormers } from "./former.ts"
import type { Health } from "./health.ts"
import { bindingOf, openShare, readShare } from "./keyshare.ts"
import { groupKeyBytes, groupKeyHashes, schemesOf } from "./manifest.ts"
import { serveMetrics, signerMeter } from "./metrics.ts"
import { Notes } from "./notes.ts"
import { othersOf } from "./objections.ts"
import { serveOrders } from "./order-door.ts"
import { Pledges } from "./pledges.ts"
import { oldestFor, PROTOCOL_VERSION } from "./protocol.ts"
import { restsUntil } from "./rest.ts"
import { schemeOf } from "./schemes/index.ts"
import { type GroupKey, hexOf, type SchemeName, type Signer } from "./schemes/scheme.ts"
import { Screening } from "./screening.ts"
import type { Desk } from "./signing.ts"
import { nextFolder, readSuccessors } from "./successor.ts"
import { openDoor, type Peer } from "./transport.ts"

export interface SignerOptions {
  readonly config: SignerConfig
  /** Of all shares; wiped when they are open. */
  readonly passphrase: Uint8Array
  readonly chains: Chains
  /** Facts for the operator, never a secret. */
  readonly log: (event: Readonly<Record<string, unknown>>) => void
  /** Called when this signer must not go on; it answers nothing more. */
  readonly fail: (error: unknown) => void
  readonly now?: () => number
  /** What this signer says that it speaks; only tests say something else than the truth. */
  readonly version?: number
}

export interface Running {
  readonly index: number
  /** `host:port`. */
  readonly address: string
  readonly keys: Health["keys"]
  close(): Promise<void>
}

/**
 * Opens everything, the door last. Throws `bad-config` or `bad-key` when the manifest, the bridge and the
 * key do not fit, `bad-transcript` when a key's transcript is missing or does not replay to it,
 * `share-locked`, `journal-damaged`.
 */
export async function startSigner(options: SignerOptions): Promise<Running> {
  const { log } = options
  const { signers, successors, formers, close: closeSigners } = await openSigners(options)
  const config = knowing(options.config, successors)
  const closing: (() => Promise<void>)[] = [closeSigners]
  const close = async () => {
    for (const one of closing.splice(0).reverse()) await one()
  }
  try {
    const pledges = await Pledges.open(
      join(config.folder, FILES.journal),
      config.bridge.policy.governor !== undefined || config.bridge.compliance !== undefined,
    )
    closing.push(() => pledges.close())
    const root = config.bridge.compliance
    const now = options.now ?? Date.now
    const worth = config.bridge.policy.governor?.worth ?? null
    const { moved, isPromised } = pledges
    const valuing = { worth, moved, isPromised }
    const attestors = attestorsOf(config, now)
    const beyond = { valuing, attestors }
    const screening = root ? await Screening.open(config.folder, root, now, beyond) : null
    const counts = await Counts.open(
      config.folder,
      config.bridge.deployment,
      config.settings.heightMin,
    )
    closing.push(() => counts.flush())
    const eyes = await openEyes({ ...options, config }, screening, counts, now)
    closing.push(() => eyes.close())
    const { view } = eyes
    const connections = Object.values(view.chains).map(({ connection }) => connection)
    const notes = await Notes.open(
      config.folder,
      Object.fromEntries(connections.map((connection) => [connection.chain, connection])),
    )
    closing.push(() => notes.close())
    const stopReading = readAlong(async () => {
      await Promise.all([eyes.incidents.refresh(), eyes.prices.refresh()])
      await view.locks()
    }, READ_ALONG_MS)
    closing.push(async () => stopReading())
    const { identity, manifest, settings, member } = config
    const { campaign } = config.bridge
    const { index } = member
    const version = options.version ?? PROTOCOL_VERSION
    const others = screening ? othersOf(config) : undefined
    closing.push(async () => others?.close())
    const desk: Desk = {
      ...{ view, pledges, caps: settings.caps, signers, successors, index, now, version },
      formers,
      campaignToken: campaignTokenOf(config, options.chains, view.deployment),
      versionMin: oldestFor(version, manifest.protocolMin),
      folder: config.folder,
      newcomer: newcomerOf(config),
      ...{ campaign, others },
      heard: () => eyes.answers.head,
      prices: () => eyes.prices.now,
    }
    const blames = await BlameBook.open(config.folder)
    closing.push(() => blames.flush())
    const epochs = Object.entries(signers).map(([name, { key }]) => [name, key.epoch] as const)
    const load = { busy: 0 }
    const health = healthOf(config, desk, load, eyes)
    const meter = signerMeter(health, Object.fromEntries(epochs), () => blames.rows)
    const restsUntilMs = await restsUntil(config.folder)
    if (now() < restsUntilMs) log({ event: "resting", until: new Date(restsUntilMs).toISOString() })
    const answer = answering(options, {
      ...{ desk, notes, blames, health, load, meter, restsUntilMs },
      pauses: eyes.pauses,
    })
    const peers: Peer[] = [
      ...manifest.members.map((one) => ({ ...one, role: "signer" as const })),
      ...manifest.coordinators.map((one) => ({ ...one, role: "coordinator" as const })),
    ]
    const door = await openDoor({ identity, peers, listen: settings.listen, answer })
    closing.push(() => door.close())
    if (settings.orders) {
      const orders = await serveOrders(settings.orders, eyes.pauses, now)
      closing.push(() => orders.close())
      log({ event: "orders", address: orders.address })
    }
    if (settings.metrics) {
      const metrics = await serveMetrics(settings.metrics, meter)
      closing.push(() => metrics.close())
      log({ event: "metrics", address: metrics.address })
    }
    log({ event: "open", signer: index, address: door.address, records: pledges.records })
    return { index, address: door.address, keys: groupKeyHashes(manifest), close }
  } catch (error) {
    await close()
    throw error
  }
}

function campaignTokenOf({ bridge, settings }: SignerConfig, chains: Chains, known: Deployment) {
  const token = bridge.campaign && chains.ao?.tokenAt?.(bridge.campaign.process)
  if (!token) return undefined
  const endpoints = settings.endpoints.ao!
  const { codec, orders } = token
  const desk = () => token.desk(endpoints, known)
  return { codec, orders, standing: () => token.standing(endpoints), desk }
}

function newcomerOf({ manifest, member }: SignerConfig): Desk["newcomer"] {
  const { newcomers } = manifest
  if (!newcomers || member.joined === undefined) return null
  const untilMs = Date.parse(member.joined) + newcomers.days * DAY_MS
  return { untilMs, percent: newcomers.percent }
}

/** A token may have passed on to the next key: then that is a key of the bridge as well. */
function knowing(config: SignerConfig, { rsa }: Desk["successors"]): SignerConfig {
  return rsa ? { ...config, bridge: withOtherOwner(config.bridge, hexOf(rsa.key)) } : config
}

interface Signers {
  readonly signers: Desk["signers"]
  readonly successors: Desk["successors"]
  readonly formers: Desk["formers"]
  close(): Promise<void>
}

/** This member's share of each of the group's keys, at work. */
async function openSigners(options: SignerOptions): Promise<Signers> {
  const { config, passphrase } = options
  const opened: [SchemeName, Signer][] = []
  const next: [SchemeName, Signer][] = []
  const formers: Signer[] = []
  const close = async () => {
    const all = [...[...opened, ...next].map(([, signer]) => signer), ...formers]
    await Promise.all(all.map((signer) => signer.close()))
  }
  try {
    const names = schemesOf(config.manifest)
    // Whoever mints answers for all vaults; without the RSA key nobody here mints.
    const lacking = keysNamed(config.bridge.deployment).find(([name]) => !names.includes(name))
    if (lacking && names.includes("rsa"))
      throw new BridgeError("bad-key", { scheme: lacking[0], reason: "the group has none" })
    for (const name of names) {
      const key = keyOf(config, name)
      // Whoever made a local network's keys knew them; every other key shows how it came to be.
      if (!config.manifest.devnet) await proveKey(config.folder, config.manifest, name)
      opened.push([name, await openSigner(config, key, passphrase)])
    }
    for (const { key, ...own } of await formersOf(config))
      formers.push(await openSigner({ ...config, ...own }, key, passphrase))
    next.push(...(await openSuccessors(options)))
    const [signers, successors] = [opened, next].map(Object.fromEntries)
    return { signers, successors, formers, close }
  } catch (error) {
    await close()
    throw error
  } finally {
    passphrase.fill(0)
  }
}

/** What lies under a former key could not be given back without its share: then this signer does not start. */
async function formersOf({ folder, manifest, bridge }: SignerConfig): Promise<readonly Former[]> {
  const formers = await readFormers(folder, manifest)
  checkFormers(namedOf(manifest, bridge), formers)
  return formers
}

/** The next keys that lie there. What is wrong with one keeps nobody from paying with the present one. */
async function openSuccessors({ config, passphrase, log }: SignerOptions) {
  const opened: [SchemeName, Signer][] = []
  try {
    const successors = await readSuccessors(config.folder, config.manifest)
    const next = { ...config, folder: nextFolder(config.folder) }
    for (const key of Object.values(successors)) {
      opened.push([key.scheme, await openSigner(next, key, passphrase)])
      log({ event: "next-key", scheme: key.scheme, key: hexOf(key) })
    }
  } catch (error) {
    log({ event: "no-next-key", reason: error instanceof BridgeError ? error.message : "failed" })
  }
  return opened
}

/** A group key, checked against the manifest that carries it and the bridge that it is for. */
function keyOf({ manifest, bridge, member, settings }: SignerConfig, name: SchemeName): GroupKey {
  const key = schemeOf(name).decode(groupKeyBytes(manifest, name))
  const refuse = (reason: string) => new BridgeError("bad-key", { scheme: name, reason })
  if (key.parties !== manifest.members.length) throw refuse("not as many parties as members")
  if (member.index > key.parties) throw refuse("this member has no place in the group")
  // Deposits under another key would be counted, and minted for, and nobody here could give them back.
  const own = Buffer.from(key.publicKey).toString("hex")
  if (keysNamed(bridge.deployment).some(([scheme, hex]) => scheme === name && hex !== own))
    throw refuse("the bridge belongs to another key")
  // The manifest's own word may be edited; what the key says of itself is covered by its hash.
  if ("primes" in key && key.primes !== "safe" && settings.network !== "devnet")
    throw refuse("a key of ordinary primes is for local networks alone")
  return key
}

async function openSigner(
  { folder, manifest, member }: SignerConfig,
  key: GroupKey,
  passphrase: Uint8Array,
): Promise<Signer> {
  const { devnet } = manifest
  const sealed = await readShare(join(folder, shareFile(key.scheme)))
  const share = await openShare(sealed, passphrase, bindingOf(key, member.index), { devnet })
  return schemeOf(key.scheme).open({ key, index: member.index, share })
}

const DAY_MS = 86_400_000
/** Pause between two looks at the chains, and how old a tip in the health report may be, milliseconds. */
const READ_ALONG_MS = 1_000
const TIPS_FRESH_MS = 1_000

function healthOf(
  { manifest, member }: SignerConfig,
  desk: Desk,
  load: { readonly busy: number },
  { incidents, pauses }: Eyes,
) {
  const connections = Object.values(desk.view.chains).map(({ connection }) => connection)
  const tips = tipsOf(connections, TIPS_FRESH_MS)
  return async (): Promise<Health> => ({
    index: member.index,
    version: desk.version,
    keys: groupKeyHashes(manifest),
    busy: load.busy,
    journalRecords: desk.pledges.records,
    tips: await tips(),
    paused: pauses.stops,
    halted: incidents.halts.map(({ chain }) => chain),
    incidents: incidents.count,
  })
}
