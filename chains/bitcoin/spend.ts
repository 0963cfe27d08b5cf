// What payouts ask of the chain: coins for a plan, a signer's look at somebody else's, handing in, and what became of it.

import { bytesToHex } from "@noble/hashes/utils.js"
import { BridgeError } from "../../core/errors.ts"
import type { Fate, Remainder, Sealed } from "../chain.ts"
import { answered } from "../quorum.ts"
import {
  BUDGET,
  type Choice,
  COINS_ENOUGH,
  type Coin,
  isPlain,
  pointOf,
  TOGETHER_MIN,
} from "./coins.ts"
import { REFUND_DELAY, type Vault, vaultScript, vaultScripts } from "./deposit.ts"
import { COINBASE_DEPTH } from "./facts.ts"
import { CHEAP, feeOf, rateFrom } from "./fees.ts"
import type { Held } from "./holdings.ts"
import type { BitcoinNode } from "./node.ts"
import { coinScript, payoutDraft } from "./payout.ts"
import { fateIn, isOutbidBy, leftOf, planned, rateMost, remainderIn } from "./planning.ts"
import type { Scan } from "./scan.ts"
import type { PaidCoin, PayoutTerms } from "./terms.ts"
import { type Output, readTransaction, vsizeOf, weightOf } from "./transaction.ts"

/** Confirmations after which a deposit's coin may be spent, whatever it is worth. */
export const SPEND_DEPTH = 6
/** For change: what it came back from might have been replaced, if its block goes. */
const CHANGE_DEPTH = 2
/** Blocks within which a payout should be mined. */
const TARGET_BLOCKS = 6

export interface Wanted {
  readonly outputs: readonly Output[]
  /** Terms of every plan that may still land: nobody else may spend their coins. */
  readonly open: readonly PayoutTerms[]
  /** The newest plan for the very same payouts, which may still land; the new one replaces it. */
  readonly replaced: PayoutTerms | null
  /** `pointOf` of coins that nobody may touch: not screened yet, or held. */
  readonly frozen: ReadonlySet<string>
}

/** Coins, change and fee of a new plan. Throws `not-yet` when the vault has not enough coins that are free. */
export async function choose(scan: Scan, vault: Vault, wanted: Wanted): Promise<Choice> {
  const tip = await scan.catchUp()
  const { outputs, open, replaced } = wanted
  const coins = scan.holdings.coins(tip.height, depthOf)
  const busy = open.flatMap((terms) => terms.coins.map(pointOf))
  const frozen = new Set([...wanted.frozen, ...busy])
  const estimate = await estimated(scan)
  const before = replaced && {
    fee: replaced.fee,
    rate: rateOf(vault, outputs, replaced),
    left: spentAgain(scan, replaced),
  }
  const all = { coins, tip: tip.height, estimate, frozen }
  const { choice, rate } = planned(all, outputs, vaultScript(vault), before)
  if (choice === null)
    throw new BridgeError("not-yet", { why: "not enough free coins", coins: coins.length, rate })
  return choice
}

/**
 * A signer's own look at a plan of somebody else. Throws `signer-refused` and says what is not so: every coin
 * must be the group's, unspent and deep enough in all of this signer's nodes, at the value that is signed.
 */
export async function check(
  scan: Scan,
  vault: Vault,
  outputs: readonly Output[],
  terms: PayoutTerms,
): Promise<void> {
  payoutDraft(vault, outputs, terms)
  const { coins, to } = terms
  // Whoever knows that former key could have taken these coins without us, and gains no other ones.
  const isKept = coins.every(({ former }) => former === to)
  claim(to === undefined || isKept, "the change comes to the present key", { to })
  const isSweep = outputs.length === 0
  if (isSweep && coins.every(isPlain)) await checkTogether(scan, vault, terms)
  else if (isSweep) checkLeaving(terms)
  const isLeft = ({ former }: PaidCoin) => former !== undefined && to === undefined
  const isDueOne = (coin: PaidCoin) => isSweep && !isLeft(coin) && !isPlain(coin)
  const depthMin = (coin: PaidCoin) => (isDueOne(coin) ? SWEEP_DEPTH : 0)
  await Promise.all(coins.map((coin) => checkCoin(scan, vault, coin, depthMin(coin))))
  const rate = rateOf(vault, outputs, terms)
  const most = rateMost(await estimated(scan))
  claim(rate <= most, "the fee is modest", { rate, most })
}

