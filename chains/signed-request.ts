// Requests that carry the signature of whoever may make them: officers, and coordinators and signers that ask an attestor.

import { canonical, type Json } from "../core/compliance/canonical.ts"
import type { Sign } from "../core/compliance/seals.ts"
import { BridgeError } from "../core/errors.ts"
import { seals } from "./seals.ts"

export interface SignedRequest {
  readonly method: string
  /** Path and query. */
  readonly url: string
  readonly body: unknown
  /** Name, time (milliseconds since 1970) and Ed25519 signature. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
}

const NAME = "x-causeway-name"
const AT = "x-causeway-at"
const SIGNATURE = "x-causeway-signature"

/** A request counts for so long around its time: what is overheard cannot be said again tomorrow. */
const SKEW_MS = 60_000

/** The bridge is part of the text, so that no other one takes the request. */
function requestText(
  bridge: string,
  name: string,
  method: string,
  url: string,
  body: unknown,
  at: string,
) {
  const hash = seals.hash(canonical((body ?? null) as Json))
  return `causeway request\n${bridge}\n${name}\n${method} ${url}\n${at}\n${hash}`
}

/** The headers that make a request a signed one. */
export function signedHeaders(
  bridge: string,
  { name, sign }: { readonly name: string; readonly sign: Sign },
  { method, url, body }: Pick<SignedRequest, "method" | "url" | "body">,
  nowMs: number,
): Readonly<Record<string, string>> {
  const signature = sign(requestText(bridge, name, method, url, body, `${nowMs}`))
  return { [NAME]: name, [AT]: `${nowMs}`, [SIGNATURE]: signature }
}

/** Who signed it. Throws `bad-signature` for nobody of `keys` (Ed25519 by name), or too long ago. */
export function demandSigned(
  bridge: string,
  { method, url, body, headers }: SignedRequest,
  keys: Readonly<Record<string, string>>,
  nowMs: number,
): { readonly name: string; readonly at: string; readonly signature: string } {
  const text = (header: string) => {
    const value = headers[header]
    return typeof value === "string" ? value : ""
  }
  const [name, at, signature] = [text(NAME), text(AT), text(SIGNATURE)]
  const key = Object.hasOwn(keys, name) ? keys[name] : undefined
  if (key === undefined) throw new BridgeError("bad-signature", { by: name || "nobody" })
  if (!/^[0-9]{13}$/.test(at) || Math.abs(Number(at) - nowMs) > SKEW_MS)
    throw new BridgeError("bad-signature", { by: name, why: "it is not of now" })
  if (!seals.verify(key, requestText(bridge, name, method, url, body, at), signature))
    throw new BridgeError("bad-signature", { by: name })
  return { name, at, signature }
}
