// The next keys take the place of the present ones in a signer's folder, once the vaults obey them.

import { readFile, rm } from "node:fs/promises"
import { join } from "node:path"
import { type Bridge, bridgeJson, parseBridge } from "../chains/bridge.ts"
import type { BitcoinVault, Deployment } from "../chains/chain.ts"
import { ownerOf } from "../chains/owners.ts"
import { type Chains, chainNamed, servedBy } from "../chains/served.ts"
import { networkOf } from "../core/assets.ts"
import { BridgeError } from "../core/errors.ts"
import type { Transcript } from "./ceremony/record.ts"
import { finishSwitch, shelve, switchTo, transcriptFile } from "./ceremony/shelf.ts"
import { jsonOf } from "./ceremony/start.ts"
import { FILES, readSignerConfig, type SignerConfig, shareFile } from "./config.ts"
import { keepFormer } from "./former.ts"
import { readShare } from "./keyshare.ts"
import { groupKeyHex, type Manifest, schemesOf } from "./manifest.ts"
import { toldOf } from "./obedience.ts"
import { replaceFile } from "./replace-file.ts"
import type { SchemeName } from "./schemes/scheme.ts"
import { nextFolder, readNextManifest, readSuccessors } from "./successor.ts"

/**
 * The schemes whose key changed. May be cut short at any step, and is carried on by the next call. Throws
 * `not-found` when nothing comes next, `not-yet` as long as one vault obeys the present key, and as
 * `readSuccessors`. The signer must not run meanwhile.
 */
export async function promoteNext(folder: string, chains: Chains): Promise<readonly SchemeName[]> {
  await finishSwitch(folder)
  const config = await readSignerConfig(folder)
  const next = await readNextManifest(folder)
  if (next === null) throw new BridgeError("not-found", { next: nextFolder(folder) })
  const schemes = schemesOf(next)
  await checkObeyed(config, next, chains)
  if (schemes.some((scheme) => config.manifest.keys[scheme] !== next.keys[scheme])) {
    await readSuccessors(folder, config.manifest)
    for (const scheme of schemes) {
      if (isKept(config, scheme, chains)) await keepFormer(folder, scheme, config.manifest)
      await shelveNext(folder, scheme)
    }
    await switchTo(folder, manifestAfter(config.manifest, next))
  }
  await writeBridge(folder, bridgeAfter(config.bridge, next))
  await rm(nextFolder(folder), { recursive: true })
  return schemes
}

/** By this operator's own endpoints, every vault of those keys has passed to the next one. */
async function checkObeyed({ bridge, settings }: SignerConfig, next: Manifest, chains: Chains) {
  for (const name of servedBy(bridge.deployment)) {
    const chain = chainNamed(chains, name)
    const { scheme, connect, keepsFormerKeys } = chain
    if (next.keys[scheme] === undefined || keepsFormerKeys) continue
    const connection = connect(settings.endpoints[networkOf(name)]!, bridge.deployment)
    try {
      if (!connection.handover) throw new BridgeError("not-supported", { chain: name, scheme })
      const { present } = await connection.handover()
      if (present !== toldOf(next, chain))
        throw new BridgeError("not-yet", { chain: name, obeys: present })
    } finally {
      await connection.close()
    }
  }
  await checkCampaign({ bridge, settings }, next, chains)
}

/** The campaign's token obeys the group's RSA key as well, and takes orders of no former one. */
async function checkCampaign(
  { bridge: { campaign }, settings }: Pick<SignerConfig, "bridge" | "settings">,
  next: Manifest,
  chains: Chains,
): Promise<void> {
  const token = campaign && chains.ao?.tokenAt?.(campaign.process)
  const key = groupKeyHex(next, "rsa")
  if (!token || key === null) return
  const { present } = await token.standing(settings.endpoints.ao!)
  if (present !== token.codec.told(key))
    throw new BridgeError("not-yet", { campaign: campaign.id, obeys: present })
}

async function shelveNext(folder: string, scheme: SchemeName): Promise<void> {
  const share = await readShare(join(nextFolder(folder), shareFile(scheme)))
  const file = transcriptFile(scheme)
  const transcript = jsonOf(await readFile(join(nextFolder(folder), file), "utf8"), file)
  await shelve(folder, scheme, share, transcript as Transcript)
}

/** The same at every member. */
function manifestAfter(present: Manifest, next: Manifest): Manifest {
  const limits = [...new Set([...(present.limits ?? []), ...(next.limits ?? [])])]
  return {
    ...present,
    keys: { ...present.keys, ...next.keys },
    ...(limits.length > 0 && { limits }),
  }
}

/** Whether money lies under the present key of a scheme, and stays there. */
function isKept({ bridge }: SignerConfig, scheme: SchemeName, chains: Chains): boolean {
  const served = servedBy(bridge.deployment).map((name) => chainNamed(chains, name))
  return served.some((chain) => chain.scheme === scheme && chain.keepsFormerKeys)
}

function bridgeAfter({ deployment: before, ...bridge }: Bridge, next: Manifest): Bridge {
  const deployment = arweaveAfter(before, next)
  if (!deployment.vaults) return { ...bridge, deployment }
  const { ethereum, bsc, bitcoin } = deployment.vaults
  const evm = next.keys.evm && { key: `0x${groupKeyHex(next, "evm")}` }
  const vaults = {
    ...(ethereum && { ethereum: { ...ethereum, ...evm } }),
    ...(bsc && { bsc: { ...bsc, ...evm } }),
    ...(bitcoin && { bitcoin: bitcoinAfter(bitcoin, next) }),
  }
  return { ...bridge, deployment: { ...deployment, vaults } }
}

/** The vault on Arweave is the key's own address: there is a new one, and the old one stays the bridge's. */
function arweaveAfter(deployment: Deployment, next: Manifest): Deployment {
  const key = groupKeyHex(next, "rsa")
  if (key === null) return deployment
  const { owner, vault } = ownerOf(key)
  // Cut short behind this, and called again.
  if (owner === deployment.owner) return deployment
  const { former = [], otherOwners, ...rest } = deployment
  const others = (otherOwners ?? []).filter((one) => one !== owner)
  return {
    ...rest,
    ...{ owner, vault },
    former: [{ owner: deployment.owner, vault: deployment.vault }, ...former],
    ...(others.length > 0 && { otherOwners: others }),
  }
}

function bitcoinAfter(vault: BitcoinVault, next: Manifest): BitcoinVault {
  const key = groupKeyHex(next, "taproot")
  if (key === null) return vault
  // Cut short behind this, and called again.
  if (key === vault.key) return vault
  return { ...vault, key, former: [vault.key, ...(vault.former ?? [])] }
}

async function writeBridge(folder: string, bridge: Bridge): Promise<void> {
  const path = join(folder, FILES.bridge)
  const json = bridgeJson(bridge)
  parseBridge(json)
  await replaceFile(path, `${JSON.stringify(json, null, 2)}\n`)
}
