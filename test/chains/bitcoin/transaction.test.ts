// Bytes, sizes and what is signed, by the vectors of BIP341 and by another implementation.

import { deepEqual, equal, ok, throws } from "node:assert/strict"
import { schnorr } from "@noble/curves/secp256k1.js"
import { p2tr, TaprootControlBlock } from "@scure/btc-signer"
import { crypto, Transaction } from "bitcoinjs-lib"
import fc from "fast-check"
import { expect, test } from "vitest"
import { addressOf } from "../../../chains/bitcoin/address.ts"
import { depositOutput, vaultScript } from "../../../chains/bitcoin/deposit.ts"
import {
  type Draft,
  readTransaction,
  SIGNALS_RBF,
  type Spend,
  sealDraft,
  sighashesOf,
  vsizeOf,
  weightOf,
} from "../../../chains/bitcoin/transaction.ts"
import { BIP341_SPENDING, BIP341_TREES, type Bip341Tree } from "../../vectors/bip341-spending.ts"
import {
  aDestination,
  bytesOf,
  depositTo,
  groupSign,
  hex,
  objections,
  txidNumber,
  userKey,
  vault,
  vaultOutput,
} from "./builders.ts"

test("BIP341: a tree of scripts under an internal key is the output and control blocks of the vectors", () => {
  equal(BIP341_TREES.length, 6)
  for (const { internalKey, tree, script, address, controlBlocks } of BIP341_TREES) {
    const paid = p2tr(internalKey, treeOf(tree), undefined, true)

    equal(hex(paid.script), script)
    equal(addressOf(paid.script, "mainnet"), address)
    const blocks = paid.tapLeafScript!.map(([block]) => hex(TaprootControlBlock.encode(block)))
    deepEqual(new Set(blocks), new Set(controlBlocks))
  }
})

test("BIP341: what is signed for a whole transaction of nine inputs is the sighash of the vectors", () => {
  const { unsigned, spent, inputs } = BIP341_SPENDING
  const read = readTransaction(bytesOf(unsigned))!
  const draft: Draft = {
    inputs: read.inputs.map(({ txid, vout, sequence }, at) => ({
      ...{ txid, vout, sequence, leaf: null },
      ...{ script: bytesOf(spent[at]!.script), value: spent[at]!.value },
    })),
    outputs: read.outputs,
    lockTime: 500_000_000,
  }

  const sighashes = sighashesOf(draft)

  const whole = inputs.filter(({ hashType }) => hashType === 0)
  equal(whole.length, 1)
  for (const { at, sighash, signature } of whole) {
    equal(hex(sighashes[at]!), sighash)
    ok(schnorr.verify(bytesOf(signature), sighashes[at]!, draft.inputs[at]!.script.slice(2)))
  }
})

test("BIP341: the signed transaction of the vectors is read as what it says", () => {
  const read = readTransaction(bytesOf(BIP341_SPENDING.signed))!

  const official = Transaction.fromHex(BIP341_SPENDING.signed)
  equal(read.txid, official.getId())
  equal(read.weight, official.weight())
  for (const { at, signature } of BIP341_SPENDING.inputs)
    equal(hex(read.inputs[at]!.witness[0]!), signature)
})

test("ids, bytes, size and sighashes are those of another implementation, whatever is spent and paid", () => {
  fc.assert(
    fc.property(drafts(), (draft) => {
      const signatures = draft.inputs.map((_, at) => new Uint8Array(64).fill(at))

      const { id, raw } = sealDraft(draft, signatures)

      const official = Transaction.fromBuffer(raw)
      equal(id, official.getId())
      equal(weightOf(draft), official.weight())
      equal(readTransaction(raw)!.weight, official.weight())
      deepEqual(
        sighashesOf(draft).map(hex),
        draft.inputs.map((_, at) => theirs(official, draft, at)),
      )
    }),
    { numRuns: 60 },
  )
})

// infra: 2 inputs of the vault and 2 outputs have 212 virtual bytes.
test("a payout from the vault's key path and both kinds of deposit passes full validation", () => {
  const plain = aDestination()
  const withKey = aDestination({ refundKey: userKey, index: 1 })
  const spent = [vaultOutput(50_000n), depositTo(plain, 60_000n), depositTo(withKey, 70_000n)]
  const leaves = [null, depositOutput(vault, plain).group, depositOutput(vault, withKey).group]
  const inputs = spent.map((output, at) => aSpend({ ...output, leaf: leaves[at]!, vout: at }))
  const outputs = [vaultOutput(100_000n), { script: bytesOf(`0014${"11".repeat(20)}`), value: 1n }]
  const draft = { inputs, outputs, lockTime: 0 }

  const { raw } = sealDraft(draft, sighashesOf(draft).map(groupSign))

  deepEqual(objections(raw, spent), [null, null, null])
  const two = { inputs: [inputs[0]!, inputs[0]!], outputs: [outputs[0]!, outputs[0]!] }
  equal(vsizeOf(weightOf(two)), 212)
})

