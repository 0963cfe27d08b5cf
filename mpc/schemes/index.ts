// The schemes by name.

import { BridgeError } from "../../core/errors.ts"
import { evm, taproot } from "./frost.ts"
import { rsa } from "./rsa.ts"
import type { Scheme, SchemeName } from "./scheme.ts"

const SCHEMES: Readonly<Record<SchemeName, Scheme>> = { rsa, taproot, evm }

/** Throws `not-supported` for a scheme that this version does not have. */
export function schemeOf(name: SchemeName): Scheme {
  if (!Object.hasOwn(SCHEMES, name)) throw new BridgeError("not-supported", { scheme: name })
  return SCHEMES[name]
}
