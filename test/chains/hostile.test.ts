// Whatever strangers, providers and peers send to a decoder: it reads it, says no, or fails with a code of ours.

import fc from "fast-check"
import { expect, test } from "vitest"
import { aoCodec } from "../../chains/ao/codec.ts"
import { decode, encode, signByEthereum, targetOf } from "../../chains/ao/item.ts"
import { listedIn } from "../../chains/ao/listing.ts"
import { outcomeIn } from "../../chains/ao/results.ts"
import { resultIn } from "../../chains/ao/units.ts"
import { arweaveCodec } from "../../chains/arweave/codec.ts"
import type { Transaction } from "../../chains/arweave/transaction.ts"
import { transactionJson } from "../../chains/arweave/transaction.ts"
import { addressOf, bitcoinAddress } from "../../chains/bitcoin/address.ts"
import { readBlock, readRaw } from "../../chains/bitcoin/block.ts"
import { destinationIn, destinationInMemo } from "../../chains/bitcoin/destination.ts"
import { readTransaction } from "../../chains/bitcoin/transaction.ts"
import { parseBridge } from "../../chains/bridge.ts"
import { eventIn } from "../../chains/evm/events.ts"
import { headerOf } from "../../chains/evm/header.ts"
import { receiptsOf } from "../../chains/evm/receipt.ts"
import { attestationIn } from "../../core/compliance/attestation.ts"
import { BridgeError } from "../../core/errors.ts"
import { originOf } from "../../core/ids.ts"
import { parseOrder } from "../../core/orders.ts"
import { readBlame, readNotesReply, readToldNotes } from "../../mpc/asides.ts"
import { readBallot } from "../../mpc/ballot.ts"
import { readHealth } from "../../mpc/health.ts"
import { parseManifest } from "../../mpc/manifest.ts"
import { readCommitReply, readRequest, readSignReply } from "../../mpc/protocol.ts"
import { aSighting } from "../builders.ts"
import { mint } from "../mpc/requests.ts"
import {
  aBlock,
  aMessage,
  anAnswer,
  aSlot,
  aTransaction,
  deployment,
  idNumber,
} from "./builders.ts"

/** Always the same cases: one that fails, fails again. */
const SEED = 20261130
const RUNS = 200

/** Throws unless `read` gives a value, or fails as everything of ours may. */
function survives(read: () => unknown): void {
  try {
    read()
  } catch (error) {
    if (!(error instanceof BridgeError) || error.remedy === "halt") throw error
  }
}

const TX =
  "01000000010000000000000000000000000000000000000000000000000000000000000000ffffffff4d04ffff001d0104455468652054696d65732030332f4a616e2f32303039204368616e63656c6c6f72206f6e206272696e6b206f66207365636f6e64206261696c6f757420666f722062616e6b73ffffffff0100f2052a01000000434104678afdb0fe5548271967f1a67130b7105cd6a828e03909a67962e0ea1f61deb649f6bc3f4cef38c4f35504e51ec112de5c384df7ba0b8d578a4c702b6bf11d5fac00000000"
const HEADER =
  "0100000000000000000000000000000000000000000000000000000000000000000000003ba3edfd7a7b12b27ac72c3e67768f617fc81bc3888a51323a9fb8aa4b1e5e4a29ab5f49ffff001d1dac2b7c"
const hex = (text: string) => new Uint8Array(Buffer.from(text, "hex"))

const item = encode(
  signByEthereum(new Uint8Array(32).fill(7), {
    target: targetOf(idNumber(1)),
    anchor: new Uint8Array(32).fill(5),
    tags: [
      { name: "Action", value: "Burn" },
      { name: "Quantity", value: "12" },
    ],
    data: new Uint8Array([1, 2, 3]),
  }),
)

/** Bytes that were whole once: some are changed, put in, left out or cut off. */
const damaged = (whole: Uint8Array) =>
  fc
    .array(
      fc.record({
        at: fc.nat(whole.length - 1),
        what: fc.constantFrom("set", "insert", "remove", "cut", "repeat"),
        byte: fc.oneof(fc.constantFrom(0, 1, 0x7f, 0x80, 0xfd, 0xfe, 0xff), fc.nat(255)),
      }),
      { minLength: 1, maxLength: 6 },
    )
    .map((changes) =>
      changes.reduce<number[]>(
        (bytes, { at, what, byte }) => {
          if (what === "set") return bytes.with(Math.min(at, bytes.length - 1), byte)
          if (what === "insert") return bytes.toSpliced(at, 0, byte)
          if (what === "remove") return bytes.length > 1 ? bytes.toSpliced(at, 1) : bytes
          if (what === "repeat") return bytes.concat(bytes.slice(at)).slice(0, 4_000)
          return bytes.slice(0, Math.max(1, at))
        },
        [...whole],
      ),
    )
    .map((bytes) => new Uint8Array(bytes))

