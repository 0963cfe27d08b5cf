// The slots of the token as one operator's units show them: messages, results, and the signatures that we rely on.

import { BridgeError } from "../../core/errors.ts"
import type { TransferId } from "../../core/ids.ts"
import type { BlockRef } from "../../core/transfer.ts"
import { fromBase64url, toBase64url, utf8 } from "../bytes.ts"
import type { Block, Deployment } from "../chain.ts"
import { Recent } from "../recent.ts"
import { isRsaSigned, sha384 } from "../rsa.ts"
import type { LedgerCodec, Message, SlotItem } from "./codec.ts"
import {
  addressOf,
  type Item,
  idOf,
  isSigned,
  messageOf,
  SIZES,
  type SignatureType,
  targetOf,
} from "./item.ts"
import type { AoUnits, Assigned } from "./units.ts"

const PAGE = 100

export class Slots {
  readonly #codec: LedgerCodec
  readonly #units: AoUnits
  readonly #deployment: Deployment
  readonly #freshMs: number
  #tip: { readonly ref: BlockRef; readonly atMs: number } | null = null
  #asking: Promise<BlockRef> | null = null
  readonly #assigned = new Recent<number, Assigned>(20_000)
  readonly #pages = new Map<string, Promise<void>>()
  readonly #blocks = new Recent<number, Block<SlotItem>>(5_000)
  readonly #homes = new Recent<string, readonly number[]>(20_000)
  readonly #minted = new Recent<TransferId, true>(100_000)

  constructor(codec: LedgerCodec, units: AoUnits, deployment: Deployment, freshMs: number) {
    this.#codec = codec
    this.#units = units
    this.#deployment = deployment
    this.#freshMs = freshMs
  }

