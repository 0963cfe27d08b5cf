// The schemes by name.

import { BridgeError } from "../../core/errors.ts"
import { rsa } from "./rsa.ts"
import type { Scheme, SchemeName } from "./scheme.ts"

const SCHEMES: Partial<Record<SchemeName, Scheme>> = { rsa }

/** Throws `not-supported` for a scheme that this version does not have. */
export function schemeOf(name: SchemeName): Scheme {
  const scheme = SCHEMES[name]
  if (!scheme) throw new BridgeError("not-supported", { scheme: name })
  return scheme
}
