// Who can be paid on Bitcoin: addresses and the scripts they stand for, and what is dust in each. Pure.

import { Address } from "@scure/btc-signer"
import { concat } from "../bytes.ts"
import type { Deployment } from "../chain.ts"

export type Network = Deployment["network"]

/** `devnet` is Core's regtest. Testnet 3, testnet 4 and signet write addresses alike. */
const PREFIXES = {
  mainnet: { bech32: "bc", pubKeyHash: 0x00, scriptHash: 0x05, wif: 0x80 },
  testnet: { bech32: "tb", pubKeyHash: 0x6f, scriptHash: 0xc4, wif: 0xef },
  devnet: { bech32: "bcrt", pubKeyHash: 0x6f, scriptHash: 0xc4, wif: 0xef },
} as const satisfies Record<Network, object>

/**
 * The output script of an address; null for what may not be paid: another network, a wrong checksum, mixed
 * case, version 0 in bech32m or a later one in bech32 (BIP350), and every witness program but P2WPKH, P2WSH
 * and P2TR. What has no meaning yet anybody could take, so it is refused before anything is burned.
 */
export function scriptOf(text: string, network: Network): Uint8Array | null {
  try {
    const to = Address(PREFIXES[network]).decode(text)
    switch (to.type) {
      case "pkh":
        return concat(PKH_HEAD, to.hash, PKH_TAIL)
      case "sh":
        return concat(SH_HEAD, to.hash, SH_TAIL)
      case "wpkh":
      case "wsh":
        return concat(Uint8Array.of(OP_0, to.hash.length), to.hash)
      case "tr":
        return taprootScript(to.pubkey)
      default:
        return null
    }
  } catch {
    return null
  }
}

/** The canonical spelling: bech32 in lower case, base58 as it is; null for what `scriptOf` refuses. */
export function bitcoinAddress(text: string, network: Network): string | null {
  const script = scriptOf(text, network)
  return script && addressOf(script, network)
}

/** The address of an output script, or null when it is none of the five kinds that have one. */
export function addressOf(script: Uint8Array, network: Network): string | null {
  const kind = kindOf(script)
  if (kind === null) return null
  const { encode } = Address(PREFIXES[network])
  switch (kind) {
    case "pkh":
      return encode({ type: kind, hash: script.slice(3, 23) })
    case "sh":
      return encode({ type: kind, hash: script.slice(2, 22) })
    case "wpkh":
    case "wsh":
      return encode({ type: kind, hash: script.slice(2) })
    case "tr":
      return encode({ type: kind, pubkey: script.slice(2) })
  }
}

/** The output script of a taproot output key, 32 bytes x-only. */
export function taprootScript(key: Uint8Array): Uint8Array {
  return concat(Uint8Array.of(OP_1, 32), key)
}

/**
 * The least value, satoshi, that nodes relay in an output with this script: what it costs to make and to
 * spend it at 3 sat/vB (`GetDustThreshold` of Core).
 */
export function dustOf(script: Uint8Array): bigint {
  if (script[0] === OP_RETURN) return 0n
  const isWitness = kindOf(script) === "wpkh" || kindOf(script) === "wsh" || kindOf(script) === "tr"
  const sizeOf = 8 + 1 + script.length + (isWitness ? 67 : 148)
  return BigInt(3 * sizeOf)
}

type Kind = "pkh" | "sh" | "wpkh" | "wsh" | "tr"

function kindOf(script: Uint8Array): Kind | null {
  const [first, second] = script
  if (script.length === 25 && isFramed(script, PKH_HEAD, PKH_TAIL)) return "pkh"
  if (script.length === 23 && isFramed(script, SH_HEAD, SH_TAIL)) return "sh"
  if (script.length === 22 && first === OP_0 && second === 20) return "wpkh"
  if (script.length === 34 && first === OP_0 && second === 32) return "wsh"
  if (script.length === 34 && first === OP_1 && second === 32) return "tr"
  return null
}

function isFramed(script: Uint8Array, head: Uint8Array, tail: Uint8Array): boolean {
  const end = script.length - tail.length
  return (
    head.every((byte, at) => script[at] === byte) &&
    tail.every((byte, at) => script[end + at] === byte)
  )
}

const OP_0 = 0x00
const OP_1 = 0x51
const OP_RETURN = 0x6a
/** OP_DUP OP_HASH160 <20> … OP_EQUALVERIFY OP_CHECKSIG */
const PKH_HEAD = Uint8Array.of(0x76, 0xa9, 20)
const PKH_TAIL = Uint8Array.of(0x88, 0xac)
/** OP_HASH160 <20> … OP_EQUAL */
const SH_HEAD = Uint8Array.of(0xa9, 20)
const SH_TAIL = Uint8Array.of(0x87)