/** What leaves where others could take it is due, and moves once: nobody can have the vault's money burned as fees. */
function checkLeaving({ coins, to }: PayoutTerms): void {
  for (const coin of coins)
    claim(
      coin.destination?.refundKey != null || (coin.former !== undefined && to === undefined),
      "its owner could take it back",
      { coin: pointOf(coin) },
    )
}

/**
 * Small coins may become one, cheaply, while this signer knows of more than enough of them: each time there are fewer, so
 * that it ends.
 */
async function checkTogether(scan: Scan, vault: Vault, terms: PayoutTerms): Promise<void> {
  const { coins, changes, fee } = terms
  const tip = await scan.catchUp()
  const others = scan.holdings.coins(tip.height, depthOf).length - coins.length
  const cheap = feeOf(weightOf(payoutDraft(vault, [], terms)), CHEAP)
  claim(changes === 1, "they become one coin", { changes })
  claim(coins.length >= TOGETHER_MIN, "they are enough to be brought together", {
    coins: coins.length,
  })
  claim(others >= COINS_ENOUGH, "there are enough others", { others })
  claim(fee <= cheap && fee <= BUDGET, "it is cheap, and within the budget", { fee, cheap })
}

/** Hands over signed bytes. Throws `payout-refused` when they can never be accepted, `not-yet` when not now. */
export async function submit(scan: Scan, { id, raw }: Sealed): Promise<void> {
  const outcomes = await scan.nodes.outcomes((node) => hand(node, id, raw))
  const verdicts = outcomes.map((outcome) => ("value" in outcome ? outcome.value : outcome.error))
  // One node that takes it is enough: nodes pass transactions on.
  if (verdicts.includes("taken")) return
  // What is mined spends what is spent: by itself.
  await scan.catchUp()
  const [first] = readTransaction(raw)?.inputs ?? []
  if (first && scan.holdings.held(first)?.spent?.txid === id) return
  const refusal = verdicts.find((verdict) => isCode(verdict, "payout-refused"))
  throw refusal ?? verdicts[0]
}

/** As `fateIn`. A sweep wants all of it to be the vault's. */
export async function fateOf(
  scan: Scan,
  vault: Vault,
  outputs: readonly Output[],
  { coins }: Pick<PayoutTerms, "coins">,
): Promise<Fate> {
  const tip = await scan.catchUp()
  const held = scan.holdings.held(coins[0]!)
  if (held === null) {
    const ruledOut = scan.holdings.ruledOut(coins[0]!)
    return fateIn({ spent: null, ruledOut }, tip.height)
  }
  if (held.spent === null) return "open"
  const { txid, height } = held.spent
  const transaction = await scan.transaction(txid)
  if (transaction === null)
    throw new BridgeError("rpc-unavailable", { txid, why: "mined but not served" })
  const own = vaultScripts(vault).map(bytesToHex)
  const isSwept = transaction.outputs.every(({ script }) => own.includes(bytesToHex(script)))
  const isDone = outputs.length === 0 ? isSwept : isPaid(transaction.outputs, outputs)
  return fateIn({ spent: { height, isPaid: isDone }, ruledOut: null }, tip.height)
}

/**
 * Whether the next payout would offer more by so much that a replacement of this one is worth it; and whenever its
 * change would come to a former key.
 */
export async function isOutbid(
  scan: Scan,
  vault: Vault,
  outputs: readonly Output[],
  terms: PayoutTerms,
): Promise<boolean> {
  if (terms.to !== undefined) return true
  return isOutbidBy(await estimated(scan), rateOf(vault, outputs, terms))
}

/** By the blocks that this reader has read. */
export async function remainderOf(
  scan: Scan,
  { coins }: Pick<PayoutTerms, "coins">,
): Promise<Remainder> {
  await scan.catchUp()
  return remainderIn(coins, (coin) => isThere(scan, coin))
}

function isThere(scan: Scan, coin: PaidCoin): boolean {
  return scan.holdings.held(coin)?.spent === null
}

/** What is left of a plan, for the one that replaces it. Throws `not-yet` when its slot is not there. */
function spentAgain(scan: Scan, { coins }: Pick<PayoutTerms, "coins">): readonly Coin[] {
  const left = leftOf(coins, (coin) => isThere(scan, coin))
  if (left === null)
    throw new BridgeError("not-yet", { coin: pointOf(coins[0]!), why: "the slot is not there" })
  return left.map((coin) => known(scan, coin))
}

