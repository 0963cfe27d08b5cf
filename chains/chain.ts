// What the bridge needs from a chain: a pure Codec that reads and writes its formats, and a Connection that talks to it.

import type { AssetName, ChainName } from "../core/assets.ts"
import type { TransferId } from "../core/ids.ts"
import type { Payout } from "../core/payout.ts"
import type { Move } from "../core/rewards/event.ts"
import type { Outflow } from "../core/solvency.ts"
import type { BlockRef, Sighting } from "../core/transfer.ts"
import type { Deployment } from "./deployment.ts"
import type { Heard } from "./http.ts"
import type { PaidOut } from "./match.ts"
import type { EndpointReport, Outvoted } from "./quorum.ts"
import type {
  HandedToken,
  HandoverCodec,
  NewcomersDesk,
  NextOrder,
  OrderCodec,
  Standing,
  UnlistedDeposit,
  VaultOrder,
} from "./vault.ts"

export type { BitcoinVault, Deployment, EvmVault, Owner, Vaults } from "./deployment.ts"

/** One block (on AO: one scheduler slot with its result), already checked against its own hashes and signatures. */
export interface Block<Item = unknown> extends BlockRef {
  readonly chain: ChainName
  readonly parent: string
  readonly timestampMs: number
  readonly items: readonly Item[]
}

/** A payout of ours as the payout chain states it. */
export interface Settlement {
  readonly transaction: string
  /** None where the chain does not name transfers; then there are `slot` and `paid`. */
  readonly transfers: readonly TransferId[]
  /**
   * What the transaction has used up: those that hold a slot `<this>:<transfer>` are paid by it, as far as
   * `matched` finds them among `paid`; whatever is paid beyond them is a stray.
   */
  readonly slot?: string | undefined
  /** Where there is no slot: what each of `transfers` was paid, in their order; left out where the chain does not say. */
  readonly paid?: readonly PaidOut[] | undefined
  /**
   * `refused`: the chain consumed the transaction and paid nobody, for `reason`; it never will. It frees
   * only transfers that wait for this very transaction. With reason `already-minted` it frees nothing:
   * these transfers were paid in an earlier block.
   */
  readonly outcome: "paid" | "refused"
  readonly reason: string | null
  /** What the vault was charged for the whole transaction, base units of the chain's own asset. */
  readonly networkFee: bigint
}

/** Money that left our vault without being a payout of ours: somebody else has the key, or we have a fault. */
export interface Stray {
  readonly transaction: string
  readonly recipient: string
  /** Base units, without what the vault was charged for it. */
  readonly amount: bigint
  readonly networkFee: bigint
}

export interface Facts {
  readonly sightings: readonly Sighting[]
  readonly settlements: readonly Settlement[]
  readonly strays: readonly Stray[]
  /** Deposits that their owners took back by a key of their own: nothing is to be paid for them any more. */
  readonly takenBack?: readonly TakenBack[]
  /** Wrapped tokens that changed hands, for rewards. */
  readonly moves?: readonly Move[]
  /** Deposits that the vault took and the bridge file has no asset for. */
  readonly unlisted?: readonly UnlistedDeposit[]
}

export interface TakenBack {
  readonly transfer: TransferId
  readonly transaction: string
}

/** Chain facts that a payout's bytes depend on (anchor, reward, attempt), as strings so that they travel unchanged. */
export type Terms = Readonly<Record<string, string>>

/**
 * All that was ever deposited of each asset, base units, as the caller counted it for itself
 * (`chains/locked.ts`): a mint states it, and the token mints no more than that.
 */
export type Locks = Readonly<Partial<Record<AssetName, bigint>>>

/** What is known of other plans when one is made for a chain whose payouts spend coins. */
export interface OtherPlans {
  /** Terms of every plan that may still land: their coins are taken. */
  readonly open: readonly Terms[]
  /** The newest of these for the very same payouts: the new plan replaces it, in its slot. */
  readonly replaced: Terms | null
  /** `transaction:index` of coins that nobody may touch: not screened yet, or held. */
  readonly frozen: ReadonlySet<string>
}

/** An address that is one depositor's own, and the note that names it: whoever has the note can prove it. */
export interface OwnAddress {
  readonly address: string
  readonly note: string
}

/** A note, and a transaction that has paid its address. */
export interface PaidNote {
  readonly note: string
  readonly transaction: string
}

