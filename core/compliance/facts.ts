// What is known about a transfer when it is judged; only what is here can be in evidence, and no IP address is.

export const ROLES = ["sender", "origin", "input", "recipient", "refund", "payer", "vault"] as const

/**
 * sender: who gave the tokens. origin: who sent the transaction, where that is another (a contract deposited).
 * input: the owner of one input of a Bitcoin transaction, every one of them. payer: who pays the network fee.
 */
export type Role = (typeof ROLES)[number]

export interface Party {
  readonly role: Role
  /** What the address is, the same for every spelling, network and label (`chains/party.ts`). */
  readonly key: string
  /** What else is controlled by the same key: what an address has in common with others. */
  readonly kin: readonly string[]
}

/** What a source other than our lists says: an oracle, a screening provider, a token's own list of the frozen. */
export interface Answer {
  readonly source: string
  /** none: it gave no answer in time, which teaches nothing. */
  readonly said: "listed" | "clear" | "none"
  readonly about: Role
}

/** Where one source of places puts a person; `declared` is such a source too. */
export interface Place {
  readonly source: string
  /** ISO 3166 codes, the country first: `["RU", "UA-43"]`. Empty when the source does not know. */
  readonly codes: readonly string[]
}

export const NETWORKS = ["tor", "vpn", "hosting"] as const
export type Network = (typeof NETWORKS)[number]

/** What a wallet signed, and what was seen when it did. */
export interface Session {
  /** The key of the wallet that signed; it counts only when that is a party of the transfer. */
  readonly by: string
  /** Milliseconds since 1970 until which it counts. */
  readonly untilMs: number
  readonly places: readonly Place[]
  readonly networks: readonly Network[]
  /** Version of the terms that were signed. */
  readonly terms: string | null
  /** What was signed beside them, for example `not-us-person`. */
  readonly statements: readonly string[]
}

export interface Facts {
  /** in: a deposit. out: a burn, on its way home. */
  readonly direction: "in" | "out"
  readonly asset: string
  /** Source and target. */
  readonly chains: readonly string[]
  /** Worth in US cents; null when no price is known. */
  readonly usdCents: number | null
  /** Worth of what the same parties moved in the window before; null when it is not known. */
  readonly recentUsdCents: number | null
  readonly parties: readonly Party[]
  readonly answers: readonly Answer[]
  /**
   * null: nobody signed in. attested: enough attestors vouch for what the session says, so that whoever cannot
   * see it, a signer, judges the rest (`core/compliance/attestation.ts`).
   */
  readonly session: Session | "attested" | null
}
