// A vault changes hands: what its key and its successor sign, and the calls that propose it and carry it out. Pure.

import { BridgeError } from "../../core/errors.ts"
import type { Handover, HandoverCalls, Terms } from "../chain.ts"
import { selectorOf, word } from "./abi.ts"
import { signatureWords } from "./release.ts"
import { digestOf, hashed, typeHash, type VaultDomain } from "./typed.ts"

/** Terms: `number` (decimal), of the operation that the vault takes next. */
export function orderOf(
  { successor }: Handover,
  terms: Terms,
  domain: VaultDomain,
): { readonly order: Uint8Array; readonly words: readonly string[] } {
  const fields = [SET_KEY, 0, `0x${successor}`, 0, numberOf(terms)] as const
  return {
    order: digestOf(hashed([OPERATION_TYPE, ...fields]), domain),
    words: fields.map(word),
  }
}

/** Signed by the successor: a key that nobody can sign with would lock the vault. */
export function possessionOf({ present, successor }: Handover, domain: VaultDomain): Uint8Array {
  return digestOf(hashed([POSSESSION_TYPE, `0x${successor}`, `0x${present}`]), domain)
}

/** `order` and `possession` are the 64-byte signatures of what the two above give. */
export function callsOf(
  handover: Handover,
  terms: Terms,
  { vault }: VaultDomain,
  { order, possession }: { readonly order: Uint8Array; readonly possession: Uint8Array },
): HandoverCalls {
  const operation = orderOf(handover, terms, { chainId: 0n, vault }).words
  const signed = [order, possession].flatMap(signatureWords)
  return {
    to: vault,
    propose: PROPOSE + [...operation, ...signed].join(""),
    execute: EXECUTE + operation.join(""),
    delayS: DELAY_S,
    lifeS: LIFE_S,
  }
}

/** Calldata that asks the vault whom it obeys, and for the number of the next operation. */
export const GROUP_KEY = selectorOf("groupKey()")
export const OPERATION_COUNT = selectorOf("operationCount()")

/** `OperationKind.SetKey` of `Controls.sol`, and the vault's `DELAY_SHORT` and `LIFE`. */
const SET_KEY = 0
const DELAY_S = 86_400
const LIFE_S = 14 * 86_400

const OPERATION_TYPE = typeHash(
  "Operation(uint8 kind,address target,uint256 value,uint48 window,uint48 number)",
)
const POSSESSION_TYPE = typeHash("Possession(uint256 key,uint256 predecessor)")
const OPERATION = "(uint8,address,uint256,uint48,uint48)"
const SIGNATURE = "(uint256,uint256,uint256)"
const PROPOSE = selectorOf(`propose(${OPERATION},${SIGNATURE},${SIGNATURE})`)
const EXECUTE = selectorOf(`execute(${OPERATION})`)

function numberOf({ number = "", ...rest }: Terms): bigint {
  if (!/^(0|[1-9][0-9]{0,8})$/.test(number) || Object.keys(rest).length > 0)
    throw new BridgeError("bad-request", { terms: JSON.stringify({ number, ...rest }) })
  return BigInt(number)
}
