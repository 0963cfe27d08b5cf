// How the local network comes to its keys: one process makes them all, in seconds, and knows them.

import { createHash, randomBytes } from "node:crypto"
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { assert } from "../../core/assert.ts"
import { fingerprintOf, type Identity, newIdentity } from "../certificate.ts"
import { FILES, shareFile } from "../config.ts"
import { bindingOf, sealShare, writeShare } from "../keyshare.ts"
import { groupKeyBytes, type Manifest, parseManifest } from "../manifest.ts"
import { schemeOf } from "../schemes/index.ts"
import { deal, generatePrimes, type PrimePair } from "../schemes/rsa/deal.ts"
import { rsa } from "../schemes/rsa.ts"
import { type GroupKey, type Holding, hasTwoRounds, type SchemeName } from "../schemes/scheme.ts"

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
  /** The keys that the group gets; RSA, which owns the token, is always among them. */
  readonly schemes?: readonly Exclude<SchemeName, "rsa">[]
  readonly onProgress?: (text: string) => void
  /** Instead of fresh ones; for tests. */
  readonly primes?: PrimePair
  readonly now?: Date
}

/**
 * Makes a fresh RSA-4096 key, keys of the other schemes, and a folder for each signer; a folder that has
 * them already gives the same again. The manifest says `devnet`: this process knew the whole of each key,
 * so signers refuse them elsewhere.
 */
export async function dealDevnetCluster(ceremony: DevnetCeremony): Promise<DealtCluster> {
  const { folder, t, n, onProgress = () => {} } = ceremony
  const known = await readFile(join(folder, FILES.manifest), "utf8").catch(() => null)
  if (known !== null) return cluster(folder, parseManifest(JSON.parse(known)))
  onProgress("looking for two primes of 2048 bits")
  const primes = ceremony.primes ?? (await generatePrimes({ safe: false }))
  onProgress(`dealing the keys to ${n} signers, any ${t} of which can sign`)
  const { key, shares } = deal(primes, t, n)
  const holdings: Holding[][] = [shares.map((share, place) => ({ key, index: place + 1, share }))]
  for (const scheme of ceremony.schemes ?? []) holdings.push(await founded(scheme, t, n))
  const now = ceremony.now ?? new Date()
  // In the order that a roster has, so that these members can hold a ceremony later and keep their places.
  const identities = shares
    .map(() => newIdentity(`signer ${randomBytes(8).toString("hex")}`, { now }))
    .sort((a, b) => (fingerprintOf(a.certificate) < fingerprintOf(b.certificate) ? -1 : 1))
  const coordinator = newIdentity("coordinator", { now })
  const manifest: Manifest = {
    format: 1,
    network: "devnet",
    devnet: true,
    keys: Object.fromEntries(holdings.map(([first]) => [first!.key.scheme, keyText(first!.key)])),
    members: identities.map(({ certificate }, place) => ({
      ...{ index: place + 1, name: `signer ${place + 1}`, certificate },
    })),
    coordinators: [{ name: "coordinator", certificate: coordinator.certificate }],
    created: now.toISOString(),
  }
  const dealt = cluster(folder, manifest)
  await writeParty(dealt.coordinator.folder, coordinator, manifest)
  for (const signer of dealt.signers) {
    const passphrase = randomBytes(24).toString("base64url")
    await writeParty(signer.folder, identities[signer.index - 1]!, manifest)
    await writeSecret(signer.passphraseFile, `${passphrase}\n`)
    for (const held of holdings) {
      const { key, index, share } = held[signer.index - 1]!
      const binding = bindingOf(key, index)
      const sealed = await sealShare(share, Buffer.from(passphrase), binding, { devnet: true })
      await writeShare(join(signer.folder, shareFile(key.scheme)), sealed)
      share.fill(0)
    }
    onProgress(`sealed the shares of signer ${signer.index}`)
  }
  // Last and at once: as long as it is missing, nobody has seen this key, and it may be made again.
  await writeFile(join(folder, `${FILES.manifest}.new`), manifestText(manifest))
  await rename(join(folder, `${FILES.manifest}.new`), join(folder, FILES.manifest))
  return dealt
}

/** The members of a group make its key as they would from afar, but all in this process. */
async function founded(name: SchemeName, threshold: number, parties: number): Promise<Holding[]> {
  const scheme = schemeOf(name)
  assert(hasTwoRounds(scheme), "a key without a dealer is of a scheme of two rounds")
  const founding = { run: randomBytes(32), threshold, parties }
  const founders = await Promise.all(
    Array.from({ length: parties }, (_, place) => scheme.found(founding, place + 1)),
  )
  try {
    const announced = founders.map(({ index, announcement }) => ({
      from: index,
      bytes: announcement,
    }))
    const dealt = await Promise.all(founders.map((founder) => founder.deal(announced)))
    return await Promise.all(
      founders.map((founder) =>
        founder.complete(
          founders.flatMap(({ index: from }, place) => {
            const bytes = dealt[place]!.get(founder.index)
            return bytes ? [{ from, bytes }] : []
          }),
        ),
      ),
    )
  } finally {
    await Promise.all(founders.map((founder) => founder.close()))
  }
}

function keyText(key: GroupKey): string {
  return Buffer.from(schemeOf(key.scheme).encode(key)).toString("base64url")
}

function cluster(folder: string, manifest: Manifest): DealtCluster {
  const modulus = rsa.decode(groupKeyBytes(manifest, "rsa")).publicKey
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
