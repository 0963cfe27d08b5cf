// Layer-one transactions: which signatures and forms the local node takes, against outside figures.

import { deepEqual, equal, ok, throws } from "node:assert/strict"
import { computeRootHash } from "arweave/node/lib/merkle.js"
import fc from "fast-check"
import { describe, test } from "vitest"
import { follow, split } from "../../devnet/arweave/merkle.ts"
import {
  faultsOf,
  parseTransaction,
  type TransactionJson,
} from "../../devnet/arweave/transaction.ts"
import { createJwk, rsaWallet, secp256k1Wallet } from "../../devnet/arweave/wallet.ts"
import { TEST_WALLETS } from "../fixtures/wallets.ts"
import { AR, alice, aWorld, bob, clientOf } from "./arweave-builders.ts"

/** A transaction of the live network, as a node serves it: secp256k1, since Arweave 2.9. */
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

const draft = { target: bob.address, quantity: 1n, reward: 2n, anchor: "AAAA" }

describe("signatures", () => {
  // Case 86.
  test("a secp256k1 transaction of the live network is recognised", () => {
    const tx = parseTransaction(SECP256K1_TX)

    deepEqual(faultsOf(tx), [])
    deepEqual(JSON.parse(tx.served.toString()), SECP256K1_TX)
  })

  test("a secp256k1 signature has one form: no other recovery id, no high s", () => {
    const signature = Buffer.from(SECP256K1_TX.signature, "base64url")
    const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n
    const s = order - BigInt(`0x${signature.subarray(32, 64).toString("hex")}`)
    const high = Buffer.from(`${s.toString(16).padStart(64, "0")}00`, "hex")
    const forms = [
      Buffer.concat([signature.subarray(0, 32), high]),
      ...[2, 3, 27, 28].map((id) => Buffer.concat([signature.subarray(0, 64), Buffer.of(id)])),
      signature.subarray(0, 64),
    ]

    for (const form of forms) {
      const tx = parseTransaction({ ...SECP256K1_TX, signature: form.toString("base64url") })
      ok(faultsOf(tx).includes("tx_signature_not_valid"), form.toString("hex"))
    }
  })

  // Case 86.
  test("both kinds of wallet pay, and each from its own address", async () => {
    const { node, get, send } = await aWorld()
    const wallet = secp256k1Wallet(Buffer.alloc(32, 7))
    node.faucet(wallet.address, AR)

    const tx = await send(wallet, { target: bob.address, quantity: 5n })
    node.mine()

    equal(JSON.parse((await get(`/tx/${tx.id}`)).text).owner, "")
    equal((await get(`/wallet/${wallet.address}/last_tx`)).text, tx.id)
    equal(node.balance(bob.address), 100n * AR + 5n)
  })

  test("an RSA signature may have a salt of any length", async () => {
    for (const saltLength of [0, 20, 32, 64, 478]) {
      const tx = parseTransaction(await rsaWallet(TEST_WALLETS.alice, saltLength).sign(draft))
      deepEqual(faultsOf(tx), [], `salt of ${saltLength}`)
    }
  })

  test("what is signed without the client verifies with it", async () => {
    const { node } = await aWorld()
    const tags = [{ name: "Recipient", value: "ünïcode" }]

    const json = await rsaWallet(TEST_WALLETS.alice).sign({ ...draft, tags, data: "hello" })

    const arweave = clientOf(node)
    ok(await arweave.transactions.verify(arweave.transactions.fromRaw(json)))
    deepEqual(faultsOf(parseTransaction(json)), [])
  })

  test("a new key is a wallet", async () => {
    const jwk = await createJwk()

    const tx = parseTransaction(await rsaWallet(jwk).sign(draft))

    deepEqual(faultsOf(tx), [])
    equal(tx.sender, await clientOf({ port: 1 }).wallets.jwkToAddress(jwk))
  })

  test("no signed field can be changed", async () => {
    const signed = [
      await rsaWallet(TEST_WALLETS.alice).sign(draft),
      await secp256k1Wallet(Buffer.alloc(32, 9)).sign(draft),
    ]
    const id = Buffer.alloc(32, 1).toString("base64url")
    const changes: Partial<TransactionJson>[] = [
      { target: id },
      { quantity: "2" },
      { reward: "3" },
      { last_tx: "BBBB" },
      { tags: [{ name: "AAAA", value: "AAAA" }] },
      { data_size: "1", data_root: id },
      { owner: TEST_WALLETS.bob.n },
    ]

    for (const json of signed) {
      for (const change of changes) {
        const codes = faultsOf(parseTransaction({ ...json, ...change }))
        ok(codes.includes("tx_signature_not_valid") || json.owner === "", JSON.stringify(change))
        // A changed secp256k1 transaction is another sender's, and that sender has nothing.
        if (json.owner === "" && codes.length === 0) {
          const sender = parseTransaction({ ...json, ...change }).sender
          ok(sender !== parseTransaction(json).sender, JSON.stringify(change))
        }
      }
      const codes = faultsOf(parseTransaction({ ...json, id }))
      deepEqual(codes, ["tx_id_not_valid"])
    }
  })
})

