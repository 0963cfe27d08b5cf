// The way to the signers, from what lies in a folder of services.

import { readFile } from "node:fs/promises"
import { join } from "node:path"
import {
  type Blame,
  type ClusterClient,
  connectCluster,
  formerManifests,
  parseManifest,
} from "../mpc/client.ts"
import type { ServicesConfig } from "./config.ts"

export interface ClusterOptions {
  readonly onBlame: (blame: Blame) => void
  /** Manifest of the group's next keys; that in `next/` of the folder, if there is one, when left out. */
  readonly nextFile?: string
}

/** Throws as `connectCluster`, and what reading throws. */
export async function clusterIn(
  { folder, settings }: Pick<ServicesConfig, "folder" | "settings">,
  { onBlame, nextFile }: ClusterOptions,
): Promise<ClusterClient> {
  const read = (file: string) => readFile(join(folder, file), "utf8")
  const [manifest, certificate, key] = await Promise.all(
    ["manifest.json", "certificate.pem", "identity.pem"].map(read),
  )
  // While vaults pass to the group's next key, some obey it already.
  const next = nextFile
    ? await readFile(nextFile, "utf8")
    : await read(join("next", "manifest.json")).catch(() => null)
  return connectCluster({
    manifest: parseManifest(JSON.parse(manifest!)),
    next: next === null ? null : parseManifest(JSON.parse(next)),
    formers: await formerManifests(folder),
    addresses: settings.signers,
    identity: { certificate: certificate!, key: key! },
    onBlame,
  })
}
