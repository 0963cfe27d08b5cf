// The connection to AO: slots and burns by our own checks, terms of a mint, and what became of it.

import { randomBytes } from "node:crypto"
import { amountIn } from "../../core/amount.ts"
import type { Ledger } from "../../core/assets.ts"
import { BridgeError } from "../../core/errors.ts"
import { originOf, type TransferId } from "../../core/ids.ts"
import type { Payout } from "../../core/payout.ts"
import type { BlockRef } from "../../core/transfer.ts"
import { aoAddress } from "../address.ts"
import { isId, toBase64url, utf8 } from "../bytes.ts"
import type {
  Block,
  Connection,
  Deployment,
  Endpoints,
  Fate,
  Located,
  Locks,
  Sealed,
  Terms,
} from "../chain.ts"
import { type HttpOptions, openHttp } from "../http.ts"
import type { EndpointReport } from "../quorum.ts"
import { tagOf } from "../tags.ts"
import type { VaultOrder } from "../vault.ts"
import { attestedKey, type LedgerCodec, type SlotItem, sourcesOf, termsIn } from "./codec.ts"
import { bridgesOf, firstOwner, isBefore, ownersOf, standingOf } from "./handover.ts"
import type { Holdings } from "./holdings.ts"
import { hyperNodes } from "./hyperbeam.ts"
import { decode, encode, idOf, signByEthereum, targetOf } from "./item.ts"
import { nextOrderOf, vetStopped } from "./order.ts"
import { demandCounted, fateIn, mintTerms } from "./planning.ts"
import { isGenuine, Slots } from "./slots.ts"
import { signByNobody } from "./throwaway.ts"
import { type AoUnits, httpUnits } from "./units.ts"

export interface AoOptions extends HttpOptions {
  /** How old a look at the newest slot may be for it to be used again, milliseconds. */
  readonly freshMs: number
  /** How long a HyperBEAM node has to show what it was given in its schedule, milliseconds. */
  readonly patienceMs: number
}

export interface AoConnection extends Connection<SlotItem> {
  /** The token's balance of an account, base units; 0 for one that has none. */
  balance(account: string): Promise<bigint>
  tick(): Promise<void>
}

/**
 * `urls.mu`, `urls.su`, `urls.cu`: one or more messenger, scheduler and compute units; several of a kind
 * are compared with each other. Or `urls.node`: two or more HyperBEAM nodes. Throws `bad-config`.
 */
export function connectLedger(
  codec: LedgerCodec,
  { urls, heard }: Endpoints,
  deployment: Deployment,
  options: Partial<AoOptions> = {},
): AoConnection {
  const { mu = [], su = [], cu = [], node = [] } = urls
  const isNode = node.length > 0
  const all = { ...DEFAULTS, ...(isNode && NODES), ...options }
  const kinds = { mu, su, cu }
  const missing = Object.entries(kinds).filter(([, list]) => list.length === 0)
  if (isNode && missing.length < 3)
    throw new BridgeError("bad-config", { ao: "HyperBEAM nodes, or units: not both" })
  if (!isNode && missing.length > 0)
    throw new BridgeError("bad-config", {
      missing: `URLs of AO units: ${missing.map(([name]) => name)}`,
    })
  const token = deployment.tokens[codec.asset]
  if (token === undefined)
    throw new BridgeError("bad-config", { missing: `token of ${codec.asset}` })
  const http = openHttp({ ...all, heard })
  const units = isNode
    ? hyperNodes(node, token, http, all.patienceMs)
    : httpUnits(kinds, token, http, all.timeoutMs)
  return connectUnits(codec, units, deployment, all.freshMs, () => http.close())
}

const DEFAULTS: AoOptions = {
  ...{ timeoutMs: 10_000, atOnce: 16, pipelining: 1, freshMs: 100, patienceMs: 2_000 },
}
/** A node computes while it answers, and its errors say what it could not compute. */
const NODES = { timeoutMs: 30_000, readsErrors: true }

/** The connection over any generation of units. */
export function connectUnits(
  codec: LedgerCodec,
  units: AoUnits,
  deployment: Deployment,
  freshMs: number,
  close: () => void,
): AoConnection {
  return new Connected(
    codec,
    units,
    new Slots(codec, units, deployment, freshMs),
    deployment,
    close,
  )
}

class Connected implements AoConnection {
  readonly chain: Ledger
  readonly close: () => Promise<void>
  readonly reports?: () => Promise<readonly EndpointReport[]>
  readonly stated?: (slot: number) => Promise<Holdings | null>
  readonly #codec: LedgerCodec
  readonly #units: AoUnits
  readonly #slots: Slots
  readonly #deployment: Deployment

  constructor(
    codec: LedgerCodec,
    units: AoUnits,
    slots: Slots,
    deployment: Deployment,
    close: () => void,
  ) {
    this.chain = codec.ledger
    this.#codec = codec
    this.#units = units
    this.#slots = slots
    this.#deployment = deployment
    this.close = async () => close()
    const { reports, holdings } = units
    if (reports) this.reports = () => reports.call(units)
    if (holdings) this.stated = (slot) => holdings.call(units, slot)
  }

  tip(): Promise<BlockRef> {
    return this.#slots.tip()
  }