describe("form", () => {
  test("format 1 is refused", async () => {
    const json = await rsaWallet(TEST_WALLETS.alice).sign(draft)

    ok(faultsOf(parseTransaction({ ...json, format: 1 })).includes("tx_format_not_supported"))
  })

  test("a number has one way to be written, and so have bytes", () => {
    const bad = [
      { quantity: "01" },
      { quantity: "+1" },
      { quantity: "1e3" },
      { quantity: " 1" },
      { quantity: "0x1" },
      { quantity: "-0" },
      { quantity: 1 },
      { reward: undefined },
      { target: "Qa8AAZv-sEhQRIm7xZr3CVLtlzIH8NezaY0GZhURcAd" },
      { target: "Qa8AAZv+sEhQRIm7xZr3CVLtlzIH8NezaY0GZhURcAc" },
      { tags: [{ name: "AAAA" }] },
      { tags: [null] },
      { tags: "AAAA" },
      { id: "AAAA" },
    ]

    for (const change of bad) {
      throws(() => parseTransaction({ ...SECP256K1_TX, ...change }), /Invalid/)
    }
    throws(() => parseTransaction(null), /Invalid JSON/)
  })

  test("an amount of more than 21 digits is too large", () => {
    const tx = parseTransaction({ ...SECP256K1_TX, quantity: "9".repeat(22) })

    ok(faultsOf(tx).includes("tx_fields_too_large"))
  })
})

describe("data", () => {
  test("the root of data that came in one piece is recomputed", async () => {
    const { post, transfer } = await aWorld()
    const json = await transfer(alice, { reward: AR, data: "one thing" })

    const refused = await post({ ...json, data: Buffer.from("another!!").toString("base64url") })
    const taken = await post(json)

    deepEqual(refused, {
      status: 400,
      text: "The attached data is split in an unknown way.",
    })
    equal(taken.status, 200)
  })

  test("a root is the client's, wherever both cut alike", async () => {
    const sizes = [1, 262_143, 262_144, 262_145 + 32_768, 3 * 262_144 + 40_000]
    for (const size of sizes) {
      const data = new Uint8Array(size).map((_, i) => i * 31)
      deepEqual(split(data).root, Buffer.from(await computeRootHash(data)), `${size}`)
    }
  })

  test("a path proves its chunk and no other", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1_500_000 }), fc.nat(), (size, where) => {
        const { root, chunks } = split(new Uint8Array(size).fill(size % 256))
        const chunk = chunks[where % chunks.length]!

        const found = follow(root, size, chunk.start, chunk.path)

        equal(found?.start, chunk.start)
        equal(found?.end, chunk.end)
        equal(follow(root, size, chunk.end, chunk.path), null)
        const broken = Buffer.from(chunk.path)
        broken[where % broken.byteLength]! ^= 1
        equal(follow(root, size, chunk.start, broken), null)
      }),
      { numRuns: 30 },
    )
  })

  test("a byte is found in the chunk that holds it, by where it is among all data", async () => {
    const { node, get, send } = await aWorld()
    await send(alice, { reward: 2n * AR, data: "before" })
    const tx = await send(alice, { reward: AR, data: "x".repeat(300_000) })
    node.mine()

    const { size, offset } = JSON.parse((await get(`/tx/${tx.id}/offset`)).text)
    const first = Number(offset) - Number(size) + 1
    const lengthAt = async (at: number) => {
      const { status, text } = await get(`/chunk/${at}`)
      return status === 200 ? Buffer.from(JSON.parse(text).chunk, "base64url").byteLength : status
    }

    deepEqual([size, offset], ["300000", `${262_144 + 300_000}`])
    deepEqual(
      [
        await lengthAt(first),
        await lengthAt(first + 262_143),
        await lengthAt(first + 262_144),
        await lengthAt(first + 299_999),
        await lengthAt(first + 300_000),
      ],
      [262_144, 262_144, 37_856, 37_856, 404],
    )
    equal((await get("/chunk/x")).status, 400)
  })

  test("a chunk that does not belong is refused", async () => {
    const { node, post, transfer } = await aWorld()
    const { chunks, root } = split(new Uint8Array(300_000))
    const body = {
      data_root: root.toString("base64url"),
      data_size: "300000",
      data_path: Buffer.from(chunks[0]!.path).toString("base64url"),
      offset: "0",
      chunk: Buffer.from(chunks[0]!.bytes).toString("base64url"),
    }
    const postChunk = async (change: object) => {
      const init = { method: "POST", body: JSON.stringify({ ...body, ...change }) }
      const response = await fetch(`${node.url}/chunk`, init)
      return [response.status, await response.text()]
    }
    const unknown = await postChunk({})
    const json = await transfer(alice, { reward: AR, data: "\0".repeat(300_000) })
    await post({ ...json, data: "" })

    deepEqual(unknown, [400, `{"error":"data_root_not_found"}`])
    const other = Buffer.alloc(chunks[0]!.bytes.byteLength, 1).toString("base64url")
    deepEqual(await postChunk({ chunk: other }), [400, `{"error":"invalid_proof"}`])
    deepEqual(await postChunk({ chunk: "AAAA" }), [400, `{"error":"invalid_proof"}`])
    deepEqual(await postChunk({ offset: "299999" }), [400, `{"error":"invalid_proof"}`])
    deepEqual(await postChunk({ chunk: 1 }), [400, `{"error":"invalid_json"}`])
    deepEqual(await postChunk({}), [200, ""])
  })
})
