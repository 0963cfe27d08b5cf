// One choice out of ten thousand coins, and the size of what is chosen.

import { createHash } from "node:crypto"
import { type Coin, chooseCoins, type Wish } from "../../chains/bitcoin/coins.ts"
import { vaultScript } from "../../chains/bitcoin/deposit.ts"
import { payoutDraft } from "../../chains/bitcoin/payout.ts"
import { vsizeOf, weightOf } from "../../chains/bitcoin/transaction.ts"
import { median } from "../median.ts"
import { vault } from "./vault.ts"

const COINS = 10_000
const AMOUNTS = [90_000n, 1_234_567n, 20_000_000n, 60_000_000n, 150_000_000n, 220_000_000n]
const ROUNDS = 5

export function coinFigures() {
  const coins = Array.from({ length: COINS }, (_, n) => aCoin(n))
  const times: number[] = []
  for (let round = -1; round < ROUNDS; round += 1)
    for (const value of AMOUNTS) {
      const start = performance.now()
      const choice = chooseCoins(aWish(coins, [value]))
      const time = performance.now() - start
      if (choice === null) throw new Error("the coins do not suffice")
      if (round >= 0) times.push(time)
    }
  const size = (count: number) => Number((vsizeFor(count) / count).toFixed(1))
  return {
    coinSelection10kMs: Number(median(times).toFixed(2)),
    vbytesPerPayout1: size(1),
    vbytesPerPayout10: size(10),
    vbytesPerPayout100: size(100),
  }
}

function vsizeFor(count: number): number {
  const values = Array.from({ length: count }, (_, n) => 100_000n + BigInt(n))
  const wish = aWish([{ ...aCoin(1), value: 1_000_000_000n }, aCoin(2), aCoin(3)], values)
  const { coins, change, fee } = chooseCoins(wish)!
  const draft = payoutDraft(vault, wish.outputs, { coins, fee, changes: change.length })
  if (draft.inputs.length !== 1 || change.length !== 1) throw new Error("not the usual payout")
  return vsizeOf(weightOf(draft))
}

function aWish(coins: readonly Coin[], values: readonly bigint[]): Wish {
  return {
    ...{ coins, frozen: new Set<string>(), required: [], change: vaultScript(vault) },
    outputs: values.map((value) => ({ script: new Uint8Array(22).fill(0x14), value })),
    ...{ rate: 12_345n, replaced: null, budget: 0n },
  }
}

/** From 0.00001 to 0.05 bitcoin, and the same on every machine. */
function aCoin(number: number): Coin {
  const txid = createHash("sha256").update(`coin ${number}`).digest("hex")
  const value = 1_000n + (BigInt(`0x${txid.slice(0, 12)}`) % 5_000_000n)
  return { txid, vout: number % 3, value, destination: null, height: 1 }
}
