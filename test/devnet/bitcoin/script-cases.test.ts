// Bitcoin Core's own cases of taproot, tapscript, segwit and older scripts: what may be spent, and what may not.
//
// Of each of some 120 kinds the first case; `BITCOIN_SCRIPT_CASES=all` runs all 1,558. bitcore-lib brings the file.

import { equal, notEqual } from "node:assert/strict"
import { createRequire } from "node:module"
import { Transaction as Builder } from "bitcoinjs-lib"
import { expect, test } from "vitest"
import { scriptFault } from "../../../devnet/bitcoin/scripts.ts"
import { type Output, transactionOf } from "../../../devnet/bitcoin/transaction.ts"

interface Unlock {
  readonly scriptSig: string
  readonly witness: readonly string[]
}

interface Case {
  readonly tx: string
  /** Outputs that all inputs spend. */
  readonly prevouts: readonly string[]
  /** The input that is unlocked, in a way that works and often in one that does not. */
  readonly index: number
  readonly success: Unlock
  readonly failure?: Unlock
  readonly flags: string
  readonly comment: string
}

const FILE = "bitcore-lib/test/data/bitcoind/script_assets_test.json"
const all = (createRequire(import.meta.url)(FILE) as readonly Case[])
  // The others are of the time before taproot, which no regtest chain knows.
  .filter(({ flags }) => flags.includes("TAPROOT"))
const firstOfEach = [...new Map([...all].reverse().map((one) => [one.comment, one])).values()]
const cases = process.env.BITCOIN_SCRIPT_CASES === "all" ? all : firstOfEach

test("there are cases of every kind", () => {
  equal(all.length, 1558)
  expect(firstOfEach.length).toBeGreaterThan(100)
})

test.each(cases)("$comment", ({ tx, prevouts, index, success, failure }) => {
  const spent = prevouts.map(outputIn)

  equal(scriptFault(unlocked(tx, index, success), spent, [index]), null)
  if (failure) notEqual(scriptFault(unlocked(tx, index, failure), spent, [index]), null)
})

function unlocked(tx: string, index: number, { scriptSig, witness }: Unlock) {
  const builder = Builder.fromHex(tx)
  builder.setInputScript(index, Buffer.from(scriptSig, "hex"))
  builder.setWitness(
    index,
    witness.map((item) => Buffer.from(item, "hex")),
  )
  return transactionOf(builder)
}

/** Eight bytes of value, the script's length in compact form, the script. */
function outputIn(hex: string): Output {
  const bytes = Buffer.from(hex, "hex")
  const head = { 253: 11, 254: 13 }[bytes[8]!] ?? 9
  return { value: bytes.readBigInt64LE(0), script: bytes.subarray(head) }
}
