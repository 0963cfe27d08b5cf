// What a block says about us: deposits, each output its own, and where coins of ours went. Pure.

import { Script } from "@scure/btc-signer"
import type { Problem } from "../../core/transfer.ts"
import { addressOf } from "./address.ts"
import { type Vault, vaultScripts } from "./deposit.ts"
import { type Destination, destinationInMemo, isOurMemo } from "./destination.ts"
import type { PaidCoin } from "./terms.ts"
import type { Outpoint, Output } from "./transaction.ts"

/** A transaction that pays us, or spends a coin of ours. */
export interface BitcoinItem {
  readonly txid: string
  readonly isCoinbase: boolean
  readonly inputs: readonly ItemInput[]
  readonly outputs: readonly ItemOutput[]
}

export interface ItemInput extends Outpoint {
  /** The coin of ours that it spends. */
  readonly coin: PaidCoin | null
  /** It was spent by the user's own leaf, after the delay. */
  readonly isTakenBack: boolean
  /** Address of what it spends, when it has one and our node knows it; of our own coins it is not asked. */
  readonly from: string | null
}

export interface ItemOutput extends Output {
  /** Of the deposit address that it pays; null for every other output, the vault's too. */
  readonly destination: Destination | null
}

export interface Deposit extends Outpoint {
  /** Satoshi. */
  readonly amount: bigint
  /** Of the address of its own that it was paid to; null for the vault's. */
  readonly destination: Destination | null
  /** Addresses of all inputs, each once. */
  readonly senders: readonly string[]
  /** Inputs whose address is not known. */
  readonly unnamed: number
  readonly recipient: string | null
  /** Null when nobody is named: people decide, as the first input may be an exchange's. */
  readonly refundTo: string | null
  readonly problem: Problem | null
  /** Confirmations that it needs. */
  readonly depth: number
}

/** A transaction of the group: everything it pays to others, and what the miners got. */
export interface Outflow {
  readonly txid: string
  /** Every coin of ours that it spends, in the order of its inputs. */
  readonly spent: readonly Outpoint[]
  /** Whatever goes to anybody but the vault, in the order of its outputs. */
  readonly paid: readonly { readonly recipient: string | null; readonly amount: bigint }[]
  /** Null when coins of others are among its inputs: it is none of ours. */
  readonly networkFee: bigint | null
}

/** A deposit that its owner took back. */
export interface TakenBack {
  readonly deposit: Outpoint
  readonly txid: string
}

export interface BlockFacts {
  readonly deposits: readonly Deposit[]
  readonly outflows: readonly Outflow[]
  readonly takenBack: readonly TakenBack[]
}

/** A coinbase can be spent after so many blocks (consensus). */
export const COINBASE_DEPTH = 100

/**
 * Confirmations for a block that brings us so much, satoshi. By the sum of the block, or many small deposits
 * would be final as early as each would.
 */
export function depthFor(sum: bigint): number {
  return TIERS.find(({ below }) => sum < below)?.depth ?? DEPTH_MAX
}

/** 0.01 and 0.1 bitcoin. */
const TIERS = [
  { below: 1_000_000n, depth: 2 },
  { below: 10_000_000n, depth: 3 },
] as const
const DEPTH_MAX = 6

/** Never throws for what strangers wrote. */
export function factsIn(items: readonly BitcoinItem[], vault: Vault): BlockFacts {
  const deposits = items.flatMap((item) => depositsIn(item, vault))
  const depth = depthFor(deposits.reduce((sum, { amount }) => sum + amount, 0n))
  const coinbases = new Set(items.filter(({ isCoinbase }) => isCoinbase).map(({ txid }) => txid))
  return {
    deposits: deposits.map((deposit) => ({
      ...deposit,
      depth: coinbases.has(deposit.txid) ? COINBASE_DEPTH : depth,
    })),
    outflows: items.flatMap((item) => outflowIn(item, vault)),
    takenBack: items.flatMap(({ txid, inputs }) =>
      inputs
        .filter(({ coin, isTakenBack }) => coin !== null && isTakenBack)
        .map(({ txid: of, vout }) => ({ deposit: { txid: of, vout }, txid })),
    ),
  }
}

/** What comes out of a transaction that spends coins of the group is change, or an attack; never a deposit. */
function depositsIn(item: BitcoinItem, vault: Vault): Omit<Deposit, "depth">[] {
  if (item.inputs.some(({ coin, isTakenBack }) => coin !== null && !isTakenBack)) return []
  const own = vaultScripts(vault)
  const named = namedIn(item, vault)
  const senders = [...new Set(item.inputs.map(({ from }) => from))].filter((one) => one !== null)
  const unnamed = item.inputs.filter(({ from }) => from === null).length
  return item.outputs.flatMap(({ value, script, destination }, vout) => {
    if (value === 0n || (destination === null && !isOne(script, own))) return []
    const found = { txid: item.txid, vout, amount: value, destination, senders, unnamed }
    if (destination === null) return [{ ...found, ...named }]
    const { recipient, refundTo } = destination
    return [{ ...found, recipient, refundTo, problem: null }]
  })
}

/** Whom the memos of a payment to the vault name; two memos are one too many, whatever they say. */
function namedIn({ outputs }: BitcoinItem, { network }: Vault) {
  const memos = outputs.flatMap(({ script }) => {
    const data = dataIn(script)
    return data && isOurMemo(data) ? [data] : []
  })
  const [memo] = memos
  const nobody = { recipient: null, refundTo: null }
  if (memo === undefined) return { ...nobody, problem: "no-recipient" } as const
  const named = destinationInMemo(memo, network)
  if (memos.length > 1) return { ...nobody, problem: "ambiguous-recipient" } as const
  if (named === null) return { ...nobody, problem: "bad-recipient" } as const
  return { recipient: named.recipient, refundTo: named.refundTo, problem: null }
}

/** The data of an OP_RETURN that pushes once. */
function dataIn(script: Uint8Array): Uint8Array | null {
  if (script[0] !== OP_RETURN) return null
  try {
    const [, data, ...rest] = Script.decode(script)
    return data instanceof Uint8Array && rest.length === 0 ? data : null
  } catch {
    return null
  }
}

function outflowIn({ txid, inputs, outputs }: BitcoinItem, vault: Vault): Outflow[] {
  const own = inputs.filter(({ coin, isTakenBack }) => coin !== null && !isTakenBack)
  if (own.length === 0) return []
  const vaults = vaultScripts(vault)
  const others = outputs.filter((output) => !isOne(output.script, vaults))
  const given = own.reduce((sum, { coin }) => sum + (coin?.value ?? 0n), 0n)
  const taken = outputs.reduce((sum, { value }) => sum + value, 0n)
  return [
    {
      txid,
      spent: own.map(({ txid: of, vout }) => ({ txid: of, vout })),
      paid: others.map(({ script: to, value }) => ({
        recipient: addressOf(to, vault.network),
        amount: value,
      })),
      networkFee: own.length === inputs.length ? given - taken : null,
    },
  ]
}

function isOne(script: Uint8Array, of: readonly Uint8Array[]): boolean {
  return of.some(
    (one) => one.length === script.length && one.every((byte, at) => byte === script[at]),
  )
}

const OP_RETURN = 0x6a
