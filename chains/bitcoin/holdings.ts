// Our coins as blocks made and spent them: a block is put on top or taken off, and everything follows.

import { bytesToHex } from "@noble/hashes/utils.js"
import { assert } from "../../core/assert.ts"
import { BridgeError } from "../../core/errors.ts"
import { keyOf, outpointOf, type RawTransaction } from "./block.ts"
import { type Coin, pointOf } from "./coins.ts"
import {
  depositOutput,
  depositOutputs,
  REFUND_DELAY,
  type Vault,
  vaultScript,
  vaultUnder,
} from "./deposit.ts"
import type { Destination } from "./destination.ts"
import type { BitcoinItem, ItemInput } from "./facts.ts"
import { type Outpoint, type Output, readTransaction } from "./transaction.ts"

/** A coin that was ever ours, and where it went. */
export interface Held {
  readonly coin: Coin
  readonly isCoinbase: boolean
  /** It came back from a payout of the group. */
  readonly isChange: boolean
  /** The transaction that spent it in a block, or null; `isTakenBack`: by the owner's own leaf. */
  spent: { readonly txid: string; readonly height: number; readonly isTakenBack: boolean } | null
}

/**
 * Whether a deposit is not to be paid for: its owner took it back, or may do so within a week of blocks, so that
 * it has to move to the vault first.
 */
export function isLeaving({ coin, spent }: Pick<Held, "coin" | "spent">, tip: number): boolean {
  if (spent !== null) return spent.isTakenBack
  return coin.destination?.refundKey != null && tip - coin.height + 1 > REFUND_DELAY - WEEK
}

const WEEK = 1_008

/** What a script of ours is: the vault's, or of a deposit address; and the former key that it is under, if it is. */
interface Ours {
  readonly destination: Destination | null
  readonly former: string | undefined
}

interface Layer {
  readonly height: number
  readonly made: string[]
  readonly spent: string[]
}

/** Every script of ours is a taproot output of this length. */
const SCRIPT_LENGTH = 34
const OP_1 = 0x51

export class Holdings {
  readonly #vault: Vault
  /** By the characters of the script. */
  readonly #scripts = new Map<string, Ours>()
  /** By `keyOf`. */
  readonly #held = new Map<string, Held>()
  readonly #layers: Layer[] = []
  /** What our payouts spent, by each coin that came back from one; also of those that a fork has undone. */
  readonly #origins = new Map<string, readonly string[]>()

  constructor(vault: Vault) {
    this.#vault = vault
    for (const former of [undefined, ...(vault.former ?? []).map((key) => bytesToHex(key))]) {
      const script = vaultScript(vaultUnder(vault, former))
      this.#scripts.set(charactersOf(script), { destination: null, former })
    }
  }

