// A wrapped token in the bridge's terms: one slot of its process, the message and what the token made of it. Pure.

import { sha256 } from "@noble/hashes/sha2.js"
import { bytesToHex } from "@noble/hashes/utils.js"
import { amountIn } from "../../core/amount.ts"
import { assert } from "../../core/assert.ts"
import { ASSETS, type AssetName, type HomeChain, isLedger, type Ledger } from "../../core/assets.ts"
import { BridgeError } from "../../core/errors.ts"
import { originOf, type TransferId, transferId } from "../../core/ids.ts"
import type { Payout } from "../../core/payout.ts"
import type { Outflow } from "../../core/solvency.ts"
import type { Sighting } from "../../core/transfer.ts"
import { aoAddress, arweaveAddress, type Payee } from "../address.ts"
import { fromBase64url, textOf, toBase64url, utf8 } from "../bytes.ts"
import type { Codec, Deployment, Settlement, Stray, Terms } from "../chain.ts"
import { forwardOf, tagOf } from "../tags.ts"
import { bridgesOf, firstOwner, handoverOf, ownersOf } from "./handover.ts"
import {
  decode,
  encode,
  type ItemTag,
  idOf,
  messageOf,
  targetOf,
  type UnsignedItem,
} from "./item.ts"
import { movesIn } from "./moves.ts"
import { ordersTo } from "./order.ts"

/** A message in a slot, its signature checked wherever the bridge relies on it. */
export interface Message {
  readonly id: string
  /** Address of the key that signed it; `From` may be claimed by anybody and is not read. */
  readonly owner: string
  readonly target: string
  readonly tags: readonly ItemTag[]
  /** Empty when it is not text. */
  readonly data: string
}

/** What the token sent while it handled the message; the compute units' word. */
export interface Outgoing {
  readonly target: string
  readonly tags: readonly ItemTag[]
  readonly data: string
}

export interface Result {
  readonly messages: readonly Outgoing[]
  /** Why the evaluation failed; then it changed nothing. */
  readonly error: string | null
}

export interface SlotItem {
  readonly message: Message
  readonly result: Result
}

const BATCH_MAX = 100

/** The codec of one asset's ledger. */
export interface LedgerCodec extends Codec<SlotItem> {
  readonly asset: AssetName
  readonly ledger: Ledger
}

/**
 * The codec of an asset's ledger, whose burns are paid to whom `payee` lets be paid.
 *
 * Terms: `attempt` (decimal); `attested:<home chain>` when deposits are minted: all that was ever deposited there of the
 * asset; `owner` (modulus) when the token obeys another key than the bridge's first. A transfer's slot is its own id,
 * which the token remembers for ever: however many messages name it, one of them pays.
 */
export function ledgerCodec(asset: AssetName, payee: Payee): LedgerCodec {
  const { ledger } = ASSETS[asset].wrapped
  const token: Token = { asset, ledger, payee }
  const slotOf = (transfer: TransferId) => `${ledger}:mint:${transfer}`
  return {
    asset,
    ledger,
    address: aoAddress,
    batchMax: BATCH_MAX,

    facts({ items }, deployment) {
      const own = items.filter(({ message }) => message.target === deployment.tokens[asset])
      const mints = own.map((item) => mintIn(item, deployment))
      const moves = own.flatMap(movesIn)
      return {
        sightings: own.flatMap((item) => burnsIn(item, token, deployment)),
        settlements: mints.flatMap(({ settlements }) => settlements),
        strays: [
          ...mints.flatMap(({ strays }) => strays),
          ...own.flatMap((item) => goneIn(item, deployment)),
        ],
        ...(moves.length > 0 && { moves }),
      }
    },

    outflows({ items }, deployment) {
      const own = items.filter(({ message }) => message.target === deployment.tokens[asset])
      return own.flatMap((item) => mintedIn(item, token, deployment))
    },

    slotOf,

    handover: handoverOf(({ tokens }) => processOf(tokens, asset)),
    orders: ordersTo(ledger, ({ tokens }) => processOf(tokens, asset)),

    build(payouts, terms, deployment) {
      const item = unsigned(payouts, token, terms, deployment)
      const slots = payouts.map(({ transfer }) => [transfer, slotOf(transfer)] as const)
      const isPresent = toBase64url(item.owner) === deployment.owner
      const other = isPresent ? {} : { keys: [bytesToHex(item.owner)] }
      return { messages: [messageOf(item)], slots: new Map(slots), ...other }
    },

    seal(payouts, terms, deployment, [signature]) {
      assert(signature !== undefined, "a mint has a signature")
      const item = unsigned(payouts, token, terms, deployment)
      return { id: idOf(signature), raw: encode({ ...item, signature }) }
    },

    read(raw, deployment) {
      const item = decode(raw)
      const refuse = (why: string) => new BridgeError("bad-request", { notAPayout: why })
      if (item?.type !== 1) throw refuse("not a data item signed by an RSA key")
      if (!ownersOf(deployment).includes(toBase64url(item.owner)))
        throw refuse("not signed by the bridge")
      if (toBase64url(item.target) !== deployment.tokens[asset]) throw refuse("not for the token")
      const rows = tagOf(item.tags, "Action") === "Mint" ? rowsIn(textOf(item.data) ?? "") : null
      if (rows === null) throw refuse("not a mint")
      return rows.map(({ id, recipient, quantity }) => ({
        transfer: id,
        recipient,
        amount: quantity,
      }))
    },
  }
}

