// Coins at a deposit address of the bridge's kind: two leaves of a taproot tree, each spent as it says and not otherwise.

import { equal, rejects } from "node:assert/strict"
import { randomBytes } from "node:crypto"
import { type Transaction as Builder, crypto, payments, script } from "bitcoinjs-lib"
import * as ecc from "tiny-secp256k1"
import { describe, test } from "vitest"
import { scriptFault } from "../../../devnet/bitcoin/scripts.ts"
import { transactionOf } from "../../../devnet/bitcoin/transaction.ts"
import { bitcoinWallet, type Spendable, unsigned } from "../../../devnet/bitcoin/wallet.ts"
import { BTC, hexOf, NOBODY, oneRegtest, type Regtest } from "./regtest.ts"

const aRegtest = oneRegtest()

const { OPS } = script

describe("a deposit address: the bridge by one leaf, the user by another after 10 blocks", () => {
  test("is spent by the bridge at once", async () => {
    const { send, deposit } = await aDeposit()
    const tx = deposit.spend({ leaf: "bridge", key: "bridge", sequence: 0xfffffffd })

    equal(await send(tx), tx.getId())
  })

  test("is spent by the user late, and not early", async () => {
    const { send, mine, deposit } = await aDeposit()
    const tx = deposit.spend({ leaf: "user", key: "user", sequence: 10 })

    await mine(8)
    await rejects(send(tx), { code: -26, message: /^non-BIP68-final/ })
    await mine(1)

    equal(await send(tx), tx.getId())
  })

  test("is not spent by the user with a shorter wait than the leaf asks for", async () => {
    const { send, mine, deposit } = await aDeposit()
    await mine(20)

    for (const sequence of [9, 0, 0xfffffffd, (1 << 22) | 10]) {
      const tx = deposit.spend({ leaf: "user", key: "user", sequence })
      await rejects(send(tx), { code: -26 })
    }
  })

  test("is not spent by a version that knows no waiting", async () => {
    const { send, mine, deposit } = await aDeposit()
    await mine(20)
    const tx = deposit.spend({ leaf: "user", key: "user", sequence: 10, version: 1 })

    await rejects(send(tx), { code: -26, message: /Locktime requirement not satisfied/ })
  })

  test.each([
    { leaf: "bridge", key: "user" },
    { leaf: "user", key: "bridge" },
  ] as const)("is not spent on the $leaf's leaf with the $key's key", async ({ leaf, key }) => {
    const { send, mine, deposit } = await aDeposit()
    await mine(20)

    const tx = deposit.spend({ leaf, key, sequence: 10 })

    await rejects(send(tx), { code: -26, message: /Invalid Schnorr signature/ })
  })

  test("is not spent by a leaf that it does not have", async () => {
    const { send, deposit } = await aDeposit()
    const tx = deposit.spend({ leaf: "bridge", key: "bridge", sequence: 0xfffffffd })
    const [signature, , control] = tx.ins[0]!.witness
    tx.setWitness(0, [signature!, Buffer.from("51", "hex"), control!])

    await rejects(send(tx), { code: -26, message: /Witness program hash mismatch/ })
  })

  test("is not spent with a control block that was changed", async () => {
    const { send, deposit } = await aDeposit()
    const tx = deposit.spend({ leaf: "bridge", key: "bridge", sequence: 0xfffffffd })
    const [signature, leaf, control] = tx.ins[0]!.witness
    const changed = Buffer.from(control!)
    changed[40]! ^= 1
    tx.setWitness(0, [signature!, leaf!, changed])

    await rejects(send(tx), { code: -26, message: /Witness program hash mismatch/ })
  })
})

