// A payout of fifty inputs, from its terms to its sealed bytes, by three of five.

import { payoutDraft } from "../../chains/bitcoin/payout.ts"
import type { PaidCoin } from "../../chains/bitcoin/terms.ts"
import { sealDraft, sighashesOf } from "../../chains/bitcoin/transaction.ts"
import type { FrostKey } from "../../mpc/schemes/frost/key.ts"
import { taproot } from "../../mpc/schemes/frost.ts"
import type { Signer } from "../../mpc/schemes/scheme.ts"
import { holding, partialsOf, roundOne } from "../../test/mpc/schemes/frost-group.ts"
import { median } from "../median.ts"
import { destination, group, vault } from "./vault.ts"

const INPUTS = 50
const ROUNDS = 5

export async function signFigures() {
  const quorum = await Promise.all([1, 2, 3].map((index) => taproot.open(holding(group, index))))
  const rows: { whole: number; sighashes: number }[] = []
  for (let round = -1; round < ROUNDS; round += 1) {
    const row = await signPayout(quorum)
    if (round >= 0) rows.push(row)
  }
  await Promise.all(quorum.map((signer) => signer.close()))
  const of = (pick: (row: (typeof rows)[number]) => number) =>
    Number(median(rows.map(pick)).toFixed(1))
  return {
    sign50InputsMs: of(({ whole }) => whole),
    sighashes50InputsMs: of(({ sighashes }) => sighashes),
  }
}

async function signPayout(quorum: readonly Signer<FrostKey>[]) {
  const coins = Array.from({ length: INPUTS }, (_, n): PaidCoin => {
    const txid = (n + 1).toString(16).padStart(64, "0")
    return { txid, vout: 0, value: 100_000n, destination: n % 2 === 0 ? null : destination }
  })
  const recipient = { script: new Uint8Array(22).fill(0x14), value: 4_000_000n }
  const start = performance.now()
  const draft = payoutDraft(vault, [recipient], { coins, fee: 20_000n, changes: 1 })
  const messages = sighashesOf(draft)
  const sighashes = performance.now() - start
  const signatures: Uint8Array[] = []
  for (const message of messages) {
    const signing = await roundOne(quorum, Uint8Array.from(message))
    const partials = await partialsOf(quorum, signing)
    const { signature } = await taproot.aggregate(group.key, signing, partials)
    if (signature === null) throw new Error("the parts made no signature")
    signatures.push(signature)
  }
  sealDraft(draft, signatures)
  return { whole: performance.now() - start, sighashes }
}
