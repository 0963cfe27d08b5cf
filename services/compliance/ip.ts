// An address on the network as what it is: one form for IPv4 and IPv6, tunnels and translators unwrapped.

import { isIPv4, isIPv6 } from "node:net"
import ipaddr from "ipaddr.js"

/** A public address. It is personal data: it is looked up, and what is kept is where it was, not what it was. */
export interface IpAddress {
  readonly text: string
  readonly kind: "ipv4" | "ipv6"
  /** 4 or 16 bytes. */
  readonly bytes: Uint8Array
}

/**
 * The address in a text, or null for one that tells nothing about a place: private, loopback, shared by a carrier,
 * reserved, or no address at all. IPv4 that is carried in IPv6 (mapped, 6to4, NAT64) is the IPv4 address: databases
 * know nothing of the wrapping, and not to be found must not mean to be allowed.
 */
export function ipIn(text: string): IpAddress | null {
  const bytes = bytesOf(text.trim())
  if (!bytes) return null
  const address = unwrapped(ipaddr.fromByteArray(bytes))
  if (address.range() !== "unicast") return null
  return {
    text: address.toString(),
    kind: address.kind(),
    bytes: Uint8Array.from(address.toByteArray()),
  }
}

/** The 4 or 16 bytes of an address, null for none. Octal and short forms mean other addresses to other readers. */
export function bytesOf(text: string): number[] | null {
  if (isIPv4(text)) return text.split(".").map(Number)
  // A zone belongs to one machine.
  return isIPv6(text) && !text.includes("%") ? ipaddr.IPv6.parse(text).toByteArray() : null
}

function unwrapped(address: ipaddr.IPv4 | ipaddr.IPv6): ipaddr.IPv4 | ipaddr.IPv6 {
  if (address.kind() === "ipv4") return address
  const bytes = address.toByteArray()
  const v4 = (at: number) => new ipaddr.IPv4(bytes.slice(at, at + 4))
  switch (address.range()) {
    case "ipv4Mapped":
      return v4(12)
    // RFC 6052, the well-known prefix 64:ff9b::/96.
    case "rfc6052":
      return v4(12)
    // RFC 3056: 2002:V4ADDR::/48.
    case "6to4":
      return v4(2)
    default:
      return address
  }
}
