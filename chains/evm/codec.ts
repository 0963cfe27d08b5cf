// Ethereum and BSC in the bridge's terms: what the vault has logged, and approvals that it pays by. Pure.

import { schnorr } from "@noble/curves/secp256k1.js"
import { keccak_256 } from "@noble/hashes/sha3.js"
import { assert } from "../../core/assert.ts"
import { ASSET_NAMES, ASSETS, type AssetName } from "../../core/assets.ts"
import { BridgeError } from "../../core/errors.ts"
import { originOf, type TransferId, transferId } from "../../core/ids.ts"
import type { Payout } from "../../core/payout.ts"
import type { Outflow } from "../../core/solvency.ts"
import type { Sighting } from "../../core/transfer.ts"
import { aoAddress, evmAddress } from "../address.ts"
import { fromBase64url, isId, toBase64url } from "../bytes.ts"
import type { Codec, Deployment, Settlement, Stray, Terms, Vaults } from "../chain.ts"
import type { FormerVault } from "../deployment.ts"
import type { PaidOut } from "../match.ts"
import type { UnlistedDeposit } from "../vault.ts"
import { numberIn } from "./abi.ts"
import { approvalAt } from "./approval.ts"
import { claimedBy, claimedLog, claimIndex, claimNoteOf, claimNumber } from "./claim.ts"
import { type Deposited, eventIn } from "./events.ts"
import {
  depositIndex,
  firstOf,
  formerIndex,
  isOurs,
  refundNumber,
  sealedFor,
  sideAt,
} from "./former.ts"
import { callsOf, orderOf, possessionOf } from "./handover.ts"
import { fromHex, toHex } from "./hex.ts"
import { orderCodec } from "./order-codec.ts"
import type { ProvenLog } from "./reader.ts"
import { approvalOf, calldataOf, paidBy, type Release } from "./release.ts"
import type { VaultDomain } from "./typed.ts"

/** The bridge's public facts on one EVM chain. Addresses in lower case. */
export interface EvmSide extends VaultDomain {
  /** x of the group's BIP340 key for this chain, 32 bytes in hex with 0x. */
  readonly key: string
  /** The block that the vault came with: nothing before it concerns us. */
  readonly heightMin: number
  /** Token contract of each asset; the zero address is the chain's own coin. */
  readonly contracts: Readonly<Partial<Record<AssetName, string>>>
  /** Vaults before this one, the newest first. */
  readonly former?: readonly FormerVault[] | undefined
}

export type EvmName = Exclude<keyof Vaults, "bitcoin">

/** Throws `bad-config` for a deployment that says nothing of the chain. */
export function sideOf({ vaults }: Deployment, name: EvmName): EvmSide {
  const vault = vaults?.[name]
  if (!vault) throw new BridgeError("bad-config", { missing: `the vault on ${name}` })
  return { ...vault, chainId: BigInt(vault.chainId) }
}

/** Stands for the chain's own coin. */
const COIN = `0x${"0".repeat(40)}`

/** A batch of releases that all burn the gas they get still fits into one transaction (EIP-7825: 2^24 gas). */
const BATCH_MAX = 100

/**
 * The codec of one chain. Terms: `attempt` (decimal), and `key`, the one that the vault obeys, when it may be
 * another than the deployment's; the bytes depend on neither, so whoever signs again signs the same; and `vault`, when it
 * is not the bridge's first. A transfer's slot is its number in the vault, which is paid once, whichever key approves it.
 */