//
test.each<[what: string, whole: Uint8Array, read: (bytes: Uint8Array) => unknown]>([
  ["an ANS-104 item", item, decode],
  ["a Bitcoin transaction", hex(TX), readTransaction],
  ["a coinbase", hex(TX), (bytes) => readRaw(bytes, true)],
  ["a Bitcoin block", hex(`${HEADER}01${TX}`), readBlock],
  ["a script", hex(TX).slice(100, 135), (bytes) => addressOf(bytes, "devnet")],
  ["a memo", hex(TX).slice(20, 100), (bytes) => destinationInMemo(bytes, "devnet")],
])("%s: bytes", (_, whole, read) => {
  survives(() => read(whole))
  const bytes = fc.oneof(damaged(whole), fc.uint8Array({ maxLength: 300 }))
  fc.assert(
    fc.property(bytes, (some) => survives(() => read(some))),
    { seed: SEED, numRuns: RUNS },
  )
})

const HOSTILE: readonly unknown[] = [
  ...[null, undefined, true, "", 0, -1, 1e21, 2 ** 53, Number.NaN, [], {}, [null], { a: 1 }],
  ...["0x", "0x0", "-1", "1e3", "\0", "\ud800", "A".repeat(10_000), "9".repeat(100), "__proto__"],
  ...[
    JSON.parse('{"__proto__":{"toString":1}}'),
    JSON.parse(`${"[".repeat(200)}${"]".repeat(200)}`),
  ],
]

/** JSON that was whole once: one place, or two, holds something else, and a field may be missing or be too much. */
const twisted = (whole: unknown) =>
  fc
    .array(
      fc.record({ path: fc.array(fc.nat(9), { maxLength: 5 }), put: fc.nat(HOSTILE.length) }),
      {
        minLength: 1,
        maxLength: 2,
      },
    )
    .map((changes) => {
      const copy = { root: structuredClone(whole) }
      for (const { path, put } of changes) {
        let [place, key]: [Record<string, unknown>, string] = [copy, "root"]
        for (const step of path) {
          const inner = place[key]
          if (typeof inner !== "object" || inner === null) break
          const keys = Object.keys(inner)
          if (keys.length === 0) break
          place = inner as Record<string, unknown>
          key = keys[step % keys.length]!
        }
        if (put === HOSTILE.length) delete place[key]
        else place[key] = HOSTILE[put]
      }
      return copy.root
    })

const log = {
  ...{
    address: `0x${"11".repeat(20)}`,
    topics: [`0x${"22".repeat(32)}`],
    data: "0x",
    logIndex: "0x0",
  },
  ...{ transactionHash: `0x${"33".repeat(32)}`, transactionIndex: "0x0", blockNumber: "0x7" },
  ...{ blockHash: `0x${"44".repeat(32)}`, removed: false },
}
const receipt = {
  ...{
    type: "0x2",
    status: "0x1",
    cumulativeGasUsed: "0x5208",
    logsBloom: `0x${"00".repeat(256)}`,
  },
  ...{ transactionHash: log.transactionHash, transactionIndex: "0x0", blockNumber: "0x7" },
  ...{ blockHash: log.blockHash, logs: [log] },
}
const header = {
  ...{ number: "0x7", hash: log.blockHash, parentHash: log.blockHash, sha3Uncles: log.blockHash },
  ...{ miner: log.address, stateRoot: log.blockHash, transactionsRoot: log.blockHash },
  ...{ receiptsRoot: log.blockHash, logsBloom: receipt.logsBloom, difficulty: "0x0" },
  ...{ gasLimit: "0x1", gasUsed: "0x1", timestamp: "0x1", extraData: "0x", mixHash: log.blockHash },
  ...{ nonce: "0x0000000000000000", baseFeePerGas: "0x1" },
}
const transaction = {
  ...{ format: 2, id: idNumber(1), last_tx: "", owner: "AQAB", target: idNumber(2), quantity: "5" },
  ...{ tags: [{ name: "QQ", value: "Qg" }], data: "", reward: "1", signature: "AQAB" },
  ...{ data_size: "0", data_root: "" },
}
const request = mint([aSighting()], { commitments: [[{ from: 1, bytes: "AQAB" as never }]] })
const listing = { page_info: { has_next_page: false }, edges: [{ cursor: "1", node: transaction }] }

