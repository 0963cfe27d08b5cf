// The one interface of every threshold scheme: what a node and a coordinator do with a group key.
//
// RSA needs one round and keeps nothing between messages. FROST needs two: `commit` makes nonces
// that stay in the signer's memory under the session, and `partial` uses and forgets them.

/** Each purpose has its own key and its own suite: RSA for Arweave and AO, one FROST key for each of the others. */
export type SchemeName = "rsa" | "taproot" | "evm"

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
  /** Round one of a scheme of two rounds; rejects with `not-supported` in one of one round. */
  commit(session: string): Promise<Uint8Array>
  /** The last round: this party's part of the signature. */
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
