// Where a deposit goes, as bytes: in the salt of its address, in a note that names the address again, in an OP_RETURN. Pure.

import { bytesToHex } from "@noble/hashes/utils.js"
import { BridgeError } from "../../core/errors.ts"
import { aoAddress } from "../address.ts"
import { concat, fromBase64url, isId, toBase64url } from "../bytes.ts"
import { addressOf, bitcoinAddress, type Network, scriptOf } from "./address.ts"

/** The public facts from which anybody can compute a deposit address again. */
export interface Destination {
  /** The account on AO in its canonical spelling. */
  readonly recipient: string
  /** The address on Bitcoin that a refund by the bridge goes to, canonical. */
  readonly refundTo: string
  /** x-only key (hexadecimal, 64 digits) that may take the money back alone after the delay, or null. */
  readonly refundKey: string | null
  /** Tells addresses of the same person apart, 0 to 2^32 - 1. */
  readonly index: number
}

/** Changes when the bytes below, or the scripts that are made of them, mean something else. */
const VERSION = 1
const NETWORK_BYTE: Readonly<Record<Network, number>> = { mainnet: 0, testnet: 1, devnet: 2 }
/** The account is the id of a wallet or process, 32 bytes, or an Ethereum address, 20. */
const ACCOUNT_BYTES: readonly number[] = [32, 20]
const MAGIC = Uint8Array.of(0x43, 0x57)

/** Throws `bad-address` for a recipient or refund address that is none, `bad-request` for the rest. */
export function destination(
  { recipient, refundTo, refundKey, index }: Destination,
  network: Network,
): Destination {
  const account = aoAddress(recipient)
  const back = bitcoinAddress(refundTo, network)
  if (account === null) throw new BridgeError("bad-address", { recipient: recipient.slice(0, 100) })
  if (back === null) throw new BridgeError("bad-address", { refundTo: refundTo.slice(0, 100) })
  if (!Number.isInteger(index) || index < 0 || index > 0xffff_ffff)
    throw new BridgeError("bad-request", { index })
  if (refundKey !== null && !/^[0-9a-f]{64}$/.test(refundKey))
    throw new BridgeError("bad-request", { refundKey: refundKey.slice(0, 100) })
  return { recipient: account, refundTo: back, refundKey, index }
}

/** What the salt of a deposit address commits to: version, network, account, refund script, index. */
export function saltBytes(to: Destination, network: Network): Uint8Array {
  return concat(head(to, network), uint32(to.index))
}

/**
 * A destination as text without spaces, so that a reader of the chain can be told it; the address that it
 * names proves it. The inverse of `destinationIn`.
 */
export function noteOf(to: Destination, network: Network): string {
  return toBase64url(concat(saltBytes(to, network), hexBytes(to.refundKey ?? "")))
}

/** The destination of a note, or null for anything that `noteOf` does not write. */
export function destinationIn(note: string, network: Network): Destination | null {
  const bytes = fromBase64url(note)
  const read = bytes && readHead(bytes, network)
  if (!read) return null
  const rest = bytes.subarray(read.length)
  if (rest.length !== 4 && rest.length !== 36) return null
  const index = new DataView(rest.buffer, rest.byteOffset).getUint32(0)
  const refundKey = rest.length === 36 ? bytesToHex(rest.subarray(4)) : null
  return { ...read.named, refundKey, index }
}

/** The data of an OP_RETURN beside a payment to the vault: at most 72 bytes, of the 80 that nodes relay. */
export function memoOf(to: Pick<Destination, "recipient" | "refundTo">, network: Network) {
  return concat(MAGIC, head(to, network))
}

/** Whom a memo names, or null when it is not one of ours, or not whole. */
export function destinationInMemo(data: Uint8Array, network: Network): Destination | null {
  if (!isOurMemo(data)) return null
  const body = data.subarray(MAGIC.length)
  const read = readHead(body, network)
  return read && read.length === body.length ? { ...read.named, refundKey: null, index: 0 } : null
}

export function isOurMemo(data: Uint8Array): boolean {
  return MAGIC.every((byte, at) => data[at] === byte)
}

function head(
  { recipient, refundTo }: Pick<Destination, "recipient" | "refundTo">,
  network: Network,
): Uint8Array {
  // An Ethereum address can be base64url too, but an id never has its length.
  const account = isId(recipient) ? fromBase64url(recipient)! : hexBytes(recipient.slice(2))
  const script = scriptOf(refundTo, network)
  const kind = ACCOUNT_BYTES.indexOf(account.length)
  if (kind < 0 || script === null)
    throw new BridgeError("bad-address", { recipient: recipient.slice(0, 100), refundTo })
  const start = Uint8Array.of(VERSION, NETWORK_BYTE[network], kind)
  return concat(start, account, Uint8Array.of(script.length), script)
}

function readHead(bytes: Uint8Array, network: Network) {
  const [version, net, kind] = bytes
  const size = kind === undefined ? undefined : ACCOUNT_BYTES[kind]
  if (version !== VERSION || net !== NETWORK_BYTE[network] || size === undefined) return null
  const account = bytes.subarray(3, 3 + size)
  const scriptLength = bytes[3 + size]
  const length = 4 + size + (scriptLength ?? 0)
  if (scriptLength === undefined || bytes.length < length) return null
  const text = size === 20 ? `0x${bytesToHex(account)}` : toBase64url(account)
  const recipient = aoAddress(text)
  const refundTo = addressOf(bytes.subarray(4 + size, length), network)
  return recipient === null || refundTo === null ? null : { named: { recipient, refundTo }, length }
}

function uint32(value: number): Uint8Array {
  const bytes = new Uint8Array(4)
  new DataView(bytes.buffer).setUint32(0, value)
  return bytes
}

function hexBytes(text: string): Uint8Array {
  return Uint8Array.from(text.match(/../g) ?? [], (digits) => Number.parseInt(digits, 16))
}
