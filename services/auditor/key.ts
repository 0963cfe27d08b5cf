// An auditor's key file: an Ed25519 key as JWK with a name beside it, readable by its owner alone.

import { createPrivateKey, createPublicKey } from "node:crypto"
import { readFile, stat } from "node:fs/promises"
import { signWith } from "../../chains/seals.ts"
import { BridgeError } from "../../core/errors.ts"
import type { Key } from "./auditor.ts"

interface KeyFile {
  readonly name: string
  readonly key: {
    readonly kty: "OKP"
    readonly crv: "Ed25519"
    readonly x: string
    readonly d: string
  }
}

/** Throws `bad-key` for one that others can read, and for a damaged one. */
export async function ed25519Key(path: string): Promise<Key> {
  const { mode } = await stat(path)
  if ((mode & 0o077) !== 0) throw new BridgeError("bad-key", { key: path, needed: "mode 0600" })
  try {
    const { name, key } = JSON.parse(await readFile(path, "utf8")) as KeyFile
    const secret = createPrivateKey({ format: "jwk", key })
    // The public half is derived, so that a damaged file is found here and not by the bridge.
    if (createPublicKey(secret).export({ format: "jwk" }).x !== key.x)
      throw new TypeError("damaged")
    return { name, key: key.x, sign: signWith(secret) }
  } catch {
    // The cause could quote the file.
    throw new BridgeError("bad-key", { key: path, reason: "no Ed25519 key" })
  }
}
