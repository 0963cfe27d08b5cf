// A signer's folder as one sealed file, and the drill that makes a folder of it again.

import { createCipheriv, createDecipheriv, createHash, randomBytes } from "node:crypto"
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises"
import { basename, dirname, join } from "node:path"
import { z } from "zod"
import { assert } from "../core/assert.ts"
import { BridgeError } from "../core/errors.ts"
import { readIdentity } from "./ceremony/start.ts"
import { FILES, shareFile } from "./config.ts"
import { FORMER, formerFolders, formerManifests } from "./former-folders.ts"
import { bindingOf, derived, openShare, readShare, type SealedShare } from "./keyshare.ts"
import { groupKeyBytes, type Manifest, parseManifest, schemesOf } from "./manifest.ts"
import { REST_HOURS, rest } from "./rest.ts"
import { schemeOf } from "./schemes/index.ts"

/** Bytes are base64url. */
export interface Backup {
  readonly format: 1
  /** For people; authenticated. */
  readonly about: string
  readonly kdf: SealedShare["kdf"]
  readonly iv: string
  readonly ciphertext: string
  readonly tag: string
  readonly sum: string
}

const JOURNAL = join(FILES.journal, "journal.log")

const shape: z.ZodType<Backup> = z.strictObject({
  format: z.literal(1),
  about: z.string().max(500),
  kdf: z.strictObject({
    N: z.number().int(),
    r: z.literal(8),
    p: z.literal(1),
    salt: z.string().max(64),
  }),
  iv: z.string().max(32),
  ciphertext: z.string(),
  tag: z.string().max(32),
  sum: z.string(),
})

/** Everything in the folder, the journal as it is at this moment included. The passphrase stays the caller's. */
export async function makeBackup(
  folder: string,
  passphrase: Uint8Array,
  now: Date,
): Promise<Backup> {
  const manifest = await manifestIn(folder)
  await checkShares(folder, manifest, passphrase)
  await checkFormers(folder, passphrase)
  const names = (await namesIn(folder)).filter(isKept).sort()
  const files: Record<string, string> = {}
  for (const name of [...names, JOURNAL]) {
    const bytes = await readFile(join(folder, name)).catch(() => null)
    if (bytes !== null) files[name] = bytes.toString("base64url")
  }
  const salt = randomBytes(16).toString("base64url")
  const kdf = { N: manifest.devnet ? 2 ** 12 : 2 ** 18, r: 8, p: 1, salt } as const
  const iv = randomBytes(12)
  const about = `causeway signer of ${manifest.network}, ${now.toISOString()}`
  const key = await derived(passphrase, kdf)
  const cipher = createCipheriv("aes-256-gcm", key, iv)
  key.fill(0)
  cipher.setAAD(Buffer.from(about))
  const plain = Buffer.from(JSON.stringify(files))
  const ciphertext = Buffer.concat([cipher.update(plain), cipher.final()]).toString("base64url")
  plain.fill(0)
  const tag = cipher.getAuthTag().toString("base64url")
  const sealed = { about, kdf, iv: iv.toString("base64url"), ciphertext, tag }
  return { format: 1, ...sealed, sum: sumOf(sealed) }
}

/**
 * Makes a folder that must not be there yet, checks that each share opens and is its key's, and lets the
 * signer rest. `current` is the manifest that the other members use now, if it is known. Throws
 * `bad-config` or `share-locked` with the exact reason, and then leaves nothing usable behind.
 */
export async function restoreBackup(
  json: unknown,
  options: {
    readonly folder: string
    readonly passphrase: Uint8Array
    readonly current: Manifest | null
    readonly now: Date
    readonly restHours?: number
  },
): Promise<{ readonly about: string; readonly until: Date; readonly manifest: Manifest }> {
  const { folder, passphrase, current, now, restHours = REST_HOURS } = options
  const read = shape.safeParse(json)
  if (!read.success) throw refused("the file is not a backup of a signer")
  const backup = read.data
  const files = await opened(backup, passphrase)
  const manifestText = files[FILES.manifest]
  if (manifestText === undefined) throw refused("the backup has no manifest")
  const manifest = parseManifest(JSON.parse(Buffer.from(manifestText, "base64url").toString()))
  if (current !== null) checkCurrent(manifest, current)
  const isThere = await readdir(folder).then(
    (names) => names.length > 0,
    () => false,
  )
  if (isThere) throw refused(`${folder} is not empty: a restore never writes over a signer`)
  const until = new Date(now.getTime() + restHours * 3_600_000)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  // First of all, so that no moment exists in which this folder would sign.
  await rest(folder, until)
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true, mode: 0o700 })
    await writeFile(join(folder, name), Buffer.from(text, "base64url"), { mode: 0o600, flag: "wx" })
  }
  await readIdentity(folder)
  await checkShares(folder, manifest, passphrase)
  await checkFormers(folder, passphrase)
  return { about: backup.about, until, manifest }
}

