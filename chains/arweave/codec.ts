// Arweave in the bridge's terms: a payment to the vault is a deposit, a payment from it is a payout. Pure.

import { bytesToHex } from "@noble/hashes/utils.js"
import { assert } from "../../core/assert.ts"
import { ASSETS } from "../../core/assets.ts"
import { BridgeError } from "../../core/errors.ts"
import { originOf, type TransferId, transferId } from "../../core/ids.ts"
import type { Payout } from "../../core/payout.ts"
import type { Problem, Sighting } from "../../core/transfer.ts"
import { aoAddress, arweaveAddress } from "../address.ts"
import { fromBase64url, textOf, toBase64url, utf8 } from "../bytes.ts"
import type { Codec, Deployment, Facts, Settlement, Stray, Terms } from "../chain.ts"
import { keysEver, vaultsEver } from "../owners.ts"
import { forwardOf, type Tag, tagOf } from "../tags.ts"
import { payerOf, sweepIn, termsIn } from "./terms.ts"
import {
  idOf,
  messageOf,
  signedBy,
  type Transaction,
  type TransactionJson,
  transactionJson,
} from "./transaction.ts"

/**
 * Terms (`terms.ts`): the slot is the signed message: it can land once, and only within 50 blocks of its anchor.
 * Without a payout the transaction is a sweep, which moves what lies in a former vault to the present one.
 */
export const arweaveCodec: Codec<Transaction> = {
  address: arweaveAddress,
  batchMax: 1,
  costOf: (terms) => termsIn(terms, terms.to !== undefined).reward,
  sweeps: true,

  facts({ items }, deployment) {
    const facts: { [Kind in "sightings" | "settlements" | "strays"]: Facts[Kind][number][] } = {
      sightings: [],
      settlements: [],
      strays: [],
    }
    const vaults = vaultsEver(deployment)
    for (const transaction of items) {
      const { sender, target, quantity } = transaction
      if (vaults.includes(sender)) {
        const payout = sweptIn(transaction, vaults) ?? settlementIn(transaction)
        if (payout) facts.settlements.push(payout)
        else facts.strays.push(strayIn(transaction))
      } else if (vaults.includes(target) && quantity > 0n) {
        facts.sightings.push(depositIn(transaction, deployment))
      }
    }
    return facts
  },

  outflows({ items }, deployment) {
    const vaults = vaultsEver(deployment)
    return items
      .filter(({ sender }) => vaults.includes(sender))
      .map((transaction) => ({
        ...strayIn(transaction),
        ...{ chain: "arweave", asset: "AR", transfer: releasedIn(transaction) },
        // It is in another vault of ours now: only what the network took is gone.
        ...(sweptIn(transaction, vaults) && { amount: 0n, transfer: null, by: "moved" }),
      }))
  },

  build(payouts, terms, deployment) {
    const json = unsigned(payouts, terms, deployment)
    const message = messageOf(json)
    const keys = deployment.former && { keys: [bytesToHex(fromBase64url(json.owner)!)] }
    const [payout] = payouts
    if (payout === undefined)
      return {
        messages: [message],
        slots: new Map(),
        slot: slotOf(payerOf(terms, deployment).vault, terms),
        ...keys,
      }
    const slot = `arweave:${toBase64url(message)}`
    return { messages: [message], slots: new Map([[payout.transfer, slot]]), ...keys }
  },

  seal(payouts, terms, deployment, [signature]) {
    assert(signature !== undefined, "a release has a signature")
    const id = idOf(signature)
    const json = { ...unsigned(payouts, terms, deployment), id, signature: toBase64url(signature) }
    return { id, raw: utf8(JSON.stringify({ ...json, data: "" })) }
  },

  read(raw, deployment) {
    const json = transactionJson(parsed(raw))
    const refuse = (why: string) => new BridgeError("bad-request", { notAPayout: why })
    if (json === null) throw refuse("not a transaction of format 2")
    const key = keysEver(deployment).find(({ owner }) => owner === json.owner)
    if (key === undefined) throw refuse("not signed by the bridge")
    const signature = fromBase64url(json.signature)
    if (signature === null || idOf(signature) !== json.id) throw refuse("not its id")
    const transaction = signedBy(key.vault, json)
    const transfer = releasedIn(transaction)
    if (transfer === null || json.data_size !== "0") throw refuse("not a release")
    return [{ transfer, recipient: transaction.target, amount: transaction.quantity }]
  },
}

function depositIn(transaction: Transaction, deployment: Deployment): Sighting {
  const { id, sender, quantity, tags } = transaction
  const vaults = vaultsEver(deployment)
  const refundTo = arweaveAddress(tagOf(tags, "Refund-To") ?? "")
  return {
    id: transferId({ chain: "arweave", transaction: id, index: 0 }),
    asset: "AR",
    source: "arweave",
    target: "ao",
    amount: quantity,
    sender,
    ...recipientIn(tags, sender, [...vaults, ...Object.values(deployment.tokens)]),
    // The vault cannot pay itself.
    refundTo: refundTo === null || vaults.includes(refundTo) ? sender : refundTo,
    forward: forwardOf(tags),
    fee: null,
  }
}