export function evmCodec(name: EvmName): Codec<ProvenLog> {
  const releasesOf = (payouts: readonly Payout[], terms: Terms, deployment: Deployment) => {
    assert(payouts.length > 0 && payouts.length <= BATCH_MAX, `1 to ${BATCH_MAX} are paid at once`)
    assert(
      payouts.every(({ chain }) => chain === name),
      "all payouts are on this chain",
    )
    checkTerms(terms)
    const sorted = [...payouts].sort((a, b) => (a.transfer < b.transfer ? -1 : 1))
    const side = sideIn(terms, sideOf(deployment, name))
    const releases = sorted.map((payout) => releaseOf(payout, side))
    const slots = releases.map((release) => slotOf(name, release))
    assert(new Set(slots).size === slots.length, "a number is paid once")
    return { releases, slots: new Map(sorted.map(({ transfer }, at) => [transfer, slots[at]!])) }
  }

  return {
    address: evmAddress,
    batchMax: BATCH_MAX,
    slotOf: (transfer, deployment) => slotOf(name, numbered(transfer, sideOf(deployment, name))),

    facts({ items }, deployment) {
      const side = sideOf(deployment, name)
      const sightings: Sighting[] = []
      const strays: Stray[] = []
      const unlisted: UnlistedDeposit[] = []
      const paid = new Map<string, (PaidOut & { transfer: TransferId })[]>()
      for (const log of items) {
        if (log.claimed) sightings.push(...claimIn(log, log.claimed, name, side))
        const own = sideAt(side, log.address)
        if (own === null) continue
        const event = eventIn(log)
        if (event?.name === "deposited") {
          const sighting = depositIn(event.value, log, name, own, deployment)
          if (sighting) sightings.push(sighting)
          else unlisted.push(unlistedIn(event.value, log, name, own))
        } else if (event?.name === "released") {
          const one = paidIn(event.value, name, own)
          if (one) paid.set(log.transaction, [...(paid.get(log.transaction) ?? []), one])
          else strays.push(strayOf(log, event.value.to, event.value.amount))
        } else if (event?.name === "migrated" && !isOurs(event.value, own, side)) {
          strays.push(strayOf(log, event.value.successor, event.value.amount))
        }
      }
      const settlements = [...paid].map(settlementOf)
      return { sightings, settlements, strays, ...(unlisted.length > 0 && { unlisted }) }
    },

    outflows({ items }, deployment) {
      const side = sideOf(deployment, name)
      return items.flatMap((log) => outflowIn(log, name, side) ?? [])
    },

    build(payouts, terms, deployment) {
      const { releases, slots } = releasesOf(payouts, terms, deployment)
      const side = sideIn(terms, sideOf(deployment, name))
      return { messages: [approvalOf(releases, side)], slots, keys: [keyIn(terms, side)] }
    },

    seal(payouts, terms, deployment, signatures) {
      const [signature] = signatures
      assert(signature !== undefined && signatures.length === 1, "one signature approves them all")
      const raw = calldataOf(releasesOf(payouts, terms, deployment).releases, signature)
      return { id: approvalId(raw), raw }
    },

    handover: {
      told: (key) => key,
      build(handover, terms, deployment) {
        const side = sideOf(deployment, name)
        return {
          order: orderOf(handover, terms, side),
          possession: possessionOf(handover, side),
        }
      },
      calls: (handover, terms, deployment, signatures) =>
        callsOf(handover, terms, sideOf(deployment, name), signatures),
    },

    orders: orderCodec(name, (deployment) => sideOf(deployment, name)),

    approval(raw, transfer, deployment) {
      const present = sideOf(deployment, name)
      const side = sealedFor(raw, present, present.key.slice(2))
      const paid = paidBy(raw)
      const at = paid?.releases.findIndex((one) => transferOf(one, name, side) === transfer) ?? -1
      if (paid === null || at < 0) throw new BridgeError("not-found", { payout: transfer })
      return approvalAt(name, side, paid, at)
    },

    read(raw, deployment) {
      const side = sideOf(deployment, name)
      const refuse = (why: string) => new BridgeError("bad-request", { notAPayout: why })
      const paid = paidBy(raw)
      if (paid === null) throw refuse("not releases of a vault")
      const message = approvalOf(paid.releases, side)
      if (!schnorr.verify(paid.signature, message, fromHex(side.key)))
        throw refuse("not signed by the group for this vault")
      return paid.releases.map((release) => {
        const transfer = transferOf(release, name, side)
        const recipient = evmAddress(release.to)
        if (transfer === null || recipient === null) throw refuse("not of a transfer")
        return { transfer, recipient, amount: release.amount }
      })
    },
  }
}

/** What names sealed bytes: the transaction that carries them has an id that nobody knows before it is sent. */
function approvalId(raw: Uint8Array): string {
  return toHex(keccak_256(raw))
}

