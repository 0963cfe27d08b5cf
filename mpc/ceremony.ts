// How a cluster comes to its key. Here: the local network's, where one process deals it to all in seconds.

import { createHash, randomBytes } from "node:crypto"
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { type Identity, newIdentity } from "./certificate.ts"
import { FILES } from "./config.ts"
import { bindingOf, sealShare, writeShare } from "./keyshare.ts"
import { groupKeyBytes, type Manifest, parseManifest } from "./manifest.ts"
import { deal, generatePrimes, type PrimePair } from "./schemes/rsa/deal.ts"
import { rsa } from "./schemes/rsa.ts"

export interface DealtCluster {
  readonly manifest: Manifest
  /** RSA modulus of the group key, base64url; and its address, base64url(sha256(modulus)). */
  readonly owner: string
  readonly vault: string
  readonly signers: readonly DealtSigner[]
  /** Identity, certificate and manifest of the one coordinator that the signers know. */
  readonly coordinator: { readonly folder: string }
}

export interface DealtSigner {
  readonly index: number
  /** Lacks `bridge.json` and `settings.json`, which nobody can write before the token is there. */
  readonly folder: string
  /** Beside what it opens: it protects nothing, and is there so that both networks start the same way. */
  readonly passphraseFile: string
}

export interface DevnetCeremony {
  readonly folder: string
  /** How many sign. */
  readonly t: number
  /** Of how many. */
  readonly n: number
  readonly onProgress?: (text: string) => void
  /** Instead of fresh ones; for tests. */
  readonly primes?: PrimePair
  readonly now?: Date
}

/**
 * Makes a fresh RSA-4096 key and a folder for each signer; a folder that has them already gives the same
 * again. The manifest says `devnet`: this process knew the whole key, so signers refuse it elsewhere.
 */
export async function dealDevnetCluster(ceremony: DevnetCeremony): Promise<DealtCluster> {
  const { folder, t, n, onProgress = () => {} } = ceremony
  const known = await readFile(join(folder, FILES.manifest), "utf8").catch(() => null)
  if (known !== null) return cluster(folder, parseManifest(JSON.parse(known)))
  onProgress("looking for two primes of 2048 bits")
  const primes = ceremony.primes ?? (await generatePrimes({ safe: false }))
  onProgress(`dealing the key to ${n} signers, any ${t} of which can sign`)
  const { key, shares } = deal(primes, t, n)
  const now = ceremony.now ?? new Date()
  const identities = shares.map((_, place) => newIdentity(`signer ${place + 1}`, { now }))
  const coordinator = newIdentity("coordinator", { now })
  const manifest: Manifest = {
    format: 1,
    network: "devnet",
    devnet: true,
    scheme: "rsa",
    groupKey: Buffer.from(rsa.encode(key)).toString("base64url"),
    members: identities.map(({ certificate }, place) => ({
      ...{ index: place + 1, name: `signer ${place + 1}`, certificate },
    })),
    coordinators: [{ name: "coordinator", certificate: coordinator.certificate }],
    created: now.toISOString(),
  }
  const dealt = cluster(folder, manifest)
  await writeParty(dealt.coordinator.folder, coordinator, manifest)
  for (const signer of dealt.signers) {
    const share = shares[signer.index - 1]!
    const passphrase = randomBytes(24).toString("base64url")
    await writeParty(signer.folder, identities[signer.index - 1]!, manifest)
    await writeSecret(signer.passphraseFile, `${passphrase}\n`)
    const binding = bindingOf(key, signer.index)
    const sealed = await sealShare(share, Buffer.from(passphrase), binding, { devnet: true })
    await writeShare(join(signer.folder, FILES.share), sealed)
    share.fill(0)
    onProgress(`sealed the share of signer ${signer.index}`)
  }
  // Last and at once: as long as it is missing, nobody has seen this key, and it may be made again.
  await writeFile(join(folder, `${FILES.manifest}.new`), manifestText(manifest))
  await rename(join(folder, `${FILES.manifest}.new`), join(folder, FILES.manifest))
  return dealt
}

function cluster(folder: string, manifest: Manifest): DealtCluster {
  const modulus = rsa.decode(groupKeyBytes(manifest)).publicKey
  return {
    manifest,
    owner: Buffer.from(modulus).toString("base64url"),
    vault: createHash("sha256").update(modulus).digest("base64url"),
    signers: manifest.members.map(({ index }) => ({
      index,
      folder: join(folder, `signer-${index}`),
      passphraseFile: join(folder, `signer-${index}`, "passphrase.devnet"),
    })),
    coordinator: { folder: join(folder, "coordinator") },
  }
}

/** A fresh folder: what a ceremony that was cut short left there was never used. */
async function writeParty(folder: string, identity: Identity, manifest: Manifest): Promise<void> {
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true, mode: 0o700 })
  await writeSecret(join(folder, FILES.identity), identity.key)
  await writeFile(join(folder, FILES.certificate), identity.certificate)
  await writeFile(join(folder, FILES.manifest), manifestText(manifest))
}

async function writeSecret(path: string, text: string): Promise<void> {
  await writeFile(path, text, { mode: 0o600 })
}

function manifestText(manifest: Manifest): string {
  return `${JSON.stringify(manifest, null, 2)}\n`
}
