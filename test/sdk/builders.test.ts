// What has to be signed follows from public facts alone, and says what the bridge's own readers and the official clients read.

import { Interface, ZeroHash } from "ethers"
import { describe, expect, test } from "vitest"
import { arweaveCodec } from "../../chains/arweave/codec.ts"
import type { EvmSide } from "../../chains/evm/codec.ts"
import { depositIndex } from "../../chains/evm/former.ts"
import type { AssetName } from "../../core/assets.ts"
import { originOf } from "../../core/ids.ts"
import {
  arweaveDeposit,
  bitcoinDeposit,
  burnMessage,
  depositsIn,
  evmDeposit,
} from "../../sdk/builders.ts"
import { bitcoinLink } from "../../sdk/examples/bitcoin-address.ts"
import type { BridgeFacts } from "../../sdk/facts.ts"
import { DEPOSITED } from "../../sdk/vault-call.ts"
import { anId } from "../builders.ts"

const VAULT = `0x${"ab".repeat(20)}`
const USDC = `0x${"cd".repeat(20)}`
const ALICE = "0x52908400098527886E0F7030069857D2E4169EE7"
const facts: BridgeFacts = {
  deployment: {
    ...{ network: "devnet", vault: anId("vault") },
    tokens: { AR: anId("token"), ETH: anId("eth"), USDC: anId("usdc"), BTC: anId("btc") },
    vaults: {
      ethereum: {
        ...{ chainId: 1, vault: VAULT },
        contracts: { ETH: `0x${"0".repeat(40)}`, USDC },
      },
      bitcoin: { key: "79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798" },
    },
  },
}
const vault = new Interface([
  "function depositNative((bytes32 recipient, address refundTo, bytes32 quoteId) d) payable",
  "function deposit(address token, uint256 amount, (bytes32 recipient, address refundTo, bytes32 quoteId) d)",
  "function approve(address, uint256)",
])
const bob = anId("bob")
const word = `0x${Buffer.from(bob, "base64url").toString("hex")}`

describe("a payment on Arweave", () => {
  test("is read by the bridge as what was wished", () => {
    const refundTo = anId("alice elsewhere")
    const { target, quantity, tags } = arweaveDeposit(facts, {
      ...{ asset: "AR", amount: 5n, recipient: bob, refundTo, forward: { "X-Pool": "7" } },
    })
    const item = { id: anId("payment"), sender: anId("alice"), target, quantity: BigInt(quantity) }
    const block = { chain: "arweave", height: 1, id: "b", parent: "a", timestampMs: 0 } as const
    const deployment = { ...facts.deployment, owner: "o", vaults: undefined } as const
    const { sightings } = arweaveCodec.facts(
      { ...block, items: [{ ...item, tags }] } as never,
      deployment,
    )
    expect(sightings).toMatchObject([
      { amount: 5n, recipient: bob, refundTo, forward: { "X-Pool": "7" }, problem: null },
    ])
  })
})

describe("a call on Ethereum", () => {
  const wish = { amount: 7n, recipient: bob, refundTo: ALICE }

  test("of the coin is one call with its value", () => {
    expect(evmDeposit(facts, { asset: "ETH", ...wish })).toEqual({
      ...{ chainId: 1, approve: null },
      deposit: {
        ...{ to: VAULT, value: 7n },
        data: vault.encodeFunctionData("depositNative", [[word, ALICE, ZeroHash]]),
      },
    })
  })

  test("of a token is an approval and a call", () => {
    const { approve, deposit } = evmDeposit(facts, { asset: "USDC", ...wish })
    expect(approve!.data).toBe(vault.encodeFunctionData("approve", [VAULT, 7n]))
    expect(deposit.data).toBe(
      vault.encodeFunctionData("deposit", [USDC, 7n, [word, ALICE, ZeroHash]]),
    )
  })

  test("gives the transfers that its receipt names, of our vault alone, and none when it was reverted", () => {
    const log = (address: string, index: number) => ({
      address,
      topics: [DEPOSITED, `0x${index.toString(16).padStart(64, "0")}`],
    })
    const transactionHash = `0x${"EF".repeat(32)}`
    const logs = [log(USDC, 1), log(VAULT.toUpperCase().replace("0X", "0x"), 12)]
    const receipt = { status: "0x1", transactionHash, logs }
    expect(depositsIn(facts, "ETH", receipt)).toEqual([
      `ethereum:${transactionHash.toLowerCase()}:12`,
    ])
    expect(depositsIn(facts, "ETH", { ...receipt, status: "0x0" })).toEqual([])
    // As the bridge's own readers name them.
    const former = [USDC, ALICE].map((vault) => ({ vault, heightMin: 1 }))
    const { deployment } = facts
    const ethereum = { ...deployment.vaults!.ethereum!, former }
    const moved = { deployment: { ...deployment, vaults: { ...deployment.vaults, ethereum } } }
    const [id] = depositsIn(moved, "ETH", receipt)
    expect(originOf(id!).index).toBe(depositIndex(12n, { former } as unknown as EvmSide))
  })
})

test("an address on Bitcoin is the depositor's own, and its link says how much to pay", () => {
  const refundTo = "bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080"
  const made = bitcoinDeposit(facts, { amount: 150_000n, recipient: bob, refundTo })
  expect(made.uri).toBe(`bitcoin:${made.address}?amount=0.00150000`)
  expect(bitcoinLink(facts, bob, refundTo)).toBe(made.uri)
  const other = bitcoinDeposit(facts, { amount: 1n, recipient: anId("carol"), refundTo })
  expect(other.address).not.toBe(made.address)
})

test("a burn names its home address, and the most that it may cost", () => {
  const wish = { asset: "ETH", amount: 9n, recipient: ALICE.toLowerCase(), feeMax: 2n } as const
  expect(burnMessage(facts, wish)).toEqual({
    process: anId("eth"),
    tags: [
      { name: "Action", value: "Burn" },
      { name: "Quantity", value: "9" },
      { name: "Recipient", value: ALICE },
      { name: "Max-Fee", value: "2" },
    ],
  })
})

test.each<[what: string, code: string, build: () => unknown]>([
  [
    "a token's process, which nobody could move it out of",
    "bad-address",
    () => arweaveDeposit(facts, { asset: "AR", amount: 1n, recipient: anId("token") }),
  ],
  [
    "an address with a wrong checksum",
    "bad-address",
    () => burnMessage(facts, { asset: "ETH", amount: 1n, recipient: ALICE.replace("E0F", "e0F") }),
  ],
  [
    "an asset that is not carried",
    "not-supported",
    () =>
      evmDeposit(facts, { asset: "BNB" as AssetName, amount: 1n, recipient: bob, refundTo: ALICE }),
  ],
])("nothing is built for %s", (_, code, build) => {
  expect(build).toThrow(code)
})