describe("a key that begins with a zero byte", () => {
  const pay = [{ to: Buffer.from("51", "hex"), value: BTC }]
  const spend = [{ txid: "ab".repeat(32), vout: 0, value: BTC }]

  test("spends by the key path like any other", () => {
    const secret = secretWith((secret) => bitcoinWallet(secret).script[2] === 0)
    const wallet = bitcoinWallet(secret)

    const tx = wallet.sign({ spend, pay })

    equal(scriptFault(tx, [{ script: wallet.script, value: BTC }]), null)
  })

  test.each(["leaf", "internal", "output"])("spends by a leaf like any other: %s key", (which) => {
    const leafSecret = secretWith((secret) => which !== "leaf" || keyOf(secret)[0] === 0)
    const leaf = script.compile([keyOf(leafSecret), OPS.OP_CHECKSIG!])
    const paymentTo = (internalPubkey: Uint8Array) =>
      payments.p2tr({
        internalPubkey,
        scriptTree: { output: leaf },
        redeem: { output: leaf, redeemVersion: 0xc0 },
      })
    const internal = secretWith((secret) => {
      if (which === "internal") return keyOf(secret)[0] === 0
      return which !== "output" || paymentTo(keyOf(secret)).output![2] === 0
    })
    const payment = paymentTo(keyOf(internal))
    const tx = unsigned({ spend, pay })

    sign(tx, payment.output!, leaf, payment.witness!.at(-1)!, leafSecret)

    equal(scriptFault(transactionOf(tx), [{ script: payment.output!, value: BTC }]), null)
  })
})

function secretWith(holds: (secret: Buffer) => boolean): Buffer {
  for (;;) {
    const secret = randomBytes(32)
    if (holds(secret)) return secret
  }
}

function keyOf(secret: Uint8Array): Buffer {
  return Buffer.from(ecc.xOnlyPointFromScalar(secret))
}

/** Signs the one input by a leaf. */
function sign(
  tx: Builder,
  output: Uint8Array,
  leaf: Uint8Array,
  control: Uint8Array,
  secret: Uint8Array,
): void {
  const framed = Buffer.concat([Buffer.from([0xc0, leaf.length]), leaf])
  const hash = crypto.taggedHash("TapLeaf", framed)
  const digest = tx.hashForWitnessV1(0, [output], [BTC], 0, hash)
  tx.setWitness(0, [ecc.signSchnorr(digest, secret), leaf, control])
}

/** A point whose discrete logarithm nobody knows (BIP341). */
const NUMS = Buffer.from("50929b74c1a04954b78b4b6035e97a5e078a5a0f28ec96d547bfee9ace803ac0", "hex")

interface Spend {
  readonly leaf: "bridge" | "user"
  readonly key: "bridge" | "user"
  readonly sequence: number
  readonly version?: number
}

/** A coin of 1 bitcoin in its first block, at an address as the bridge gives them out. */
async function aDeposit(): Promise<Regtest & { deposit: { spend(how: Spend): Builder } }> {
  const regtest = await aRegtest()
  const secrets = { bridge: randomBytes(32), user: randomBytes(32) }
  const { OP_DROP, OP_CHECKSIG, OP_CHECKSEQUENCEVERIFY } = OPS
  const wait = script.number.encode(10)
  const leaves = {
    bridge: script.compile([randomBytes(32), OP_DROP!, keyOf(secrets.bridge), OP_CHECKSIG!]),
    user: script.compile([
      wait,
      OP_CHECKSEQUENCEVERIFY!,
      OP_DROP!,
      keyOf(secrets.user),
      OP_CHECKSIG!,
    ]),
  }
  const scriptTree = [{ output: leaves.bridge }, { output: leaves.user }] as const
  const payTo = (leaf: keyof typeof leaves) =>
    payments.p2tr({
      internalPubkey: NUMS,
      scriptTree: [...scriptTree],
      redeem: { output: leaves[leaf], redeemVersion: 0xc0 },
    })
  const output = payTo("bridge").output!
  const { wallet, coins } = await regtest.funded(2)
  const paid = wallet.sign({
    spend: coins,
    pay: [
      { to: output, value: BTC },
      { to: NOBODY, value: BTC / 2n },
    ],
  })
  const coin: Spendable = { txid: paid.id, vout: 0, value: BTC }
  await regtest.rpc("sendrawtransaction", hexOf(paid), 0)
  await regtest.mine(1)
  const spend = ({ leaf, key, sequence, version = 2 }: Spend) => {
    const tx = unsigned({
      spend: [{ ...coin, sequence }],
      pay: [{ to: NOBODY, value: BTC - 1000n }],
      version,
    })
    sign(tx, output, leaves[leaf], payTo(leaf).witness!.at(-1)!, secrets[key])
    return tx
  }
  return { ...regtest, deposit: { spend } }
}
