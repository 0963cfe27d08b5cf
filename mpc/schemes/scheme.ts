// The one interface of every threshold scheme: what a node and a coordinator do with a group key.
//
// RSA needs one round and keeps nothing between messages. FROST needs two: `commit` makes nonces
// that stay in the signer's memory under the session, and `partial` forgets them and then uses them.

import { bytesToHex } from "@noble/hashes/utils.js"
import type { PublicKeyHex, SchemeName } from "../../chains/chain.ts"

export type { SchemeName }

export const SCHEMES = ["rsa", "taproot", "evm"] as const satisfies readonly SchemeName[]

/** A party's place in its group, 1 to `parties`; it holds for one epoch. */
export type Index = number

/** The public side of a group key in one epoch. Every member and every coordinator holds the same bytes of it. */
export interface GroupKey {
  readonly scheme: SchemeName
  /** Counts refreshes and committee changes; shares of two epochs never mix. */
  readonly epoch: number
  readonly threshold: number
  readonly parties: number
  /** What a chain knows the group by; the same in every epoch. RSA: the modulus, 512 bytes. FROST: the x-only key, 32 bytes. */
  readonly publicKey: Uint8Array
}

/** What one party contributed to a round. */
export interface Contribution {
  readonly from: Index
  readonly bytes: Uint8Array
}

/** One signature under way. */
export interface Signing {
  /** Unique for each attempt; a session that was consumed is never used again. RSA does not look at it. */
  readonly session: string
  /** What the chain's codec says is signed; a signer derived it itself. */
  readonly message: Uint8Array
  /** The quorum's round-one contributions, sorted by party; empty for a scheme of one round. */
  readonly commitments: readonly Contribution[]
}

export interface Aggregate {
  /** Checked under the group key before it is returned; null when these partials do not make one. */
  readonly signature: Uint8Array | null
  /**
   * Parties whose partial is proven wrong. Empty with a null signature means that these partials alone
   * do not tell who: ask for more of them, or for proofs.
   */
  readonly cheaters: readonly Index[]
}

/** How a key's shares are renewed; the public key stays. */
export type Renewal =
  /** Same committee and threshold, new shares: every old share becomes worthless. */
  | { readonly kind: "refresh"; readonly dealers: readonly Index[] }
  /** Another committee and threshold: exactly `threshold` members of the old one deal to it. */
  | {
      readonly kind: "reshare"
      readonly dealers: readonly Index[]
      readonly threshold: number
      readonly parties: number
    }

/** What one dealer of a renewal sends. */
export interface Dealing {
  readonly from: Index
  /** For everybody, signed and echoed: all must apply the same set. */
  readonly commitments: readonly Uint8Array[]
  /** For one receiver each, sealed to it. */
  readonly shares: ReadonlyMap<Index, Uint8Array>
}

/** A dealing as one receiver sees it. */
export interface Dealt {
  readonly from: Index
  readonly commitments: readonly Uint8Array[]
  readonly share: Uint8Array
}

/** A share with the key it belongs to. Whoever holds it seals it (keyshare.ts) and wipes `share`. */
export interface Holding<Key extends GroupKey = GroupKey> {
  readonly key: Key
  readonly index: Index
  readonly share: Uint8Array
}

/** One party's share at work. The secret stays in a thread of its own, so the event loop never waits for it. */
export interface Signer<Key extends GroupKey = GroupKey> {
  readonly key: Key
  readonly index: Index
  /**
   * Round one of a scheme of two rounds; rejects with `not-supported` in one of one round. Asked again
   * before the last round it answers the same.
   */
  commit(session: string): Promise<Uint8Array>
  /**
   * The last round: this party's part of the signature. With two rounds it spends what `commit` made,
   * whether it succeeds or not, so the caller has noted the session as consumed before. Rejects with
   * `nonces-gone` when there is nothing to spend, with `bad-request` for a list of commitments that is
   * not one of exactly the threshold, sorted, and with this party's own among them.
   */
  partial(signing: Signing): Promise<Uint8Array>
  /** Shows that the partial of this signing is right without showing the share; empty where the partial shows it itself. */
  prove(signing: Signing): Promise<Uint8Array>
  deal(renewal: Renewal): Promise<Dealing>
  /**
   * The next epoch's share of a refresh. All of `renewal.dealers` must be there. Throws `bad-dealing`
   * with the dealer (`from`) whose dealing is wrong. This signer goes on with the old share: the
   * switch is the caller's, once all report the same key.
   */
  refresh(renewal: Renewal, dealings: readonly Dealt[]): Promise<Holding<Key>>
  /** Ends the thread; what it held is gone. */
  close(): Promise<void>
}