/** Whom a deposit to an address of its own is for. */
export interface OwnWish {
  readonly recipient: string
  readonly refundTo: string
  /** Tells addresses of the same depositor apart, 0 to 2^32 - 1. */
  readonly index: number
  /** A key of the depositor's own that may take the deposit back alone after a time, as the chain writes it. */
  readonly refundKey?: string | null | undefined
}

export interface Unsigned {
  /**
   * What the group signs, one message a signature: on Arweave and AO one, the 48-byte deep hash; on
   * Bitcoin the 32-byte sighash of each input, in the order of the inputs.
   */
  readonly messages: readonly Uint8Array[]
  /** The slot that each transfer takes by this payout. */
  readonly slots: ReadonlyMap<TransferId, string>
  /** Where one slot is the whole transaction's: as `Settlement.slot` tells it. */
  readonly slot?: string
  /**
   * Where money may lie under another key of the group than its present one: the key that each message is
   * signed under, in their order. All are under the present one when left out.
   */
  readonly keys?: readonly PublicKeyHex[]
}

/** A public key of the group, as its scheme writes it, in hexadecimal. */
export type PublicKeyHex = string

export interface Sealed {
  /** Transaction or data item id. */
  readonly id: string
  readonly raw: Uint8Array
}

/** What has one payout paid by whoever hands it in. Amounts are base units as decimal text, bytes hexadecimal with 0x. */
export interface Approval {
  readonly chain: ChainName
  readonly chainId: number
  readonly vault: string
  /** What the group has signed the approval of. */
  readonly root: string
  /** The leaf, by the names of the vault's own fields; `kind` is its place in the vault's list. */
  readonly release: {
    readonly kind: number
    readonly token: string
    readonly to: string
    readonly amount: string
    readonly number: string
    readonly id: string
  }
  /** From the leaf to the root. */
  readonly proof: readonly string[]
  readonly signature: { readonly rx: string; readonly ry: string; readonly s: string }
  /** All of it as one call of the vault. */
  readonly calldata: string
}

/** Pure: follows the rules of `core/` (no clock, no network, no `node:`). The same input gives the same bytes. */
export interface Codec<Item = unknown> {
  /** The canonical spelling of an address that may be paid on this chain of a network, or null. */
  address(text: string, network: Deployment["network"]): string | null
  /** Deposits, burns and our own payouts in a block; never throws for what strangers wrote in it. */
  facts(block: Block<Item>, deployment: Deployment): Facts
  /** All that left the vault in a block, or came to be on the ledger, ours or not, with what it says that it pays: for auditors. */
  outflows?(block: Block<Item>, deployment: Deployment): readonly Outflow[]
  /** Where greater amounts need more confirmations: how many this one needs alone. */
  depthFor?(amount: bigint): number
  /** Where the vault is coins: by how much a block made all of them more, base units; negative when less. */
  gain?(block: Block<Item>, deployment: Deployment): bigint
  /** At most this many payouts share one transaction. */
  readonly batchMax: number
  /** Where the vault itself pays the network: what a plan on these terms costs it, base units of the chain's own asset. */
  costOf?(terms: Terms): bigint
  /** A transaction may pay nobody, and only move what is ours to the vault; elsewhere `build` wants a payout. */
  readonly sweeps?: boolean
  /** The slot in which this chain pays a transfer, where it is the transfer's own and never dies. */
  slotOf?(transfer: TransferId, deployment: Deployment): string
  build(payouts: readonly Payout[], terms: Terms, deployment: Deployment): Unsigned
  /** The signed transaction; `signatures`, one a message, are checked by the caller under the group key. */
  seal(
    payouts: readonly Payout[],
    terms: Terms,
    deployment: Deployment,
    signatures: readonly Uint8Array[],
  ): Sealed
  /** What sealed bytes pay, as (transfer, recipient, amount): the inverse of `build` and `seal`. */
  read(
    raw: Uint8Array,
    deployment: Deployment,
  ): readonly Pick<Payout, "transfer" | "recipient" | "amount">[]
  /** Where payouts spend coins: the deposits that these would be, for whoever screens them again. `isSweep`: that may stay. */
  spends?(terms: Terms, deployment: Deployment, isSweep: boolean): readonly TransferId[]
  readonly handover?: HandoverCodec
  readonly orders?: OrderCodec
  /** Where anybody may hand in one payout of sealed bytes alone: what that takes. Throws `not-found` for another. */
  approval?(raw: Uint8Array, transfer: TransferId, deployment: Deployment): Approval
}

