// Scripts and signatures by themselves: BIP341's own transaction, and every bit of it that may not change.

import { equal, notEqual, ok } from "node:assert/strict"
import fc from "fast-check"
import { describe, test } from "vitest"
import { descriptorOf, scriptOfDescriptor } from "../../../devnet/bitcoin/descriptor.ts"
import { addressOf, scriptOf } from "../../../devnet/bitcoin/script-type.ts"
import { scriptFault } from "../../../devnet/bitcoin/scripts.ts"
import { type Transaction, transactionFrom } from "../../../devnet/bitcoin/transaction.ts"
import { BIP341 } from "../../vectors/bip341.ts"
import { BIP341_SPENDING } from "../../vectors/bip341-spending.ts"
import { BIP350_INVALID } from "../../vectors/bip350.ts"

const RAW = Buffer.from(BIP341_SPENDING.signed, "hex")
const spent = BIP341_SPENDING.spent.map(({ script, value }) => ({
  script: Buffer.from(script, "hex"),
  value,
}))
/** Of these inputs the signature is over the values of all coins, or at least of its own. */
const TAPROOT = [0, 1, 3, 4, 6, 7, 8]

describe("the transaction of BIP341's vectors", () => {
  test("spends all nine of its inputs", () => {
    equal(scriptFault(read(RAW), spent), null)
  })

  test.each(TAPROOT)("does not spend input %i with any other signature", (index) => {
    const { witness } = read(RAW).inputs[index]!
    const at = RAW.indexOf(Buffer.from(witness[0]!))

    fc.assert(
      fc.property(fc.nat(64 * 8 - 1), (bit) => {
        const raw = Buffer.from(RAW)
        raw[at + (bit >> 3)]! ^= 1 << (bit & 7)
        notEqual(scriptFault(read(raw), spent), null)
      }),
      { numRuns: 5 },
    )
  })

  test.each(TAPROOT)("does not spend input %i when its coin was worth more", (index) => {
    const dearer = spent.map((coin, i) =>
      i === index ? { ...coin, value: coin.value + 1n } : coin,
    )

    notEqual(scriptFault(read(RAW), dearer), null)
  })

  test("does not spend anything for a first output of one satoshi more", () => {
    const raw = Buffer.from(RAW)
    const at = raw.indexOf(Buffer.from("00ca9a3b00000000", "hex"))
    ok(at > 0)
    raw[at]! ^= 1

    notEqual(scriptFault(read(raw), spent), null)
  })
})

test.each(BIP341)("output key $outputKey has an address that leads back to it", ({ script }) => {
  const bytes = Buffer.from(script, "hex")

  const address = addressOf(bytes)

  equal(Buffer.from(scriptOf(address!)!).toString("hex"), script)
})

test("a taproot output whose key is no point has an address all the same, and no rawtr()", () => {
  const script = Buffer.from(`5120${"ff".repeat(32)}`, "hex")

  const address = addressOf(script)!

  equal(Buffer.from(scriptOf(address)!).equals(script), true)
  equal(descriptorOf(script).startsWith(`addr(${address})#`), true)
})

test.each(BIP350_INVALID)("no address: %s", (_, address) => {
  equal(scriptOf(address), null)
})

test("descriptors carry the checksum of BIP380, and are refused with another", () => {
  const script = Buffer.from("deadbeef", "hex")

  equal(descriptorOf(script), "raw(deadbeef)#89f8spxm")
  equal(Buffer.from(scriptOfDescriptor("raw(deadbeef)#89f8spxm")!).toString("hex"), "deadbeef")
  equal(scriptOfDescriptor("raw(deadbeef)#89f8spxq"), null)
  equal(scriptOfDescriptor("raw(deedbeef)#89f8spxm"), null)
})

function read(raw: Uint8Array): Transaction {
  return transactionFrom(raw)!
}
