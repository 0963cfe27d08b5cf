// Bitcoin in the bridge's terms: outputs to us are deposits, transactions of the group are payouts. Pure.

import { hexToBytes } from "@noble/hashes/utils.js"
import { assert } from "../../core/assert.ts"
import { BridgeError } from "../../core/errors.ts"
import { transferId } from "../../core/ids.ts"
import type { Payout } from "../../core/payout.ts"
import type { Outflow as AuditedOutflow } from "../../core/solvency.ts"
import type { Sighting } from "../../core/transfer.ts"
import type { Codec, Deployment, Facts, Settlement, Stray, TakenBack } from "../chain.ts"
import { matched } from "../match.ts"
import { addressOf, bitcoinAddress, scriptOf } from "./address.ts"
import { isPlain, pointOf } from "./coins.ts"
import { type Vault, vaultScripts } from "./deposit.ts"
import { noteOf } from "./destination.ts"
import { type BitcoinItem, type Deposit, depthFor, factsIn, type Outflow } from "./facts.ts"
import { payoutDraft } from "./payout.ts"
import { feeIn, termsIn } from "./terms.ts"
import {
  type Outpoint,
  type Output,
  readTransaction,
  sealDraft,
  sighashesOf,
} from "./transaction.ts"

export interface BitcoinSighting extends Sighting {
  /** By what its whole block brings us. */
  readonly depth: number
  /** Addresses of all its inputs, for screening. */
  readonly senders: readonly string[]
  /** Inputs whose address is not known: there is none, or our node has no index. */
  readonly unnamed: number
}

/** A transaction of the group; it may pay nobody, when coins were only brought together. */
export interface BitcoinSettlement extends Settlement {
  /** What `slotOf` says of its first input. */
  readonly slot: string
  readonly paid: NonNullable<Settlement["paid"]>
}

export interface BitcoinFacts extends Facts {
  readonly sightings: readonly BitcoinSighting[]
  readonly settlements: readonly BitcoinSettlement[]
  readonly takenBack: readonly TakenBack[]
}

export interface BitcoinCodec extends Codec<BitcoinItem> {
  facts(block: { readonly items: readonly BitcoinItem[] }, deployment: Deployment): BitcoinFacts
  /**
   * Of `known` payouts those that the bytes pay. Throws `bad-request` when something goes to anybody who is
   * owed nothing: the bytes name outputs, and no transfers.
   */
  read(
    raw: Uint8Array,
    deployment: Deployment,
    known?: readonly Payout[],
  ): readonly Pick<Payout, "transfer" | "recipient" | "amount">[]
}

/**
 * Terms: `coins`, `fee`, `changes` (`terms.ts`). The slot of a transfer is the output that the first input
 * spends, with the transfer's own id behind it; every replacement spends it too. Without any payout the
 * transaction is a sweep: all that its coins are worth goes to the vault.
 */
export const bitcoinCodec: BitcoinCodec = {
  address: bitcoinAddress,
  batchMax: 100,
  costOf: feeIn,
  sweeps: true,

  facts({ items }, deployment) {
    const { deposits, outflows, takenBack } = factsIn(items, vaultIn(deployment))
    const isOurs = ({ paid, networkFee }: Outflow) =>
      networkFee !== null && paid.every(({ recipient }) => recipient !== null)
    return {
      sightings: deposits.map((deposit) => sightingOf(deposit, deployment.network)),
      settlements: outflows.filter(isOurs).map(settlementOf),
      strays: outflows.filter((outflow) => !isOurs(outflow)).flatMap(straysOf),
      takenBack: takenBack.map(({ deposit, txid }) => ({
        transfer: depositId(deposit),
        transaction: txid,
      })),
    }
  },

  outflows({ items }, deployment) {
    const { outflows, takenBack } = factsIn(items, vaultIn(deployment))
    const byTxid = new Map(items.map((item) => [item.txid, item]))
    const taken = takenBack.map(({ deposit, txid }): Left => {
      const { inputs } = byTxid.get(txid)!
      const { coin } = inputs.find((one) => pointOf(one) === pointOf(deposit))!
      const [amount, transfer] = [coin?.value ?? 0n, depositId(deposit)]
      return { ...LEFT, transaction: txid, recipient: "", amount, transfer, by: "taken-back" }
    })
    return [...outflows.flatMap(leftIn), ...taken]
  },

  depthFor,

  gain({ items }, deployment) {
    const own = vaultScripts(vaultIn(deployment))
    const sum = (values: readonly bigint[]) => values.reduce((all, one) => all + one, 0n)
    return sum(
      items.map(({ inputs, outputs }) => {
        const ours = outputs.filter(
          ({ destination, script }) =>
            destination !== null || own.some((one) => isSame(script, one)),
        )
        const spent = inputs.map(({ coin }) => coin?.value ?? 0n)
        return sum(ours.map(({ value }) => value)) - sum(spent)
      }),
    )
  },

  build(payouts, terms, deployment) {
    const { draft, read } = draftOf(payouts, terms, deployment)
    const slot = slotOf(draft.inputs[0]!)
    const { key, former = [] } = deployment.vaults!.bitcoin!
    return {
      messages: sighashesOf(draft),
      ...(former.length > 0 && { keys: read.coins.map((coin) => coin.former ?? key) }),
      slot,
      slots: new Map(payouts.map(({ transfer }) => [transfer, `${slot}:${transfer}`])),
    }
  },

  // Change is no deposit, and nobody finds one under its name.
  spends: (terms, deployment, isSweep) =>
    termsIn(terms, vaultIn(deployment))
      .coins.filter((coin) => !isSweep || isPlain(coin))
      .map(depositId),

  seal: (payouts, terms, deployment, signatures) =>
    sealDraft(draftOf(payouts, terms, deployment).draft, signatures),

  read(raw, deployment, known = []) {
    const transaction = readTransaction(raw)
    if (transaction === null) throw refused("not a transaction")
    const vault = vaultIn(deployment)
    const own = vaultScripts(vault)
    const outputs = transaction.outputs
      .filter(({ script }) => !own.some((one) => isSame(script, one)))
      .map(({ script, value }) => ({
        recipient: addressOf(script, vault.network) ?? "",
        amount: value,
      }))
    const { paid, beyond } = matched(outputs, known)
    if (beyond.length > 0) throw refused("somebody is paid who is owed nothing")
    return paid.map(({ transfer, recipient, amount }) => ({ transfer, recipient, amount }))
  },
}

