// One key for one address, whatever its spelling, label or network; and what two addresses of one secret share.

import { secp256k1 } from "@noble/curves/secp256k1.js"
import { hexToBytes } from "@noble/hashes/utils.js"
import { describe, expect, test } from "vitest"
import {
  keyOf,
  keyOfOwner,
  keyOfScript,
  kindOf,
  kinOf,
  kinOfPublicKey,
  partiesOf,
} from "../../chains/party.ts"
import { anId } from "../builders.ts"
import { LISTED, MISLABELLED_TRON } from "../vectors/ofac.ts"

const bytes = (hex: string) => hexToBytes(hex)

test.each(LISTED)("$raw, called $labels, is $key", ({ raw, key }) => {
  expect(keyOf(raw)).toBe(key)
  expect(keyOf(` ${raw}\n`)).toBe(key)
})

// BIP173 and BIP350
describe("the same output is the same key", () => {
  test.each([
    [
      "in capitals",
      "BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4",
      "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4",
    ],
    [
      "on a test network",
      "tb1qw508d6qejxtdg4y5r3zarvary0c5xw7kxpjzsx",
      "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4",
    ],
    ["an EVM account in another case", `0X${"aB".repeat(20)}`, `0x${"Ab".repeat(20)}`],
  ])("%s", (_, one, other) => {
    expect(keyOf(one)).toBe(keyOf(other))
    expect(keyOf(one)).not.toMatch(/^raw:/)
  })

  test.each([
    ["751e76e8199196d454941c45d1b3a323f1433bd6", "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"],
  ])("as a script and as an address", (hash, address) => {
    expect(keyOfScript(bytes(`0014${hash}`))).toBe(keyOf(address))
    expect(keyOfScript(bytes(`76a914${hash}88ac`))).toBe(`btc:pkh:${hash}`)
    expect(keyOfScript(bytes(`a914${hash}87`))).toBe(`btc:sh:${hash}`)
  })

  test("taproot", () => {
    const program = "79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"

    expect(keyOf("bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0")).toBe(
      `btc:w1:${program}`,
    )
    expect(keyOfScript(bytes(`5120${program}`))).toBe(`btc:w1:${program}`)
  })
})

test.each([
  ["a checksum that is wrong", "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5"],
  ["mixed case", "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kV8F3T4"],
  [
    "version 1 by the checksum of version 0",
    "bc1pw508d6qejxtdg4y5r3zarvary0c5xw7kw508d6qejxtdg4y5r3zarvary0c5xw7k7grplx",
  ],
  ["one letter of a base58 address changed", "194xmrZA53UBsZau2PnJLdmVVW9m5feeT"],
  ["an account of 19 bytes", `0x${"ab".repeat(19)}`],
  ["nothing", ""],
])("%s is only its own text", (_, text) => {
  expect(keyOf(text)).toBe(`raw:${text}`)
})

test("an Arweave wallet is the hash of its key, and the same account on AO", () => {
  const owner = Buffer.from(anId("owner"))

  expect(keyOfOwner(owner)).toBe(keyOf(anId(anId("owner"))))
  expect(keyOf(anId("wallet"))).toBe(`ar:${anId("wallet")}`)
})