export interface Scheme<Key extends GroupKey = GroupKey> {
  readonly name: SchemeName
  readonly rounds: 1 | 2
  /** Canonical bytes of a key: equal keys have equal bytes, and parties compare their hashes. */
  encode(key: Key): Uint8Array
  /** Throws `bad-key` with the reason for anything that `encode` does not write. */
  decode(bytes: Uint8Array): Key
  /**
   * A signer for a share. Takes the share over: `holding.share` is zeros afterwards. Throws
   * `share-locked` when the share does not belong to the key.
   */
  open(holding: Holding<Key>): Promise<Signer<Key>>
  /** A signature from the partials of at least `threshold` parties, and who spoiled it. */
  aggregate(key: Key, signing: Signing, partials: readonly Contribution[]): Promise<Aggregate>
  /** Settles a dispute over one partial: whether it is right, by its proof. */
  isPartial(key: Key, signing: Signing, partial: Contribution, proof: Uint8Array): Promise<boolean>
  verify(key: Key, message: Uint8Array, signature: Uint8Array): boolean
  /** A newcomer's share of a reshare, from the old key; throws `bad-dealing` as `refresh` does. */
  join(key: Key, renewal: Renewal, index: Index, dealings: readonly Dealt[]): Promise<Holding<Key>>
}

/** What all members of a group that is to be agree on before they make its key. */
export interface Founding {
  /**
   * 32 bytes, of this run alone: a hash of the group's name, its purpose, its members' identity keys and
   * whatever else they must agree on. No message of another run passes for one of this.
   */
  readonly run: Uint8Array
  readonly threshold: number
  readonly parties: number
}

/**
 * One member's part in making a key that nobody ever knows: three steps, each once and in order. Whatever
 * throws ends the run for good; another one begins with other secrets, without whoever is to blame.
 */
export interface Founder<Key extends GroupKey = GroupKey> {
  readonly index: Index
  /** For everybody: signed by its sender, and echoed before the next step (echo.ts). */
  readonly announcement: Uint8Array
  /**
   * What each other member gets, sealed to it, from the announcements of all members in any order. Throws
   * `bad-dealing` with the member (`from`) whose announcement is missing, doubled, malformed or false.
   */
  deal(announcements: readonly Contribution[]): Promise<ReadonlyMap<Index, Uint8Array>>
  /**
   * The key and this member's share, from what the others dealt to it. Throws `bad-dealing` with the
   * member (`from`) whose share does not fit its announcement.
   */
  complete(shares: readonly Contribution[]): Promise<Holding<Key>>
  /** Forgets everything. */
  close(): Promise<void>
}

/** A scheme whose signers commit to nonces first, and whose members make their key without a dealer. */
export interface TwoRoundScheme<Key extends GroupKey = GroupKey> extends Scheme<Key> {
  readonly rounds: 2
  /** Whether a round-one contribution can be used; who sent another one is left out of the quorum. */
  isCommitment(key: Key, contribution: Contribution): boolean
  /** Throws `bad-key` for a size that must not be, `bad-request` for a place or a run id that is none. */
  found(founding: Founding, index: Index): Promise<Founder<Key>>
  /** The key of a run, from its public part: what anybody replays. Throws as `Founder.deal` does. */
  assemble(founding: Founding, announcements: readonly Contribution[]): Promise<Key>
  /** The key after a renewal, from its public part; throws as `join` does. */
  renew(key: Key, renewal: Renewal, dealings: readonly PublicDealing[]): Promise<Key>
}

/** The part of a dealing that is for everybody. */
export type PublicDealing = Pick<Dealing, "from" | "commitments">

export function hasTwoRounds<Key extends GroupKey>(
  scheme: Scheme<Key>,
): scheme is TwoRoundScheme<Key> {
  return scheme.rounds === 2
}

/** A group's public key as chains write it, in hexadecimal. */
export function hexOf({ publicKey }: GroupKey): PublicKeyHex {
  return bytesToHex(publicKey)
}
