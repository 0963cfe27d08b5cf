// An address that a person computes is the bridge's own, and a note proves whose it is, or nothing.

import { expect, test } from "vitest"
import { bitcoin } from "../../chains/bitcoin/index.ts"
import { depositAddress, ownerOf } from "../../sdk/bitcoin.ts"
import { aDestination, hex, REFUND_TO, userKey, vault } from "../chains/bitcoin/builders.ts"
import { deployment } from "../chains/bitcoin/world.ts"

const bridge = { network: "devnet", key: hex(vault.key) } as const
const wish = { recipient: aDestination().recipient, refundTo: REFUND_TO, index: 3 }

test("what a person computes without the bridge is what the bridge answers", () => {
  expect(depositAddress(wish, bridge)).toEqual(bitcoin.addressFor!(wish, deployment))
})

test("an address with a key of its owner is another one, and follows from public facts as well", () => {
  const kept = { ...wish, refundKey: userKey }
  const { address, note } = depositAddress(kept, bridge)

  expect({ address, note }).toEqual(bitcoin.addressFor!(kept, deployment))
  expect(address).not.toBe(depositAddress(wish, bridge).address)
  expect(ownerOf(address, note, bridge)).toEqual(kept)
})

test("a note proves whose an address is, under this group's key and on this network alone", () => {
  const { address, note } = depositAddress(wish, bridge)
  const other = depositAddress({ ...wish, index: 4 }, bridge)

  expect(ownerOf(address, note, bridge)).toEqual({ ...wish, refundKey: null })
  expect(ownerOf(other.address, note, bridge)).toBeNull()
  expect(ownerOf(address, note, { ...bridge, key: `${"0".repeat(63)}1` })).toBeNull()
  expect(ownerOf(address, note, { ...bridge, network: "mainnet" })).toBeNull()
  expect(ownerOf(address, "AQID", bridge)).toBeNull()
})

test.each([
  { recipient: "nobody" },
  { refundTo: "1BoatSLRHtKNngkdXEeobR76b53LETtpyT" },
  { refundTo: REFUND_TO.toUpperCase().replace("B", "b") },
])("an address for %o is refused before anybody pays it", (wrong) => {
  expect(() => depositAddress({ ...wish, ...wrong }, bridge)).toThrow("bad-address")
})
