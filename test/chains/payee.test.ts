// Whom a burn can pay: an address of the chain, and never a vault of the bridge, which cannot pay itself.

import { hexToBytes } from "@noble/hashes/utils.js"
import { describe, expect, test } from "vitest"
import { addressOf, taprootScript } from "../../chains/bitcoin/address.ts"
import type { Deployment } from "../../chains/chain.ts"
import { CHAIN_OF } from "../../chains/index.ts"
import { ownerOf } from "../../chains/owners.ts"
import { ASSETS, type AssetName } from "../../core/assets.ts"
import { aBlock, aMessage, anAnswer, aSlot, deployment, idNumber } from "./builders.ts"

/** x of multiples of secp256k1's base point: keys that exist. */
const [KEY, FORMER, STRANGER] = [
  "f9308a019258c31049344f85f89d5229b531c845836f99b08601f113bce036f9",
  "c6047f9441ed7d6d3045406e95c07cd85c778e4b8cef3ca7abac09b95c709ee5",
  "e493dbf1c10d80f3581e4904930b1404cc6c13900ee0758474fa94abe8c4cd13",
]
const VAULT = "0x52908400098527886e0f7030069857d2e4169ee7"
const BEFORE = "0x8617e340b3d01fa5f11f306f4090fd50e238070d"
const evm = { vault: VAULT, key: `0x${KEY}`, heightMin: 0, contracts: {} }
const all: Deployment = {
  ...deployment,
  former: [ownerOf("f".repeat(1_024))],
  tokens: Object.fromEntries(Object.keys(ASSETS).map((asset, at) => [asset, idNumber(900 + at)])),
  vaults: {
    ethereum: { ...evm, chainId: 1, former: [{ vault: BEFORE, heightMin: 0 }] },
    bsc: { ...evm, chainId: 56 },
    bitcoin: { key: KEY, former: [FORMER], heightMin: 0 },
  },
}
const taproot = (key: string) => addressOf(taprootScript(hexToBytes(key)), "devnet")!

function burnTo(asset: AssetName, recipient: string) {
  const { wrapped, home } = ASSETS[asset]
  const { codec } = CHAIN_OF[wrapped.ledger]!
  const notice = {
    ...{ Action: "Burn-Notice", "Notice-Number": "5", "Burn-Number": "4", Quantity: "2000" },
    ...{ "Burn-Id": `${wrapped.ledger}:${idNumber(1)}:4`, "Message-Id": idNumber(1), Fee: "30" },
    ...{ Sender: idNumber(2), Recipient: recipient, "Target-Chain": home },
  }
  const slot = aSlot(aMessage({ target: all.tokens[asset]! }), [anAnswer(all.vault, notice)])
  const [sighting] = codec.facts(aBlock(wrapped.ledger, [slot]), all).sightings
  return { recipient: sighting!.recipient, problem: sighting!.problem }
}

describe("a burn", () => {
  test.each<[asset: AssetName, address: string]>([
    ["BTC", taproot(STRANGER!)],
    ["ETH", "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"],
    ["BNB", "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"],
  ])("of %s pays whoever has an address", (asset, address) => {
    expect(burnTo(asset, address)).toEqual({ recipient: address, problem: null })
  })

  test.each<[asset: AssetName, whose: string, address: string]>([
    ["BTC", "the vault", taproot(KEY!)],
    ["BTC", "the vault under a former key", taproot(FORMER!)],
    ["ETH", "the vault", VAULT],
    ["ETH", "a vault that was the bridge's before", BEFORE],
    ["BNB", "the vault", VAULT],
    ["AR", "the vault", all.vault],
    ["AR", "the vault under a former key", all.former![0]!.vault],
  ])("of %s to %s pays nobody and waits for people", (asset, _, address) => {
    expect(burnTo(asset, address)).toEqual({ recipient: null, problem: "bad-recipient" })
  })
})