/** The release that a payout is, by the identity of its transfer; every signer derives the same. */
export function releaseOf(payout: Payout, side: EvmSide): Release {
  const { contracts, vault } = side
  const { chain, transaction } = originOf(payout.transfer)
  const token = contracts[payout.asset]
  assert(token !== undefined, `the vault holds ${payout.asset}`)
  const { home, wrapped } = ASSETS[payout.asset]
  assert(
    chain === (payout.refund ? home : wrapped.ledger),
    "a burn is paid, or a deposit goes back",
  )
  const to = payout.recipient.toLowerCase()
  assert(
    evmAddress(payout.recipient) !== null && to !== vault,
    "somebody else than the vault is paid",
  )
  const message = payout.refund ? fromHex(transaction) : fromBase64url(transaction)
  assert(message?.length === 32, "a transfer names 32 bytes")
  const { kind, number } = numbered(payout.transfer, side)
  return { kind, token, to, amount: payout.amount, number, id: toHex(message) }
}

/** The kind and the number under which the vault pays a transfer; a burn's is one of its token's. */
function numbered(
  transfer: TransferId,
  side: Pick<EvmSide, "contracts" | "former">,
): Pick<Release, "kind" | "number" | "token"> {
  const { chain, transaction, index } = originOf(transfer)
  const asset = ASSET_NAMES.find((one) => ASSETS[one].wrapped.ledger === chain)
  const token = (asset && side.contracts[asset]) ?? COIN
  if (asset) return { kind: "burn", number: BigInt(index), token }
  const log = claimedLog(index)
  if (log === null) return { ...refundNumber(index, side), token }
  return { kind: "claim", number: claimNumber(transaction, log), token }
}

/** The transfer that a release pays; null for a strange token, or a claim of no transfer. */
function transferOf(
  { kind, token, number, id }: Release,
  name: EvmName,
  side: EvmSide,
): TransferId | null {
  const asset = assetOf(token, name, side)
  if (asset === null) return null
  if (kind === "claim") {
    const former = formerIndex(number, side)
    if (former !== null) return transferId({ chain: name, transaction: id, index: former })
    const log = claimedBy(id, number)
    return log === null
      ? null
      : transferId({ chain: name, transaction: id, index: claimIndex(log) })
  }
  if (kind === "refund") {
    const index = depositIndex(number, side)
    return index === null ? null : transferId({ chain: name, transaction: id, index })
  }
  if (number > BigInt(Number.MAX_SAFE_INTEGER)) return null
  return transferId({
    ...{ chain: ASSETS[asset].wrapped.ledger, index: Number(number) },
    transaction: toBase64url(fromHex(id)),
  })
}

function assetOf(token: string, name: EvmName, { contracts }: EvmSide): AssetName | null {
  const isHere = (asset: AssetName) => ASSETS[asset].home === name && contracts[asset] === token
  return ASSET_NAMES.find(isHere) ?? null
}

function slotOf(
  name: EvmName,
  { kind, token, number }: Pick<Release, "kind" | "number" | "token">,
): string {
  return kind === "burn" ? `${name}:burn:${token}:${number}` : `${name}:${kind}:${number}`
}

/** Null for a token that is none of the bridge's: the group has listed what this deployment does not know. */
function depositIn(
  deposit: Deposited,
  { transaction, origin }: ProvenLog,
  source: EvmName,
  side: EvmSide,
  { vault, tokens }: Deployment,
): Sighting | null {
  const asset = assetOf(deposit.token, source, side)
  const sender = evmAddress(deposit.from)
  const from = origin === undefined ? null : evmAddress(origin)
  const index = depositIndex(deposit.number, side)
  if (asset === null || sender === null || index === null) return null
  const account = accountIn(deposit.recipient)
  // What the token itself or the bridge holds nobody could ever move.
  const isOurs = account !== null && [vault, ...Object.values(tokens)].includes(account)
  const recipient = isOurs ? null : account
  return {
    id: transferId({ chain: source, transaction, index }),
    ...{ asset, source, target: ASSETS[asset].wrapped.ledger, amount: deposit.amount },
    ...{ sender, recipient },
    // A contract gave it: then also who sent the transaction is looked at.
    ...(from !== null && from !== sender && { senders: [sender, from] }),
    // The vault takes no deposit that it could not give back.
    refundTo: evmAddress(deposit.refundTo) ?? sender,
    ...{ forward: {}, fee: null },
    problem: recipient === null ? "bad-recipient" : null,
  }
}

function unlistedIn(
  { number, token, from, refundTo, amount }: Deposited,
  { transaction }: ProvenLog,
  chain: EvmName,
  side: EvmSide,
): UnlistedDeposit {
  const [sender, back] = [from, refundTo].map((one) => evmAddress(one) ?? one) as [string, string]
  const index = depositIndex(number, side) ?? Number(number)
  const id = transferId({ chain, transaction, index })
  return { id, token, sender, refundTo: back, amount }
}

