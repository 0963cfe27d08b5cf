// An officer's key file, and requests to the bridge's API that are signed with it.

import { createPrivateKey, createPublicKey } from "node:crypto"
import { signWith } from "../../chains/seals.ts"
import { signedHeaders } from "../../chains/signed-request.ts"
import type { Sign } from "../../core/compliance/seals.ts"
import { BridgeError } from "../../core/errors.ts"
import { bridgeApi } from "../../sdk/client.ts"
import { jsonFile } from "./json-file.ts"

export interface OfficerKey {
  readonly name: string
  readonly sign: Sign
}

/** `{ "name", "key": <Ed25519 JWK> }`; throws `bad-request` that names a damaged file. */
export async function officerKey(path: string | undefined): Promise<OfficerKey> {
  if (!path) throw new BridgeError("bad-request", { missing: "--key FILE" })
  try {
    const { name, key } = (await jsonFile(path)) as {
      name: string
      key: { kty: "OKP"; crv: "Ed25519"; x: string; d: string }
    }
    const secret = createPrivateKey({ format: "jwk", key })
    // The public half is derived, so that a damaged file is found here and not by the bridge.
    if (createPublicKey(secret).export({ format: "jwk" }).x !== key.x)
      throw new TypeError("damaged")
    return { name, sign: signWith(secret) }
  } catch (cause) {
    throw new BridgeError("bad-request", { key: path, reason: "no key of an officer" }, { cause })
  }
}

/** Asks the API as an officer. Throws what it refuses with, as `bad-request`. */
export async function askSigned(
  api: string,
  officer: OfficerKey,
  { method, url, body }: { method: "GET" | "POST"; url: string; body?: object },
): Promise<Response> {
  const { network, arLocker } = (await bridgeApi(api).info()) as {
    network: string
    arLocker: string
  }
  const headers = signedHeaders(
    `${network} ${arLocker}`,
    officer,
    { method, url, body },
    Date.now(),
  )
  const response = await fetch(`${api}${url}`, {
    method,
    headers: { ...headers, ...(body && { "content-type": "application/json" }) },
    ...(body && { body: JSON.stringify(body) }),
  })
  if (response.ok) return response
  const { error } = (await response.json()) as { error?: { message: string } }
  throw new BridgeError("bad-request", { refused: error?.message ?? response.status })
}
