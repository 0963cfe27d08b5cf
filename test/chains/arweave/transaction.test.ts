// Arweave transactions: bytes, ids and signers, against the official client and a transaction of the live network.

import { deepEqual, equal, ok } from "node:assert/strict"
import fc from "fast-check"
import { describe, test } from "vitest"
import { recoveredKey } from "../../../chains/arweave/recover.ts"
import {
  addressOf,
  bytes,
  idOf,
  messageOf,
  signedBy,
  transactionJson,
} from "../../../chains/arweave/transaction.ts"
import { rsaWallet, secp256k1Wallet } from "../../../devnet/arweave/wallet.ts"
import { TEST_WALLETS } from "../../fixtures/wallets.ts"
import { idNumber, officialTransaction } from "../builders.ts"

/** As a node of the live network serves it: secp256k1, since Arweave 2.9. */
const SECP256K1_TX = {
  format: 2,
  id: "CODy9eol1Y70rm42BPucVxvacAXqfgm-Ktn6t-KqfTo",
  last_tx: "6N84-ZsgAWMbiqZrzi0-sviG5FudEY1pwzxehG10YcGuOl2e8pfSW8OTfI31qGHT",
  owner: "",
  tags: [{ name: "VGVzdA", value: "ZWNkc2EtdHg" }],
  target: "Qa8AAZv-sEhQRIm7xZr3CVLtlzIH8NezaY0GZhURcAc",
  quantity: "1",
  data: "",
  data_size: "0",
  data_tree: [],
  data_root: "",
  reward: "3377063",
  signature:
    "PrPcovUN6PdzQxRcWMgj1m27IJPEHslC4xaOtYHUGKUEaCEpgaw9toeMVdYEk1rhwMlNKtBkT38MAH81xSIYbAE",
}

describe("signed bytes", () => {
  test("are those of the official client", async () => {
    const wallet = rsaWallet(TEST_WALLETS.alice)
    const tags = [{ name: "Recipient", value: idNumber(3) }]
    const draft = { target: idNumber(1), quantity: 5n, reward: 7n, anchor: "AAAA", tags }
    const json = await wallet.sign({ ...draft, data: "with data" })
    const theirs = officialTransaction(json)

    deepEqual(messageOf(transactionJson(json)!), new Uint8Array(await theirs.getSignatureData()))
    equal(idOf(bytes(json.signature)), json.id)
    equal(addressOf(bytes(json.owner)), wallet.address)
  })

  // Case 86.
  test("a secp256k1 signer is found in a transaction of the live network", () => {
    const json = transactionJson(SECP256K1_TX)!

    const key = recoveredKey(messageOf(json), bytes(json.signature))

    ok(key)
    equal(idOf(bytes(json.signature)), json.id)
    equal(signedBy(addressOf(key), json).quantity, 1n)
  })

  // Case 86.
  test("a secp256k1 signer's address is that of the compressed key", async () => {
    const wallet = secp256k1Wallet(Buffer.alloc(32, 7))
    const json = transactionJson(await wallet.sign({ reward: 1n, anchor: "AAAA" }))!

    const key = recoveredKey(messageOf(json), bytes(json.signature))!

    equal(addressOf(key), wallet.address)
  })

  test("a secp256k1 signature has one form: 65 bytes, recovery id 0 to 3, the lower s", () => {
    const json = transactionJson(SECP256K1_TX)!
    const message = messageOf(json)
    const signature = bytes(json.signature)
    const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n
    const s = BigInt(`0x${Buffer.from(signature.subarray(32, 64)).toString("hex")}`)
    const high = Buffer.from((order - s).toString(16).padStart(64, "0"), "hex")
    const recovery = signature[64]!

    const forms = [
      signature.slice(0, 64),
      Uint8Array.of(...signature.slice(0, 64), recovery + 27),
      Uint8Array.of(...signature.slice(0, 32), ...high, recovery ^ 1),
      new Uint8Array(65),
    ]

    for (const form of forms) equal(recoveredKey(message, form), null)
  })
})

describe("what is no transaction of format 2", () => {
  test("is null: another format, a field missing, or written in another way", () => {
    ok(transactionJson(SECP256K1_TX))
    const bad = [
      { format: 1 },
      { format: "2" },
      { id: "short" },
      { quantity: "+1" },
      { quantity: "01" },
      { quantity: "1e3" },
      { quantity: "-1" },
      { quantity: 1 },
      { reward: "" },
      { target: "A=" },
      { owner: null },
      { tags: "none" },
      { tags: [null] },
      { tags: [{ name: "VGVzdA" }] },
      { signature: "not base64url!" },
    ]
    for (const change of bad)
      equal(transactionJson({ ...SECP256K1_TX, ...change }), null, JSON.stringify(change))
    for (const value of [null, undefined, 7, "text", []]) equal(transactionJson(value), null)
  })

  test("never throws, whatever a node answers", () => {
    fc.assert(fc.property(fc.jsonValue(), (value) => equal(transactionJson(value), null)))
  })

  test("a tag that is not UTF-8 is read as no text", () => {
    const json = transactionJson({ ...SECP256K1_TX, tags: [{ name: "_w", value: "_w" }] })!

    deepEqual(signedBy("", json).tags, [{ name: null, value: null }])
  })
})