  block(slot: number): Promise<Block<SlotItem> | null> {
    return this.#slots.block(slot)
  }

  async locate(id: TransferId): Promise<Located | null> {
    const { chain, transaction, index } = originOf(id)
    if (chain !== this.chain || !isId(transaction)) return null
    for (const slot of await this.#slots.slotsOf(transaction, index)) {
      const block = await this.#slots.block(slot)
      const found = block && (this.#burnIn(block, id) ?? (await this.#firstOf(block, id)))
      if (found) return { ...found, tip: await this.#slots.freshTip() }
    }
    return null
  }

  locateAll(ids: readonly TransferId[]): Promise<readonly (Located | null)[]> {
    return Promise.all(ids.map((id) => this.locate(id)))
  }

  async terms(payouts: readonly Payout[], attempt: number, locks: Locks): Promise<Terms> {
    const owner = await this.#owner()
    const named = owner === firstOwner(this.#deployment) ? null : owner
    return mintTerms(attempt, sourcesOf(payouts), locks[this.#codec.asset], named)
  }

  async vet(payouts: readonly Payout[], terms: Terms, locks: Locks): Promise<void> {
    const { owner = firstOwner(this.#deployment) } = termsIn(terms, payouts)
    if (owner !== (await this.#owner()))
      throw new BridgeError("signer-refused", { reason: "the token obeys another key of ours" })
    for (const chain of sourcesOf(payouts)) {
      const attested = BigInt(terms[attestedKey(chain)]!)
      demandCounted(chain, attested, locks[this.#codec.asset] ?? 0n)
    }
  }

  async submit(sealed: Sealed): Promise<void> {
    const item = decode(sealed.raw)
    // The client says nothing of use about an item that it finds wrong itself.
    const isTaken = item !== null && this.#units.signatures.includes(item.type)
    if (!isTaken || idOf(item.signature) !== sealed.id || !isGenuine(item))
      throw new BridgeError("payout-refused", { item: sealed.id, why: "not a signed data item" })
    await this.#units.send(sealed)
  }

  async handover() {
    return standingOf(this.#units.process, await this.#units.obeyed())
  }

  async nextOrder() {
    const [obeyed, stops] = await Promise.all([this.#units.obeyed(), this.#units.stops()])
    return nextOrderOf(this.#units.process, obeyed, stops, this.#deployment)
  }

  async vetOrder(order: VaultOrder): Promise<void> {
    vetStopped(order, await this.#units.stops())
  }

  async fate(payouts: readonly Payout[], terms: Terms): Promise<Fate> {
    const minted = await Promise.all(
      payouts.map(
        async ({ transfer }) =>
          this.#slots.hasMinted(transfer) || (await this.#units.isMinted(transfer)),
      ),
    )
    const { owner = firstOwner(this.#deployment) } = terms
    const isDone = minted.every((is) => is)
    return fateIn(minted, !isDone && isBefore(owner, await this.#owner(), this.#deployment))
  }

  async balance(account: string): Promise<bigint> {
    const canonical = aoAddress(account)
    if (canonical === null) throw new BridgeError("bad-address", { account })
    const balance = await this.#units.balance(canonical)
    return balance === "0" ? 0n : (amountIn(balance) ?? 0n)
  }

  /** A message that the token does not know and ignores, from a key that is thrown away. */
  async tick(): Promise<void> {
    const text = { "Data-Protocol": "ao", Variant: "ao.TN.1", Type: "Message", Action: "Tick" }
    const fields = {
      target: targetOf(this.#units.process),
      anchor: utf8(toBase64url(randomBytes(24))),
      tags: Object.entries(text).map(([name, value]) => ({ name, value })),
      data: new Uint8Array(),
    }
    const item = this.#units.signatures.includes(3)
      ? signByEthereum(randomBytes(32), fields)
      : await signByNobody(fields)
    await this.#units.send({ id: idOf(item.signature), raw: encode(item) })
  }

  /** Modulus of the key that the token obeys; the bridge's own, unasked, where there is no other. */
  async #owner(): Promise<string> {
    const owners = ownersOf(this.#deployment)
    if (owners.length === 1) return owners[0]!
    const obeyed = await this.#units.obeyed()
    // A token that is too old to pass on has not.
    const at = obeyed === null ? 0 : bridgesOf(this.#deployment).indexOf(obeyed.bridge)
    if (at < 0) throw new BridgeError("not-supported", { obeys: obeyed?.bridge })
    return owners[at]!
  }

  #burnIn(block: Block<SlotItem>, id: TransferId): Omit<Located, "tip"> | null {
    const { sightings } = this.#codec.facts(block, this.#deployment)
    const sighting = sightings.find((one) => one.id === id)
    const { height, id: hash, timestampMs: atMs } = block
    return sighting ? { sighting, block: { height, id: hash }, atMs } : null
  }

  /** Where a message has two slots, the token names the first in its answer to the second. */
  async #firstOf(block: Block<SlotItem>, id: TransferId): Promise<Omit<Located, "tip"> | null> {
    for (const { result } of block.items) {
      for (const { tags } of result.messages) {
        const slot = tagOf(tags, "First-Slot")
        const first = slot === null ? null : await this.#slots.block(Number(slot))
        const found = first && this.#burnIn(first, id)
        if (found) return found
      }
    }
    return null
  }
}
