// Deposit addresses that anybody can compute again, and who can spend what is paid to them.

import { deepEqual, equal, notEqual, throws } from "node:assert/strict"
import { createHash } from "node:crypto"
import { schnorr } from "@noble/curves/secp256k1.js"
import { initEccLib, networks, payments, script as scripts } from "bitcoinjs-lib"
import * as ecc from "tiny-secp256k1"
import { describe, test } from "vitest"
import {
  depositOutput,
  REFUND_DELAY,
  saltOf,
  vaultAddress,
  vaultScript,
} from "../../../chains/bitcoin/deposit.ts"
import type { Destination } from "../../../chains/bitcoin/destination.ts"
import { selfRefund } from "../../../chains/bitcoin/refund.ts"
import { sealDraft, sighashesOf, vsizeOf, weightOf } from "../../../chains/bitcoin/transaction.ts"
import { fromBase64url } from "../../../chains/bytes.ts"
import { idNumber } from "../builders.ts"
import {
  aDestination,
  bytesOf,
  depositTo,
  groupSign,
  hex,
  keyOf,
  objections,
  REFUND_TO,
  secretNumber,
  txidNumber,
  userKey,
  userSecret,
  vault,
} from "./builders.ts"

initEccLib(ecc)

const H = "50929b74c1a04954b78b4b6035e97a5e078a5a0f28ec96d547bfee9ace803ac0"
const withKey = aDestination({ refundKey: userKey })

describe("a deposit address", () => {
  // The facts and the tags are a promise to people who hold addresses: these may never change.
  // Case 18
  test("stays what it was for the same facts", () => {
    equal(depositOutput(vault, aDestination()).address, FIXED.plain)
    equal(depositOutput(vault, withKey).address, FIXED.withKey)
    equal(hex(saltOf(vault, aDestination())), FIXED.salt)
    equal(vaultAddress(vault), FIXED.vault)
  })

  test("is salted with the tagged hash of version, network, account, refund script and index", () => {
    const account = hex(fromBase64url(idNumber(50))!)
    const script = `0014${"751e76e8199196d454941c45d1b3a323f1433bd6"}`
    const sha256 = (...texts: string[]) =>
      createHash("sha256")
        .update(Buffer.from(texts.join(""), "hex"))
        .digest("hex")
    const tag = sha256(hex(Buffer.from("Causeway/bitcoin/deposit")))

    const salt = sha256(tag, tag, "01", "02", "00", account, "16", script, "00000007")

    equal(hex(saltOf(vault, aDestination({ index: 7 }))), salt)
  })

  test("is what another implementation of taproot makes of the same scripts", () => {
    for (const to of [aDestination(), withKey]) {
      const ours = depositOutput(vault, to)
      const leaves = [ours.group, ...(ours.refund ? [ours.refund] : [])]
      const tree = leaves.map(({ script }) => ({ output: script }))
      for (const { script, controlBlock } of leaves) {
        const theirs = payments.p2tr({
          internalPubkey: bytesOf(H),
          scriptTree: tree.length === 1 ? tree[0]! : [tree[0]!, tree[1]!],
          redeem: { output: script, redeemVersion: 0xc0 },
          network: networks.regtest,
        })
        equal(ours.address, theirs.address)
        equal(hex(controlBlock), hex(theirs.witness!.at(-1)!))
      }
    }
  })

  test("has the group's leaf, and the user's after about thirty days", () => {
    const { group, refund } = depositOutput(vault, withKey)

    const salt = hex(saltOf(vault, withKey))
    equal(scripts.toASM(group.script), `${salt} OP_DROP ${hex(vault.key)} OP_CHECKSIG`)
    equal(hex(refund!.script), `02e010b27520${userKey}ac`)
    equal(hex(scripts.number.encode(REFUND_DELAY)), "e010")
    equal(REFUND_DELAY, 4_320)
    equal(depositOutput(vault, aDestination()).refund, null)
  })

  test("is another one when any of its facts is another", () => {
    const changes: Partial<Destination>[] = [
      {},
      { recipient: idNumber(51) },
      { recipient: "0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf" },
      { refundTo: vaultAddress({ ...vault, key: keyOf(secretNumber(9)) }) },
      { index: 1 },
      { refundKey: userKey },
      { refundKey: hex(keyOf(secretNumber(5))) },
    ]
    const addresses = changes.map((change) => depositOutput(vault, aDestination(change)).address)
    addresses.push(depositOutput({ ...vault, key: keyOf(secretNumber(8)) }, aDestination()).address)

    equal(new Set(addresses).size, addresses.length)
  })

  test("of one network is none of another, though the scripts differ by the salt alone", () => {
    const testnet = { ...vault, network: "testnet" } as const
    const refundTo = "tb1qw508d6qejxtdg4y5r3zarvary0c5xw7kxpjzsx"

    const there = depositOutput(testnet, aDestination({ refundTo }))

    notEqual(hex(there.script), hex(depositOutput(vault, aDestination()).script))
    throws(() => depositOutput(testnet, aDestination()), { code: "bad-address" })
  })

  test("takes no refund key that is none, and not the group's own", () => {
    const bad = ["00".repeat(32), "ff".repeat(32), hex(vault.key)]
    for (const refundKey of bad)
      throws(() => depositOutput(vault, aDestination({ refundKey })), { code: "bad-request" })
  })
})