/**
 * Whom the tags name. The names count in whatever case: a wallet that writes `recipient` means somebody
 * else than the sender. The same account named twice is named once.
 */
function recipientIn(
  tags: readonly Tag[],
  sender: string,
  ours: readonly string[],
): { recipient: string | null; problem: Problem | null } {
  const named = tags.filter(({ name }) => name !== null && RECIPIENT_TAGS.has(name.toLowerCase()))
  if (named.length === 0) return { recipient: sender, problem: null }
  const accounts = new Set(named.map(({ value }) => (value === null ? null : aoAddress(value))))
  const texts = new Set(named.map(({ value }) => value))
  const [account = null] = accounts
  if (accounts.size > 1 || (account === null && texts.size > 1))
    return { recipient: null, problem: "ambiguous-recipient" }
  // What the token itself or the bridge holds nobody could ever move.
  if (account === null || ours.includes(account))
    return { recipient: null, problem: "bad-recipient" }
  return { recipient: account, problem: null }
}

const RECIPIENT_TAGS: ReadonlySet<string> = new Set(["recipient", "forward-wallet"])

function settlementIn(transaction: Transaction): Settlement | null {
  const transfer = releasedIn(transaction)
  if (transfer === null) return null
  return {
    transaction: transaction.id,
    transfers: [transfer],
    outcome: "paid",
    reason: null,
    networkFee: transaction.reward,
    paid: [{ recipient: transaction.target, amount: transaction.quantity }],
  }
}

/** From one vault of ours to another: no payout, whatever its tags say, and nobody's deposit. */
function sweptIn(
  { id, sender, target, quantity, reward, anchor }: Transaction,
  vaults: readonly string[],
) {
  if (!vaults.includes(target) || sender === target || quantity <= 0n) return null
  const terms = { anchor, amount: `${quantity}`, reward: `${reward}` }
  return {
    ...{ transaction: id, transfers: [], outcome: "paid", reason: null, networkFee: reward },
    ...{ slot: slotOf(sender, terms), paid: [] },
  } as const satisfies Settlement
}

/** Of a sweep: all that tells its bytes apart from those of any other. */
function slotOf(vault: string, { anchor, amount, reward }: Terms): string {
  return `arweave:sweep:${vault}:${anchor}:${amount}:${reward}`
}

/** The transfer that a payout of ours names, or null. */
function releasedIn({ tags, target, quantity }: Transaction): TransferId | null {
  if (tagOf(tags, "App-Name") !== "Causeway" || tagOf(tags, "Action") !== "Release") return null
  if (quantity <= 0n || target === "") return null
  try {
    const origin = originOf(tagOf(tags, "Transfer") ?? "")
    // Burns of wAR, and deposits here that go back, are all that is paid in AR.
    const isPaidHere = origin.chain === "arweave" || origin.chain === ASSETS.AR.wrapped.ledger
    return isPaidHere ? transferId(origin) : null
  } catch {
    return null
  }
}

function strayIn({ id, target, quantity, reward }: Transaction): Stray {
  return { transaction: id, recipient: target, amount: quantity, networkFee: reward }
}

function unsigned(
  payouts: readonly Payout[],
  terms: Terms,
  deployment: Deployment,
): Omit<TransactionJson, "id" | "signature"> {
  const [payout] = payouts
  assert(payouts.length <= 1, "a transaction makes one payout")
  const { anchor, reward } = termsIn(terms, payout === undefined)
  const { owner } = payerOf(terms, deployment)
  const { target, quantity, tags } =
    payout === undefined ? moved(terms, deployment) : paid(payout, deployment)
  return {
    format: 2,
    last_tx: anchor,
    owner,
    tags: tags.map(([name, value]) => ({ name: coded(name), value: coded(value) })),
    target,
    quantity: quantity.toString(),
    data_size: "0",
    data_root: "",
    reward: reward.toString(),
  }
}

function paid(payout: Payout, deployment: Deployment) {
  assert(payout.chain === "arweave", "the payout is on Arweave")
  assert(!vaultsEver(deployment).includes(payout.recipient), "the vault does not pay itself")
  const tags = [
    ["App-Name", "Causeway"],
    ["Action", "Release"],
    ["Transfer", payout.transfer],
    ...Object.entries(payout.forward).sort(([a], [b]) => (a < b ? -1 : 1)),
  ] as const
  return { target: payout.recipient, quantity: payout.amount, tags }
}

function moved(terms: Terms, deployment: Deployment) {
  const { to, amount } = sweepIn(terms, deployment)
  const tags = [
    ["App-Name", "Causeway"],
    ["Action", "Sweep"],
  ] as const
  return { target: to, quantity: amount, tags }
}

function coded(text: string): string {
  return toBase64url(utf8(text))
}

function parsed(raw: Uint8Array): unknown {
  try {
    return JSON.parse(textOf(raw) ?? "")
  } catch {
    return null
  }
}
