// What kind of output a script is, and its address on regtest.

import { address, script as codec, networks } from "bitcoinjs-lib"
import { toHex } from "./bytes.ts"

export type ScriptType =
  | "pubkey"
  | "pubkeyhash"
  | "scripthash"
  | "multisig"
  | "nulldata"
  | "witness_v0_keyhash"
  | "witness_v0_scripthash"
  | "witness_v1_taproot"
  | "anchor"
  | "witness_unknown"
  | "nonstandard"

/** As Bitcoin Core names it. */
export function typeOf(script: Uint8Array): ScriptType {
  const hex = toHex(script)
  if (/^0014.{40}$/.test(hex)) return "witness_v0_keyhash"
  if (/^0020.{64}$/.test(hex)) return "witness_v0_scripthash"
  if (/^5120.{64}$/.test(hex)) return "witness_v1_taproot"
  if (hex === "51024e73") return "anchor"
  if (isWitnessProgram(script)) return script[0] === 0 ? "nonstandard" : "witness_unknown"
  if (/^76a914.{40}88ac$/.test(hex)) return "pubkeyhash"
  if (/^a914.{40}87$/.test(hex)) return "scripthash"
  if (/^(21(02|03).{64}|4104.{128})ac$/.test(hex)) return "pubkey"
  if (script[0] === OP_RETURN && isPushOnly(script.subarray(1))) return "nulldata"
  return isMultisig(script) ? "multisig" : "nonstandard"
}

const OP_RETURN = 0x6a

/** A version and 2 to 40 bytes. */
function isWitnessProgram(script: Uint8Array): boolean {
  const [version = 1, length = 0] = script
  const isVersion = version === 0 || (version >= 0x51 && version <= 0x60)
  return isVersion && length >= 2 && length <= 40 && script.byteLength === length + 2
}

export function isPushOnly(script: Uint8Array): boolean {
  const parts = codec.decompile(script)
  return parts?.every((part) => typeof part !== "number" || part <= 0x60) ?? false
}

/** The keys of a bare m-of-n, and m; null for any other script. */
export function multisigOf(
  script: Uint8Array,
): { readonly m: number; readonly keys: Buffer[] } | null {
  const parts = codec.decompile(script)
  if (parts === null || parts.length < 4 || parts.at(-1) !== 0xae) return null
  const [m, n] = [Number(parts[0]) - 0x50, Number(parts.at(-2)) - 0x50]
  const keys = parts.slice(1, -2)
  const areKeys = keys.every((key) => typeof key !== "number" && [33, 65].includes(key.byteLength))
  if (!areKeys || n !== keys.length || !(m >= 1 && m <= n)) return null
  return { m, keys: keys.map((key) => Buffer.from(key as Uint8Array)) }
}

function isMultisig(script: Uint8Array): boolean {
  return multisigOf(script) !== null
}

/** Null for a script without address: a bare key, data, or anything odd. */
export function addressOf(script: Uint8Array): string | null {
  const type = typeOf(script)
  if (type === "pubkeyhash") return address.toBase58Check(script.subarray(3, 23), pubKeyHash)
  if (type === "scripthash") return address.toBase58Check(script.subarray(2, 22), scriptHash)
  if (!isWitnessProgram(script) || type === "nonstandard") return null
  // Not by the library's own way, which has no address for a taproot key that is on no curve.
  return address.toBech32(script.subarray(2), script[0]! && script[0]! - 0x50, bech32)
}

const { bech32, pubKeyHash, scriptHash } = networks.regtest

/** The script that an address of regtest stands for; null when it is none. */
export function scriptOf(text: string): Uint8Array | null {
  try {
    if (!text.toLowerCase().startsWith(`${bech32}1`)) {
      const { hash, version } = address.fromBase58Check(text)
      if (version === pubKeyHash) return codec.compile([0x76, 0xa9, hash, 0x88, 0xac])
      return version === scriptHash ? codec.compile([0xa9, hash, 0x87]) : null
    }
    const { version, data, prefix } = address.fromBech32(text)
    if (prefix !== bech32 || data.byteLength < 2 || data.byteLength > 40 || version > 16)
      return null
    if (version === 0 && data.byteLength !== 20 && data.byteLength !== 32) return null
    return Buffer.from([version && version + 0x50, data.byteLength, ...data])
  } catch {
    return null
  }
}