test.each<[what: string, whole: unknown, read: (json: unknown) => unknown]>([
  ["a transaction of Arweave", transaction, transactionJson],
  ["receipts", [receipt], (json) => receiptsOf(json, "url")],
  ["a header", header, (json) => headerOf(json, "url")],
  [
    "a page of a schedule",
    listing,
    (json) => listedIn(json, { url: "url", process: idNumber(1), from: 0, to: 9 } as never),
  ],
  [
    "a result of AO",
    { Messages: [{ Target: "x", Tags: [] }], Error: null },
    (json) => resultIn(json, "url"),
  ],
  [
    "a result of HyperBEAM",
    { outbox: { 1: { target: "x", action: "Mint" } }, output: {} },
    (json) => outcomeIn({ status: 200, body: JSON.stringify(json) ?? "" }, "url"),
  ],
  ["a request to sign", request, readRequest],
  ["a heartbeat", { version: 1, session: "session-1", scheme: "rsa", period: 5 }, readRequest],
  ["a commitment", { index: 1, commitments: ["AQAB"], digest: "00".repeat(32) }, readCommitReply],
  ["a partial", { index: 1, partials: ["AQAB"], digest: "00".repeat(32) }, readSignReply],
  ["notes", { chain: "bitcoin", notes: [{ note: "n", transaction: "t" }] }, readToldNotes],
  ["what is known", { known: 5 }, readNotesReply],
  ["a blame", { signer: 1, kind: "slow", session: "s", detail: "", count: 1 }, readBlame],
  [
    "a signer's health",
    { index: 1, version: 1, keys: {}, busy: 0, journalRecords: 0, tips: {} },
    readHealth,
  ],
  ["a ballot", { version: 1, rows: [] }, readBallot],
  ["an attestation", { body: "x", by: "y", signature: "z" }, attestationIn],
  [
    "a bridge file",
    { deployment, policy: { fees: [], limits: [], depths: {}, payoutDepths: {} } },
    parseBridge,
  ],
  [
    "a manifest",
    { network: "devnet", members: [{ index: 1, name: "a" }], keys: {} },
    parseManifest,
  ],
])("%s: JSON", (_, whole, read) => {
  survives(() => read(whole))
  const json = fc.oneof(twisted(whole), fc.jsonValue())
  fc.assert(
    fc.property(json, (some) => survives(() => read(some))),
    { seed: SEED, numRuns: RUNS },
  )
})

test.each<[what: string, whole: string, read: (text: string) => unknown]>([
  ["an order", "lift pause all both theft 2026-12-01T12:00:00.000Z", parseOrder],
  ["a transfer's id", aSighting().id, originOf],
  [
    "an address of Bitcoin",
    "bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080",
    (t) => bitcoinAddress(t, "devnet"),
  ],
  ["a note", "AQIDBAUGBwgJ", (text) => destinationIn(text, "devnet")],
])("%s: text", (_, whole, read) => {
  survives(() => read(whole))
  const text = fc.oneof(
    damaged(new TextEncoder().encode(whole)).map((bytes) => Buffer.from(bytes).toString("latin1")),
    fc.string({ unit: "binary", maxLength: 300 }),
  )
  fc.assert(
    fc.property(text, (some) => survives(() => read(some))),
    { seed: SEED, numRuns: RUNS },
  )
})

test("what strangers write into blocks makes no codec throw", () => {
  const tag = fc.record({
    name: fc.oneof(
      fc.constantFrom("Recipient", "Refund-To", "X-Note", "Action", "Quantity"),
      fc.string(),
    ),
    value: fc.string({ unit: "binary", maxLength: 80 }),
  })
  const tags = fc.array(tag, { maxLength: 6 })
  fc.assert(
    fc.property(tags, fc.bigInt(0n, 2n ** 70n), (some, quantity) => {
      const sent = aTransaction({ tags: some, quantity } as Partial<Transaction>)
      arweaveCodec.facts(aBlock("arweave", [sent]), deployment)
      const answer = anAnswer(idNumber(1), Object.fromEntries(some.map((t) => [t.name, t.value])))
      aoCodec.facts(aBlock("ao", [aSlot(aMessage({ tags: some }), [answer])]), deployment)
    }),
    { seed: SEED, numRuns: RUNS },
  )
  const words = fc.array(fc.uint8Array({ minLength: 32, maxLength: 32 }), { maxLength: 8 })
  fc.assert(
    fc.property(words, fc.uint8Array({ maxLength: 200 }), (topics, data) => {
      const text = (bytes: Uint8Array) => `0x${Buffer.from(bytes).toString("hex")}`
      eventIn({ topics: topics.map(text), data: text(data) })
    }),
    { seed: SEED, numRuns: RUNS },
  )
})

test("the check sees a decoder that breaks", () => {
  expect(() => survives(() => JSON.parse("{"))).toThrow(SyntaxError)
  expect(() =>
    survives(() => {
      throw new BridgeError("assertion")
    }),
  ).toThrow("assertion")
})
