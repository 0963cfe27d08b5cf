// What an address on the network is, and in which lists of networks it stands.

import { isIPv4 } from "node:net"
import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { ipIn } from "../../../services/compliance/ip.ts"
import { networksOf, rangesIn } from "../../../services/compliance/networks.ts"

describe("an address is", () => {
  test.each([
    ["itself", "8.8.8.8", "8.8.8.8"],
    ["itself without the space around it", " 8.8.8.8\n", "8.8.8.8"],
    ["IPv4 that was mapped into IPv6", "::ffff:8.8.8.8", "8.8.8.8"],
    ["IPv4 mapped, in hexadecimal", "::FFFF:0808:0808", "8.8.8.8"],
    ["IPv4 behind 6to4", "2002:808:808::1", "8.8.8.8"],
    ["IPv4 behind NAT64", "64:ff9b::8.8.8.8", "8.8.8.8"],
    ["IPv6 in its shortest form", "2001:4860:4860:0:0:0:0:8888", "2001:4860:4860::8888"],
  ])("%s", (_, text, address) => {
    expect(ipIn(text)?.text).toBe(address)
    expect(ipIn(text)?.kind).toBe(isIPv4(address) ? "ipv4" : "ipv6")
  })

  test.each([
    ["private", "10.0.0.1"],
    ["private, mapped", "::ffff:192.168.1.1"],
    ["private, behind 6to4", "2002:a00:1::1"],
    ["private, behind NAT64", "64:ff9b::10.0.0.1"],
    ["shared by a carrier", "100.64.0.1"],
    ["loopback", "127.0.0.1"],
    ["loopback of IPv6", "::1"],
    ["of a link", "fe80::1"],
    ["of a zone", "2001:4860:4860::8888%eth0"],
    ["of a site", "fd00::1"],
    ["reserved", "240.0.0.1"],
    ["everybody", "255.255.255.255"],
    ["nobody", "0.0.0.0"],
    ["Teredo, whose IPv4 is not the person's", "2001:0:4136:e378:8000:63bf:3fff:fdd2"],
    ["octal to some readers", "010.8.8.8"],
    ["short", "8.8.8"],
    ["a number", "134744072"],
    ["hexadecimal", "0x08080808"],
    ["with a port", "8.8.8.8:443"],
    ["in brackets", "[2001:4860:4860::8888]"],
    ["a name", "localhost"],
    ["nothing", ""],
  ])("unknown when it is %s", (_, text) => {
    expect(ipIn(text)).toBeNull()
  })
})

describe("a list of networks", () => {
  const ranges = rangesIn(
    ["# exits", "5.9.1.1", "5.9.1.0/30 # a block", "89.187.160.77/19", "", "2001:ac8::/32"].join(
      "\n",
    ),
  )
  const has = (text: string) => ranges.has(ipIn(text)!)

  test("holds what lies in its blocks, to both ends, and nothing beside", () => {
    expect(["5.9.1.0", "5.9.1.3", "89.187.160.0", "89.187.191.255"].map(has)).toEqual(
      Array(4).fill(true),
    )
    expect(["5.9.0.255", "5.9.1.4", "89.187.159.255", "89.187.192.0"].map(has)).toEqual(
      Array(4).fill(false),
    )
    expect(["2001:ac8::", "2001:ac8:ffff:ffff:ffff:ffff:ffff:ffff"].map(has)).toEqual([true, true])
    expect(["2001:ac7:ffff::", "2001:ac9::"].map(has)).toEqual([false, false])
  })

  test("counts blocks that overlap as one", () => {
    expect(ranges.count).toBe(3)
  })

  test("finds an address in any dress", () => {
    expect(has("::ffff:5.9.1.1")).toBe(true)
    expect(has("64:ff9b::5.9.1.1")).toBe(true)
  })

  test("says which kinds of networks an address is in", () => {
    const lists = { tor: [rangesIn("5.9.1.1")], vpn: [rangesIn("8.8.8.8"), rangesIn("5.9.1.0/24")] }

    expect(networksOf(ipIn("5.9.1.1")!, lists)).toEqual(["tor", "vpn"])
    expect(networksOf(ipIn("5.9.1.2")!, lists)).toEqual(["vpn"])
    expect(networksOf(ipIn("1.1.1.1")!, lists)).toEqual([])
  })

  test.each([
    ["a word", "5.9.1.1\nexit", "line 2"],
    ["half of an address", "5.9.1", "line 1"],
    ["a prefix that is too long", "5.9.1.0/33", "odd prefix"],
    ["a prefix that is none", "5.9.1.0/x", "odd prefix"],
    ["no prefix after a slash", "5.9.1.0/", "odd prefix"],
    ["two prefixes", "5.9.1.0/24/24", "no block"],
    ["the whole world", "0.0.0.0/0", "too much"],
    ["a continent", "2001::/15", "too much"],
  ])("is refused with %s in it", (_, text, why) => {
    expect(() => rangesIn(text)).toThrow(why)
  })

  test("agrees with plain arithmetic, wherever blocks lie", () => {
    const address = fc.integer({ min: 1 << 24, max: 2 ** 32 - 1 })
    const block = fc.tuple(address, fc.integer({ min: 8, max: 32 }))
    const dotted = (value: number) => [24, 16, 8, 0].map((bit) => (value >>> bit) & 255).join(".")

    fc.assert(
      fc.property(fc.array(block, { maxLength: 30 }), fc.array(address), (blocks, asked) => {
        const text = blocks.map(([base, prefix]) => `${dotted(base)}/${prefix}`).join("\n")
        const list = rangesIn(text)
        const isIn = (value: number) =>
          blocks.some(([base, prefix]) => {
            const size = 2 ** (32 - prefix)
            return Math.floor(value / size) === Math.floor((base >>> 0) / size)
          })

        for (const value of [...asked, ...blocks.map(([base]) => base)]) {
          const bytes = Uint8Array.from(dotted(value).split(".").map(Number))
          expect(list.has({ text: "", kind: "ipv4", bytes })).toBe(isIn(value))
        }
      }),
    )
  })
})
