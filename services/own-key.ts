// A key that a service makes for itself: an Ed25519 key in a file of its folder, whole from its first moment.

import { createPrivateKey, generateKeyPairSync, randomBytes } from "node:crypto"
import { link, readFile, unlink, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { signWith } from "../chains/seals.ts"
import type { Sign } from "../core/compliance/seals.ts"
import { BridgeError } from "../core/errors.ts"

export interface OwnKey {
  /** Ed25519, base64url. */
  readonly key: string
  readonly sign: Sign
}

/** What the API signs with: quotes, and what secrets of webhooks are made from. */
export const API_KEY_FILE = "api-key.json"

/** Makes it when it is not there. Throws `bad-config` for a damaged one. */
export async function ownKeyIn(folder: string, name: string): Promise<OwnKey> {
  const file = join(folder, name)
  const fresh = generateKeyPairSync("ed25519").privateKey.export({ format: "jwk" })
  // Half a key, after a crash, would be none for ever.
  const draft = `${file}.${randomBytes(8).toString("hex")}.draft`
  await writeFile(draft, `${JSON.stringify(fresh)}\n`, { mode: 0o600, flag: "wx", flush: true })
  await link(draft, file).catch(() => {})
  await unlink(draft)
  try {
    const jwk = JSON.parse(await readFile(file, "utf8")) as { x: string }
    return { key: jwk.x, sign: signWith(createPrivateKey({ format: "jwk", key: jwk })) }
  } catch {
    // The cause could quote the file.
    throw new BridgeError("bad-config", { file: name, reason: "damaged" })
  }
}