  /** The newest slot, asked for now. */
  tip(): Promise<BlockRef> {
    this.#asking ??= this.#look().finally(() => {
      this.#asking = null
    })
    return this.#asking
  }

  /** As `tip`, but a moment old if that is allowed. */
  async freshTip(): Promise<BlockRef> {
    const known = this.#tip
    if (known && performance.now() - known.atMs < this.#freshMs) return known.ref
    return this.tip()
  }

  /** A slot with its result; null above the newest one, and while the result is not computed. */
  async block(slot: number): Promise<Block<SlotItem> | null> {
    const known = this.#blocks.get(slot)
    if (known) return known
    if (slot < 0 || (slot > (this.#tip?.ref.height ?? -1) && slot > (await this.freshTip()).height))
      return null
    const assigned = await this.#assignedTo(slot)
    const before = slot === 0 ? null : await this.#assignedTo(slot - 1)
    const result = await this.#units.result(assigned)
    if (result === null) return null
    const { id, owner, target, tags, data, hashChain, timestampMs } = assigned
    const message: Message = { id, owner, target, tags, data }
    const block = await this.#relied(assigned, {
      ...{
        chain: this.#codec.ledger,
        height: slot,
        id: hashChain,
        parent: before?.hashChain ?? "",
      },
      ...{ timestampMs, items: [{ message, result }] },
    })
    this.#blocks.set(slot, block)
    return block
  }

  /** Whether a slot that was read here has minted a transfer. */
  hasMinted(transfer: TransferId): boolean {
    return this.#minted.get(transfer) ?? false
  }

  /** The slots of a message; `burn` is the number of the burn that it made. */
  async slotsOf(id: string, burn?: number): Promise<readonly number[]> {
    const known = this.#homes.get(id)
    if (known) return known
    const slots = await this.#units.slotsOf(id, burn)
    if (slots.length > 0) this.#homes.set(id, slots)
    return slots
  }

  async #look(): Promise<BlockRef> {
    const known = this.#tip?.ref.height ?? (await this.#first())
    const height = await this.#units.newest(known)
    const { hashChain } = await this.#assignedTo(height)
    const ref = { height, id: hashChain }
    this.#tip = { ref, atMs: performance.now() }
    return ref
  }

  /** The first slot of a process is the item that made it, so a wrong process shows here. */
  async #first(): Promise<number> {
    const { id } = await this.#assignedTo(0)
    if (id !== this.#units.process)
      throw new BridgeError("bad-config", { process: this.#units.process, firstMessage: id })
    return 0
  }

  async #assignedTo(slot: number): Promise<Assigned> {
    const known = this.#assigned.get(slot)
    if (known) return known
    const end = slot - (slot % PAGE) + PAGE - 1
    let from = slot - (slot % PAGE)
    while (from < slot && this.#assigned.get(from)) from += 1
    await this.#load(from, Math.max(slot, Math.min(end, this.#tip?.ref.height ?? slot)))
    return this.#assigned.get(slot)!
  }

  /**
   * One request for a page, however many ask for its slots. It begins one slot early: what follows must
   * follow on what was shown before.
   */
  #load(from: number, to: number): Promise<void> {
    const key = `${from}-${to}`
    const known = this.#pages.get(key)
    if (known) return known
    const page = this.#units
      .schedule(Math.max(0, from - 1), to)
      .then((list) => {
        for (const assigned of list) this.#remember(assigned)
      })
      .finally(() => this.#pages.delete(key))
    this.#pages.set(key, page)
    return page
  }

  /** A scheduler may add slots, never change one that it has shown. */
  #remember(assigned: Assigned): void {
    const { slot, id, hashChain } = assigned
    const before = this.#assigned.get(slot)
    if (before && (before.id !== id || before.hashChain !== hashChain))
      throw new BridgeError("rpc-disagrees", { slot, was: before.id, is: id })
    this.#assigned.set(slot, assigned)
  }

  /**
   * The block as the bridge may rely on it. Where it states something of ours, the message must be signed
   * by the key that it names; and the result must belong to this slot: units find it by the id, and a
   * message that stands in two slots counts in the one that they name for it.
   */
  async #relied(assigned: Assigned, block: Block<SlotItem>): Promise<Block<SlotItem>> {
    const { sightings, settlements, strays } = this.#codec.facts(block, this.#deployment)
    if (sightings.length + settlements.length + strays.length === 0) return block
    const { slot, id } = assigned
    const isHere = this.#units.findsBySlot || (await this.slotsOf(id)).includes(slot)
    if (!isHere) return { ...block, items: [] }
    const disagrees = (why: string) => new BridgeError("rpc-disagrees", { slot, message: id, why })
    if (isAmbiguous(assigned, this.#units.findsBySlot))
      throw disagrees("the token takes no message with a doubled tag")
    // What a wallet burned itself it has signed itself; what a process sends, its node has.
    const isOwn =
      this.#units.findsBySlot && sightings.some(({ sender }) => sender === assigned.owner)
    if (!isTold(assigned, settlements.length > 0 || isOwn))
      throw disagrees("the signature does not fit")
    for (const { outcome, transfers } of settlements)
      for (const transfer of outcome === "paid" ? transfers : []) this.#minted.set(transfer, true)
    return block
  }
}

/**
 * Two tags of one name: who reads them is told different things, and the token refuses such a message. On a
 * HyperBEAM node also one value that has the look of two, as two values arrive as one there.
 */
function isAmbiguous({ tags }: Assigned, isNode: boolean): boolean {
  const isListed = isNode && tags.some(({ value }) => /^".*", ".*"$/s.test(value))
  return isListed || new Set(tags.map(({ name }) => name.toLowerCase())).size < tags.length
}

/**
 * Whether the message is told as its owner signed it. One whose data is no text cannot be told, and is
 * taken on the units' word where that is all that is `needed`: a burn is what the token says that it is.
 */
function isTold(assigned: Assigned, isOurs: boolean): boolean {
  if (!isOurs && assigned.isOpaque) return true
  const item = itemOf(assigned)
  if (item === null || idOf(item.signature) !== assigned.id) return false
  if (addressOf(item.owner) !== assigned.owner) return false
  if (!isOurs && assigned.data.includes("\ufffd")) return true
  return isGenuine(item)
}

/** Whether the signature of an item is that of its owner. */
export function isGenuine(item: Item): boolean {
  const message = messageOf(item, sha384)
  return item.type === 1
    ? isRsaSigned(toBase64url(item.owner), message, item.signature)
    : isSigned(item.type, item.owner, message, item.signature)
}

function itemOf({ key, signature, target, anchor, tags, data }: Assigned): Item | null {
  const [owner, signed] = [fromBase64url(key), fromBase64url(signature)]
  if (owner === null || signed === null) return null
  const types: readonly SignatureType[] = [1, 2, 3]
  const type = types.find(
    (type) => SIZES[type].owner === owner.length && SIZES[type].signature === signed.length,
  )
  if (type === undefined) return null
  const item = { type, owner, signature: signed, tags, data: utf8(data) }
  return { ...item, target: targetOf(target), anchor: anchorOf(anchor) }
}

/** Units tell the 32 bytes as they are or in base64url. */
function anchorOf(text: string): Uint8Array {
  const plain = utf8(text)
  return plain.length === 43 ? (fromBase64url(text) ?? plain) : plain
}