test("a signature for one amount spends no other: every input's value is signed", () => {
  const inputs = [aSpend({ value: 50_000n }), aSpend({ vout: 1, value: 50_000n })]
  const draft = { inputs, outputs: [vaultOutput(90_000n)], lockTime: 0 }
  const { raw } = sealDraft(draft, sighashesOf(draft).map(groupSign))

  const found = objections(raw, [vaultOutput(50_000n), vaultOutput(50_001n)])

  equal(found.filter((one) => one !== null).length, 2)
})

// Case 63
test("a signature or hash that begins with zeros keeps its length", () => {
  const draft = { inputs: [aSpend({})], outputs: [vaultOutput(1_000n)], lockTime: 0 }
  const zeros = new Uint8Array(64).fill(1, 40)

  const { raw } = sealDraft(draft, [zeros])

  equal(hex(readTransaction(raw)!.inputs[0]!.witness[0]!), hex(zeros))
  expect(sighashesOf(draft).map(({ length }) => length)).toEqual([32])
  throws(() => sealDraft(draft, [zeros.subarray(1)]), { code: "assertion" })
  throws(() => sealDraft(draft, [Uint8Array.of(...zeros, 1)]), { code: "assertion" })
  throws(() => sealDraft(draft, []), { code: "assertion" })
})

test("bytes that are no transaction, or more than one, are read as none", () => {
  const raw = bytesOf(BIP341_SPENDING.signed)

  for (const bytes of [raw.subarray(1), raw.subarray(0, -1), Uint8Array.of(...raw, 0)])
    equal(readTransaction(bytes), null)
  equal(readTransaction(new Uint8Array()), null)
})

function aSpend(changes: Partial<Spend>): Spend {
  const { script } = vaultOutput(0n)
  return {
    ...{ txid: txidNumber(1), vout: 0, value: 10_000n, script, leaf: null },
    ...{ sequence: SIGNALS_RBF, ...changes },
  }
}

function drafts(): fc.Arbitrary<Draft> {
  const value = fc.bigInt({ min: 0n, max: 21n * 10n ** 14n })
  const { group, script } = depositOutput(vault, aDestination())
  const withKey = depositOutput(vault, aDestination({ refundKey: userKey }))
  const kind = fc.constantFrom(
    { script: vaultScript(vault), leaf: null },
    { script, leaf: group },
    { script: withKey.script, leaf: withKey.group },
  )
  const spend = fc
    .tuple(kind, value, fc.nat(0xffff_ffff), fc.nat(300))
    .map(([way, worth, sequence, vout]) => aSpend({ ...way, value: worth, sequence, vout }))
  const output = fc
    .tuple(fc.constantFrom(22, 23, 25, 34), value)
    .map(([length, worth]) => ({ script: new Uint8Array(length).fill(0x51), value: worth }))
  const unique = { selector: ({ vout }: Spend) => vout }
  return fc.record({
    inputs: fc.uniqueArray(spend, { minLength: 1, maxLength: 4, ...unique }),
    outputs: fc.oneof(
      fc.array(output, { minLength: 1, maxLength: 4 }),
      output.map((one) => Array.from({ length: 300 }, () => one)),
    ),
    lockTime: fc.nat(0xffff_ffff),
  })
}

function theirs(official: Transaction, { inputs }: Draft, at: number): string {
  const leaf = inputs[at]!.leaf?.script
  const hash = leaf && crypto.taggedHash("TapLeaf", Uint8Array.of(0xc0, leaf.length, ...leaf))
  const scripts = inputs.map(({ script }) => script)
  const values = inputs.map(({ value }) => value)
  return hex(official.hashForWitnessV1(at, scripts, values, Transaction.SIGHASH_DEFAULT, hash))
}

type Tree = { script: Uint8Array; leafVersion: number } | Tree[]

function treeOf(tree: Bip341Tree): Tree {
  return "script" in tree
    ? { script: bytesOf(tree.script), leafVersion: tree.version }
    : tree.map(treeOf)
}