describe("one secret", () => {
  // The generator of secp256k1, BIP173's example key.
  const key = bytes("0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798")
  const long = secp256k1.Point.fromBytes(key).toBytes(false)
  const hash = "751e76e8199196d454941c45d1b3a323f1433bd6"
  const nested = "bcfeb728b584253d5f3f70bcb780e9ef218a68f4"
  const shares = (one: readonly string[], other: readonly string[]) =>
    one.some((kin) => other.includes(kin))

  test.each([
    ["a key hash", `btc:pkh:${hash}`],
    ["a witness key hash", `btc:w0:${hash}`],
    ["a witness key hash in a script hash", `btc:sh:${nested}`],
    ["the same hash on another chain", `ltc:pkh:${hash}`],
    ["the key itself", keyOfScript(bytes(`21${Buffer.from(key).toString("hex")}ac`))],
    ["the long form of the key", keyOfScript(bytes(`41${Buffer.from(long).toString("hex")}ac`))],
    [
      "one of two keys of a bare multisignature",
      keyOfScript(bytes(`5121${Buffer.from(key).toString("hex")}21${"02".padEnd(66, "7")}52ae`)),
    ],
    ["an EVM account", "evm:0x7e5f4552091a69125d5dfcb7b8c2659029395bdf"],
    ["a Tron account", "evm?tron:7e5f4552091a69125d5dfcb7b8c2659029395bdf"],
  ])("is known in %s", (_, address) => {
    expect(shares(kinOf(address), kinOfPublicKey(key))).toBe(true)
    expect(kinOfPublicKey(long)).toEqual(kinOfPublicKey(key))
  })

  test("is not claimed for strangers", () => {
    const others = ["bc1qqf8kcc9m57xjqcvsvuf989nnl48ve6d2s24cx3", MISLABELLED_TRON, anId("x")]

    for (const other of others) expect(shares(kinOf(keyOf(other)), kinOfPublicKey(key))).toBe(false)
  })

  test("a witness script and its nested form", () => {
    const program = "ab".repeat(32)
    const [nestedForm = ""] = kinOf(`btc:w0:${program}`)

    expect(kinOf(`btc:${nestedForm}`)).toEqual([nestedForm])
  })

  test.each([
    ["no bytes", ""],
    ["no point", `02${"ff".repeat(32)}`],
    ["a length of its own", "0279be"],
  ])("%s is no key and has no kin", (_, hex) => {
    expect(kinOfPublicKey(bytes(hex))).toEqual([])
  })
})

test.each([
  ["an empty script", ""],
  ["a program that is too long", `0029${"00".repeat(41)}`],
  ["a program of another length than it says", "00140000"],
  ["an odd output", "6a026869"],
  ["pushes that end nowhere", "4c21ab"],
])("%s is only itself, and harms nobody", (_, hex) => {
  expect(keyOfScript(bytes(hex))).toBe(`btc:script:${hex}`)
  expect(kinOf(`btc:script:${hex}`)).toEqual([])
})

test("a deposit names its sender, its recipient and whom a refund goes to", () => {
  const [sender, refundTo] = [anId("sender"), anId("refund")]
  const recipient = "0x52908400098527886E0F7030069857D2E4169EE7"
  const source = "arweave"
  const keys = (of: Parameters<typeof partiesOf>[0]) =>
    partiesOf(of).map(({ role, key }) => `${role} ${key}`)

  expect(keys({ source, sender, recipient, refundTo })).toEqual([
    `sender ar:${sender}`,
    `recipient evm:${recipient.toLowerCase()}`,
    `refund ar:${refundTo}`,
  ])
  expect(keys({ source, sender, recipient: null, refundTo })).toHaveLength(2)
  expect(partiesOf({ source, sender, recipient, refundTo })[1]?.kin).toEqual([
    `k20:${recipient.toLowerCase().slice(2)}`,
  ])
})

test.each([
  ["bitcoin", "input"],
  ["ethereum", "origin"],
  ["bsc", "origin"],
] as const)("whoever else money on %s comes from is its %s", (source, role) => {
  const [sender, other] = ["0x52908400098527886E0F7030069857D2E4169EE7", `0x${"22".repeat(20)}`]

  const parties = partiesOf({
    ...{ source, sender, senders: [sender, other], recipient: null, refundTo: "" },
  })

  expect(parties.map(({ role, key }) => `${role} ${key}`)).toEqual([
    `sender evm:${sender.toLowerCase()}`,
    `${role} evm:${other}`,
  ])
})

test("a key's family is what people read", () => {
  expect(kindOf(keyOf(MISLABELLED_TRON))).toBe("evm?tron")
  expect(kindOf("btc:w1:00")).toBe("btc:w1")
})
