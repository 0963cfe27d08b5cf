// Who a party is: one key for an address however it is spelled, labelled or encoded, and what shares its secret. Pure.

import { secp256k1 } from "@noble/curves/secp256k1.js"
import { ripemd160 } from "@noble/hashes/legacy.js"
import { sha256 } from "@noble/hashes/sha2.js"
import { keccak_256 } from "@noble/hashes/sha3.js"
import { bytesToHex, hexToBytes } from "@noble/hashes/utils.js"
import { bech32, bech32m, createBase58check } from "@scure/base"
import type { Party, Role } from "../core/compliance/facts.ts"
import type { Sighting } from "../core/transfer.ts"
import { isId, toBase64url } from "./bytes.ts"
import { Recent } from "./recent.ts"

const base58check = createBase58check(sha256)

/**
 * The key of an address written as text, on any chain: `evm:0x…` for every EVM chain and for such an account on
 * AO, `ar:…` for Arweave and AO, `btc:pkh:…`, `btc:sh:…`, `btc:w0:…`, `btc:w1:…` for what a Bitcoin script pays,
 * the same on its test networks; others by what their text decodes to, and `raw:…` when it decodes to nothing
 * we know. It never fails: a list may name anything. Whether an address may be paid is another question
 * (`address.ts`).
 */
export function keyOf(text: string): string {
  const spelling = text.trim()
  if (/^0x[0-9a-fA-F]{40}$/i.test(spelling)) return `evm:${spelling.toLowerCase()}`
  return witnessKey(spelling) ?? base58Key(spelling) ?? idKey(spelling) ?? `raw:${spelling}`
}

/** The key of what a Bitcoin output script pays: the input's owner, whatever address is shown for it. */
export function keyOfScript(script: Uint8Array): string {
  const hex = bytesToHex(script)
  const [, pkh] = /^76a914([0-9a-f]{40})88ac$/.exec(hex) ?? []
  if (pkh) return `btc:pkh:${pkh}`
  const [, sh] = /^a914([0-9a-f]{40})87$/.exec(hex) ?? []
  if (sh) return `btc:sh:${sh}`
  const [version = 0, length, ...program] = script
  const isWitness =
    (version === 0 || (version > 0x50 && version <= 0x60)) &&
    length === program.length &&
    program.length >= 2 &&
    program.length <= 40
  if (isWitness) return `btc:w${version && version - 0x50}:${hex.slice(4)}`
  const [, key] =
    /^(?:21(0[23][0-9a-f]{64})|41(04[0-9a-f]{128}))ac$/.exec(hex)?.filter(Boolean) ?? []
  return key ? `btc:pk:${key}` : `btc:script:${hex}`
}

/** The key of whoever owns an Arweave transaction: its address is the hash of the owner's public key. */
export function keyOfOwner(owner: Uint8Array): string {
  return `ar:${toBase64url(sha256(owner))}`
}

/**
 * What this address has in common with every other that one secret controls: the hash of a public key as Bitcoin
 * and its relatives write it, its two nested forms, and the 20 bytes of an EVM or Tron account. Two keys that share
 * one of these belong to one owner as far as bytes tell, but were not named by the list: a reason to look.
 */
export function kinOf(key: string): readonly string[] {
  const [, account] = /^evm(?::0x|\?tron:)([0-9a-f]{40})$/.exec(key) ?? []
  if (account) return [`k20:${account}`]
  const [, hash] = KEY_HASH.exec(key) ?? []
  if (hash) return kinOfHash(hash)
  const [, nested] = /^btc:sh:([0-9a-f]{40})$/.exec(key) ?? []
  if (nested) return [`sh:${nested}`]
  const [, program] = /^btc:w0:([0-9a-f]{64})$/.exec(key) ?? []
  if (program) return [`sh:${hash160(hexToBytes(`0020${program}`))}`]
  const [, bare] = /^btc:pk:([0-9a-f]+)$/.exec(key) ?? []
  if (bare) return kinOfPublicKey(hexToBytes(bare))
  const [, script] = /^btc:script:([0-9a-f]+)$/.exec(key) ?? []
  return script ? [...new Set(publicKeysIn(hexToBytes(script)).flatMap(kinOfPublicKey))] : []
}

/** The same for a public key that a signature has shown: SEC 1, 33 or 65 bytes. None for what is no key. */
export function kinOfPublicKey(key: Uint8Array): readonly string[] {
  let point: ReturnType<typeof secp256k1.Point.fromBytes>
  try {
    point = secp256k1.Point.fromBytes(key)
  } catch {
    return []
  }
  const long = point.toBytes(false)
  const account = bytesToHex(keccak_256(long.subarray(1)).subarray(12))
  return [...kinOfHash(hash160(point.toBytes(true))), `h160:${hash160(long)}`, `k20:${account}`]
}

