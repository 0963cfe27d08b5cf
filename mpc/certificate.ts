// A party's identity: an Ed25519 key and the self-signed certificate that its peers pin.

import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
  X509Certificate,
} from "node:crypto"
import { BridgeError } from "../core/errors.ts"

/** Both fields are PEM text. `key` is secret: a file of mode 0600, never a log. */
export interface Identity {
  readonly certificate: string
  readonly key: string
}

const DAY_MS = 86_400_000

/**
 * A fresh Ed25519 identity under `name` (letters, digits, spaces, `-` and `.`), valid from `now` less
 * a day, because clocks differ, for `days`. The certificate signs itself: nothing vouches for it but
 * the fingerprint that people compare, so it carries no extension and needs no authority.
 */
export function newIdentity(
  name: string,
  { now, days = 3650 }: { now: Date; days?: number },
): Identity {
  if (!/^[A-Za-z0-9 .-]{1,64}$/.test(name)) throw new BridgeError("bad-config", { name })
  const { privateKey, publicKey } = generateKeyPairSync("ed25519")
  const subject = sequence(
    tlv(0x31, sequence(oid([85, 4, 3]), tlv(0x0c, Buffer.from(name, "ascii")))),
  )
  const from = new Date(now.getTime() - DAY_MS)
  const validity = sequence(time(from), time(new Date(from.getTime() + days * DAY_MS)))
  // RFC 5280 §4.1.2.2: a positive serial number of at most 20 bytes.
  const serial = tlv(0x02, Buffer.concat([Buffer.of(1), randomBytes(15)]))
  const version = tlv(0xa0, tlv(0x02, Buffer.of(2)))
  const spki = publicKey.export({ type: "spki", format: "der" })
  const body = sequence(version, serial, ED25519, subject, validity, subject, spki)
  const signature = tlv(0x03, Buffer.concat([Buffer.of(0), sign(null, body, privateKey)]))
  return {
    certificate: pem("CERTIFICATE", sequence(body, ED25519, signature)),
    key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
  }
}

/** SHA-256 of the certificate's DER bytes, in hexadecimal: what peers pin. Throws `bad-config`. */
export function fingerprintOf(certificate: string): string {
  return createHash("sha256").update(parsed(certificate).raw).digest("hex")
}

/** Throws `bad-config` unless the certificate is this key's own, Ed25519, and signed by itself. */
export function checkIdentity({ certificate, key }: Identity): void {
  const read = parsed(certificate)
  const own = privateKeyOf(key)
  const fits = own.asymmetricKeyType === "ed25519" && read.checkPrivateKey(own)
  if (!fits) throw new BridgeError("bad-config", { identity: "certificate and key differ" })
  if (!read.verify(createPublicKey(own)))
    throw new BridgeError("bad-config", { identity: "the certificate does not sign itself" })
}

function parsed(certificate: string): X509Certificate {
  try {
    return new X509Certificate(certificate)
  } catch (cause) {
    throw new BridgeError("bad-config", { identity: "not a certificate" }, { cause })
  }
}

function privateKeyOf(key: string): KeyObject {
  try {
    return createPrivateKey(key)
  } catch {
    // The cause stays out: its message may quote the key.
    throw new BridgeError("bad-config", { identity: "not a private key" })
  }
}

// X.690 (DER), only as much of it as one certificate of a fixed shape needs.

function tlv(tag: number, ...contents: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(contents)
  const { length } = content
  const head = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length]
  return Buffer.concat([Buffer.of(tag, ...head), content])
}

function sequence(...contents: readonly Uint8Array[]): Buffer {
  return tlv(0x30, ...contents)
}

/** The bytes of an object identifier, already packed: every arc we name is below 128. */
function oid(arcs: readonly number[]): Buffer {
  return tlv(0x06, Buffer.from(arcs))
}

/** RFC 5280 §4.1.2.5: two-digit years up to 2049, four digits from 2050 on. */
function time(date: Date): Buffer {
  const digits = `${date.toISOString().replace(/[-:T]/g, "").slice(0, 14)}Z`
  return date.getUTCFullYear() < 2050
    ? tlv(0x17, Buffer.from(digits.slice(2), "ascii"))
    : tlv(0x18, Buffer.from(digits, "ascii"))
}

function pem(label: string, der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString("base64")
      .match(/.{1,64}/g) ?? []
  return `-----BEGIN ${label}-----\n${lines.join("\n")}\n-----END ${label}-----\n`
}

/** RFC 8410 §3: 1.3.101.112, without parameters. */
const ED25519 = sequence(oid([43, 101, 112]))
