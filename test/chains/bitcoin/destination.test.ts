// A destination as bytes: notes that tell it, memos beside a payment to the vault.

import { deepEqual, equal, ok, throws } from "node:assert/strict"
import fc from "fast-check"
import { test } from "vitest"
import { addressOf, type Network } from "../../../chains/bitcoin/address.ts"
import {
  type Destination,
  destination,
  destinationIn,
  destinationInMemo,
  isOurMemo,
  memoOf,
  noteOf,
  saltBytes,
} from "../../../chains/bitcoin/destination.ts"
import { toBase64url } from "../../../chains/bytes.ts"
import { idNumber } from "../builders.ts"
import { aDestination, bytesOf, hex, REFUND_TO, userKey } from "./builders.ts"

const NETWORKS: readonly Network[] = ["mainnet", "testnet", "devnet"]

test("a note names its destination, and each destination has its own note", () => {
  fc.assert(
    fc.property(fc.constantFrom(...NETWORKS).chain(destinations), ([network, a, b]) => {
      deepEqual(destinationIn(noteOf(a, network), network), a)
      equal(noteOf(a, network) === noteOf(b, network), JSON.stringify(a) === JSON.stringify(b))
    }),
  )
})

test("what the salt commits to is never the same for two destinations", () => {
  fc.assert(
    fc.property(fc.constantFrom(...NETWORKS).chain(destinations), ([network, a, b]) => {
      const of = ({ refundKey: _, ...salted }: Destination) => JSON.stringify(salted)
      const isSame = hex(saltBytes(a, network)) === hex(saltBytes(b, network))
      equal(isSame, of(a) === of(b))
    }),
  )
})

test("a memo names recipient and refund address, in the 80 bytes that nodes relay", () => {
  fc.assert(
    fc.property(fc.constantFrom(...NETWORKS).chain(destinations), ([network, to]) => {
      const memo = memoOf(to, network)

      ok(memo.length <= 80)
      const { recipient, refundTo } = to
      deepEqual(destinationInMemo(memo, network), {
        recipient,
        refundTo,
        refundKey: null,
        index: 0,
      })
    }),
  )
})

// Case 17
test("a memo that is cut, longer, of another network or version names nobody", () => {
  const memo = memoOf(aDestination(), "devnet")

  for (let length = 0; length < memo.length; length += 1)
    equal(destinationInMemo(memo.subarray(0, length), "devnet"), null, `${length} bytes`)
  equal(destinationInMemo(Uint8Array.of(...memo, 0), "devnet"), null)
  equal(destinationInMemo(memo, "mainnet"), null)
  for (const at of [0, 1, 2, 3, 4])
    equal(destinationInMemo(memo.with(at, 9), "devnet"), null, `byte ${at}`)
  equal(isOurMemo(memo), true)
  equal(isOurMemo(bytesOf("6f6d6e69")), false)
})

test("bytes of anybody are no destination, and harm nobody", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 120 }), (bytes) => {
      equal(destinationIn(toBase64url(bytes), "devnet"), null)
      equal(destinationInMemo(bytes, "devnet"), null)
      const ours = Uint8Array.of(0x43, 0x57, 1, 2, 0, ...bytes)
      const read = destinationInMemo(ours, "devnet")
      if (read) deepEqual(memoOf(read, "devnet"), ours)
    }),
  )
})

test("a destination is spelled in one way, or refused before an address is made of it", () => {
  const upper = aDestination({ refundTo: REFUND_TO.toUpperCase(), refundKey: userKey })
  equal(destination(upper, "devnet").refundTo, REFUND_TO)
  equal(
    destination(
      aDestination({ recipient: `0x${"7e5f4552091a69125d5dfcb7b8c2659029395bdf"}` }),
      "devnet",
    ).recipient,
    "0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf",
  )

  const bad: [Partial<Destination>, string][] = [
    [{ recipient: "nobody" }, "bad-address"],
    [{ recipient: "0x7E5F4552091A69125d5DfCb7b8C2659029395BdF" }, "bad-address"],
    [{ refundTo: "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4" }, "bad-address"],
    [{ refundKey: userKey.toUpperCase() }, "bad-request"],
    [{ refundKey: "02".padEnd(66, "1") }, "bad-request"],
    [{ index: -1 }, "bad-request"],
    [{ index: 0.5 }, "bad-request"],
    [{ index: 2 ** 32 }, "bad-request"],
  ]
  for (const [change, code] of bad)
    throws(() => destination(aDestination(change), "devnet"), { code }, JSON.stringify(change))
})

function destinations(network: Network) {
  const script = fc.constantFrom(
    ...["0014", "0020", "5120"].map((head) => ({
      head,
      size: head === "0014" ? 20 : 32,
      tail: "",
    })),
    { head: "76a914", size: 20, tail: "88ac" },
    { head: "a914", size: 20, tail: "87" },
  )
  const refundTo = fc
    .tuple(script, fc.constantFrom("11", "22"))
    .map(
      ([{ head, size, tail }, fill]) =>
        addressOf(bytesOf(head + fill.repeat(size) + tail), network)!,
    )
  const one: fc.Arbitrary<Destination> = fc.record(
    {
      // This address ends in A, so that it could be read as base64url.
      recipient: fc.constantFrom(
        idNumber(1),
        idNumber(2),
        "0x111111111111111111111111111111111111111A",
      ),
      refundTo,
      refundKey: fc.constantFrom(null, userKey),
      index: fc.constantFrom(0, 1, 2 ** 32 - 1),
    },
    { noNullPrototype: true },
  )
  return fc.tuple(fc.constant(network), one, one)
}