/** That of wAR. */
export const aoCodec = ledgerCodec("AR", arweaveAddress)

interface Token {
  readonly asset: AssetName
  readonly ledger: Ledger
  readonly payee: Payee
}

/** The burn that the token states in its answer to the bridge; what the message itself asks for is no burn. */
function burnsIn({ message, result }: SlotItem, token: Token, deployment: Deployment): Sighting[] {
  const bridges = bridgesOf(deployment)
  return result.messages
    .filter(({ target, tags }) => bridges.includes(target) && isAnswer(tags, "Burn", message.id))
    .flatMap(({ tags }) => {
      const sighting = burnIn(tags, message, token, deployment)
      return sighting ? [sighting] : []
    })
}

function burnIn(
  tags: readonly ItemTag[],
  message: Message,
  { asset, ledger, payee }: Token,
  deployment: Deployment,
): Sighting | null {
  const target = ASSETS[asset].home
  const id = burnId(tagOf(tags, "Burn-Id"), ledger, message.id)
  const amount = amountIn(tagOf(tags, "Quantity"))
  const fee = tagOf(tags, "Fee") === "0" ? 0n : amountIn(tagOf(tags, "Fee"))
  const sender = aoAddress(tagOf(tags, "Sender") ?? "")
  if (id === null || amount === null || fee === null || sender === null) return null
  const recipient = payee(tagOf(tags, "Recipient") ?? "", deployment)
  const isPayable =
    recipient !== null &&
    !bridgesOf(deployment).includes(recipient) &&
    tagOf(tags, "Target-Chain") === target
  return {
    id,
    asset,
    source: ledger,
    target,
    amount,
    sender,
    recipient: isPayable ? recipient : null,
    refundTo: sender,
    forward: forwardOf(message.tags),
    fee,
    problem: isPayable ? null : "bad-recipient",
  }
}

/** The token gives the id; a refund must name the same. */
function burnId(text: string | null, ledger: Ledger, messageId: string): TransferId | null {
  const origin = text === null ? null : originIn(text)
  return origin?.chain === ledger && origin.transaction === messageId ? transferId(origin) : null
}

function mintIn(
  item: SlotItem,
  deployment: Deployment,
): { settlements: readonly Settlement[]; strays: readonly Stray[] } {
  const { message, result } = item
  const isOurs =
    bridgesOf(deployment).includes(message.owner) && tagOf(message.tags, "Action") === "Mint"
  const rows = isOurs ? rowsIn(message.data) : null
  const ids = rows?.map(({ id }) => id) ?? []
  const settled = (outcome: Settlement["outcome"], reason: string | null, transfers = ids) => ({
    ...{ transaction: message.id, transfers, outcome, reason, networkFee: 0n },
  })
  const notices = result.messages.filter(({ tags }) => tagOf(tags, "Action") === "Mint-Notice")
  const isOurNotice = ({ target, tags }: Outgoing) =>
    target === message.owner && isAnswer(tags, "Mint", message.id)
  if (rows !== null && notices.some(isOurNotice)) {
    const paid = rows.map(({ recipient, quantity: amount }) => ({ recipient, amount }))
    return { settlements: [{ ...settled("paid", null), paid }], strays: [] }
  }
  if (notices.length > 0)
    return { settlements: [], strays: notices.map((notice) => strayIn(message, notice)) }
  if (rows === null) return NOTHING
  return { settlements: refusals(item, ids, settled), strays: [] }
}

