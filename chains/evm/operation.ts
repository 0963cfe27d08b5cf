// The vault's delayed operations: what the group signs for one, and the calls that propose it and carry it out. Pure.

import type { VaultCalls } from "../vault.ts"
import { selectorOf, word } from "./abi.ts"
import { toHex } from "./hex.ts"
import { signatureWords } from "./release.ts"
import { digestOf, hashed, typeHash, type VaultDomain } from "./typed.ts"

/** `Operation` of `Controls.sol`. What its kind does not read is zero. */
export interface Operation {
  readonly kind: keyof typeof KINDS
  /** Hex with 0x, as `value` when it is text. */
  readonly target?: string
  readonly value?: bigint | string
  readonly window?: number
  readonly number: bigint
}

/** The 32 bytes that the group signs, and the operation's words in calldata. */
export function operationOf(
  { kind, target = "0x", value = 0n, window = 0, number }: Operation,
  domain: VaultDomain,
): { readonly digest: Uint8Array; readonly words: readonly string[] } {
  const fields = [KINDS[kind], target, value, window, number] as const
  return { digest: digestOf(hashed([OPERATION_TYPE, ...fields]), domain), words: fields.map(word) }
}

/** By which the vault knows a proposal, hex with 0x. */
export function operationHash(...[operation, domain]: Parameters<typeof operationOf>): string {
  const { words } = operationOf(operation, domain)
  return toHex(hashed([OPERATION_TYPE, ...words.map((one) => `0x${one}`)]))
}

/** `signature` and, for a new key, `possession` are 64 bytes each. */
export function callsFor(
  operation: Operation,
  domain: VaultDomain,
  signature: Uint8Array,
  possession: Uint8Array | null,
): VaultCalls {
  const { words } = operationOf(operation, domain)
  const none = [0n, 0n, 0n].map(word)
  const signed = [...signatureWords(signature), ...(possession ? signatureWords(possession) : none)]
  return {
    to: domain.vault,
    propose: PROPOSE + [...words, ...signed].join(""),
    execute: EXECUTE + words.join(""),
    delayS: SLOW.has(operation.kind) ? DELAY_LONG_S : DELAY_SHORT_S,
    lifeS: LIFE_S,
  }
}

/** `OperationKind`, `DELAY_SHORT`, `DELAY_LONG` and `LIFE` of `Controls.sol`. */
const KINDS = { SetKey: 0, Unpause: 1, SetLimit: 2, SetGuardian: 3, Migrate: 4 } as const
const SLOW: ReadonlySet<Operation["kind"]> = new Set(["SetGuardian", "Migrate"])
const DELAY_SHORT_S = 86_400
const DELAY_LONG_S = 7 * 86_400
const LIFE_S = 14 * 86_400

const OPERATION_TYPE = typeHash(
  "Operation(uint8 kind,address target,uint256 value,uint48 window,uint48 number)",
)
const OPERATION = "(uint8,address,uint256,uint48,uint48)"
const SIGNATURE = "(uint256,uint256,uint256)"
const PROPOSE = selectorOf(`propose(${OPERATION},${SIGNATURE},${SIGNATURE})`)
const EXECUTE = selectorOf(`execute(${OPERATION})`)
