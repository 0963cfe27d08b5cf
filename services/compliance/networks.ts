// Lists of networks, such as those of VPN providers, Tor exits and data centres: whether an address is in one.

import type { Network } from "../../core/compliance/facts.ts"
import { BridgeError } from "../../core/errors.ts"
import { bytesOf, type IpAddress } from "./ip.ts"

export interface Ranges {
  /** Ranges after those that overlap were joined. */
  readonly count: number
  has(address: IpAddress): boolean
}

/** Shorter prefixes are slips of the pen that would put a continent behind a VPN. */
const PREFIX_MIN = { ipv4: 8, ipv6: 16 } as const

/** Both ends in hexadecimal digits of one length, which sort as the numbers they are. */
interface Range {
  readonly from: string
  readonly to: string
}

/**
 * Reads one address or CIDR block a line; `#` begins a comment. Throws `bad-request` with the line that is neither,
 * or that covers more than any one network does.
 */
export function rangesIn(text: string): Ranges {
  const ranges: Record<"ipv4" | "ipv6", Range[]> = { ipv4: [], ipv6: [] }
  for (const [at, line] of text.split("\n").entries()) {
    const entry = line.replace(/#.*/, "").trim()
    if (entry === "") continue
    const { kind, range } = rangeOf(entry, at + 1)
    ranges[kind].push(range)
  }
  const v4 = apart(ranges.ipv4)
  const v6 = apart(ranges.ipv6)
  return {
    count: v4.length + v6.length,
    has: ({ kind, bytes }) => holds(kind === "ipv4" ? v4 : v6, hexOf(bytes)),
  }
}

/** Which of these kinds of networks an address is in. */
export function networksOf(
  address: IpAddress,
  lists: Readonly<Partial<Record<Network, readonly Ranges[]>>>,
): readonly Network[] {
  return (["tor", "vpn", "hosting"] as const).filter((network) =>
    lists[network]?.some((ranges) => ranges.has(address)),
  )
}

function rangeOf(entry: string, line: number): { kind: "ipv4" | "ipv6"; range: Range } {
  const refuse = (why: string): never => {
    throw new BridgeError("bad-request", { line, entry: entry.slice(0, 60), why })
  }
  const [spelling = "", prefix = null, ...rest] = entry.split("/")
  const bytes = bytesOf(spelling)
  if (!bytes || rest.length > 0) return refuse("no address and no block")
  const kind = bytes.length === 4 ? "ipv4" : "ipv6"
  const kept = prefix === null ? bytes.length * 8 : Number(prefix)
  if (!/^\d{1,3}$/.test(prefix ?? "0") || kept > bytes.length * 8) return refuse("an odd prefix")
  if (kept < PREFIX_MIN[kind]) return refuse("too much for one network")
  return { kind, range: { from: ended(bytes, kept, 0x00), to: ended(bytes, kept, 0xff) } }
}

/** The address with `fill` in all bits that a block of this prefix leaves open. */
function ended(bytes: readonly number[], prefix: number, fill: number): string {
  return hexOf(
    bytes.map((byte, at) => {
      const open = 0xff >> Math.min(8, Math.max(0, prefix - at * 8))
      return (byte & ~open) | (fill & open)
    }),
  )
}

/** Sorted, and those that overlap made one. */
function apart(ranges: readonly Range[]): readonly Range[] {
  const whole: { from: string; to: string }[] = []
  for (const { from, to } of [...ranges].sort((a, b) => (a.from < b.from ? -1 : 1))) {
    const last = whole.at(-1)
    if (!last || from > last.to) whole.push({ from, to })
    else if (to > last.to) last.to = to
  }
  return whole
}

/** Of ranges that lie apart only one can hold an address: halving finds it. */
function holds(ranges: readonly Range[], address: string): boolean {
  let first = 0
  let last = ranges.length - 1
  while (first <= last) {
    const middle = (first + last) >> 1
    const { from, to } = ranges[middle]!
    if (address < from) last = middle - 1
    else if (address > to) first = middle + 1
    else return true
  }
  return false
}

function hexOf(bytes: ArrayLike<number>): string {
  return Buffer.from(bytes).toString("hex")
}