/** Tokens that a slot made: row by row of a mint of ours, or as the token says of somebody else's. */
function mintedIn(item: SlotItem, { asset, ledger }: Token, deployment: Deployment): Outflow[] {
  const { settlements, strays } = mintIn(item, deployment)
  const isPaid = settlements.some(({ outcome }) => outcome === "paid")
  const rows = isPaid ? (rowsIn(item.message.data) ?? []) : []
  const here = { chain: ledger, asset, transaction: item.message.id, networkFee: 0n }
  return [
    ...rows.map(({ id, recipient, quantity }) => ({
      ...{ ...here, recipient, amount: quantity, transfer: id },
    })),
    ...strays.map(({ recipient, amount }) => ({ ...here, recipient, amount, transfer: null })),
  ]
}

const NOTHING = { settlements: [], strays: [] }

/**
 * A mint is all rows or none. A replay says nothing: what became of the message was said in its first slot.
 * Rows that were minted before are told apart from those that they kept from being minted, because only
 * the latter may be planned again.
 */
function refusals(
  { message, result }: SlotItem,
  ids: readonly TransferId[],
  settled: (outcome: "refused", reason: string, transfers?: TransferId[]) => Settlement,
): Settlement[] {
  if (result.error !== null) return [settled("refused", "evaluation-failed")]
  const answer = result.messages.find(({ tags }) => isAnswer(tags, "Mint", message.id, "Error"))
  const reason = answer && tagOf(answer.tags, "Error")
  if (!answer || !reason) return [settled("refused", "no-answer")]
  if (reason === "message-replayed") return []
  if (reason !== "already-minted") return [settled("refused", reason)]
  const known = new Set(answer.data.match(/[a-z-]+:[\w-]+:\d+/g))
  const minted = ids.filter((id) => known.has(id))
  const kept = ids.filter((id) => !known.has(id))
  // An answer that names none of our rows is read the safe way: nothing may be planned again.
  if (minted.length === 0) return [settled("refused", reason)]
  return [
    settled("refused", reason, minted),
    ...(kept.length === 0 ? [] : [settled("refused", "batch-refused", kept)]),
  ]
}

/** Tokens came to be without a mint of ours: somebody else commands the token. */
function strayIn(message: Message, { target, tags }: Outgoing): Stray {
  const amount = amountIn(tagOf(tags, "Quantity")) ?? 0n
  return { transaction: message.id, recipient: target, amount, networkFee: 0n }
}

/** From now on the token obeys a key that is none of ours, or that nobody has told us of. */
function goneIn({ message, result }: SlotItem, deployment: Deployment): Stray[] {
  const notice = result.messages.find(({ tags }) => isAnswer(tags, "Accept-Bridge", message.id))
  const bridge = notice && tagOf(notice.tags, "Bridge")
  if (!bridge || bridgesOf(deployment).includes(bridge)) return []
  return [{ transaction: message.id, recipient: bridge, amount: 0n, networkFee: 0n }]
}

function isAnswer(
  tags: readonly ItemTag[],
  action: "Burn" | "Mint" | "Accept-Bridge",
  messageId: string,
  kind: "Notice" | "Error" = "Notice",
): boolean {
  return tagOf(tags, "Action") === `${action}-${kind}` && tagOf(tags, "Message-Id") === messageId
}