export function partyOf(role: Role, address: string): Party {
  const known = owners.get(address)
  if (known !== undefined) return { role, ...known }
  const key = keyOf(address)
  const owner = { key, kin: kinOf(key) }
  owners.set(address, owner)
  return { role, ...owner }
}

/** A transfer is judged several times on its way, and reading an address is most of the work of that. */
const owners = new Recent<string, Omit<Party, "role">>(20_000)

/**
 * The parties of a deposit or burn as its chain states them. Whoever reads a chain puts every input of a transaction
 * into `senders`, or who sent it to a contract that then deposited.
 */
export function partiesOf({
  source,
  sender,
  senders = [],
  recipient,
  refundTo,
}: Pick<Sighting, "source" | "sender" | "senders" | "recipient" | "refundTo">): readonly Party[] {
  const role = source === "ethereum" || source === "bsc" ? "origin" : "input"
  return [
    ...(sender === "" ? [] : [partyOf("sender", sender)]),
    ...senders.filter((one) => one !== sender).map((one) => partyOf(role, one)),
    ...(recipient === null ? [] : [partyOf("recipient", recipient)]),
    ...(refundTo === "" ? [] : [partyOf("refund", refundTo)]),
  ]
}

/** The family of a key, for people. */
export function kindOf(key: string): string {
  return key.slice(0, key.lastIndexOf(":"))
}

/** Keys that name the hash of one public key; Zcash's two leading bytes are its version. */
const KEY_HASH =
  /^(?:btc:pkh:|btc:w0:|ltc:pkh:|ltc:w0:|dash:|doge\/xvg:|b58v38:|b58:1cb8)([0-9a-f]{40})$/

function kinOfHash(hash: string): readonly string[] {
  return [`h160:${hash}`, `sh:${hash160(hexToBytes(`0014${hash}`))}`]
}

function hash160(bytes: Uint8Array): string {
  return bytesToHex(ripemd160(sha256(bytes)))
}

/** BIP173 and BIP350: version 0 is bech32, later ones are bech32m; mixed case is refused by both. */
function witnessKey(text: string): string | null {
  const [, prefix = ""] = /^(bc|tb|bcrt|ltc|tltc|rltc)1/i.exec(text) ?? []
  if (prefix === "") return null
  const chain = prefix.toLowerCase().includes("ltc") ? "ltc" : "btc"
  for (const [coder, isFirst] of [
    [bech32, true],
    [bech32m, false],
  ] as const) {
    const decoded = coder.decodeUnsafe(text, 110)
    if (!decoded) continue
    const [version = -1, ...words] = decoded.words
    const program = coder.fromWordsUnsafe(words)
    if (program && version >= 0 && version <= 16 && (version === 0) === isFirst)
      return `${chain}:w${version}:${bytesToHex(Uint8Array.from(program))}`
  }
  return null
}

/** Version bytes of 21-byte payloads. What a list calls the asset says nothing: this byte does. */
const VERSIONS: Readonly<Record<number, string>> = {
  0: "btc:pkh:",
  5: "btc:sh:",
  // Bitcoin's test networks: there is no script that pays on one network only.
  111: "btc:pkh:",
  196: "btc:sh:",
  // Tron writes the 20 bytes of an EVM account in base58.
  65: "evm?tron:",
  48: "ltc:pkh:",
  50: "ltc:sh:",
  76: "dash:",
  30: "doge/xvg:",
}

function base58Key(text: string): string | null {
  let payload: Uint8Array
  try {
    payload = base58check.decode(text)
  } catch {
    return null
  }
  const [version = 0] = payload
  if (payload.length !== 21) return `b58:${bytesToHex(payload)}`
  return `${VERSIONS[version] ?? `b58v${version}:`}${bytesToHex(payload.subarray(1))}`
}

function idKey(text: string): string | null {
  return isId(text) ? `ar:${text}` : null
}

/** Everything that a script pushes in the length of a public key: bare multisignature, above all. */
function publicKeysIn(script: Uint8Array): Uint8Array[] {
  const keys: Uint8Array[] = []
  for (let at = 0; at < script.length; ) {
    const size = script[at]!
    const isPush = size > 0 && size < 0x4c
    if (isPush && (size === 33 || size === 65)) keys.push(script.slice(at + 1, at + 1 + size))
    at += isPush ? size + 1 : 1
  }
  return keys
}