/** A plain transfer can only go back: to whom its sender names. */
function claimIn(
  { address, transaction, index, data }: ProvenLog,
  claimed: NonNullable<ProvenLog["claimed"]>,
  source: EvmName,
  side: EvmSide,
): Sighting[] {
  const asset = assetOf(address, source, side)
  const [sender, refundTo] = [evmAddress(claimed.from), evmAddress(claimed.to)]
  const amount = numberIn(data.slice(2))
  if (asset === null || sender === null || refundTo === null || amount === 0n) return []
  const { to, signature } = claimed
  return [
    {
      id: transferId({ chain: source, transaction, index: claimIndex(index) }),
      ...{ asset, source, target: ASSETS[asset].wrapped.ledger, amount, sender, refundTo },
      ...{ recipient: null, forward: {}, fee: null, problem: "unattributed" },
      note: claimNoteOf({ transaction, logIndex: index, to, signature }),
    },
  ]
}

/** Twelve zero bytes in front mean an EVM owner, anything else is an address on AO. */
function accountIn(recipient: string): string | null {
  if (/^0x0{24}/.test(recipient)) return aoAddress(`0x${recipient.slice(26)}`)
  const text = toBase64url(fromHex(recipient))
  return isId(text) ? aoAddress(text) : null
}

/** The number says which transfer was paid; whom and how much its log says besides, and that may be something else. */
function paidIn(release: Release, name: EvmName, side: EvmSide) {
  const transfer = transferOf(release, name, side)
  const asset = assetOf(release.token, name, side)
  if (transfer === null || asset === null) return null
  const { to, amount } = release
  return { transfer, recipient: evmAddress(to) ?? to, amount, asset }
}

function settlementOf([transaction, rows]: readonly [
  string,
  readonly (PaidOut & { transfer: TransferId })[],
]): Settlement {
  // Whoever hands a release in pays for the gas; the vault is charged nothing.
  return {
    ...{ transaction, transfers: rows.map((row) => row.transfer), outcome: "paid", reason: null },
    ...{ networkFee: 0n, paid: rows.map(({ transfer: _, ...paid }) => paid) },
  }
}

function outflowIn(log: ProvenLog, name: EvmName, side: EvmSide): Outflow | null {
  const own = sideAt(side, log.address)
  const event = own && eventIn(log)
  if (event?.name !== "released" && event?.name !== "migrated") return null
  if (event.name === "migrated" && isOurs(event.value, own!, side)) return null
  const { token, amount } = event.value
  const to = event.name === "released" ? event.value.to : event.value.successor
  return {
    ...{ chain: name, asset: assetOf(token, name, side), transaction: log.transaction },
    ...{ recipient: evmAddress(to) ?? to, amount, networkFee: 0n },
    transfer: event.name === "released" ? transferOf(event.value, name, own!) : null,
  }
}

function strayOf({ transaction }: ProvenLog, recipient: string, amount: bigint): Stray {
  return { transaction, recipient, amount, networkFee: 0n }
}

/** The key that terms are for, hexadecimal without 0x. */
export function keyIn({ key }: Terms, side: Pick<EvmSide, "key">): string {
  return key ?? side.key.slice(2)
}

/** The vault that terms are for, with those before it. Throws `bad-request` for one that was never the bridge's. */
export function sideIn({ vault }: Terms, side: EvmSide): EvmSide {
  const found = vault === undefined ? firstOf(side) : sideAt(side, vault)
  if (found === null) throw new BridgeError("bad-request", { vault })
  return found
}

/** Throws `bad-request` for terms that are not written in the one way. */
export function checkTerms({ attempt = "", ...rest }: Terms): void {
  const { key = "0".repeat(64), vault = COIN, ...others } = rest
  const isSound =
    /^(0|[1-9][0-9]{0,8})$/.test(attempt) &&
    /^[0-9a-f]{64}$/.test(key) &&
    /^0x[0-9a-f]{40}$/.test(vault)
  if (!isSound || Object.keys(others).length > 0)
    throw new BridgeError("bad-request", {
      terms: JSON.stringify({ attempt, ...rest }).slice(0, 300),
    })
}