  /** Blocks that are on the pile already are not looked at again. */
  learn(destination: Destination): void {
    for (const { script, former } of depositOutputs(this.#vault, destination))
      this.#scripts.set(charactersOf(script), { destination, former })
  }

  /** Whose output it is, when it pays us. */
  #oursIn({ script }: Output): Ours | undefined {
    return script.length === SCRIPT_LENGTH && script[0] === OP_1
      ? this.#scripts.get(charactersOf(script))
      : undefined
  }

  held(point: Outpoint): Held | null {
    return this.#held.get(keyOf(point)) ?? null
  }

  /** Coins that no block has spent, with so many confirmations or more as `depthOf` asks for each. */
  coins(tip: number, depthOf: (held: Held) => number): readonly Coin[] {
    return [...this.#held.values()]
      .filter((held) => held.spent === null && tip - held.coin.height + 1 >= depthOf(held))
      .map(({ coin }) => coin)
  }

  /** All that was ever deposited, satoshi: whatever became ours, is no change, and was not taken back. */
  deposited(): bigint {
    let sum = 0n
    for (const { coin, isChange, spent } of this.#held.values())
      if (!isChange && !spent?.isTakenBack) sum += coin.value
    return sum
  }

  /** Puts the next block's transactions on top; those that concern us, with senders unknown yet. */
  push(height: number, transactions: readonly RawTransaction[]): readonly BitcoinItem[] {
    const layer: Layer = { height, made: [], spent: [] }
    this.#layers.push(layer)
    return transactions.flatMap((transaction) => {
      const { isCoinbase, spends, outputs } = transaction
      const own = spends.filter((key) => this.#held.has(key))
      const paid = outputs.map((output) => this.#oursIn(output))
      if (own.length === 0 && paid.every((one) => one === undefined)) return []
      const { txid } = transaction
      const inputs = this.#inputs(transaction)
      for (const key of own)
        this.#spend(layer, key, txid, inputs[spends.indexOf(key)]?.isTakenBack ?? false)
      const isChange = inputs.some(({ coin, isTakenBack }) => coin !== null && !isTakenBack)
      for (const [vout, one] of paid.entries()) {
        const { value } = outputs[vout]!
        if (one === undefined || value === 0n) continue
        const { destination, former } = one
        const coin = { txid, vout, value, destination, height, ...(former && { former }) }
        this.#make(layer, { coin, isCoinbase, isChange, spent: null })
        if (isChange) this.#origins.set(keyOf(coin), spends)
      }
      return [
        {
          ...{ txid, isCoinbase, inputs },
          outputs: outputs.map((output, vout) => ({
            value: output.value,
            // A copy: the rest of the block must not be kept for it.
            script: Uint8Array.from(output.script),
            destination: paid[vout]?.destination ?? null,
          })),
        },
      ]
    })
  }

  /** Payouts of blocks that a fork took off before this reader began: what would have come back from them. */
  remember(transactions: readonly RawTransaction[]): void {
    for (const { txid, spends, outputs } of transactions) {
      if (!spends.some((key) => this.#held.has(key) || this.#origins.has(key))) continue
      for (const [vout, output] of outputs.entries())
        if (this.#oursIn(output)) this.#origins.set(keyOf({ txid, vout }), spends)
    }
  }

  /**
   * The block since which a coin cannot be made: the payout that would make it spends what another transaction has spent
   * there. Null while the coin is there, or may come, and of one that this reader has never seen.
   */
  ruledOut(point: Outpoint): number | null {
    const key = keyOf(point)
    if (this.#held.has(key)) return null
    const heights = (this.#origins.get(key) ?? []).map((from) => {
      const held = this.#held.get(from)
      if (!held) return this.ruledOut(outpointOf(from))
      return held.spent && held.spent.txid !== point.txid ? held.spent.height : null
    })
    const known = heights.filter((height) => height !== null)
    return known.length > 0 ? Math.min(...known) : null
  }

  /** Takes the newest block off again. */
  pop(): void {
    const layer = this.#layers.pop()
    assert(layer !== undefined, "a block that is taken off was put on")
    for (const key of layer.spent) this.#held.get(key)!.spent = null
    for (const key of layer.made) this.#held.delete(key)
  }

  #inputs({ spends, raw }: RawTransaction): ItemInput[] {
    const read = spends.some((key) => this.#held.has(key)) ? readTransaction(raw) : null
    return spends.map((key, at) => {
      const held = this.#held.get(key) ?? null
      const input = read?.inputs[at]
      const isTakenBack = held !== null && input !== undefined && this.#isRefund(held.coin, input)
      return { ...outpointOf(key), coin: held && planned(held.coin), isTakenBack, from: null }
    })
  }

  /** The user's leaf shows its script, and the sequence the delay: what the group signs never does. */
  #isRefund(
    { destination, former }: Coin,
    { sequence, witness }: { sequence: number; witness: readonly Uint8Array[] },
  ): boolean {
    if (destination?.refundKey == null || (sequence & 0xffff) < REFUND_DELAY) return false
    const { refund } = depositOutput(vaultUnder(this.#vault, former), destination)
    const shown = witness[1]
    return (
      sequence < 0x8000_0000 &&
      shown !== undefined &&
      Buffer.from(shown).equals(Buffer.from(refund!.script))
    )
  }

  #make(layer: Layer, held: Held): void {
    const key = keyOf(held.coin)
    this.#held.set(key, held)
    layer.made.push(key)
  }

  #spend(layer: Layer, key: string, txid: string, isTakenBack: boolean): void {
    const held = this.#held.get(key)!
    if (held.spent !== null)
      throw new BridgeError("rpc-disagrees", {
        coin: pointOf(held.coin),
        why: "spent in two blocks",
      })
    held.spent = { txid, height: layer.height, isTakenBack }
    layer.spent.push(key)
  }
}

function planned({ height: _, ...coin }: Coin) {
  return coin
}

/** Strings are compared by value; one character a byte. */
function charactersOf(script: Uint8Array): string {
  return Buffer.from(script.buffer, script.byteOffset, script.byteLength).toString("latin1")
}