/** A deposit or burn found again by its id, with where it stands in this endpoint's view. */
export interface Located {
  readonly sighting: Sighting
  readonly block: BlockRef
  readonly tip: BlockRef
  /** When its block says that it was made, milliseconds since 1970; left out: not known. */
  readonly atMs?: number | undefined
}

/** Blocks that state more than before, from one height to another (null: to the newest). */
export interface Reread {
  readonly from: number
  readonly to: number | null
}

/** Tokens that came to the vault without being deposited: they are nobody's until their sender has claimed them. */
export interface Unattributed {
  readonly chain: ChainName
  readonly asset: AssetName
  readonly transaction: string
  /** Of the token's own log in the block. */
  readonly index: number
  readonly height: number
  readonly sender: string
  /** Base units. */
  readonly amount: bigint
}

/** Who first paid an account of somebody's, and by which transaction: before it, the account could pay for nothing. */
export interface Funder {
  readonly account: string
  readonly transaction: string
  readonly height: number
  readonly atMs: number
}

/** `open`: may still land. `dead`: provably never will, so another slot may be taken. */
export type Fate = "open" | "landed" | "dead"

/** `all` that a plan spends is there; its `slot`, and something else is not; `nothing`: its slot is not there, or spent. */
export type Remainder = "all" | "slot" | "nothing"

export interface Connection<Item = unknown> {
  readonly chain: ChainName
  tip(): Promise<BlockRef>
  /** The canonical block at a height, or null above the tip. Throws `rpc-unavailable` or `rpc-disagrees`. */
  block(height: number): Promise<Block<Item> | null>
  /**
   * Where blocks are told only when they are final: items above the tip, as most endpoints show them. Nothing proves
   * them and they may vanish: for alarms, never for money.
   */
  ahead?(): Promise<readonly Item[]>
  /** Reads one deposit or burn for itself, with every check that `block` makes; null when it is in no block. */
  locate(id: TransferId): Promise<Located | null>
  /** As `locate` for many, in their order; far cheaper when they share blocks. */
  locateAll(ids: readonly TransferId[]): Promise<readonly (Located | null)[]>
  /** Terms for a new payout, from the chain as it is now. `attempt` counts the plans of these transfers. */
  terms(
    payouts: readonly Payout[],
    attempt: number,
    locks: Locks,
    others?: OtherPlans,
  ): Promise<Terms>
  /** A signer's own check of terms that somebody else proposes; throws `signer-refused` and says what is wrong. */
  vet(payouts: readonly Payout[], terms: Terms, locks: Locks): Promise<void>
  /** Hands over signed bytes; safe to repeat. Throws `payout-refused` when they can never be accepted. */
  submit(sealed: Sealed): Promise<void>
  /** What became of a payout, by this endpoint's own view of the chain. */
  fate(payouts: readonly Payout[], terms: Terms): Promise<Fate>
  /** All that was ever deposited, base units, where no block must be read for it; else `chains/locked.ts` counts. */
  deposited?(): Promise<ReadonlyMap<AssetName, bigint>>
  /** Where something can come to the vault without a word: what did, up to now, by a quorum of endpoints. */
  unattributed?(): Promise<readonly Unattributed[]>
  /**
   * Where vaults and tokens take orders: how this one stands, or a vault of ours that is named. Throws `not-supported` for
   * one too old to pass on.
   */
  handover?(vault?: string): Promise<Standing>
  /** Where orders have numbers of their own; else those of `handover` are theirs. */
  nextOrder?(vault?: string): Promise<NextOrder>
  /**
   * A signer's own look at an order: throws `signer-refused` unless money goes to such a vault, unless a token that is
   * to be taken is an asset of its own bridge file with these decimals, and unless what is to go on has that very pause.
   */
  vetOrder?(order: VaultOrder): Promise<void>
  /** Where vaults take further tokens. */
  readonly newcomers?: NewcomersDesk
  /** Where a payout can be replaced by one that pays more for it: whether so little is offered that it should be. */
  isOutbid?(payouts: readonly Payout[], terms: Terms): Promise<boolean>
  /** Where a plan spends what can be reorganised away: what is left of that now. */
  remainder?(terms: Terms): Promise<Remainder>
  /** Watches addresses of ours, named by their notes, from the next block on; what is no note is left out. */
  learn?(notes: readonly string[]): Promise<void>
  /**
   * As `learn` for one address that a transaction has paid already: the blocks from that one on are read
   * again. Where money can come without a word, for a transfer that its sender claims. Null when the note is none, or
   * no block is known in which the transaction does what the note says.
   */
  claim?(note: string, transaction: string): Promise<Reread | null>
  /** Where a purse pays: looks after what it has sent, again what was dropped, for more what is stuck. */
  turn?(): Promise<void>
  /** Where owners can take deposits back: whether this one was, or may be so soon that nothing is paid for it. */
  isLeaving?(id: TransferId): Promise<boolean>
  /**
   * Where deposits must move to the vault in time: terms of a transaction that pays nobody and does it, or null
   * when nothing has to be done now.
   */
  sweep?(others: OtherPlans): Promise<Terms | null>
  /** Where a token publishes it: what there is of it at a height, and what its accounts hold together. For auditors. */
  stated?(height: number): Promise<{ readonly supply: bigint; readonly held: bigint } | null>
  /**
   * Where it can be found: who first paid an account whose deposits are final. Null when nobody is seen to have done it:
   * by a contract's inner call, as a block's reward, or so long ago that no endpoint tells. For evidence, never for money.
   */
  funder?(account: string): Promise<Funder | null>
  /** What each endpoint says of itself, for people: asked one by one, whatever the others say. */
  reports?(): Promise<readonly EndpointReport[]>
  /**
   * Where a reader stops for good when a final block is replaced (`finality-broken`): forgets what was final, and reads
   * the chain as it is now. Only for whoever has stopped every payout that rests on it before.
   */
  forget?(): void
  /** Where blocks come only when somebody writes: makes one come, harmless and unsigned by us. */
  tick?(): Promise<void>
  close(): Promise<void>
}