export function vaultIn({ network, vaults }: Deployment): Vault {
  const { bitcoin } = vaults ?? {}
  assert(bitcoin !== undefined, "a bridge that carries bitcoin has a key for it")
  const { key, former = [] } = bitcoin
  return { network, key: hexToBytes(key), former: former.map(hexToBytes) }
}

/** Of the group's key and of its former ones; none where bitcoin is not carried. */
export function vaultAddresses(deployment: Deployment): readonly string[] {
  if (!deployment.vaults?.bitcoin) return []
  const vault = vaultIn(deployment)
  return vaultScripts(vault).flatMap((script) => addressOf(script, vault.network) ?? [])
}

export function depositId({ txid, vout }: Outpoint): Sighting["id"] {
  return transferId({ chain: "bitcoin", transaction: txid, index: vout })
}

/** The slot that a first input takes; behind it stands the transfer that holds it. */
export function slotOf(input: Outpoint): string {
  return `bitcoin:${pointOf(input)}`
}

export function outputsOf(payouts: readonly Payout[], vault: Vault): readonly Output[] {
  return payouts.map(({ recipient, amount }) => ({
    script: outputScript(recipient, vault),
    value: amount,
  }))
}

function draftOf(
  payouts: readonly Payout[],
  terms: Parameters<Codec["build"]>[1],
  deployment: Deployment,
) {
  const { batchMax } = bitcoinCodec
  assert(payouts.length <= batchMax, "a transaction pays 100 transfers at most")
  assert(
    payouts.every(({ chain }) => chain === "bitcoin"),
    "the payouts are on Bitcoin",
  )
  const vault = vaultIn(deployment)
  const read = termsIn(terms, vault)
  return { read, draft: payoutDraft(vault, outputsOf(payouts, vault), read) }
}

function outputScript(recipient: string, { network }: Vault): Uint8Array {
  const script = scriptOf(recipient, network)
  if (script === null)
    throw new BridgeError("bad-recipient", { recipient: recipient.slice(0, 100) })
  return script
}

function sightingOf(deposit: Deposit, network: Deployment["network"]): BitcoinSighting {
  const { amount, senders, unnamed, recipient, refundTo, problem, depth, destination } = deposit
  return {
    id: depositId(deposit),
    ...{ asset: "BTC", source: "bitcoin", target: "ao-btc", amount },
    ...{ sender: senders[0] ?? "", senders, unnamed, recipient, refundTo: refundTo ?? "" },
    ...{ forward: {}, fee: null, problem, depth },
    ...(destination && { note: noteOf(destination, network) }),
  }
}

function settlementOf({ txid, spent, paid, networkFee }: Outflow): BitcoinSettlement {
  return {
    ...{ transaction: txid, transfers: [], outcome: "paid", reason: null },
    networkFee: networkFee ?? 0n,
    slot: slotOf(spent[0]!),
    paid: paid.map(({ recipient, amount }) => ({ recipient: recipient ?? "", amount })),
  }
}

/** What the group never signs: coins of others beside ours, or an output that is no address. */
function straysOf({ txid, paid, networkFee }: Outflow): Stray[] {
  return paid.map(({ recipient, amount }, at) => ({
    ...{ transaction: txid, recipient: recipient ?? "", amount },
    networkFee: at === 0 ? (networkFee ?? 0n) : 0n,
  }))
}

type Left = AuditedOutflow
const LEFT = { chain: "bitcoin", asset: "BTC", networkFee: 0n } as const

/**
 * What the group pays names no transfers. What it never signs (coins of others beside ours, an output that is no
 * address) says so by naming nothing at all.
 */
function leftIn({ txid, paid, networkFee }: Outflow): Left[] {
  return paid.map(({ recipient, amount }, at) => ({
    ...LEFT,
    ...{ transaction: txid, recipient: recipient ?? "", amount, transfer: null },
    networkFee: at === 0 ? (networkFee ?? 0n) : 0n,
    by: networkFee === null || recipient === null ? undefined : "nameless",
  }))
}

function refused(why: string): BridgeError {
  return new BridgeError("bad-request", { notAPayout: why })
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, at) => byte === b[at])
}
