// What a ceremony leaves in a signer's folder: new shares beside old ones, and one moment at which they change places.

import { open, readdir, readFile, rename, rm } from "node:fs/promises"
import { join } from "node:path"
import { BridgeError } from "../../core/errors.ts"
import { FILES, shareFile } from "../config.ts"
import { type SealedShare, writeShare } from "../keyshare.ts"
import type { Manifest } from "../manifest.ts"
import { replaceFile } from "../replace-file.ts"
import { SCHEMES, type SchemeName } from "../schemes/scheme.ts"
import { canonical } from "./canonical.ts"
import type { Transcript } from "./record.ts"

export function transcriptFile(scheme: SchemeName): string {
  return `transcript-${scheme}.json`
}

const MANIFEST_NEXT = `${FILES.manifest}.next`
const next = (file: string) => `${file}.next`
const leaving = (file: string) => `${file}.leaving`
const old = (file: string) => `${file}.old`

/** The share, null for who leaves the group, and what the transcript says so far, beside what is in use. */
export async function shelve(
  folder: string,
  scheme: SchemeName,
  share: SealedShare | null,
  transcript: Transcript,
): Promise<void> {
  if (share !== null) await writeShare(join(folder, next(shareFile(scheme))), share)
  else await replaceFile(join(folder, leaving(shareFile(scheme))), "")
  await shelveTranscript(folder, scheme, transcript)
}

export function shelveTranscript(
  folder: string,
  scheme: SchemeName,
  transcript: Transcript,
): Promise<void> {
  return replaceFile(join(folder, next(transcriptFile(scheme))), canonical(transcript))
}

/** Schemes of which something new lies there and is not in use. */
export async function shelved(folder: string): Promise<readonly SchemeName[]> {
  const names = new Set(await readdir(folder))
  return SCHEMES.filter((scheme) => names.has(next(transcriptFile(scheme))))
}

/** Forgets new shares that were never used. */
export async function unshelve(folder: string): Promise<void> {
  for (const scheme of SCHEMES) {
    for (const file of [next(shareFile(scheme)), leaving(shareFile(scheme))])
      await rm(join(folder, file), { force: true })
    await rm(join(folder, next(transcriptFile(scheme))), { force: true })
  }
}

/**
 * Puts what was shelved in use. From the moment that the next manifest is on the disk it is decided, and
 * `finishSwitch` ends it however often it is cut short. Old shares stay, aside.
 */
export async function switchTo(folder: string, manifest: Manifest): Promise<void> {
  await replaceFile(join(folder, MANIFEST_NEXT), `${JSON.stringify(manifest, null, 2)}\n`)
  await finishSwitch(folder)
}

/** Ends a switch that was decided; does nothing when none was, or there is no such folder. */
export async function finishSwitch(folder: string): Promise<void> {
  const names = new Set(await readdir(folder).catch(() => []))
  if (!names.has(MANIFEST_NEXT)) return
  for (const scheme of SCHEMES) {
    const share = shareFile(scheme)
    if (names.has(leaving(share))) {
      if (names.has(share)) await rename(join(folder, share), join(folder, old(share)))
      await rm(join(folder, leaving(share)))
    }
    for (const file of [share, transcriptFile(scheme)]) {
      if (!names.has(next(file))) continue
      if (names.has(file)) await rename(join(folder, file), join(folder, old(file)))
      await rename(join(folder, next(file)), join(folder, file))
    }
  }
  await rename(join(folder, MANIFEST_NEXT), join(folder, FILES.manifest))
  await syncFolder(folder)
}

/** Shares of epochs before, which a switch has put aside. */
export async function oldShares(folder: string): Promise<readonly SchemeName[]> {
  const names = new Set(await readdir(folder))
  return SCHEMES.filter((scheme) => names.has(old(shareFile(scheme))))
}

/** Overwrites and removes them: for when all members have switched. */
export async function dropOldShares(folder: string): Promise<void> {
  for (const scheme of await oldShares(folder)) {
    const path = join(folder, old(shareFile(scheme)))
    const { length } = await readFile(path)
    // A disk may keep other copies; the file's own blocks hold nothing afterwards.
    const file = await open(path, "r+")
    await file.write(Buffer.alloc(length), 0, length, 0)
    await file.sync()
    await file.close()
    await rm(path)
  }
  // The new transcripts begin with all that these say.
  for (const scheme of SCHEMES) await rm(join(folder, old(transcriptFile(scheme))), { force: true })
  await syncFolder(folder)
}

/**
 * Notes that this participant takes part in a session, before it says a word in it. Throws `bad-request`
 * when it did before: it would speak with two tongues.
 */
export async function beginOnce(folder: string, name: string): Promise<void> {
  const path = join(folder, `${name}.begun`)
  const file = await open(path, "wx", 0o600).catch((cause) => {
    const hint = "all participants go on with the next --attempt"
    throw new BridgeError(
      "bad-request",
      { reason: "this attempt was begun before", hint },
      { cause },
    )
  })
  await file.sync()
  await file.close()
  await syncFolder(folder)
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r")
  await handle.sync()
  await handle.close()
}