/** How to reach a chain: one or more endpoints of each kind, checked against each other when there are several. */
export interface Endpoints {
  readonly urls: Readonly<Record<string, readonly string[]>>
  /** Hears each answer of theirs. */
  readonly heard?: ((answer: Heard) => void) | undefined
  /** Hears of one that said something else than a quorum, which was enough. */
  readonly outvoted?: ((one: Outvoted) => void) | undefined
}

/**
 * What pays for having payouts included where the vault itself does not. Its key has no power over the vault.
 */
export interface Purse {
  /** As the chain writes it; EVM: 32 bytes, hexadecimal with 0x. */
  readonly key: string
  /** What it remembers over a crash. */
  readonly journalFile: string
  /** Hears of what people must look at: too little money, a payout that cannot be included. */
  readonly report: (incident: Readonly<Record<string, unknown>>) => void
  /** Hears what is left in it, in the chain's smallest unit, whenever that was looked at. */
  readonly left?: (amount: bigint) => void
}

/** Notes of addresses that became known since it was asked before; asked before any block is read. */
export type NewNotes = () => Promise<readonly string[]>

/** Each purpose has its own key and its own suite: RSA for Arweave and AO, one FROST key for each of the others. */
export type SchemeName = "rsa" | "taproot" | "evm"

export interface Chain<Item = unknown> {
  readonly name: ChainName
  /** What its payouts are signed with. */
  readonly scheme: SchemeName
  readonly codec: Codec<Item>
  /**
   * Where money lies under the group's key itself, so that a former key is kept for it beside the present one, and
   * no vault has to be handed over.
   */
  readonly keepsFormerKeys?: boolean
  /** Where payouts spend coins, each once: plans are made one after the other, each knowing the `OtherPlans`. */
  readonly spendsCoins?: boolean
  /** Where a process of whatever kind may obey the group as a token does, such as a campaign's: how it passes on. */
  readonly tokenAt?: (process: string) => HandedToken
  /**
   * Where a deposit may have an address of its own. The same wish always gives the same address. Throws
   * `bad-address` and `bad-request` for a wish that names nobody.
   */
  readonly addressFor?: (wish: OwnWish, deployment: Deployment) => OwnAddress
  /**
   * `purse`: of who hands payouts in; whoever only reads and signs has none. `memoryFile`: where a reader that would
   * have to read everything again keeps what it read; one for each process.
   */
  connect(
    endpoints: Endpoints,
    deployment: Deployment,
    purse?: Purse,
    newNotes?: NewNotes,
    memoryFile?: string,
  ): Connection<Item>
}
