// Output descriptors, as far as the local node uses them: what a script is called, and what `scantxoutset` looks for.

import { isXOnlyPoint } from "tiny-secp256k1"
import { toHex } from "./bytes.ts"
import { addressOf, multisigOf, scriptOf, typeOf } from "./script-type.ts"

/** As Bitcoin Core describes a script that it holds no keys for, with its checksum. */
export function descriptorOf(script: Uint8Array): string {
  return withChecksum(bareDescriptorOf(script))
}

function bareDescriptorOf(script: Uint8Array): string {
  const hex = toHex(script)
  const type = typeOf(script)
  if (type === "witness_v1_taproot" && isXOnlyPoint(script.subarray(2)))
    return `rawtr(${hex.slice(4)})`
  if (type === "pubkey") return `pk(${hex.slice(2, -2)})`
  if (type === "multisig") {
    const { m, keys } = multisigOf(script)!
    return `multi(${[m, ...keys.map(toHex)].join(",")})`
  }
  const address = addressOf(script)
  return address === null ? `raw(${hex})` : `addr(${address})`
}

/** The script of an `addr`, `raw` or `rawtr` descriptor, with or without checksum; null otherwise. */
export function scriptOfDescriptor(text: string): Uint8Array | null {
  const [body = "", sum] = text.split("#")
  if (sum !== undefined && withChecksum(body) !== text) return null
  const [, kind, inner = ""] = /^(addr|raw|rawtr)\((\w+)\)$/.exec(body) ?? []
  if (kind === "addr") return scriptOf(inner)
  if (!/^(?:[0-9a-f]{2})+$/i.test(inner)) return null
  if (kind === "raw") return Buffer.from(inner, "hex")
  return kind === "rawtr" && inner.length === 64 ? Buffer.from(`5120${inner}`, "hex") : null
}

const CHARACTERS =
  "0123456789()[],'/*abcdefgh@:$%{}IJKLMNOPQRSTUVWXYZ&+-.;<=>?!^_|~ijklmnopqrstuvwxyzABCDEFGH`#\"\\ "
const SUM_CHARACTERS = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
const GENERATORS = [0xf5dee51989n, 0xa9fdca3312n, 0x1bab10e32dn, 0x3706b1677an, 0x644d626ffdn]

/** What each value of the five bits that leave at the top adds below. */
const FEEDBACK = Array.from({ length: 32 }, (_, top) =>
  GENERATORS.reduce((sum, generator, bit) => ((top >> bit) & 1 ? sum ^ generator : sum), 0n),
)

/** A code over a field of 32 elements that finds typing errors (BIP380). */
function withChecksum(text: string): string {
  const values: number[] = []
  const groups: number[] = []
  for (const character of text) {
    const value = CHARACTERS.indexOf(character)
    values.push(value & 31)
    groups.push(value >> 5)
    if (groups.length === 3) values.push(groups.splice(0).reduce((sum, one) => sum * 3 + one))
  }
  if (groups.length > 0) values.push(groups.reduce((sum, one) => sum * 3 + one))
  let sum = 1n
  for (const value of [...values, 0, 0, 0, 0, 0, 0, 0, 0]) {
    const top = sum >> 35n
    sum = ((sum & 0x7ffffffffn) << 5n) ^ BigInt(value)
    sum ^= FEEDBACK[Number(top)]!
  }
  sum ^= 1n
  const code = Array.from(
    { length: 8 },
    (_, i) => SUM_CHARACTERS[Number(sum >> BigInt(35 - 5 * i)) & 31],
  )
  return `${text}#${code.join("")}`
}
