// Burns towards Bitcoin: the token pays exactly whom the bridge can pay, and the ledger names its own burns.

import { deepEqual, equal } from "node:assert/strict"
import fc from "fast-check"
import { beforeAll, describe, test } from "vitest"
import { addressOf, bitcoinAddress, taprootScript } from "../../chains/bitcoin/address.ts"
import { BIP350, BIP350_INVALID } from "../vectors/bip350.ts"
import { ALICE, aConfig, aRow, aSource, BTC_VAULT, outcomes, Token, tagsOf } from "./token.ts"

const MAINNET_VAULT = addressOf(taprootScript(new Uint8Array(32).fill(9)), "mainnet")!
const burned = ["Burn-Notice", "Burn-Notice"]

function configOf(vault: string) {
  return aConfig({ ledger: "ao-btc", sources: [{ ...aSource("bitcoin"), vault }] })
}

async function aToken(vault: string): Promise<Token> {
  const token = await Token.deployed(configOf(vault))
  const id = `bitcoin:${"ab".repeat(32)}:1`
  await token.mint([aRow("a", { id, quantity: "1000000" })])
  return token
}

describe.each([
  { network: "mainnet", vault: MAINNET_VAULT },
  { network: "devnet", vault: BTC_VAULT },
] as const)("a burn towards $network", ({ network, vault }) => {
  let token: Token

  beforeAll(async () => {
    token = await aToken(vault)
  })

  /** Whom a burn to `text` is to pay: nobody, when it is refused. */
  async function paid(text: string): Promise<string | null> {
    const result = await token.burn("50", { Recipient: text })
    const [outcome] = outcomes(result)
    if (outcome === "bad-recipient") return null
    deepEqual(outcomes(result), burned)
    return tagsOf(result.Messages[0]).Recipient ?? null
  }

  // Cases 55, 56 and 57.
  test("pays the addresses of BIP350 that the bridge can pay, and refuses all others", async () => {
    const wrong = BIP350_INVALID.map(([, address]) => address)
    for (const text of [...BIP350.map(({ address }) => address), ...wrong])
      equal(await paid(text), text === vault ? null : bitcoinAddress(text, network), text)
  })

  test("pays what every output script has for an address, whatever its case", async () => {
    const hash = (size: number) => fc.uint8Array({ minLength: size, maxLength: size })
    const script = fc.oneof(
      hash(20).map((bytes) => Uint8Array.of(0x76, 0xa9, 20, ...bytes, 0x88, 0xac)),
      hash(20).map((bytes) => Uint8Array.of(0xa9, 20, ...bytes, 0x87)),
      hash(20).map((bytes) => Uint8Array.of(0, 20, ...bytes)),
      hash(32).map((bytes) => Uint8Array.of(0, 32, ...bytes)),
      hash(32).map(taprootScript),
    )
    await fc.assert(
      fc.asyncProperty(script, async (output) => {
        const address = addressOf(output, network)
        if (address === null) return
        equal(await paid(address), address)
        equal(await paid(address.toUpperCase()), bitcoinAddress(address.toUpperCase(), network))
      }),
      { numRuns: 20 },
    )
  })

  test("never pays what one slip of a finger made of an address", async () => {
    const addresses = BIP350.flatMap(({ address }) => bitcoinAddress(address, network) ?? [])
    const legacy = addressOf(
      Uint8Array.of(0x76, 0xa9, 20, ...new Uint8Array(20).fill(3), 0x88, 0xac),
      network,
    )!
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...addresses, legacy),
        fc.nat(),
        fc.constantFrom(..."qpzry9x8gf2tvdw0s3jn54khce6mua7lQ1BbOoIi"),
        async (address, place, letter) => {
          const at = place % address.length
          const slip = address.slice(0, at) + letter + address.slice(at + 1)
          equal(await paid(slip), bitcoinAddress(slip, network), slip)
        },
      ),
      { numRuns: 40 },
    )
  })

  test("to the vault itself is refused", async () => {
    equal(await paid(vault), null)
    equal(await paid(vault.toUpperCase()), null)
  })
})

test("a ledger names its burns, takes back its own, and none of another's", async () => {
  const token = await aToken(BTC_VAULT)
  const id = token.nextId()
  const recipient = addressOf(taprootScript(new Uint8Array(32).fill(9)), "devnet")!

  const burn = await token.burn("100", { Recipient: recipient }, { id })

  equal(tagsOf(burn.Messages[0])["Burn-Id"], `ao-btc:${id}:1`)
  const back = { recipient: ALICE, quantity: "70", fee: "30" }
  deepEqual(outcomes(await token.mint([{ id: `ao:${id}:1`, ...back }])), ["unknown-chain"])
  deepEqual(outcomes(await token.mint([{ id: `ao-eth:${id}:1`, ...back }])), ["unknown-chain"])
  deepEqual(outcomes(await token.mint([{ id: `ao-btc:${id}:1`, ...back }])), [
    "Credit-Notice",
    "Mint-Notice",
  ])
})
