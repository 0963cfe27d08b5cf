// A vault changes hands: what its key and its successor sign, and the calls that it takes. Pure.

import { BridgeError } from "../../core/errors.ts"
import type { Terms } from "../chain.ts"
import type { Handover, VaultCalls } from "../vault.ts"
import { selectorOf } from "./abi.ts"
import { callsFor, operationOf } from "./operation.ts"
import { digestOf, hashed, typeHash, type VaultDomain } from "./typed.ts"

/** Terms: `number` (decimal), of the operation that the vault takes next. */
export function orderOf({ successor }: Handover, terms: Terms, domain: VaultDomain): Uint8Array {
  return operationOf({ kind: "SetKey", value: `0x${successor}`, number: numberOf(terms) }, domain)
    .digest
}

/** Signed by the successor: a key that nobody can sign with would lock the vault. */
export function possessionOf({ present, successor }: Handover, domain: VaultDomain): Uint8Array {
  return digestOf(hashed([POSSESSION_TYPE, `0x${successor}`, `0x${present}`]), domain)
}

/** `order` and `possession` are the 64-byte signatures of what the two above give. */
export function callsOf(
  { successor }: Handover,
  terms: Terms,
  domain: VaultDomain,
  { order, possession }: { readonly order: Uint8Array; readonly possession: Uint8Array },
): VaultCalls {
  const operation = { kind: "SetKey", value: `0x${successor}`, number: numberOf(terms) } as const
  return callsFor(operation, domain, order, possession)
}

/** Calldata that asks the vault whom it obeys, and for the number of the next operation. */
export const GROUP_KEY = selectorOf("groupKey()")
export const OPERATION_COUNT = selectorOf("operationCount()")

const POSSESSION_TYPE = typeHash("Possession(uint256 key,uint256 predecessor)")

function numberOf({ number = "", ...rest }: Terms): bigint {
  if (!/^(0|[1-9][0-9]{0,8})$/.test(number) || Object.keys(rest).length > 0)
    throw new BridgeError("bad-request", { terms: JSON.stringify({ number, ...rest }) })
  return BigInt(number)
}