function unsigned(
  payouts: readonly Payout[],
  { asset, ledger }: Token,
  terms: Terms,
  deployment: Deployment,
): UnsignedItem {
  assert(payouts.length > 0 && payouts.length <= BATCH_MAX, "a mint has 1 to 100 rows")
  assert(
    payouts.every((payout) => payout.chain === ledger && payout.asset === asset),
    "all payouts are of one token on AO",
  )
  const token = processOf(deployment.tokens, asset)
  const sorted = [...payouts].sort((a, b) => (a.transfer < b.transfer ? -1 : 1))
  const ids = sorted.map(({ transfer }) => transfer)
  assert(new Set(ids).size === ids.length, "a transfer has one row")
  const { attempt, attested, owner = firstOwner(deployment) } = termsIn(terms, payouts)
  if (!ownersOf(deployment).includes(owner))
    throw new BridgeError("bad-request", { owner: "none of the bridge's keys" })
  const operation = sha256(utf8([...ids, `${attempt}`].join("\n")))
  return {
    type: 1,
    owner: fromBase64url(owner)!,
    target: targetOf(token),
    // Equal content makes an equal id, so the anchor keeps one operation from being taken for another.
    anchor: utf8(bytesToHex(operation).slice(0, 32)),
    tags: TAGS,
    data: utf8(JSON.stringify({ attested, rows: sorted.map(rowOf) })),
  }
}

function processOf(tokens: Deployment["tokens"], asset: AssetName): string {
  const token = tokens[asset]
  assert(token !== undefined, "the token is deployed")
  return token
}

const TAGS: readonly ItemTag[] = [
  { name: "Data-Protocol", value: "ao" },
  { name: "Variant", value: "ao.TN.1" },
  { name: "Type", value: "Message" },
  { name: "SDK", value: "causeway" },
  { name: "Action", value: "Mint" },
]

/** Terms as numbers; throws `bad-request` for any that are not written in the one way for these payouts. */
export function termsIn(
  terms: Terms,
  payouts: readonly Pick<Payout, "transfer">[],
): { attempt: number; attested: Readonly<Record<string, string>>; owner?: string } {
  const { attempt = "", owner, ...rest } = terms
  const attested = Object.fromEntries(
    sourcesOf(payouts).map((chain) => [chain, rest[attestedKey(chain)] ?? ""]),
  )
  const isNumber = /^(0|[1-9][0-9]{0,8})$/.test(attempt)
  const isMoney = Object.values(attested).every((text) => amountIn(text) !== null)
  if (!isNumber || !isMoney || Object.keys(rest).length !== Object.keys(attested).length)
    throw new BridgeError("bad-request", { terms: JSON.stringify(terms).slice(0, 300) })
  return { attempt: Number(attempt), attested, ...(owner !== undefined && { owner }) }
}

/** The chains whose deposits are minted, in order; a refund on AO is backed by its own burn. */
export function sourcesOf(payouts: readonly Pick<Payout, "transfer">[]): readonly HomeChain[] {
  const chains = payouts.map(({ transfer }) => originOf(transfer).chain)
  return [...new Set(chains.filter((chain) => !isLedger(chain)))].sort()
}

export function attestedKey(chain: HomeChain): string {
  return `attested:${chain}`
}

/** A row of the mint in the one spelling that the token takes (`lua/batch.lua`). */
function rowOf({ transfer, recipient, amount, fee, forward }: Payout) {
  const names = Object.keys(forward).sort()
  return {
    id: transfer,
    recipient,
    quantity: amount.toString(),
    ...(fee > 0n && { fee: fee.toString() }),
    ...(names.length > 0 && { x: Object.fromEntries(names.map((name) => [name, forward[name]])) }),
  }
}

interface Row {
  readonly id: TransferId
  readonly recipient: string
  readonly quantity: bigint
}

/** The rows of a mint's data, or null when it has another form. */
function rowsIn(data: string): Row[] | null {
  try {
    const { rows } = JSON.parse(data) as { rows: Record<string, unknown>[] }
    const read = rows.map(({ id, recipient, quantity }) => {
      const origin = originIn(id)
      const amount = amountIn(quantity)
      if (origin === null || amount === null || typeof recipient !== "string") throw new TypeError()
      return { id: transferId(origin), recipient, quantity: amount }
    })
    return read.length > 0 ? read : null
  } catch {
    return null
  }
}

function originIn(text: unknown) {
  try {
    return typeof text === "string" ? originOf(text) : null
  } catch {
    return null
  }
}
