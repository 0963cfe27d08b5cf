// Whom the bridge pays on Bitcoin, by BIP173, BIP350 and another implementation.

import { deepEqual, equal, notEqual } from "node:assert/strict"
import { initEccLib, networks, address as official } from "bitcoinjs-lib"
import fc from "fast-check"
import * as ecc from "tiny-secp256k1"
import { test } from "vitest"
import {
  addressOf,
  bitcoinAddress,
  dustOf,
  type Network,
  scriptOf,
} from "../../../chains/bitcoin/address.ts"
import { BIP350, BIP350_INVALID } from "../../vectors/bip350.ts"
import { bytesOf, hex } from "./builders.ts"

initEccLib(ecc)

const NETWORKS: readonly Network[] = ["mainnet", "testnet", "devnet"]
const OFFICIAL = { mainnet: networks.bitcoin, testnet: networks.testnet, devnet: networks.regtest }

test("an address that BIP350 calls right stands for its script, in the spelling of lower case", () => {
  for (const { address, network, script } of BIP350.filter(({ script }) => isKnown(script))) {
    equal(hex(scriptOf(address, network)!), script)
    equal(bitcoinAddress(address, network), address.toLowerCase())
  }
})

test("what BIP350 calls right but nobody can spend yet is refused, as anybody could take it", () => {
  const future = BIP350.filter(({ script }) => !isKnown(script))

  equal(future.length, 3)
  for (const { address, network } of future) equal(scriptOf(address, network), null, address)
  equal(scriptOf("bc1pfeessrawgf", "mainnet"), null, "an output that anybody may spend")
})

test("what BIP350 calls wrong is refused on every network", () => {
  for (const [why, address] of BIP350_INVALID)
    for (const network of NETWORKS) equal(scriptOf(address, network), null, `${why}: ${address}`)
})

// An address of another network is most likely a mistake with money of another value.
test("an address of another network is refused", () => {
  const script = bytesOf(`0014${"11".repeat(20)}`)
  for (const network of NETWORKS)
    for (const other of NETWORKS)
      if (other !== network) equal(scriptOf(addressOf(script, network)!, other), null)
  equal(scriptOf("1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2", "testnet"), null)
  equal(scriptOf("mipcBbFg9gMiCh81Kj8tqqdgoZub1ZJRfn", "mainnet"), null)
})

test.each([
  "",
  " ",
  "bc1",
  "1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN3",
  " 1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2",
  "1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2\n",
  "0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf",
  "tRBIKcb-ZjRQTU_aMFGWsvnlKgL1iSo9GAfF-WmHKgI",
  "5KJvsngHeMpm884wtkJNzQGaCErckhHJBGFsvd3VyK5qMZXj3hS",
])("%j is no address of mainnet", (text) => {
  equal(scriptOf(text, "mainnet"), null)
})

test("a script of each kind and its address stand for each other, as another implementation has it", () => {
  fc.assert(
    fc.property(fc.constantFrom(...NETWORKS), aScript(), (network, script) => {
      const address = addressOf(script, network)!
      equal(address, official.fromOutputScript(script, OFFICIAL[network]))
      deepEqual(scriptOf(address, network), script)
    }),
  )
})

test("one changed character makes an address none, or another one", () => {
  fc.assert(
    fc.property(
      aScript(),
      fc.nat(),
      fc.constantFrom(..."acdefghj0234567"),
      (script, place, put) => {
        const address = addressOf(script, "mainnet")!
        const at = place % address.length
        const other = address.slice(0, at) + put + address.slice(at + 1)
        if (other !== address)
          notEqual(hex(scriptOf(other, "mainnet") ?? script.slice(1)), hex(script))
      },
    ),
  )
})

test("a script that is of no kind has no address", () => {
  for (const script of ["", "6a", `5220${"11".repeat(32)}`, `5120${"11".repeat(31)}`, "51024e73"])
    equal(addressOf(bytesOf(script), "mainnet"), null)
})

test("dust is what Bitcoin Core calls dust", () => {
  const dust = KINDS.map(({ head, size, tail }) => dustOf(bytesOf(head + "11".repeat(size) + tail)))

  deepEqual(dust, [546n, 540n, 294n, 330n, 330n])
  equal(dustOf(bytesOf("6a0101")), 0n)
})

const KINDS = [
  { head: "76a914", size: 20, tail: "88ac" },
  { head: "a914", size: 20, tail: "87" },
  { head: "0014", size: 20, tail: "" },
  { head: "0020", size: 32, tail: "" },
  { head: "5120", size: 32, tail: "" },
] as const

function aScript() {
  // The other implementation asks that a taproot key be a point; the generator's is one.
  const point = "79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"
  return fc
    .constantFrom(...KINDS)
    .chain(({ head, size, tail }) =>
      head === "5120"
        ? fc.constant(bytesOf(head + point))
        : fc
            .uint8Array({ minLength: size, maxLength: size })
            .map((hash) => bytesOf(head + hex(hash) + tail)),
    )
}

function isKnown(script: string): boolean {
  return /^(0014.{40}|0020.{64}|5120.{64})$/.test(script)
}