/** Confirmations of what a sweep may move: it is due, or will be within some blocks that our nodes are behind. */
const SWEEP_DEPTH = REFUND_DELAY / 2 - 6

/** Change was ours before; what strangers made must be final. */
export function depthOf({ isCoinbase, isChange }: Held): number {
  return isCoinbase ? COINBASE_DEPTH : isChange ? CHANGE_DEPTH : SPEND_DEPTH
}

export async function estimated(scan: Scan): Promise<bigint> {
  return rateFrom(await scan.nodes.collect((node) => node.estimate(TARGET_BLOCKS)))
}

export function rateOf(vault: Vault, outputs: readonly Output[], terms: PayoutTerms): bigint {
  const vsize = BigInt(vsizeOf(weightOf(payoutDraft(vault, outputs, terms))))
  return (terms.fee * 1_000n + vsize - 1n) / vsize
}

/** A replacement spends the coins of the plan before; that they are ours a reader knows. */
export function known(scan: Scan, coin: PaidCoin): Coin {
  const held = scan.holdings.held(coin)
  if (held === null) throw new BridgeError("not-yet", { coin: pointOf(coin), why: "not known" })
  return held.coin
}

async function checkCoin(
  scan: Scan,
  vault: Vault,
  coin: PaidCoin,
  depthMin: number,
): Promise<void> {
  const { txid, vout } = coin
  const script = bytesToHex(coinScript(vault, coin))
  const found = answered(await scan.nodes.outcomes((node) => node.unspent(txid, vout)))
  for (const { from, value: one } of found) {
    const detail = {
      ...{ coin: pointOf(coin), value: one?.value, confirmations: one?.confirmations, url: from },
    }
    claim(one !== null, "the coin is unspent", detail)
    claim(one.script === script, "the coin is the group's", detail)
    claim(one.value === coin.value, "the coin has the value that is signed", detail)
    const usual = coin.destination === null ? CHANGE_DEPTH : SPEND_DEPTH
    const least = Math.max(depthMin, one.isCoinbase ? COINBASE_DEPTH : usual)
    claim(one.confirmations >= least, "the coin is deep enough", detail)
  }
}

/** `taken` when the node has it, or had it. */
async function hand(node: BitcoinNode, txid: string, raw: Uint8Array): Promise<"taken"> {
  const failure = await node.send(raw)
  if (failure === null || KNOWN.test(failure.message)) return "taken"
  const detail = { url: node.url, transaction: txid, why: failure.message }
  const isLater = LATER.test(failure.message) || !REFUSALS.has(failure.code)
  throw new BridgeError(isLater ? "not-yet" : "payout-refused", detail)
}

/** The words of Core for a transaction that is in its mempool or its chain. */
const KNOWN = /already/i
/**
 * For one that pays too little now, or less than what it would replace: the price may fall, or it is bumped. For one that
 * hangs on too many others: up to Core 30 in a chain, since 31 in a cluster.
 */
const LATER =
  /insufficient fee|min relay fee|mempool min fee|mempool full|too-long-mempool-chain|too-large-cluster|non-final/i
/** `RPC_VERIFY_ERROR` and `RPC_VERIFY_REJECTED` of Core. */
const REFUSALS: ReadonlySet<number> = new Set([-25, -26])

/** Whether each of `wanted` is among `outputs`, as often as it is wanted. */
export function isPaid(outputs: readonly Output[], wanted: readonly Output[]): boolean {
  const nameOf = ({ script, value }: Output) => `${bytesToHex(script)} ${value}`
  const left = new Map<string, number>()
  for (const output of outputs) left.set(nameOf(output), (left.get(nameOf(output)) ?? 0) + 1)
  return wanted.every((output) => {
    const count = left.get(nameOf(output)) ?? 0
    left.set(nameOf(output), count - 1)
    return count > 0
  })
}

function claim(holds: boolean, reason: string, detail: Record<string, unknown>): asserts holds {
  if (!holds) throw new BridgeError("signer-refused", { reason: `not so: ${reason}`, ...detail })
}

function isCode(error: unknown, code: BridgeError["code"]): boolean {
  return error instanceof BridgeError && error.code === code
}