describe("what is paid to a deposit address", () => {
  const spent = depositTo(withKey, 100_000n)
  const input = { txid: txidNumber(7), vout: 1, ...spent, sequence: 0xffff_fffd }
  const outputs = [{ script: vaultScript(vault), value: 90_000n }]

  // infra: a transaction of one such input and one output has 145 virtual bytes.
  test("the group spends with its key as it is", () => {
    const { group } = depositOutput(vault, withKey)
    const draft = { inputs: [{ ...input, leaf: group }], outputs, lockTime: 0 }

    const { raw } = sealDraft(draft, sighashesOf(draft).map(groupSign))

    deepEqual(objections(raw, [spent]), [null])
    equal(vsizeOf(weightOf(draft)), 145)
  })

  test("nobody spends by the key path, and the group not by the user's leaf", () => {
    const { refund } = depositOutput(vault, withKey)
    for (const leaf of [null, refund]) {
      const draft = { inputs: [{ ...input, leaf, sequence: REFUND_DELAY }], outputs, lockTime: 0 }
      const { raw } = sealDraft(draft, sighashesOf(draft).map(groupSign))

      notEqual(objections(raw, [spent])[0], null)
    }
  })
})

describe("a user who gave a refund key", () => {
  const deposit = { txid: txidNumber(7), vout: 1 }
  const asked = { destination: withKey, deposit, value: 100_000n, to: REFUND_TO, rate: 2_000n }

  test("takes a deposit back alone, and pays what the fee says", () => {
    const refund = selfRefund(vault, asked)

    const { raw } = refund.seal(schnorr.sign(refund.message, userSecret))

    const vsize = 126
    equal(refund.fee, BigInt(2 * vsize))
    equal(refund.amount, asked.value - refund.fee)
    deepEqual(objections(raw, [depositTo(withKey, asked.value)]), [null])
  })

  test("not with another key, and not a block too early", () => {
    const refund = selfRefund(vault, asked)
    const spent = [depositTo(withKey, asked.value)]
    const early = bytesOf(
      hex(refund.seal(schnorr.sign(refund.message, userSecret)).raw).replace(
        "e0100000",
        "df100000",
      ),
    )

    notEqual(objections(refund.seal(groupSign(refund.message)).raw, spent)[0], null)
    equal(objections(early, spent)[0], "SCRIPT_ERR_UNSATISFIED_LOCKTIME")
  })

  test("is refused what cannot be: no key, no address, nothing left", () => {
    const code = (changes: object) => {
      try {
        selfRefund(vault, { ...asked, ...changes })
      } catch (error) {
        return (error as { code: string }).code
      }
    }

    equal(code({ destination: aDestination() }), "bad-request")
    equal(code({ to: "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4" }), "bad-address")
    equal(code({ value: 252n + 293n }), "not-enough-to-pay-fees")
    equal(code({ value: 252n + 294n }), undefined)
  })
})

const FIXED = {
  plain: "bcrt1p235pdv9kfnqpalpf6fskpvsxd7x2r8jdc5e7ta878398ztw7snasshehtp",
  withKey: "bcrt1pq5vfz67earqw9hhnc7hmasvkxlvzkfhqt79uvhnskw90es00jnaqmrg8km",
  salt: "65a1a1ab0b712df13e6eaf7f542fd6391ea2c51ab4e6efb26f16c3184f7ca4ff",
  vault: "bcrt1pccg3p3n2sp54q6jyp00a7pawgxv2l0muzq9cxh205yxu5y0tc72qgjryxe",
}