/** Its own files, and those of the keys that were the group's before. */
async function namesIn(folder: string): Promise<readonly string[]> {
  const formers = await formerFolders(folder)
  const rows = formers.map(async (one) => {
    const names = await readdir(one)
    return names.map((name) => join(FORMER, basename(one), name))
  })
  return [...(await readdir(folder)), ...(await Promise.all(rows)).flat()]
}

/** A file of the signer's own: nothing half written, no log, no other folder; and which ceremonies it began. */
function isKept(name: string): boolean {
  return OWN.test(name.replace(FORMER_FOLDER, "")) && name !== "resting.json"
}

const OWN = /^([a-z-]+\.(pem|json)|[0-9a-f]{16}-[0-9]{1,5}\.begun)$/
const FORMER_FOLDER = /^former\/[a-z]+-[0-9a-f]{16}\//

/** Every share opens and belongs to its key: a backup of anything else is none. */
async function checkShares(
  folder: string,
  manifest: Manifest,
  passphrase: Uint8Array,
): Promise<void> {
  const { certificate } = await readIdentity(folder)
  const member = manifest.members.find((one) => one.certificate === certificate)
  if (!member) throw refused("this identity is not a member of the manifest")
  for (const name of schemesOf(manifest)) {
    const scheme = schemeOf(name)
    const key = scheme.decode(groupKeyBytes(manifest, name))
    const sealed = await readShare(join(folder, shareFile(name)))
    const { devnet } = manifest
    const share = await openShare(sealed, passphrase, bindingOf(key, member.index), { devnet })
    const signer = await scheme.open({ key, index: member.index, share })
    await signer.close()
  }
}

async function checkFormers(folder: string, passphrase: Uint8Array): Promise<void> {
  const [folders, manifests] = [await formerFolders(folder), await formerManifests(folder)]
  for (const [at, one] of folders.entries()) await checkShares(one, manifests[at]!, passphrase)
}

function checkCurrent(manifest: Manifest, current: Manifest): void {
  for (const name of schemesOf(current)) {
    const now = schemeOf(name).decode(groupKeyBytes(current, name))
    const then = manifest.keys[name]
    if (then === undefined) throw refused(`the backup has no ${name} key`)
    const old = schemeOf(name).decode(groupKeyBytes(manifest, name))
    if (!Buffer.from(old.publicKey).equals(now.publicKey))
      throw refused(`the backup is of another ${name} key`)
    if (old.epoch < now.epoch)
      throw refused(
        `the backup's ${name} share is of epoch ${old.epoch}, and the group is at ${now.epoch}: it can't sign any more`,
      )
  }
}

async function opened(
  backup: Backup,
  passphrase: Uint8Array,
): Promise<Readonly<Record<string, string>>> {
  const { about, kdf, iv, ciphertext, tag, sum } = backup
  if (sumOf(backup) !== sum) throw refused("the backup file is damaged")
  if (![2 ** 12, 2 ** 18].includes(kdf.N)) throw refused("the derivation's cost is out of range")
  const key = await derived(passphrase, kdf)
  const decipher = createDecipheriv("aes-256-gcm", key, Buffer.from(iv, "base64url"), {
    authTagLength: 16,
  })
  key.fill(0)
  decipher.setAAD(Buffer.from(about))
  decipher.setAuthTag(Buffer.from(tag, "base64url"))
  const part = decipher.update(Buffer.from(ciphertext, "base64url"))
  try {
    decipher.final()
    const files: unknown = JSON.parse(part.toString())
    assert(typeof files === "object" && files !== null, "a backup holds files")
    const names = Object.keys(files)
    assert(
      names.every((name) => name === JOURNAL || isKept(name)),
      "a backup holds a signer's files alone",
    )
    return files as Record<string, string>
  } catch (error) {
    if (error instanceof BridgeError) throw error
    throw new BridgeError("share-locked", { reason: "wrong passphrase" })
  } finally {
    part.fill(0)
  }
}

function sumOf({ about, kdf, iv, ciphertext, tag }: Omit<Backup, "format" | "sum">): string {
  const { N, r, p, salt } = kdf
  const fields = [about, N, r, p, salt, iv, ciphertext, tag]
  return createHash("sha256").update(JSON.stringify(fields)).digest("hex")
}

async function manifestIn(folder: string): Promise<Manifest> {
  const text = await readFile(join(folder, FILES.manifest), "utf8").catch(() => {
    throw refused(`there is no ${FILES.manifest} in ${folder}`)
  })
  return parseManifest(JSON.parse(text))
}

function refused(problems: string): BridgeError {
  return new BridgeError("bad-config", { problems })
}
